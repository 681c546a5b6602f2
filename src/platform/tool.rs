//! Asking a program that comes with the system, in English, for no longer than a few seconds.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::preflight::firewall::{Told, Untold};

/// Where the system keeps its tools. The path of the environment does not count: this may run as root, and an
/// ordinary user's leaves out half of them.
const FOLDERS: &[&str] = &["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin"];
/// How long a tool may take. firewalld's waits for its service.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the tool writes on its output if it ends well, or why it does not.
pub(super) fn ask(program: &str, words: &[&str]) -> Told {
    let found = FOLDERS.iter().map(|folder| PathBuf::from(folder).join(program)).find(|path| path.exists());
    let Some(path) = found else { return Err(Untold::Missing) };
    let failed = |error: &dyn std::fmt::Display| Untold::Failed(format!("{program}: {error}"));
    let mut child = Command::new(path)
        .args(words)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error))?;
    let out = drain(child.stdout.take());
    let err = drain(child.stderr.take());
    let Ok(text) = out.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(&"no answer"));
    };
    let complaint = err.recv_timeout(PATIENCE).unwrap_or_default();
    let status = child.wait().map_err(|error| failed(&error))?;
    if status.success() {
        return Ok(text);
    }
    let words = complaint.to_lowercase();
    if ["permitted", "permission", "root", "denied", "authoriz"].iter().any(|word| words.contains(word)) {
        return Err(Untold::NoRights);
    }
    let line = complaint
        .lines()
        .chain(text.lines())
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no reason given");
    Err(failed(&crate::error::printable(line.trim(), 120)))
}

/// Everything that a pipe brings, read beside, so that a full pipe stops nobody.
fn drain(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut octets = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut octets);
        }
        // Nobody waits any more once the patience is over.
        let _ = sender.send(String::from_utf8_lossy(&octets).into_owned());
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_answers_fails_or_is_not_there() {
        assert_eq!(ask("printf", &["%s", "yes"]).as_deref(), Ok("yes"));
        assert_eq!(ask("no-such-tool-anywhere", &[]), Err(Untold::Missing));
        assert!(
            matches!(ask("ls", &["/no/such/folder"]), Err(Untold::Failed(why)) if why.starts_with("ls: "))
        );
    }
}
