//! `loadlift stage` against web servers that lie, lead astray, lock, drip and hang; through a proxy, over TLS, and offline.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

mod staging;
mod web;

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use loadlift::download::Partial;
use loadlift::fetch::{Fetcher, News, Settings};
use loadlift::store::incoming::Incoming;
use staging::*;
use web::{File, Web, send};

type Answer = Box<dyn Fn(&web::Asked, &mut dyn web::Stream) -> std::io::Result<()> + Send + Sync>;

#[test]
fn what_is_no_load_is_named_for_what_it_is_and_does_not_count() {
    let login = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Please log in</body></html>";
    let cases: [(&str, Answer, &str); 7] = [
        (
            "a log-in page",
            Box::new(move |_, s| send(s, "200 OK", &["Content-Type: text/html"], login)),
            "web-page",
        ),
        ("locked", Box::new(|_, s| send(s, "401 Unauthorized", &[], b"")), "download-needs-login"),
        ("gone", Box::new(|_, s| send(s, "404 Not Found", &[], b"")), "download-not-there"),
        (
            "a circle",
            Box::new(|asked, s| send(s, "302 Found", &[&format!("Location: {}", asked.path)], b"")),
            "download-redirect-loop",
        ),
        (
            "packed",
            Box::new(|_, s| send(s, "200 OK", &["Content-Encoding: gzip"], b"xx")),
            "download-protocol",
        ),
        (
            "too large",
            Box::new(|_, s| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")),
            "download-too-large",
        ),
        (
            "leads into the disk",
            Box::new(|_, s| send(s, "302 Found", &["Location: file:///etc/hostname"], b"")),
            "download-leads-away",
        ),
    ];
    for (name, answer, code) in cases {
        let web = Web::start(answer);
        let folder = tempfile::tempdir().unwrap();
        let (exit, lines) = stage(folder.path(), &[&web.url(&format!("/{NAME}"))]);
        assert_eq!((exit, problem(&lines)), (Some(1), code), "{name}: {lines:?}");
        assert_eq!(loads(folder.path()), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_log_in_page_is_named_whatever_the_address_ends_with_and_whatever_sum_is_asked_for() {
    let page = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Please log in</body></html>";
    let web = Web::start(move |_, stream| send(stream, "200 OK", &["Content-Type: text/html"], page));
    let zeros = "0".repeat(32);
    // The last one is the name of a published archive, whose sum is known.
    for path in ["/get?id=3", "/load.bin", "/cmterm-7945_7965-sccp.8-5-2.zip"] {
        for sum in [&[][..], &["--md5", &zeros]] {
            let folder = tempfile::tempdir().unwrap();
            let url = web.url(path);
            let mut arguments = vec![url.as_str()];
            arguments.extend(sum);
            let (exit, lines) = stage(folder.path(), &arguments);
            assert_eq!((exit, problem(&lines)), (Some(1), "web-page"), "{path}: {lines:?}");
            assert!(lines[0]["problem"]["message"].as_str().unwrap().contains("web page"), "{lines:?}");
            assert_eq!(loads(folder.path()), Vec::<String>::new(), "{path}");
        }
    }
}

#[test]
fn a_file_that_is_larger_than_wanted_is_not_taken() {
    let octets = archive();
    let body = octets.clone();
    // One server says how long it is, the other does not.
    let said = Web::of(File::new(octets.clone()));
    let unsaid = Web::start(move |_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        stream.write_all(&body)
    });
    for web in [said, unsaid] {
        let folder = tempfile::tempdir().unwrap();
        let url = web.url(&format!("/{NAME}"));
        let (exit, lines) = stage(folder.path(), &[&url, "--max-size", "1000"]);
        assert_eq!((exit, problem(&lines)), (Some(1), "download-too-large"), "{lines:?}");
        assert_eq!(loads(folder.path()), Vec::<String>::new());
        let most = octets.len().to_string();
        assert_eq!(stage(folder.path(), &[&url, "--max-size", &most]).0, Some(0));
    }
}

#[test]
fn a_redirect_is_shown_and_headers_stay_with_the_server_that_was_named() {
    let file = File::new(archive());
    let other = Web::of(Arc::clone(&file));
    let to = format!("Location: {}", other.url(&format!("/{NAME}")));
    let web = Web::start(move |_, stream| send(stream, "302 Found", &[&to], b""));
    let folder = tempfile::tempdir().unwrap();
    let jar = folder.path().join("cookies.txt");
    // The cookie belongs to the address, whatever the port.
    fs::write(&jar, "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tabc\n").unwrap();
    let kit = folder.path().join("kit");
    let url = web.url("/get");
    let header = "Authorization: Bearer secret";
    let (code, lines) = stage(&kit, &[&url, "--header", header, "--cookie-file", jar.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert!(lines[0]["redirected"].as_str().unwrap().ends_with(NAME), "{lines:?}");
    let (named, led_to) = (&web.asked()[0], &other.asked()[0]);
    assert_eq!(named.header("authorization"), Some("Bearer secret"));
    assert_eq!(led_to.header("authorization"), None);
    assert_eq!((named.header("cookie"), led_to.header("cookie")), (Some("session=abc"), Some("session=abc")));
    assert_eq!(loads(&kit), [NAME]);
}

/// Fetch with settings of one's own; the octets, and what was told.
fn fetch(url: &str, settings: &Settings) -> Result<(Vec<u8>, Vec<News>), String> {
    let folder = tempfile::tempdir().unwrap();
    let mut incoming = Incoming::open(folder.path(), url).unwrap();
    assert_eq!(incoming.partial(), Partial::default());
    let mut told = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fetcher = Fetcher::new(settings).map_err(|error| error.to_string())?;
    let whole = runtime.block_on(fetcher.fetch(&url.parse().unwrap(), &mut incoming, |news| told.push(news)));
    whole.map_err(|error| error.to_string())?;
    Ok((incoming.octets().unwrap(), told))
}

#[test]
fn a_server_that_stops_in_the_middle_and_keeps_the_line_is_asked_anew() {
    let octets = archive();
    let file = File::new(octets.clone());
    let count = AtomicUsize::new(0);
    let web = Web::start(move |asked, stream| {
        if count.fetch_add(1, Ordering::SeqCst) > 0 {
            return file.answer(asked, stream);
        }
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"one\"\r\n\r\n", file.octets.len())?;
        stream.write_all(&file.octets[..1000])?;
        stream.flush()?;
        let _ = stream.read(&mut [0]);
        Ok(())
    });
    let settings = Settings { idle: Duration::from_millis(300), ..Settings::default() };
    let (got, told) = fetch(&web.url("/x.zip"), &settings).unwrap();
    assert_eq!(got, octets);
    assert!(told.contains(&News::Resumed { from: 1000 }), "{told:?}");
    assert!(
        told.iter().any(|news| matches!(news, News::Retry { why, .. } if why.contains("too long"))),
        "{told:?}"
    );
}

#[test]
fn a_slow_drip_is_waited_for_as_long_as_it_drips() {
    // Every pause is shorter than the patience, all of them together are longer.
    let octets: Vec<u8> = (0..60).collect();
    let body = octets.clone();
    let web = Web::start(move |_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len())?;
        let (_never, pause) = mpsc::channel::<()>();
        for octet in &body {
            stream.write_all(&[*octet])?;
            stream.flush()?;
            let _ = pause.recv_timeout(Duration::from_millis(20));
        }
        Ok(())
    });
    let settings = Settings { idle: Duration::from_millis(800), ..Settings::default() };
    assert_eq!(fetch(&web.url("/x"), &settings).unwrap().0, octets);
}

/// A web server with TLS that has a certificate for `names`, and the authority behind it as PEM.
fn tls_web(names: &[&str]) -> (Web, String) {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .unwrap();
    let config = Arc::new(config);
    let file = File::new(archive());
    let web = Web::start_with(
        move |asked, stream| file.answer(asked, stream),
        move |stream| {
            let connection =
                rustls::ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
            Ok(Box::new(rustls::StreamOwned::new(connection, stream)))
        },
    );
    (web, authority_pem)
}

#[test]
fn tls_with_an_authority_of_the_firms_own_works_once_it_is_named() {
    let (web, authority) = tls_web(&["127.0.0.1", "localhost"]);
    let folder = tempfile::tempdir().unwrap();
    let url = format!("https://localhost:{}/{NAME}", web.address.port());
    let kit = folder.path().join("kit");
    let (code, lines) = stage(&kit, &[&url]);
    assert_eq!((code, problem(&lines)), (Some(1), "certificate-unknown"), "{lines:?}");
    let pem = folder.path().join("ca.pem");
    fs::write(&pem, &authority).unwrap();
    let (code, lines) = stage(&kit, &[&url, "--ca-file", pem.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{lines:?}");
    assert_holds(&kit, &archive());

    // Another authority vouches for nothing of this one, and takes nothing away from those of the system.
    let other = folder.path().join("other.pem");
    fs::write(&other, tls_web(&["localhost"]).1).unwrap();
    let kit = folder.path().join("kit-2");
    let named_other = [url.as_str(), "--ca-file", other.to_str().unwrap()];
    let (code, lines) = stage(&kit, &named_other);
    assert_eq!((code, problem(&lines)), (Some(1), "certificate-unknown"), "{lines:?}");
    if cfg!(target_os = "linux") {
        let output = command(&kit, &named_other).env("SSL_CERT_FILE", &pem).output().unwrap();
        assert_eq!(answer(&output).0, Some(0), "{output:?}");
    }
}

#[test]
fn a_certificate_for_another_server_does_not_count_even_from_the_firms_own_authority() {
    let (web, authority) = tls_web(&["other.example"]);
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    fs::write(&pem, authority).unwrap();
    let url = format!("https://localhost:{}/{NAME}", web.address.port());
    let (code, lines) = stage(&folder.path().join("kit"), &[&url, "--ca-file", pem.to_str().unwrap()]);
    assert_eq!((code, problem(&lines)), (Some(1), "certificate-unknown"), "{lines:?}");
    let says = lines[0]["problem"]["message"].as_str().unwrap();
    assert!(says.contains("other.example"), "{says}");
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let file = File::new(archive());
    let proxy = Web::of(file);
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &[&format!("http://mirror.invalid/{NAME}")]);
    command.env("http_proxy", proxy.url(""));
    let (code, lines) = answer(&command.output().unwrap());
    assert_eq!(code, Some(0), "{lines:?}");
    // A proxy is asked for the whole address.
    assert_eq!(proxy.asked()[0].path, format!("http://mirror.invalid/{NAME}"));
}

#[test]
fn offline_nothing_is_contacted_by_flag_or_by_kit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/{NAME}", listener.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), &["--offline", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("offline"), "{output:?}");

    // The same program from within a kit that says so, without any flag.
    let kit_folder = folder.path().join("kit");
    let local = folder.path().join(NAME);
    fs::write(&local, archive()).unwrap();
    assert_eq!(stage(&kit_folder, &[local.to_str().unwrap(), "--kit-offline"]).0, Some(0));
    let program = in_kit(&kit_folder);
    let output = Command::new(program).args(["stage", "--no-program", &url]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("offline"), "{output:?}");
    let nobody = listener.accept().unwrap_err();
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock, "somebody connected");
}
