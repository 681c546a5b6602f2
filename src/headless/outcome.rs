//! How a command ended, and how its failure is told: what happened, then what to do about it.

use std::fmt::Write as _;
use std::io;

use crate::error::Advice;

/// Exit code of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All that was asked for happened.
    Done,
    /// Some phone or check failed.
    Failed,
    /// Wrong use, or the machine is not ready.
    NotReady,
    /// Ctrl-C.
    Interrupted,
}

impl Outcome {
    /// The code that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::NotReady => 2,
            Self::Interrupted => 130,
        }
    }
}

/// A failure, ready to be told.
#[derive(Debug)]
pub struct Failure {
    /// Stable code of the failure.
    pub code: &'static str,
    /// What happened, in one line.
    pub message: String,
    /// What to do now.
    pub advice: Vec<String>,
    /// How the command ends by it.
    pub outcome: Outcome,
}

impl Failure {
    /// A failure after which the command could not even begin: exit code 2.
    pub fn not_ready(error: &dyn Advice) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
            advice: error.advice(),
            outcome: Outcome::NotReady,
        }
    }

    /// The failure as it is printed on stderr.
    pub fn text(&self) -> String {
        let mut text = format!("error: {}\n", self.message);
        for (n, line) in self.advice.iter().enumerate() {
            // Lines that begin with a blank continue the hint before them.
            let label = if line.starts_with(' ') { "" } else { "hint: " };
            let gap = if n == 0 { "\n" } else { "" };
            let _ = writeln!(text, "{gap}{label}{line}");
        }
        text
    }
}

impl<E: Advice> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::not_ready(&error)
    }
}

/// Writing to the output does not work. A reader that has gone away (`| head`) is no failure worth a word.
pub fn output_failed(error: &io::Error) -> Failure {
    let silent = error.kind() == io::ErrorKind::BrokenPipe;
    Failure {
        code: "output-failed",
        message: if silent { String::new() } else { format!("the output cannot be written: {error}") },
        advice: vec![],
        outcome: Outcome::Failed,
    }
}
