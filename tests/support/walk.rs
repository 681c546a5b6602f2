//! The wizard in a terminal, by keys alone: what is on the screen before each key.
#![allow(dead_code, reason = "each test file uses its own part")]

use super::terminal::Terminal;

/// From Welcome to the choice of an interface, with the load for 7945s that lies in the folder.
pub(crate) fn to_the_interface(terminal: &Terminal) {
    terminal.until(&["Recover phones", "Enter begin"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter next", "Path"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["SCCP45.8-5-2S", "Enter next"]);
    terminal.keys(&["Enter"]);
}

/// From Welcome to the screen where phones are reset, in a rehearsal.
pub(crate) fn to_the_phones(terminal: &Terminal) {
    terminal.until(&["Rehearse", "Enter begin"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["8.5(2)SR1", "Enter next"]);
    terminal.keys(&["Enter"]);
    from_the_load_to_the_phones(terminal);
}

/// From the choice of loads to the screen where phones are reset.
pub(crate) fn from_the_load_to_the_phones(terminal: &Terminal) {
    terminal.until(&["SCCP11.8-5-2S", "Enter next"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["127.0.0.1", "Enter check"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter serve here"]);
    terminal.keys(&["Enter"]);
    // The made-up DHCP server is asked by itself; its answers come one after another.
    terminal.until(&["7F000001", "asking through", "s left"]);
    terminal.until(&["10.20.0.1 says 10.1.1.10, 10.1.1.11", "Enter set it now"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Enter it is set"]);
    // Nobody changed it yet: looking does not make it so.
    terminal.keys(&["v"]);
    terminal.until(&["10.1.1.11 still", "Enter it is set"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["Option 150 names this laptop", "Enter go on"]);
    terminal.keys(&["Enter"]);
}

/// From the screen where phones are reset, once all are back, until the program is left.
pub(crate) fn to_the_end(terminal: &Terminal, phones: usize) {
    terminal.until(&[&format!("{phones} of {phones} phones back")]);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.1.1.10, 10.1.1.11", "Enter it is back"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["10.1.1.11 again", "Enter go on"]);
    terminal.keys(&["Enter"]);
    terminal.until(&[&format!("{phones} of {phones} phones"), "Enter leave"]);
    terminal.keys(&["Enter"]);
}
