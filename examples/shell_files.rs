//! Writes the man pages and the completions of bash, zsh, fish and PowerShell, from the command line's own definition.
//!
//! ```sh
//! cargo run --example shell_files -- FOLDER
//! ```
//!
//! They go into `FOLDER/man` and `FOLDER/completions`. It is an example, and not a hidden command, so that neither the
//! texts nor the libraries that make them are in the program that people carry about.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap_complete::Shell;
use clap_mangen::Man;

/// What the definition does not know: the sections that follow the options of `loadlift(1)`.
const MORE: &str = r".SH EXIT STATUS
.TP
.B 0
all that was asked for happened
.TP
.B 1
some phone or check failed
.TP
.B 2
wrong use, or the machine is not ready
.TP
.B 130
Ctrl\-C
.SH FILES
.TP
.I ~/.local/share/loadlift/sessions
session logs and reports, unless \fB\-\-session\-dir\fR names a folder or the program lies in a kit, which has its own.
\fBXDG_DATA_HOME\fR moves it. On macOS the folder is
.IR ~/Library/Application\ Support/loadlift/sessions .
.TP
.I kit.toml
beside the program, makes its folder a portable kit: loads and sessions are kept there and nowhere else.
.SH ENVIRONMENT
.TP
.B NO_COLOR
no colours
.TP
.B TERM
\fIdumb\fR: lines instead of a live table
.SH NOTES
Phones ask UDP port 69. To open it without root, give the program the right once:
.PP
.RS
sudo setcap cap_net_bind_service=ep $(command \-v loadlift)
.RE
.PP
An update of the program loses it.
";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("which folder? shell_files FOLDER")?;
    let (man, completions) = (folder.join("man"), folder.join("completions"));
    fs::create_dir_all(&man)?;
    fs::create_dir_all(&completions)?;

    let mut command = loadlift::cli::command();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
        clap_complete::generate_to(shell, &mut command, "loadlift", &completions)?;
    }
    let mut command = loadlift::cli::command().disable_help_subcommand(true);
    command.build();
    pages(&command, &man)
}

/// A page for a command, and one for each below it.
fn pages(command: &clap::Command, folder: &Path) -> Result<(), Box<dyn Error>> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages(below, folder)?;
    }
    let page =
        Man::new(command.clone()).manual("loadlift").source(concat!("loadlift ", env!("CARGO_PKG_VERSION")));
    let mut file = fs::File::create(folder.join(page.get_filename()))?;
    page.render(&mut file)?;
    if command.get_name() == "loadlift" {
        file.write_all(MORE.as_bytes())?;
    }
    Ok(())
}
