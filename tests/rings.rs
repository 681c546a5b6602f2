//! The three rings: each room imports only what it may. Reads the sources' paths; comments and tests inside the
//! files are left out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CORE: &[&str] = &[
    "catalog",
    "dhcp",
    "download",
    "error",
    "firmware",
    "fleet",
    "journal",
    "kit",
    "phone_pages",
    "preflight",
    "rehearsal",
    "report",
    "tftp",
    "timestamp",
    "wizard",
];
const SHELL: &[&str] = &["fetch", "net", "platform", "store"];

/// What a room may import beside itself.
fn allowed(room: &str) -> BTreeSet<&'static str> {
    let rooms: &[&[&'static str]] = match room {
        room if CORE.contains(&room) => &[CORE],
        // The rooms of the shell stand on the system, and on each other no more than they must.
        "platform" => &[CORE],
        "store" => &[CORE, &["platform"]],
        "fetch" => &[CORE, &["store"]],
        "net" => &[CORE, &["platform", "store"]],
        "session" => &[CORE, SHELL],
        "headless" => &[CORE, &["session", "store"]],
        "ui" => &[CORE, &["session"]],
        "cli" => &[CORE, &["session", "headless", "store", "ui"]],
        "main" | "lib" => &[&["cli"]],
        other => panic!("the room `{other}` is in no ring: say in tests/rings.rs which"),
    };
    rooms.iter().copied().flatten().copied().collect()
}

/// What the core must not touch: input and output, the clock, threads, runtimes, terminals.
const FORBIDDEN_IN_CORE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "std::io::stdout",
    "std::io::stderr",
    "Instant::now",
    "SystemTime",
    "tokio",
    "mio",
    "socket2",
    "netdev",
    "crossterm",
    "ratatui",
    "reqwest",
    "tracing",
];

/// What has a home: only these rooms touch it. Whoever looks for what a file, a socket or a server is asked for looks
/// there, and nowhere else.
const HOMES: &[(&str, &[&str])] = &[
    // Servers that the technician names. While offline nobody can make what is in this room.
    ("reqwest", &["fetch"]),
    ("rustls", &["fetch"]),
    ("TcpStream", &["net"]),
    ("TcpListener", &[]),
    ("UdpSocket", &["net", "platform"]),
    // The call for several datagrams at once takes the socket as the driver has it.
    ("mio", &["net", "platform"]),
    ("netdev", &["net"]),
    ("socket2", &["net", "platform"]),
    // Of the system's own files, those of /proc for one, `platform` knows; of all others `store`.
    ("std::fs", &["store", "platform"]),
    ("windows::Win32", &["platform"]),
    ("windows_sys", &["platform"]),
    ("crossterm", &["platform", "ui"]),
    ("ratatui", &["ui"]),
    ("clap", &["cli", "headless"]),
    ("zip", &["firmware", "rehearsal"]),
    ("tar", &["firmware"]),
    ("flate2", &["firmware"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file without comments, and without test modules: those in the file, and those whose own file begins
/// with a mark.
fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    product.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Files that their parent declares under `#[cfg(test)]`.
fn test_files(root: &Path, files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let folder = match file.file_name().unwrap().to_str().unwrap() {
            "mod.rs" | "lib.rs" | "main.rs" => file.parent().unwrap().to_owned(),
            _ => file.with_extension(""),
        };
        for part in text.split("#[cfg(test)]\nmod ").skip(1) {
            if let Some((name, _)) = part.split_once(';')
                && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            {
                found.insert(folder.join(format!("{name}.rs")));
                found.insert(folder.join(name).join("mod.rs"));
            }
        }
    }
    assert!(found.iter().all(|file| file.starts_with(root)));
    found
}

/// Rooms that a text names by `crate::room`, in `use crate::{room::…, …}` too.
fn imported(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    for part in code.split("crate::").skip(1) {
        if let Some(group) = part.strip_prefix('{') {
            let mut depth = 0;
            let mut start = 0;
            for (at, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        rooms.insert(word(&group[start..at]));
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        rooms.insert(word(&group[start..at]));
                        start = at + 1;
                    }
                    _ => {}
                }
            }
        } else {
            rooms.insert(word(part));
        }
    }
    rooms.remove("");
    rooms
}

