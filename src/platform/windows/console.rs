//! The modes, the code page and the font of Windows' console.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::io::AsRawHandle as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Console::{
    CONSOLE_FONT_INFOEX, CONSOLE_MODE, ENABLE_EXTENDED_FLAGS, ENABLE_MOUSE_INPUT, ENABLE_PROCESSED_OUTPUT,
    ENABLE_QUICK_EDIT_MODE, ENABLE_VIRTUAL_TERMINAL_PROCESSING, ENABLE_WINDOW_INPUT,
    ENABLE_WRAP_AT_EOL_OUTPUT, GetConsoleMode, GetConsoleOutputCP, GetConsoleProcessList,
    GetCurrentConsoleFontEx, SetConsoleMode, SetConsoleOutputCP,
};

use super::length_of;
use crate::platform::console::{Look, Signs, UTF_8};

/// The bit of a font's family that says that it is one of outlines.
const TMPF_TRUETYPE: u32 = 4;

/// What was before this program took over: each part once it was changed.
struct Before {
    input: Option<CONSOLE_MODE>,
    output: Option<CONSOLE_MODE>,
    code_page: Option<u32>,
}

static BEFORE: Mutex<Before> = Mutex::new(Before { input: None, output: None, code_page: None });

fn before() -> MutexGuard<'static, Before> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The console's own input or output, wherever the program's is led to.
fn open(name: &str) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(name)
}

fn input() -> io::Result<File> {
    open("CONIN$")
}

fn output() -> io::Result<File> {
    open("CONOUT$")
}

fn handle(file: &File) -> HANDLE {
    file.as_raw_handle()
}

#[expect(unsafe_code, reason = "a console's mode has no safe form")]
fn mode(file: &File) -> io::Result<CONSOLE_MODE> {
    let mut mode = 0;
    // SAFETY: the handle is open while `file` is borrowed, and `mode` is ours to be written.
    if unsafe { GetConsoleMode(handle(file), &raw mut mode) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(mode)
}

#[expect(unsafe_code, reason = "a console's mode has no safe form")]
fn set_mode(file: &File, mode: CONSOLE_MODE) -> io::Result<()> {
    // SAFETY: the handle is open while `file` is borrowed.
    if unsafe { SetConsoleMode(handle(file), mode) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[expect(unsafe_code, reason = "a console's code page has no safe form")]
fn code_page() -> u32 {
    // SAFETY: it takes nothing, and answers 0 without a console.
    unsafe { GetConsoleOutputCP() }
}

#[expect(unsafe_code, reason = "a console's code page has no safe form")]
fn set_code_page(page: u32) {
    // SAFETY: it takes a number. What is refused is seen by `code_page`.
    unsafe { SetConsoleOutputCP(page) };
}

/// Keys one by one, and that the window has another size: the console tells that only when asked to. With the mouse left
/// to it, text can be marked as in any other window (`QUICK_EDIT`).
fn mode_of_input(mouse: bool) -> CONSOLE_MODE {
    let mouse = if mouse { ENABLE_MOUSE_INPUT } else { ENABLE_QUICK_EDIT_MODE };
    ENABLE_WINDOW_INPUT | ENABLE_EXTENDED_FLAGS | mouse
}

pub(in crate::platform) fn take_over(mouse: bool) -> io::Result<()> {
    let input = input()?;
    let as_it_is = mode(&input)?;
    before().input.get_or_insert(as_it_is);
    set_mode(&input, mode_of_input(mouse))?;
    draw_on();
    Ok(())
}

/// What is refused stays as it is: a console that does not understand the drawing is drawn on by calls, which crossterm
/// makes, and where what is drawn goes elsewhere there is nothing to change.
pub(in crate::platform) fn draw_on() {
    let drawing = ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING;
    if let Ok(output) = output()
        && let Ok(as_it_is) = mode(&output)
        && set_mode(&output, as_it_is | drawing).is_ok()
    {
        before().output.get_or_insert(as_it_is);
    }
    // In the code pages of East Asia lines of boxes are two columns wide; in UTF-8 they are one everywhere.
    let as_it_is = code_page();
    if as_it_is != 0 {
        before().code_page.get_or_insert(as_it_is);
        set_code_page(UTF_8);
    }
}

pub(in crate::platform) fn report_mouse(on: bool) -> io::Result<()> {
    set_mode(&input()?, mode_of_input(on))
}

pub(in crate::platform) fn give_back() {
    let mut before = before();
    if let Some((as_it_was, input)) = before.input.take().zip(input().ok()) {
        // Without the flag the console would keep marking by mouse as it is now.
        let _ = set_mode(&input, as_it_was | ENABLE_EXTENDED_FLAGS);
    }
    if let Some((as_it_was, output)) = before.output.take().zip(output().ok()) {
        let _ = set_mode(&output, as_it_was);
    }
    if let Some(page) = before.code_page.take() {
        set_code_page(page);
    }
}

/// The name of the font, and whether it is one of outlines.
#[expect(unsafe_code, reason = "the font has no safe form")]
fn font() -> Option<(String, bool)> {
    let output = output().ok()?;
    let mut font = CONSOLE_FONT_INFOEX { cbSize: length_of::<CONSOLE_FONT_INFOEX>(), ..Default::default() };
    // SAFETY: the handle is open; `font` is ours to be written, and says how long it is.
    if unsafe { GetCurrentConsoleFontEx(handle(&output), 0, &raw mut font) } == 0 {
        return None;
    }
    let face = font.FaceName;
    let end = face.iter().position(|unit| *unit == 0).unwrap_or(face.len());
    Some((String::from_utf16_lossy(&face[..end]), font.FontFamily & TMPF_TRUETYPE != 0))
}

pub(in crate::platform) fn signs() -> Signs {
    let modern = std::env::var_os("WT_SESSION").is_some();
    let (face, outlines) = font().unwrap_or_default();
    Look { modern, face, outlines, code_page: code_page() }.signs()
}

/// Whether no other program, above all no shell, holds this console.
#[expect(unsafe_code, reason = "the programs of a console have no safe form")]
pub(in crate::platform) fn is_ours_alone() -> bool {
    let mut programs = [0; 2];
    // SAFETY: there is room for two numbers, as said. The answer is how many there are, or 0 without a console.
    unsafe { GetConsoleProcessList(programs.as_mut_ptr(), 2) == 1 }
}
