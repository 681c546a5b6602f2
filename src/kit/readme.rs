//! `README.txt`: for whoever finds the stick.

use super::{Kit, ModelStatus};

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
    if kit.programs.is_empty() {
        lines.push("  (no program is in this kit; get loadlift and put it beside kit.toml)".to_owned());
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
