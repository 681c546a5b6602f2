//! `loadlift option150` as its users meet it. Nothing here reaches a network: loopback has no DHCP server.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::process::{Command, Output, Stdio};

fn loadlift(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadlift"));
    command.arg("option150").args(arguments.split(' ')).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn answers_go_to_stdout_and_errors_with_their_way_out_to_stderr() {
    for (arguments, code, on) in [
        ("commands --list", 0, "cisco-ios"),
        ("commands --server cme --value 10.1.1.5", 0, "option 150 ip 10.1.1.5"),
        ("commands --server mikrotik --value 10.1.1.5 --restore --json", 0, "'10.1.1.5'"),
        ("commands --server novell --value 10.1.1.5", 2, "hint: Known are"),
        ("commands --server cme --value none", 2, "hint: Give the laptop's address"),
        ("commands --server cme", 2, "--value"),
        ("probe --address 127.0.0.1", 2, "hint: Choose the wired interface"),
        ("probe --interface no-such-card", 2, "there is no interface `no-such-card`"),
        ("probe --address 127.0.0.1 --subnet voice", 2, "hint: Give the phones' subnet"),
        ("probe --address 127.0.0.1 --before cucm", 2, "is not an IPv4 address"),
        ("probe --address 127.0.0.1 --expect before", 2, "hint: Give what option 150 named"),
    ] {
        let output = loadlift(arguments);
        let (stdout, stderr) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(code), "{arguments}: {stderr}");
        let (right, wrong) = if code == 0 { (&stdout, &stderr) } else { (&stderr, &stdout) };
        assert!(right.contains(on), "{arguments}: `{on}` is not in\n{right}");
        assert!(wrong.is_empty(), "{arguments}: {wrong}");
    }
}
