//! `loadlift report` as its users meet it: every format, an interrupted log, several sessions of a site, and nothing
//! of a customer's network in what is handed on.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use loadlift::fleet::{Mac, Stage};
use loadlift::journal::{Dhcp, Event, How, Option150, Patience, Record, Refusal, ServedImage, ServedLoad};
use loadlift::phone_pages::{Facts, Proof, Silence};
use loadlift::timestamp::Timestamp;
use serde_json::Value;

const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 5);
const CUCM: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 10);
const BEGAN: u64 = 1_795_437_901_000;

/// A log of two phones: one is recovered and says so, the other refuses the load.
fn log(began: u64) -> Vec<Record> {
    let at = |seconds: u64| Timestamp::from_unix_millis(began + seconds * 1000);
    let good = IpAddr::from([10, 1, 1, 20]);
    let bad = IpAddr::from([10, 1, 1, 21]);
    let mut transfer = 0;
    let mut served = |seconds: u64, phone: IpAddr, file: &str, octets: u64| {
        transfer += 1;
        let file = file.to_owned();
        [
            Record {
                at: at(seconds),
                event: Event::Asked { phone, transfer, file, octets, blksize: 512, window: 1 },
            },
            Record {
                at: at(seconds + 2),
                event: Event::Served { phone, transfer, octets, millis: 2000, retransmissions: 3 },
            },
        ]
    };
    let image = |name: &str, octets| ServedImage { name: name.into(), octets };
    let load = ServedLoad {
        load: "SCCP45.8-5-2S".into(),
        family: "45".into(),
        default_load_files: vec!["term45.default.loads".into(), "term65.default.loads".into()],
        manifest: "SCCP45.8-5-2S.loads".into(),
        images: vec![image("jar45sccp.8-5-2TH1-9.sbn", 500_000), image("cnu45.8-5-2TH1-9.sbn", 250_000)],
    };
    let stage = |seconds, phone, stage, words: &str| Record {
        at: at(seconds),
        event: Event::Stage { phone, mac: None, model: None, stage, words: words.into() },
    };
    let asks = |seconds, phone, file: &str| Record {
        at: at(seconds),
        event: Event::Refused { phone, file: file.into(), reason: Refusal::NotFound },
    };
    let mut log = vec![Record {
        at: at(0),
        event: Event::Started {
            version: "0.1.0".into(),
            command: "recover".into(),
            serving: format!("{LAPTOP}:69"),
            loads: vec![load],
            patience: Patience { within_file: 20_000, between_files: 180_000, writing_flash: 900_000 },
        },
    }];
    log.push(Record {
        at: at(0),
        event: Event::Site { who: Some("Ann".into()), place: Some("Hall 3, <b>Zürich</b>".into()) },
    });
    let before = Option150::Addresses(vec![CUCM]);
    log.push(Record {
        at: at(1),
        event: Event::Option150Announced { value: LAPTOP, before: before.clone(), how: How::ByHand },
    });
    log.push(Record {
        at: at(2),
        event: Event::Option150Confirmed {
            value: LAPTOP,
            by: Some("Ann".into()),
            how: How::ByHand,
            why: None,
        },
    });
    log.extend(served(10, bad, "term45.default.loads", 640));
    log.push(stage(10, bad, Stage::Loading, "loading"));
    log.extend(served(13, bad, "term45.default.loads", 640));
    log.push(stage(15, bad, Stage::Rejected, "rejects the load: fetched term45.default.loads 2 times"));
    log.extend(served(20, good, "term65.default.loads", 640));
    log.push(stage(20, good, Stage::Loading, "loading"));
    log.extend(served(23, good, "jar45sccp.8-5-2TH1-9.sbn", 500_000));
    log.extend(served(26, good, "cnu45.8-5-2TH1-9.sbn", 250_000));
    log.push(stage(28, good, Stage::WritingFlash, "writing flash"));
    log.push(asks(200, good, "SEP001B2AAA0001.cnf.xml"));
    log.push(stage(200, good, Stage::Back, "back"));
    log.push(Record { at: at(210), event: Event::Trouble { message: format!("{LAPTOP} lost its cable") } });
    log.push(Record {
        at: at(220),
        event: Event::Option150Back { to: before, by: None, how: How::ByHand, why: None },
    });
    let facts = Facts {
        mac: Some(Mac([0, 0x1b, 0x2a, 0xaa, 0, 1])),
        version: Some("SCCP45.8-5-2S".into()),
        model: Some("CP-7965G".into()),
        serial: Some("FCH1234SECRET".into()),
        tftp: vec![CUCM],
        ..Facts::default()
    };
    log.push(Record { at: at(230), event: Event::Proof { phone: good, proof: Proof::Says(facts) } });
    log.push(Record {
        at: at(231),
        event: Event::Proof { phone: bad, proof: Proof::Nothing(Silence::NoAnswer) },
    });
    log.push(Record { at: at(240), event: Event::Ended { back: 1, seen: 2, undone: Vec::new() } });
    log
}

