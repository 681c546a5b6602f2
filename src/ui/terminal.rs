//! The terminal that the screens are drawn on: taken over at the start, and given back whatever happens.
//!
//! Given back when [`Screen`] is dropped (a return, an error, a panic that unwinds) and, before its message is
//! printed, by a hook when the screen's own thread panics. A panic of another thread leaves the screen alone: it
//! concerns one phone. Signals are the session's: it ends its loop, and the screen is dropped.

use std::io::{self, BufWriter, IsTerminal as _, Stderr, Stdout, Write};
use std::panic;
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::cursor::{Hide, Show};
use crossterm::queue;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::backend::{Backend as _, CrosstermBackend};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use crate::session::console;

/// Where the drawing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DrawOn {
    /// Standard error: standard output stays free for data, as form programs do it.
    #[default]
    Stderr,
    /// Standard output.
    Stdout,
}

/// The stream that is drawn on.
#[derive(Debug)]
enum Stream {
    Out(Stdout),
    Err(Stderr),
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Out(out) => out.write(buffer),
            Self::Err(err) => err.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Out(out) => out.flush(),
            Self::Err(err) => err.flush(),
        }
    }
}

/// Octets of a picture that are written at once. One of 160 columns and 50 lines has fewer; a call for each cell would
/// be seen on Windows, whose console takes its time over each.
const PICTURE: usize = 32 << 10;

/// What is drawn, written a picture at a time.
#[derive(Debug)]
struct Sink(BufWriter<Stream>);

impl Sink {
    fn open(on: DrawOn) -> Self {
        let stream = match on {
            DrawOn::Stdout => Stream::Out(io::stdout()),
            DrawOn::Stderr => Stream::Err(io::stderr()),
        };
        Self(BufWriter::with_capacity(PICTURE, stream))
    }
}

impl Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.0.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A size in columns and lines, as `--size 120x30` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub columns: u16,
    /// Lines.
    pub lines: u16,
}

/// Not a size of the form `120x30`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a size such as 120x30")]
pub struct NotASize(String);

impl std::str::FromStr for Size {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, NotASize> {
        let wrong = || NotASize(crate::error::printable(text, 20));
        let (columns, lines) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
        let number = |text: &str| text.trim().parse::<u16>().ok().filter(|n| (1..=1000).contains(n));
        Ok(Self { columns: number(columns).ok_or_else(wrong)?, lines: number(lines).ok_or_else(wrong)? })
    }
}

/// Whether the wizard can be shown at all: somebody types at a terminal and looks at one.
///
/// `size` given means that the drawing is sent past a console that does not understand it, so that the stream that is
/// drawn on need not be a terminal (Wine, and pictures of the screen).
pub fn is_usable(on: DrawOn, size: Option<Size>) -> bool {
    let drawn_on_one = match on {
        DrawOn::Stdout => io::stdout().is_terminal(),
        DrawOn::Stderr => io::stderr().is_terminal(),
    };
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stdin().is_terminal() && (drawn_on_one || size.is_some()) && !dumb
}

/// Who has the terminal now; the panic hook asks.
static TAKEN: Mutex<Option<(ThreadId, DrawOn)>> = Mutex::new(None);

/// The terminal, taken over. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Sink>>,
    on: DrawOn,
    size: Option<Size>,
    mouse: bool,
}

impl Screen {
    /// Take the terminal over: raw mode, the alternate screen, pastes in one piece, and the mouse if `mouse` says so.
    /// `Err` gives it back first.
    pub fn take(on: DrawOn, size: Option<Size>, mouse: bool) -> io::Result<Self> {
        hook_into_panics();
        let taken =
            enter(on, mouse).and_then(|()| Ok(Self { terminal: terminal(on, size)?, on, size, mouse }));
        if taken.is_err() {
            give_back();
        }
        taken
    }

