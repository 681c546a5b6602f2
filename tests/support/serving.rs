//! `loadlift serve` while it runs.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A service that told where it serves. What it says is JSON, a line for each event.
pub(crate) struct Serving {
    pub(crate) process: Child,
    pub(crate) lines: std::io::Lines<BufReader<ChildStdout>>,
    pub(crate) address: SocketAddr,
}

impl Serving {
    /// Serve on loopback, at a port that is free.
    pub(crate) fn start(arguments: &[&str], sessions: &Path) -> Self {
        Self::by(Command::new(env!("CARGO_BIN_EXE_loadlift")), arguments, sessions)
    }

    /// The same by another command that takes the program's arguments.
    pub(crate) fn by(mut command: Command, arguments: &[&str], sessions: &Path) -> Self {
        command
            .args(["serve", "--json", "--address", "127.0.0.1", "--port", "0", "--session-dir"])
            .arg(sessions);
        Self::of(command.args(arguments))
    }

    /// A command that serves.
    pub(crate) fn of(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let Some(Ok(first)) = lines.next() else {
            let mut words = String::new();
            process.stderr.take().unwrap().read_to_string(&mut words).unwrap();
            panic!("no service: {words}");
        };
        let started: Value = serde_json::from_str(&first).unwrap();
        assert_eq!(started["event"], "started");
        let address = started["serving"].as_str().unwrap().parse().unwrap();
        Self { process, lines, address }
    }

    /// What it says until it ends.
    pub(crate) fn events(self) -> Vec<Value> {
        self.lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    }
}
