//! For which systems a kit has a program.

use serde::Serialize;

use super::{Kit, System};

/// One system, as a kit serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SystemStatus {
    /// The system.
    pub system: System,
    /// Its name, `Windows`.
    pub name: String,
    /// The program for it, a path in the kit; `None` if there is none.
    pub program: Option<String>,
}

/// Every system that a kit should have a program for, and those besides that it has one for.
pub fn systems(kit: &Kit) -> Vec<SystemStatus> {
    let one = |system: System| {
        let exact = kit.programs.iter().find(|program| program.system == system);
        let program = exact.or_else(|| kit.programs.iter().find(|program| program.system.serves(system)));
        SystemStatus {
            system,
            name: system.to_string(),
            program: program.map(|program| program.path.clone()),
        }
    };
    let mut all: Vec<SystemStatus> = System::WANTED.into_iter().map(one).collect();
    for program in &kit.programs {
        if !all.iter().any(|status| status.program.as_ref() == Some(&program.path)) {
            all.push(one(program.system));
        }
    }
    all
}

/// For which there is a program and for which there is none, in words: `Windows, Linux; none for macOS`.
pub fn in_words(systems: &[SystemStatus]) -> String {
    let names = |has: bool| -> Vec<&str> {
        let some = systems.iter().filter(|status| status.program.is_some() == has);
        some.map(|status| status.name.as_str()).collect()
    };
    match (names(true), names(false)) {
        (there, missing) if missing.is_empty() => there.join(", "),
        (there, missing) if there.is_empty() => format!("none, neither for {}", missing.join(" nor ")),
        (there, missing) => format!("{}; none for {}", there.join(", "), missing.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(of: &[System]) -> String {
        in_words(&systems(&Kit::with_programs(of)))
    }

    #[test]
    fn what_is_there_and_what_is_missing_is_said() {
        assert_eq!(told(&[]), "none, neither for Windows nor Linux nor macOS (Apple silicon)");
        assert_eq!(told(&[System::LinuxX86]), "Linux; none for Windows, macOS (Apple silicon)");
        // The same file for both kinds of processor, and a slow one that runs all the same.
        for macos in [System::MacosUniversal, System::MacosX86] {
            let all = systems(&Kit::with_programs(&[System::WindowsX86, System::LinuxX86, macos]));
            assert_eq!(all.iter().filter(|status| status.program.is_none()).count(), 0, "{macos}");
            assert_eq!(all.len(), 3, "{all:?}");
        }
        let more = [System::WindowsX86, System::WindowsArm, System::LinuxX86, System::MacosArm];
        assert_eq!(told(&more), "Windows, Linux, macOS (Apple silicon), Windows (ARM)");
    }
}
