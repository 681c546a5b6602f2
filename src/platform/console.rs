//! The console beyond what terminals have in common: how it is taken over and given back, which signs its font can
//! draw, and whether its window closes with this program.
//!
//! On Unix a terminal is taken over by raw mode alone. Windows' console has modes for input and output and a code page,
//! all of which outlive the program that changed them.

use std::io::{self, IsTerminal as _};

use super::keys::{self, Input};
use super::signals;
#[cfg(windows)]
use super::system::console as system;

/// Take the console over: keys come one by one, unechoed, and drawing is understood; clicks are reported if `mouse` says
/// so. What was before is kept for [`give_back`], once: taking it twice changes nothing of that.
pub fn take_over(mouse: bool) -> io::Result<()> {
    system::take_over(mouse)
}

/// Have drawing understood, and leave the keys to the console as they are. Undone by [`give_back`] too.
pub fn draw_on() {
    system::draw_on();
}

/// Report clicks, or leave the mouse to the console, for marking text. Only while the console is taken over.
pub fn report_mouse(on: bool) -> io::Result<()> {
    system::report_mouse(on)
}

/// The console as it was before [`take_over`] or [`draw_on`]. What cannot be restored now cannot be restored at all.
pub fn give_back() {
    system::give_back();
}

/// Which signs the console can draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// Those of a typewriter.
    Typewriter,
    /// Those that every font of Windows' console has (WGL4).
    Common,
    /// All that today's terminals draw.
    All,
}

/// What Windows' console says of how it draws.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg(any(windows, test))]
pub(super) struct Look {
    /// Windows Terminal, which finds every sign in some font.
    pub(super) modern: bool,
    /// The name of the font, as far as there is one.
    pub(super) face: String,
    /// Whether the font is one of outlines (`TMPF_TRUETYPE`).
    pub(super) outlines: bool,
    /// The code page of what is written.
    pub(super) code_page: u32,
}

/// UTF-8, in numbers of code pages.
#[cfg(any(windows, test))]
pub(super) const UTF_8: u32 = 65001;

#[cfg(any(windows, test))]
impl Look {
    /// The name that the console gives to the font of dots that it has had since the nineties. It draws the 256 signs of
    /// one code page, and question marks for the rest. A console behind another terminal has no font and no such name.
    const OF_DOTS: &str = "Terminal";
    /// Code pages of East Asia, in which lines of boxes are two columns wide.
    const WIDE: [u32; 4] = [932, 936, 949, 950];

    pub(super) fn signs(&self) -> Signs {
        let dots = !self.outlines && self.face == Self::OF_DOTS;
        if self.modern {
            Signs::All
        } else if dots || Self::WIDE.contains(&self.code_page) {
            Signs::Typewriter
        } else {
            Signs::Common
        }
    }
}

/// Which signs this console can draw. Ask when it is taken over: its code page counts.
pub fn signs() -> Signs {
    system::signs()
}

/// Whether the console's window was opened for this program alone and closes with it, as after a double-click: then
/// nobody reads what is written last unless the program waits ([`wait_for_key`]).
///
/// Only where somebody could press a key and read the question.
pub fn closes_with_us() -> bool {
    !signals::ended() && system::is_ours_alone() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Wait until somebody presses a key.
pub fn wait_for_key() -> io::Result<()> {
    let mut keys = keys::read()?;
    while let Some(input) = keys.blocking_recv() {
        if matches!(input, Input::Key(_)) {
            break;
        }
    }
    Ok(())
}

#[cfg(unix)]
mod system {
    use std::io;

    use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

    use super::Signs;

    pub(super) fn take_over(_: bool) -> io::Result<()> {
        enable_raw_mode()
    }

    /// Terminals are asked by what is written to them.
    #[expect(clippy::unnecessary_wraps, reason = "the Windows form can fail")]
    pub(super) fn report_mouse(_: bool) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn draw_on() {}

    pub(super) fn give_back() {
        let _ = disable_raw_mode();
    }

    pub(super) fn signs() -> Signs {
        Signs::All
    }

    /// A terminal's window is its own matter: macOS leaves it open, and Linux opens none.
    pub(super) fn is_ours_alone() -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_drawn_where_the_font_has_them() {
        let look = |modern, face: &str, outlines, code_page| {
            Look { modern, face: face.into(), outlines, code_page }.signs()
        };
        assert_eq!(look(false, "Consolas", true, UTF_8), Signs::Common, "the console of today");
        assert_eq!(look(false, "Terminal", false, UTF_8), Signs::Typewriter, "the font of dots");
        assert_eq!(look(false, "", false, UTF_8), Signs::Common, "a console behind another terminal");
        assert_eq!(look(false, "MS Gothic", true, 932), Signs::Typewriter, "UTF-8 was refused in Japan");
        assert_eq!(look(false, "Consolas", true, 850), Signs::Common, "UTF-8 was refused in Europe");
        assert_eq!(look(true, "", false, 932), Signs::All, "Windows Terminal");
    }

    #[test]
    fn a_program_whose_input_is_no_console_has_no_window_to_close() {
        // Tests run without a terminal at their input, or from a shell that stays.
        if !io::stdin().is_terminal() {
            assert!(!closes_with_us());
        }
    }
}
