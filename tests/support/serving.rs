//! `loadlift serve` while it runs.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;

/// A process that ends with its test, whatever becomes of that.
pub(crate) struct Running(Child);

impl Running {
    /// Kill it, and wait until it is gone.
    pub(crate) fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// A service that told where it serves. What it says is JSON, a line for each event.
pub(crate) struct Serving {
    pub(crate) process: Running,
    pub(crate) address: SocketAddr,
    lines: Option<std::io::Lines<BufReader<ChildStdout>>>,
}

impl Serving {
    /// Serve on loopback, at a port that is free.
    pub(crate) fn start(arguments: &[&str], sessions: &Path) -> Self {
        Self::by(Command::new(env!("CARGO_BIN_EXE_loadlift")), Ipv4Addr::LOCALHOST, arguments, sessions)
    }

    /// The same at another address, by a command that takes the program's arguments.
    pub(crate) fn by(mut command: Command, address: Ipv4Addr, arguments: &[&str], sessions: &Path) -> Self {
        command.args(["serve", "--json", "--port", "0", "--address", &address.to_string(), "--session-dir"]);
        Self::of(command.arg(sessions).args(arguments))
    }

    /// A command that serves.
    pub(crate) fn of(command: &mut Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = Running(command.spawn().unwrap());
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let Some(Ok(first)) = lines.next() else {
            let mut words = String::new();
            process.stderr.take().unwrap().read_to_string(&mut words).unwrap();
            panic!("no service: {words}");
        };
        let started: Value = serde_json::from_str(&first).unwrap();
        assert_eq!(started["event"], "started");
        let address = started["serving"].as_str().unwrap().parse().unwrap();
        Self { process, address, lines: Some(lines) }
    }

    /// What it says from here on, as it says it.
    pub(crate) fn lines(&mut self) -> impl Iterator<Item = String> + Send + use<> {
        self.lines.take().expect("its lines are taken once").map_while(Result::ok)
    }

    /// Read on, on a thread: else it would wait for its reader. Answers with all lines at its end.
    pub(crate) fn listen(&mut self) -> JoinHandle<Vec<String>> {
        let lines = self.lines();
        std::thread::spawn(move || lines.collect())
    }

    /// What it says until it ends.
    pub(crate) fn events(mut self) -> Vec<Value> {
        self.lines().map(|line| serde_json::from_str(&line).unwrap()).collect()
    }
}