fn wrong_arrows(room: &str, code: &str) -> Vec<String> {
    let allowed = allowed(room);
    imported(code).into_iter().filter(|to| to != room && !allowed.contains(to.as_str())).collect()
}

/// What a room touches that has its home elsewhere.
fn away_from_home(room: &str, code: &str) -> Vec<&'static str> {
    // A crate is named by what stands before `::`, and a type by its name.
    let names = |what: &str| {
        if what.contains("::") || what.starts_with(char::is_uppercase) {
            touches(code, what)
        } else {
            touches(code, &format!("{what}::"))
        }
    };
    HOMES
        .iter()
        .filter(|(what, homes)| !homes.contains(&room) && names(what))
        .map(|(what, _)| *what)
        .collect()
}

fn touches(code: &str, forbidden: &str) -> bool {
    let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
    // Behind `::` begins another name whatever follows.
    let closed = forbidden.ends_with("::");
    code.match_indices(forbidden).any(|(at, _)| {
        let after = code[at + forbidden.len()..].chars().next();
        boundary(code[..at].chars().next_back()) && (closed || boundary(after))
    })
}

#[test]
fn arrows_point_one_way_and_the_core_touches_nothing() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 30, "only {} sources were found", files.len());
    let excluded = test_files(&src, &files);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| !excluded.contains(*file)) {
        let shown = file.strip_prefix(&src).unwrap();
        let room = shown.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = code(&fs::read_to_string(file).unwrap());
        for to in wrong_arrows(&room, &text) {
            wrong.push(format!("{}: `{room}` must not import `{to}`", shown.display()));
        }
        for what in away_from_home(&room, &text) {
            wrong.push(format!("{}: `{what}` has its home elsewhere", shown.display()));
        }
        // Each name by itself, or a group of them would hide one.
        if text.contains("std::{") {
            wrong.push(format!("{}: import the rooms of `std` one by one", shown.display()));
        }
        if CORE.contains(&room.as_str()) {
            for forbidden in FORBIDDEN_IN_CORE.iter().filter(|forbidden| touches(&text, forbidden)) {
                wrong.push(format!("{}: the core must not touch `{forbidden}`", shown.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_wrong_arrow_is_seen_however_it_is_written() {
    for code in [
        "use crate::net::tftp::Server;",
        "use crate::{\n    fleet::{Fleet, Mac},\n    net::bind,\n};",
        "fn f() { crate::net::bind::open() }",
    ] {
        assert_eq!(wrong_arrows("fleet", code), ["net"], "{code}");
    }
    assert_eq!(wrong_arrows("ui", "use crate::{session, store};"), ["store"]);
    assert_eq!(wrong_arrows("net", "use crate::session::Session;"), ["session"]);
    assert_eq!(wrong_arrows("headless", "use crate::session::Service;"), Vec::<String>::new());
    assert_eq!(wrong_arrows("fetch", "use crate::{net::bind, store::incoming};"), ["net"]);
    assert_eq!(away_from_home("session", "let x = reqwest::get(url);"), ["reqwest"]);
    assert_eq!(away_from_home("session", "use std::fs::{self, File};"), ["std::fs"]);
    assert_eq!(away_from_home("session", "use std::net::{Ipv4Addr, TcpStream};"), ["TcpStream"]);
    assert_eq!(away_from_home("store", "let zip = file.zip(other); use std::fs;"), Vec::<&str>::new());
    assert_eq!(away_from_home("fetch", "use reqwest::Client;"), Vec::<&str>::new());
    assert!(touches("use tokio::sync::mpsc;", "tokio") && !touches("let mio_like = 1;", "mio"));
    assert_eq!(code("a // crate::net\n#[cfg(test)]\nmod tests {\n use crate::net; }"), "a ");
}
