//! The Windows program in Wine's console: its wizard by keys alone, pastes, windows that close with the program, Ctrl-C.
//!
//! Wine's console does not understand what draws a screen, so the drawing is sent past it (`--size`, through a pipe);
//! keys come through the console's own input, each as a press and a release, as on Windows.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod support;

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use loadlift::journal::Event;
use loadlift::rehearsal::madeup::{self, MadeUpLoad, Packing};
use rustix::process::Signal;
use serde_json::Value;
use support::terminal::{Terminal, records};
use support::walk::{from_the_load_to_the_phones, to_the_end};
use support::{has, run_within, wine};

/// The program, if Wine and a terminal are here.
fn program() -> Option<&'static str> {
    wine::program().filter(|_| has("tmux", "tmux"))
}

/// The wizard in a terminal of Wine, drawn past its console.
fn wizard(folder: &Path, program: &str, arguments: &str) -> Terminal {
    let script = folder.join("wizard.sh");
    let sessions = folder.join("sessions");
    let line = wine::line(program, &format!("{arguments} --size 80x24 --session-dir {}", sessions.display()));
    let rc = folder.join("rc");
    fs::write(&script, format!("{{ {line}; echo $? > {}; }} | cat\n", rc.display())).unwrap();
    Terminal::start(80, 24, &format!("sh {}", script.display()))
}

/// A program on Wine's console itself, by a shell line.
fn on_the_console(folder: &Path, line: &str) -> Terminal {
    let script = folder.join("line.sh");
    fs::write(&script, format!("exec {line}\n")).unwrap();
    Terminal::start(100, 30, &format!("sh {}", script.display()))
}

#[test]
fn a_rehearsal_goes_to_the_report_by_keys_alone_in_wines_console() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let play = "rehearse --phones 2 --scenario all-well --speed 100 --megabytes 1";
    let terminal = wizard(folder.path(), program, play);

    terminal.until(&["► Rehearse", "Enter begin"]);
    terminal.keys(&["Enter"]);
    // A release that counted would have gone on to the next step, the next field, and typed twice.
    terminal.until(&["► Path", "► Phones", "Enter next"]);
    terminal.keys(&["Down", "8"]);
    let screen = terminal.until(&["► Load on the phone 8\n", "is not a release"]);
    assert!(screen.contains("► Path"), "{screen}");
    terminal.keys(&["BSpace"]);
    terminal.until(&["an unknown load"]);
    terminal.keys(&["Enter"]);
    from_the_load_to_the_phones(&terminal);
    to_the_end(&terminal, 2);
    // What is left to be read stays on the console until a key is pressed: no shell is there that keeps its window.
    terminal.until(&["Saved: ", "Press a key to close this window."]);
    terminal.keys(&["Enter"]);
    terminal.until(&["it-is-over"]);

    assert_eq!(fs::read_to_string(folder.path().join("rc")).unwrap().trim(), "0");
    let sessions = folder.path().join("sessions");
    let files = fs::read_dir(&sessions).unwrap().flatten().map(|entry| entry.path());
    let report = files.into_iter().find(|path| path.extension().is_some_and(|e| e == "md")).unwrap();
    assert!(fs::read_to_string(report).unwrap().contains("2 of 2 phones"));
    assert!(matches!(records(&sessions).last().unwrap().event, Event::Ended { back: 2, seen: 2, .. }));
}

