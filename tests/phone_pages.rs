//! Phones asked for their own web pages, over real TCP on loopback: pages of several models, broken and hostile
//! servers, slow ones, and a hundred at once.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use loadlift::fleet::Mac;
use loadlift::net::pages::{self, Limits};
use loadlift::phone_pages::{Proof, Silence};

const CUCM: Ipv4Addr = Ipv4Addr::new(10, 1, 1, 10);

fn mac(nth: u8) -> Mac {
    Mac([0, 0x1b, 0x2a, 0xaa, 0, nth])
}

/// What a simulated web server does with a path.
type Answers = dyn Fn(&str, &mut TcpStream) + Send + Sync;

/// A web server on loopback for as long as the test runs.
fn server(answers: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answers: Arc<Answers> = Arc::new(answers);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, answers) = (stream.unwrap(), Arc::clone(&answers));
            thread::spawn(move || {
                let mut request = Vec::new();
                let mut octet = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut octet).unwrap_or(0) == 1 {
                    request.push(octet[0]);
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                let path = text.split(' ').nth(1).unwrap_or_default();
                answers(path, &mut stream);
            });
        }
    });
    address
}

fn send(stream: &mut TcpStream, status: &str, body: &str) {
    // The other side may have gone by now.
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nServer: Allegro-Software-RomPager/3.12\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
}

fn device(mac: Mac, version: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<DeviceInformation><MACAddress>{mac}</MACAddress>\
         <HostName>SEP{mac}</HostName><appLoadID>jar45sccp.8-5-2TH1-9</appLoadID><versionID>{version}</versionID>\
         <serialNumber>FCH1</serialNumber><modelNumber>CP-7945G</modelNumber></DeviceInformation>"
    )
}

fn network() -> String {
    format!("<NetworkConfiguration><TFTPServer1>{CUCM}</TFTPServer1></NetworkConfiguration>")
}

fn good(path: &str, stream: &mut TcpStream) {
    match path {
        "/DeviceInformationX" => send(stream, "200 OK", &device(mac(1), "SCCP45.8-5-2S")),
        "/NetworkConfigurationX" => send(stream, "200 OK", &network()),
        _ => send(stream, "404 Not Found", ""),
    }
}

fn limits() -> Limits {
    Limits { connect: Duration::from_secs(5), page: Duration::from_secs(5), ..Limits::default() }
}

fn ask_within(phone: SocketAddr, limits: Limits) -> Proof {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(pages::ask(phone, Some(mac(1)), limits))
}

fn ask(phone: SocketAddr) -> Proof {
    ask_within(phone, limits())
}

#[test]
fn a_phone_with_xml_pages_confirms_what_it_runs_and_whom_it_asks() {
    assert_eq!(ask(server(good)).words(None), "confirmed: runs SCCP45.8-5-2S, asks 10.1.1.10");
}

#[test]
fn a_phone_that_has_only_html_pages_is_read_from_those() {
    let phone = server(|path, stream| {
        let row = |name: &str, value: &str| {
            format!("<TR><TD><B>{name}</B></TD><TD></TD><TD><B>{value}</B></TD></TR>")
        };
        match path {
            "/DeviceInformation" => {
                let rows =
                    [row("MAC Address", &mac(1).to_string()), row("Version", "SCCP70.8-4-2S")].concat();
                send(stream, "200 OK", &format!("<HTML><BODY><TABLE>{rows}</TABLE></BODY></HTML>"));
            }
            "/NetworkConfiguration" => {
                send(stream, "200 OK", &format!("<TABLE>{}</TABLE>", row("TFTP Server 1", "10.1.1.10")));
            }
            _ => send(stream, "404 Not Found", "<html>not found</html>"),
        }
    });
    assert_eq!(ask(phone).words(None), "confirmed: runs SCCP70.8-4-2S, asks 10.1.1.10");
}

#[test]
fn what_is_missing_is_not_made_up() {
    let phone = server(|path, stream| match path {
        "/DeviceInformationX" => send(stream, "200 OK", &device(mac(1), "9.4(2)SR3")),
        _ => send(stream, "404 Not Found", ""),
    });
    let proof = ask(phone);
    assert_eq!(proof.words(None), "runs jar45sccp.8-5-2TH1-9; does not say whom it asks");
    assert!(!proof.is_confirmed(None));
}