fn write(folder: &Path, name: &str, records: &[Record]) {
    let lines: Vec<String> = records.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
    fs::write(folder.join(name), lines.join("\n") + "\n").unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loadlift"))
        .arg("report")
        .args(["--session-dir", folder.to_str().unwrap()])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn report(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn one() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "20261123-124501-recover.jsonl", &log(BEGAN));
    folder
}

#[test]
fn markdown_says_who_where_what_happened_and_what_the_phones_prove() {
    let folder = one();
    insta::assert_snapshot!(report(folder.path(), &[]));
}

#[test]
fn csv_has_one_row_a_phone_under_its_promised_columns() {
    let folder = one();
    insta::assert_snapshot!(report(folder.path(), &["--format", "csv"]).replace("\r\n", "\n"));
}

#[test]
fn json_gives_a_program_the_whole_report() {
    let folder = one();
    let value: Value = serde_json::from_str(&report(folder.path(), &["--format", "json"])).unwrap();
    assert_eq!((&value["who"], &value["ended"]), (&"Ann".into(), &true.into()));
    let phones = value["phones"].as_array().unwrap();
    assert_eq!(phones.len(), 2);
    assert_eq!(phones[1]["proof"]["words"], "confirmed: runs SCCP45.8-5-2S, asks 10.1.1.10");
    assert_eq!(phones[1]["sent"], 640 + 750_000);
    assert_eq!(phones[0]["mishaps"][0]["stage"], "rejected");
    assert!(!phones[0]["mishaps"][0]["advice"].as_array().unwrap().is_empty());
    assert_eq!(phones[0]["proof"], Value::Null, "a phone that is not back proves nothing");
    let octets: u64 = value["curve"]["octets"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert!(octets.abs_diff(3 * 640 + 750_000) < 10, "{octets}");
}

#[test]
fn html_stands_by_itself_and_foreign_text_is_no_markup() {
    let folder = one();
    let html = report(folder.path(), &["--format", "html"]);
    for part in [
        "<!DOCTYPE html>",
        "<svg ",
        "class=\"area\"",
        "option 150 is back",
        "@media print",
        "prefers-color-scheme",
    ] {
        assert!(html.contains(part), "no {part} in the page");
    }
    for outside in ["http://", "https://", "<script", "<link", "src=", "url(", "@import", "<b>Zürich"] {
        assert!(!html.contains(outside), "{outside} in the page");
    }
    assert!(html.contains("&lt;b&gt;Zürich&lt;/b&gt;"));
    // Every element that is opened is closed.
    for tag in ["svg", "table", "ul", "li", "dl", "main", "div", "p", "td", "tr", "text", "rect", "title"] {
        let opened: Vec<&str> = html
            .match_indices(&format!("<{tag}"))
            .filter(|(at, _)| html[at + 1 + tag.len()..].starts_with([' ', '>']))
            .filter_map(|(at, _)| html[at..].split('>').next())
            .collect();
        let closed = html.matches(&format!("</{tag}>")).count();
        let by_themselves = opened.iter().filter(|tag| tag.ends_with('/')).count();
        assert_eq!(opened.len(), closed + by_themselves, "<{tag}>");
    }
}

#[test]
fn a_redacted_report_has_no_address_no_mac_and_no_serial_number_in_any_format() {
    let folder = one();
    for format in ["markdown", "csv", "json", "html"] {
        let plain = report(folder.path(), &["--format", format]);
        let redacted = report(folder.path(), &["--format", format, "--redact"]);
        for secret in ["10.1.1.5", "10.1.1.10", "10.1.1.20", "10.1.1.21", "001B2AAA0001"] {
            // A row a phone has no place for the laptop.
            assert!(
                plain.contains(secret) || (format, secret) == ("csv", "10.1.1.5"),
                "{format}: no {secret}"
            );
            assert!(!redacted.contains(secret), "{format}: {secret} is in the redacted report");
        }
        assert!(!redacted.contains("FCH1234SECRET") && redacted.contains("SCCP45.8-5-2S"), "{format}");
    }
}

#[test]
fn an_interrupted_log_gives_the_same_report_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let all = log(BEGAN);
    let whole: Vec<String> = all.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
    let path = folder.path().join("x.jsonl");
    for lines in 1..all.len() {
        let mut text = whole[..lines].join("\n");
        write(folder.path(), "x.jsonl", &all[..lines]);
        let clean = report(folder.path(), &["--format", "json"]);
        text.push('\n');
        text.push_str(&whole[lines][..whole[lines].len() / 2]);
        fs::write(&path, text).unwrap();
        assert_eq!(report(folder.path(), &["--format", "json"]), clean, "cut in line {lines}");
        let value: Value = serde_json::from_str(&clean).unwrap();
        assert_eq!(value["ended"], false);
    }
}

