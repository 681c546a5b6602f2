//! `README.txt`: for whoever finds the stick.

use super::{Kit, ModelStatus, systems};

/// What the stick is, how to start, and what it can do. Line ends as Windows' own editor wants them.
pub fn readme(kit: &Kit, status: &[ModelStatus]) -> String {
    let mut lines: Vec<String> = [
        "loadlift kit",
        "============",
        "",
        "This folder recovers Cisco 7900-series phones that show \"Auth Fail\" or hang in",
        "\"Upgrading\". Nothing is installed, and no internet is needed.",
        "",
        "Start it:",
    ]
    .map(str::to_owned)
    .to_vec();
    for program in &kit.programs {
        lines.push(format!("  {:<24} {}", program.system.to_string(), program.path));
    }
    let systems = systems(kit);
    let lacking: Vec<&str> =
        systems.iter().filter(|status| status.program.is_none()).map(|status| status.name.as_str()).collect();
    if kit.programs.is_empty() {
        lines.push("  (no program is in this kit; get loadlift and put it beside kit.toml)".to_owned());
    } else if !lacking.is_empty() {
        lines.push(format!("  (no program for {} is in this kit)", lacking.join(", ")));
    }
    if kit.programs.iter().any(|program| !program.system.is_windows()) {
        lines.extend(
            [
                "",
                "On Linux and macOS start it from a terminal, in this folder: `sudo ./NAME`. Phones ask",
                "port 69, which needs the rights of root there. Where the stick lets nothing run, copy",
                "the folder to the disk first.",
            ]
            .map(str::to_owned),
        );
    }
    lines.extend(
        [
            "",
            "It walks you through: which load, which interface, DHCP option 150, the reset, and",
            "back again. Session logs and reports go into the folder sessions. On a stick that",
            "cannot be written to, they go nowhere unless you name a folder with --session-dir.",
            "",
            "Models that can be recovered with this kit:",
        ]
        .map(str::to_owned),
    );
    let (able, unable): (Vec<_>, Vec<_>) = status.iter().partition(|status| status.missing.is_empty());
    for status in &able {
        let loads: Vec<&str> = status.loads.iter().map(|(load, _)| load.as_str()).collect();
        lines.push(format!("  {:<10} {}", status.model, loads.join(", ")));
    }
    if able.is_empty() {
        lines.push("  none yet".to_owned());
    }
    if !unable.is_empty() {
        let names: Vec<&str> = unable.iter().map(|status| status.model.as_str()).collect();
        lines.push(String::new());
        lines.push("Not with this kit:".to_owned());
        lines.extend(names.chunks(7).map(|names| format!("  {}", names.join(", "))));
    }
    lines.extend(
        [
            "",
            "Check the kit:   loadlift kit verify",
            "What it can do:  loadlift kit status",
            "",
            "The loads are the phone maker's; whoever staged this kit answers for having them.",
        ]
        .map(str::to_owned),
    );
    lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::System;

    fn of(systems: &[System]) -> String {
        readme(&Kit::with_programs(systems), &[])
    }

    #[test]
    fn the_finder_of_a_stick_is_told_which_file_to_start_on_which_system() {
        let text = of(&[System::WindowsX86, System::LinuxX86]);
        assert!(text.contains("  Windows                  loadlift.exe\r\n"), "{text}");
        assert!(text.contains("  Linux                    loadlift-linux-x86_64\r\n"), "{text}");
        assert!(text.contains("(no program for macOS (Apple silicon) is in this kit)"), "{text}");
        assert!(text.contains("sudo"), "{text}");
        assert!(!of(&[System::WindowsX86]).contains("sudo"));
        assert!(of(&[]).contains("no program is in this kit"));
        // It is read on small screens and in old editors.
        assert!(text.lines().all(|line| line.chars().count() <= 90 && line.is_ascii()), "{text}");
    }
}
