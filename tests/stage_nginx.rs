//! `loadlift stage` from a web server that others wrote: halves are taken up by its ranges and its validators.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod staging;
mod support;
mod web;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use loadlift::download::Partial;
use loadlift::store::incoming::Incoming;
use staging::*;

#[test]
fn nginx_serves_ranges_and_they_are_used() {
    if !support::has("nginx", "nginx") && !Path::new("/usr/sbin/nginx").exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("www");
    fs::create_dir(&root).unwrap();
    let octets = archive();
    fs::write(root.join(NAME), &octets).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let base = folder.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {base}/{kind};"))
        .concat();
    let config = format!(
        "daemon off; master_process off; pid {base}/pid; error_log {base}/error.log;\n\
         events {{}}\nhttp {{ access_log {base}/access.log; {temporary}\n\
         server {{ listen 127.0.0.1:{port}; root {base}/www; limit_rate_after 0; }} }}\n"
    );
    fs::write(folder.path().join("nginx.conf"), config).unwrap();
    let nginx = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
    let mut server = Command::new(nginx)
        .args(["-e", "stderr", "-p", folder.path().to_str().unwrap(), "-c"])
        .arg(folder.path().join("nginx.conf"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = loadlift::platform::clock::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(server.try_wait().unwrap().is_none(), "nginx ended");
        assert!(deadline.elapsed() < Duration::from_secs(60), "nginx does not listen");
        std::thread::yield_now();
    }
    let url = format!("http://127.0.0.1:{port}/{NAME}");
    let kit_folder = folder.path().join("kit");
    // Half of it is there already, with the tag that nginx gives the file.
    let head = support::run_within(30, Command::new("curl").args(["-sI", &url])).unwrap_or_default();
    let etag =
        head.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap_or_default().trim().to_owned();
    if !etag.is_empty() {
        let mut incoming = Incoming::open(&kit_folder.join("loads"), &url).unwrap();
        let validator = loadlift::download::Validator::of(Some(&etag), None);
        let partial = Partial { octets: 0, validator, total: Some(octets.len() as u64) };
        incoming.begin(0, &partial).unwrap();
        incoming.write(&octets[..octets.len() / 2]).unwrap();
    }
    let (code, lines) = stage(&kit_folder, &[&url]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(code, Some(0), "{lines:?}");
    assert_holds(&kit_folder, &octets);
    if !etag.is_empty() {
        assert_eq!(lines[0]["resumed"], octets.len() / 2, "{lines:?}");
        let log = fs::read_to_string(folder.path().join("access.log")).unwrap();
        assert!(log.contains("\" 206 "), "{log}");
    }
}