#[test]
fn after_a_bench_job_no_format_asks_to_put_option_150_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = log(BEGAN);
    bench.retain(|record| {
        !matches!(
            record.event,
            Event::Option150Announced { .. } | Event::Option150Confirmed { .. } | Event::Option150Back { .. }
        )
    });
    let started = Dhcp::Started {
        interface: "eth0".into(),
        address: Ipv4Addr::new(10, 150, 0, 1),
        pool: 40,
        restored: 0,
        ends: Timestamp::from_unix_millis(BEGAN + 14_400_000),
    };
    bench.insert(1, Record { at: bench[0].at, event: Event::Dhcp(started) });
    write(folder.path(), "20261123-124501-recover.jsonl", &bench);
    for format in ["markdown", "html"] {
        let page = report(folder.path(), &["--format", format]);
        assert!(page.contains("DHCP server of an isolated bench"), "{format}: {page}");
        assert!(!page.contains("never confirmed"), "{format}: {page}");
    }
    let json: Value = serde_json::from_str(&report(folder.path(), &["--format", "json"])).unwrap();
    assert!(json.to_string().contains("\"bench\":true"));
}

#[test]
fn the_sessions_of_a_site_are_merged_and_a_phone_counts_once() {
    let folder = one();
    // The next day the same phones again, and a rehearsal that does not count.
    write(folder.path(), "20261124-124501-recover.jsonl", &log(BEGAN + 86_400_000));
    let mut made_up = log(BEGAN);
    if let Event::Started { command, .. } = &mut made_up[0].event {
        *command = "rehearse".into();
    }
    write(folder.path(), "20261124-130000-rehearse.jsonl", &made_up);
    let output = run(folder.path(), &["--all", "--format", "json"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 rehearsals"), "{output:?}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["sessions"].as_array().unwrap().len(), 2);
    // One has a MAC and is known again; the other never named itself.
    let phones = value["phones"].as_array().unwrap();
    assert_eq!(phones.iter().map(|phone| phone["seen_in"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 1]);
    assert_eq!(report(folder.path(), &["--all", "--format", "csv"]).lines().count(), 4);
    assert_eq!(report(folder.path(), &["--all", "--format", "html"]).matches("<section").count(), 2);
    assert!(report(folder.path(), &["--all"]).contains("# Recovery of 3 phones at Hall 3"));
    let none = report(folder.path(), &["--all", "--of-place", "elsewhere", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&none).unwrap()["sessions"], Value::Array(Vec::new()));
}

#[test]
fn who_and_where_are_put_on_record_afterwards_and_stay() {
    let folder = one();
    report(folder.path(), &["--who", "Bea"]);
    let text = report(folder.path(), &[]);
    assert!(text.contains("- Who: Bea\n- Where: Hall 3"), "{text}");
    assert!(!text.contains("had not ended"), "{text}");
}

#[test]
fn a_session_that_is_not_there_is_named_with_the_way_to_the_others() {
    let folder = one();
    let output = run(folder.path(), &["2025"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no session `2025`") && said.contains("--list"), "{said}");
    assert!(report(folder.path(), &["--list"]).contains("1 of 2 phones back, Hall 3"));
}