    /// Draw what differs from the last frame.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(draw).map(|_| ())
    }

    /// The whole screen anew with the next frame: after a resize, or when something else wrote on the terminal.
    ///
    /// Goes through the backend: `Terminal::clear` asks the terminal where its cursor is, and waits two seconds on one
    /// that does not answer.
    pub fn redraw(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().clear()?;
        self.terminal = terminal(self.on, self.size)?;
        Ok(())
    }

    /// Ask the terminal for clicks and the wheel, or leave the mouse to it, for marking text.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        console::report_mouse(on)?;
        let mut sink = Sink::open(self.on);
        modes::mouse(&mut sink, on)?;
        sink.flush()
    }

    /// Copy text to the clipboard of the terminal's own machine (OSC 52). Whether the terminal obeys is not known.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut sink = Sink::open(self.on);
        write!(sink, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
        sink.flush()
    }

    /// Give the terminal back to the shell until it brings the program back to the foreground (`Ctrl-Z`, `fg`).
    ///
    /// The whole program stops, the serving of phones too: a shell's job control knows nothing finer. Where there is
    /// no job control (Windows) nothing happens. Answers whether the program was suspended.
    pub fn suspend(&mut self) -> io::Result<bool> {
        if !job_control::EXISTS {
            return Ok(false);
        }
        give_back();
        let stopped = job_control::stop();
        enter(self.on, self.mouse)?;
        self.redraw()?;
        stopped.map(|()| true)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn terminal(on: DrawOn, size: Option<Size>) -> io::Result<Terminal<CrosstermBackend<Sink>>> {
    let backend = CrosstermBackend::new(Sink::open(on));
    let viewport = match size {
        Some(Size { columns, lines }) => Viewport::Fixed(Rect::new(0, 0, columns, lines)),
        None => Viewport::Fullscreen,
    };
    Terminal::with_options(backend, TerminalOptions { viewport })
}

fn enter(on: DrawOn, mouse: bool) -> io::Result<()> {
    *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some((thread::current().id(), on));
    console::take_over(mouse)?;
    let mut sink = Sink::open(on);
    queue!(sink, EnterAlternateScreen, Hide)?;
    modes::pastes(&mut sink, true)?;
    if mouse {
        modes::mouse(&mut sink, true)?;
    }
    sink.flush()
}

/// Give the terminal back, if it is taken. Each part is tried whatever became of the others.
fn give_back() {
    let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((_, on)) = taken else { return };
    let mut sink = Sink::open(on);
    // What cannot be restored now cannot be restored at all; there is nobody to tell.
    let _ = modes::mouse(&mut sink, false);
    let _ = modes::pastes(&mut sink, false);
    let _ = queue!(sink, LeaveAlternateScreen, Show);
    let _ = sink.flush();
    console::give_back();
}

/// Chain a hook that gives the terminal back before the message of a panic is printed. Once for the whole program.
fn hook_into_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).map(|(thread, _)| thread);
            match taken {
                Some(thread) if thread != thread::current().id() => {
                    // Its message would tear the screen apart; whoever watches that thread tells what became of it.
                    tracing::error!(panic = %info, "a panic beside the screen");
                }
                _ => {
                    give_back();
                    before(info);
                }
            }
        }));
    });
}

/// Base 64 with padding (RFC 4648, section 4).
fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(octets.len().div_ceil(3) * 4);
    for chunk in octets.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, octet| bits << 8 | u32::from(*octet)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit) & 63) as usize;
            out.push(if digit <= chunk.len() { char::from(DIGITS[index]) } else { '=' });
        }
    }
    out
}

/// What a terminal is asked for by what is written to it.
#[cfg(unix)]
mod modes {
    use std::io::{self, Write};

    /// Clicks and the wheel in cells beyond 223 (modes 1000 and 1006). Not every movement, as crossterm would ask:
    /// a mouse that is pushed aside should wake nobody.
    pub(super) fn mouse(sink: &mut impl Write, on: bool) -> io::Result<()> {
        sink.write_all(if on { b"\x1b[?1000h\x1b[?1006h" } else { b"\x1b[?1006l\x1b[?1000l" })
    }

    /// Pastes in one piece (mode 2004).
    pub(super) fn pastes(sink: &mut impl Write, on: bool) -> io::Result<()> {
        sink.write_all(if on { b"\x1b[?2004h" } else { b"\x1b[?2004l" })
    }
}

/// Windows' console is asked by its own modes ([`console`]). A paste comes as keys there, and its mark would come as
/// keys too.
#[cfg(not(unix))]
mod modes {
    use std::io::{self, Write};

    #[expect(clippy::unnecessary_wraps, reason = "the form of Unix can fail")]
    pub(super) fn mouse(_: &mut impl Write, _: bool) -> io::Result<()> {
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form of Unix can fail")]
    pub(super) fn pastes(_: &mut impl Write, _: bool) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
mod job_control {
    use std::io;

    use rustix::process::{Signal, kill_current_process_group};

    pub(super) const EXISTS: bool = true;

    /// Stop the whole foreground job, as the terminal's own Ctrl-Z would; returns when it is continued.
    pub(super) fn stop() -> io::Result<()> {
        Ok(kill_current_process_group(Signal::TSTP)?)
    }
}

#[cfg(not(unix))]
mod job_control {
    use std::io;

    pub(super) const EXISTS: bool = false;

    #[expect(clippy::unnecessary_wraps, reason = "the form of Unix can fail")]
    pub(super) fn stop() -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_gets_exactly_what_was_copied() {
        // RFC 4648, section 10.
        for (text, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), coded, "{text}");
        }
        assert_eq!(base64(&[0xff, 0xef, 0xbe]), "/+++");
    }

    #[test]
    fn a_size_is_two_numbers_that_a_screen_can_have() {
        assert_eq!("120x30".parse(), Ok(Size { columns: 120, lines: 30 }));
        for wrong in ["120", "0x30", "120x", "70000x1", "1x1001", "ax b"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