#[test]
fn servers_that_are_no_phones_and_hostile_ones_give_their_reason() {
    let cases: [(&str, Box<Answers>, Silence); 7] = [
        ("locked", Box::new(|_, s| send(s, "401 Unauthorized", "")), Silence::Locked),
        ("a router", Box::new(|_, s| send(s, "200 OK", "<html><h1>Router</h1></html>")), Silence::NotAPhone),
        (
            "leads elsewhere",
            Box::new(|_, s| {
                let _ = s.write_all(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n");
            }),
            Silence::Refused,
        ),
        (
            "never ends",
            Box::new(|_, s| {
                let _ = s.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                while s.write_all(&[b'x'; 8192]).is_ok() {}
            }),
            Silence::Refused,
        ),
        ("no http", Box::new(|_, s| drop(s.write_all(b"SSH-2.0-x\r\n"))), Silence::Refused),
        ("closes at once", Box::new(|_, _| ()), Silence::Unfinished),
        ("another phone", Box::new(|_, s| send(s, "200 OK", &device(mac(2), "x"))), Silence::OtherDevice),
    ];
    for (name, answers, silence) in cases {
        assert_eq!(ask(server(answers)), Proof::Nothing(silence), "{name}");
    }
}

#[test]
fn web_access_that_is_off_is_said_and_proves_nothing() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(ask(closed).words(None), "does not answer (web access off?)");
}

#[test]
fn a_slow_drip_is_given_up_in_bounded_time() {
    let phone = server(|_, stream| {
        // It holds the connection and says nothing more until the other side gives up.
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<Device");
        let _ = stream.read(&mut [0; 8]);
    });
    let short = Limits { page: Duration::from_millis(200), ..limits() };
    assert_eq!(ask_within(phone, short), Proof::Nothing(Silence::Unfinished));
}

#[test]
fn a_hundred_phones_are_asked_at_once_and_each_answer_is_its_own() {
    // All of them wait until all have asked: one after another would never end.
    let barrier = Arc::new(std::sync::Barrier::new(100));
    let phones: Vec<(SocketAddr, Option<Mac>)> = (0..100)
        .map(|nth| {
            let barrier = Arc::clone(&barrier);
            let phone = server(move |path, stream| match path {
                "/DeviceInformationX" => {
                    barrier.wait();
                    send(stream, "200 OK", &device(mac(nth), &format!("SCCP45.8-5-2S{nth}")));
                }
                _ => send(stream, "200 OK", &network()),
            });
            (phone, Some(mac(nth)))
        })
        .collect();
    let mut answers = vec![None; 100];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let all_at_once =
        Limits { at_once: 100, page: Duration::from_secs(60), connect: Duration::from_secs(60) };
    runtime.block_on(pages::ask_all(phones, all_at_once, |nth, proof| answers[nth] = Some(proof)));
    for (nth, proof) in answers.into_iter().enumerate() {
        let Some(Proof::Says(facts)) = proof else { panic!("phone {nth}: {proof:?}") };
        assert_eq!(facts.mac, Some(mac(u8::try_from(nth).unwrap())));
    }
}

#[test]
fn the_command_tells_each_phone_and_exits_by_what_they_confirm() {
    let run = |phone: SocketAddr, json: bool| {
        let port = phone.port().to_string();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_loadlift"));
        command.args(["phone", "127.0.0.1", "--port", &port]);
        if json {
            command.arg("--json");
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = run(server(good), false);
    assert_eq!(
        (code, said.as_str()),
        (
            Some(0),
            "127.0.0.1 CP-7945G 001B2AAA0001 (serial number FCH1): confirmed: runs SCCP45.8-5-2S, asks 10.1.1.10\n"
        )
    );
    let (code, said) = run(server(|_, s| send(s, "401 Unauthorized", "")), true);
    let answer: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, &answer["confirmed"], &answer["proof"]["nothing"]),
        (Some(1), &false.into(), &"locked".into())
    );
}