#[test]
fn a_pasted_path_with_its_quotes_is_one_text_and_no_command() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("my quiet loads").join("cmterm-7945_7965-sccp.8-5-2.zip");
    fs::create_dir(archive.parent().unwrap()).unwrap();
    fs::write(&archive, madeup::zip(&MadeUpLoad::sample().files(), Packing::Deflated)).unwrap();
    let terminal = wizard(folder.path(), program, "");
    terminal.until(&["► Recover phones", "Enter begin"]);
    // Nobody asked for it: `q` in it does not leave, nor does its line end begin.
    terminal.paste("quit\r");
    terminal.keys(&["Down"]);
    terminal.until(&["► Rehearse"]);
    terminal.keys(&["Up"]);
    terminal.until(&["► Recover phones"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["► Path", "Enter next"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["► Load", "Another place"]);
    terminal.keys(&["p"]);
    terminal.until(&["► Path  an archive", "Tab complete"]);
    // As Explorer copies a path, and with the line end of whoever marked too much.
    terminal.paste(&format!("\"{}\"\r", wine::as_windows(&archive)));
    terminal.until(&["sccp.8-5-2.zip\"", "Enter read"]);
    terminal.keys(&["Enter"]);
    terminal.until(&["SCCP45.8-5-2S"]);
}

#[test]
fn a_window_that_closes_with_the_program_stays_until_the_error_is_read() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let alone = on_the_console(folder.path(), &wine::line(program, "serve no-such-file.zip"));
    let screen = alone.until(&["error: ", "no-such-file.zip", "Press a key to close this window."]);
    assert!(!screen.contains("rc="), "{screen}");
    alone.keys(&["x"]);
    alone.until(&["rc=2"]);
    // Wrong words too, of which the program says so itself before it knows what to do.
    let alone = on_the_console(folder.path(), &wine::line(program, "no-such-command"));
    alone.until(&["no-such-command", "Press a key to close this window."]);
    alone.keys(&["x"]);
    alone.until(&["rc=2"]);
    // A shell keeps the window, and its user waits for the prompt.
    let line =
        wine::line("cmd.exe", &format!("/c '{}' no-such-command", wine::as_windows(Path::new(program))));
    let with_a_shell = on_the_console(folder.path(), &line);
    let screen = with_a_shell.until(&["no-such-command", "rc=2"]);
    assert!(!screen.contains("Press a key"), "{screen}");
}

#[test]
fn ctrl_c_ends_a_service_with_a_truthful_log_and_the_window_stays() {
    let Some(program) = program() else { return };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Ringlist.xml"), "<Rings/>").unwrap();
    let (files, sessions) = (folder.path().display(), folder.path().join("sessions"));
    let serve = format!(
        "serve --files {files} --address 127.0.0.1 --port 0 --ascii --session-dir {}",
        sessions.display()
    );
    let terminal = on_the_console(folder.path(), &wine::line(program, &serve));
    terminal.until_it("the log of the session", |_| {
        fs::read_dir(&sessions).is_ok_and(|entries| {
            entries.flatten().any(|entry| fs::metadata(entry.path()).is_ok_and(|data| data.len() > 0))
        })
    });
    // Wine makes a Ctrl-C of it. From the keyboard it would come twice: the program that bounds the time passes it on.
    terminal.signal(Signal::INT);
    terminal.until(&["Press a key to close this window."]);
    terminal.keys(&["Enter"]);
    terminal.until(&["rc=130"]);
    let records = records(&sessions);
    assert!(matches!(records.last().unwrap().event, Event::Ended { seen: 0, .. }), "{records:?}");
}

#[test]
fn the_check_sees_the_same_addresses_as_this_machine_and_tells_the_firewall_and_the_port() {
    let Some(program) = wine::program().filter(|_| has("ip", "iproute2")) else { return };
    let output = wine::command(program).args(["check", "--json"]).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut seen: Vec<Ipv4Addr> = answer["interfaces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|interface| interface["address"].as_str().unwrap().parse().unwrap())
        .collect();
    seen.sort();
    let told = run_within(20, std::process::Command::new("ip").args(["-4", "-json", "address"])).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    let addresses = told.as_array().unwrap().iter().flat_map(|card| card["addr_info"].as_array().unwrap());
    let mut there: Vec<Ipv4Addr> =
        addresses.map(|address| address["local"].as_str().unwrap().parse().unwrap()).collect();
    there.sort();
    assert_eq!(seen, there);
    let checks = answer["checks"].as_array().unwrap();
    for name in ["interface", "port-69", "firewall"] {
        let check = checks.iter().find(|check| check["name"] == name).unwrap_or(&Value::Null);
        assert!(check["code"].is_string() && check["reason"].is_string(), "{name}: {answer}");
    }
}
