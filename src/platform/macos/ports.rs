//! Holders of UDP ports, from `lsof`, which comes with the system. Other users' programs are told only to root.

use std::io;
use std::process::{Command, Stdio};

use crate::preflight::Holder;

pub(in crate::platform) fn holders(port: u16) -> io::Result<Vec<Holder>> {
    let output = Command::new("/usr/sbin/lsof")
        .args(["-nP", &format!("-iUDP:{port}"), "-FpcLn"])
        .stdin(Stdio::null())
        .output()?;
    // It ends with 1 when nobody holds the port.
    Ok(parse(&String::from_utf8_lossy(&output.stdout), port))
}

/// A line for each field, its letter first: `p` begins a process, `n` is a socket (lsof(8), OUTPUT FOR OTHER PROGRAMS).
fn parse(text: &str, port: u16) -> Vec<Holder> {
    let mut found: Vec<Holder> = Vec::new();
    let (mut pid, mut program, mut user) = (None, None, None);
    for line in text.lines() {
        let Some((kind, value)) = line.split_at_checked(1) else { continue };
        match kind {
            "p" => (pid, program, user) = (value.parse().ok(), None, None),
            "c" => program = Some(value.to_owned()),
            "L" => user = Some(value.to_owned()),
            "n" => {
                // Only what is bound to the port, not a socket that talks to somebody else's.
                let Some((address, own)) = value.split("->").next().and_then(|own| own.rsplit_once(':'))
                else {
                    continue;
                };
                if own == port.to_string() {
                    let address = address.trim_matches(['[', ']']).parse().ok();
                    found.push(Holder { address, pid, program: program.clone(), user: user.clone() });
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_lsof_become_holders() {
        let text = "p1\nclaunchd\nLroot\nf12\nn*:69\nf13\nn*:69\np80\ncother\nLme\nf3\nn10.1.1.5:5000->10.1.1.6:69\n";
        let found = parse(text, 69);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].pid, found[0].program.as_deref()), (Some(1), Some("launchd")));
        assert_eq!(found[0].user.as_deref(), Some("root"));
    }
}
