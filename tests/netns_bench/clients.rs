//! Real DHCP clients get everything when they come as phones, and nothing otherwise.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::{PHONE, comes_as, is_told, lab_with_a_phone, output, start};
use crate::netns_lab::crowd::CLASS;
use crate::netns_lab::{LAPTOP, Lab, wait_for};
use crate::support::has;

/// No phone's MAC.
const STRANGER: &str = "02:00:00:00:00:09";

/// A script for udhcpc and dhcpcd that writes what they were told into a file.
fn script(lab: &Lab, name: &str) -> (PathBuf, PathBuf) {
    let (script, told) = (lab.file(&format!("{name}.sh")), lab.file(&format!("{name}.env")));
    let set = "[ -n \"$ip\" ] && ip addr replace \"$ip/$mask\" dev \"$interface\"\n";
    fs::write(&script, format!("#!/bin/sh\nenv >>{}\n{set}true\n", told.display())).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    (script, told)
}

/// Start dhclient and leave it running. Its lease file.
fn dhclient(lab: &mut Lab, class: &str) -> PathBuf {
    let (file, configuration) = (lab.file("dhclient.leases"), lab.file("dhclient.conf"));
    let class =
        if class.is_empty() { String::new() } else { format!("send vendor-class-identifier \"{class}\";\n") };
    let text = format!(
        "option tftp150 code 150 = array of ip-address;\n{class}request subnet-mask, routers, tftp-server-name, tftp150;\ntimeout 8;\nretry 3;\n"
    );
    fs::write(&configuration, text).unwrap();
    let (script, _) = script(lab, "dhclient");
    let mut command = lab.inside("srv", "dhclient");
    command.args(["-4", "-d", "--no-pid", "-cf"]).arg(&configuration).arg("-lf").arg(&file);
    command.arg("-sf").arg(script).arg("eth0");
    lab.start("srv", "dhclient", command);
    file
}

#[test]
#[ignore = "needs root"]
fn dhclient_gets_everything_as_a_phone_and_nothing_otherwise() {
    if !has("dhclient", "isc-dhcp-client") {
        return;
    }
    let mut lab = lab_with_a_phone();
    start(&mut lab, &[]);
    let file = dhclient(&mut lab, CLASS);
    let lease = wait_for("a lease", || fs::read_to_string(&file).ok().filter(|text| text.contains("expire")));
    for line in [
        "option tftp150 10.20.0.5;",
        "option tftp-server-name \"10.20.0.5\";",
        "option routers 10.20.0.5;",
        "option subnet-mask 255.255.255.0;",
        "option dhcp-lease-time 1800;",
        "option dhcp-server-identifier 10.20.0.5;",
        "fixed-address 10.20.0.6;",
    ] {
        assert!(lease.contains(line), "{line} is not in\n{lease}");
    }
    let leased = wait_for("the lease is on record", || is_told(&lab, "leased"));
    assert_eq!((&leased["mac"], &leased["model"]), (&"001B2AAA0001".into(), &"7945G".into()), "{leased}");

    // The same machine by another MAC and without a class: silence.
    lab.stop("srv");
    fs::remove_file(&file).unwrap();
    comes_as(&lab, STRANGER);
    let file = dhclient(&mut lab, "");
    let stranger = wait_for("the stranger is named", || is_told(&lab, "stranger"));
    assert_eq!(stranger["mac"], "020000000009");
    wait_for("dhclient gives up", || lab.log().contains("No DHCPOFFERS received").then_some(()));
    assert!(!fs::read_to_string(file).unwrap_or_default().contains("lease {"));
}

#[test]
#[ignore = "needs root"]
fn dhclient_that_comes_from_another_network_is_sent_away_and_gets_an_address_at_once() {
    if !has("dhclient", "isc-dhcp-client") {
        return;
    }
    let mut lab = lab_with_a_phone();
    start(&mut lab, &[]);
    // A lease of the call manager's network, which it would like to have back (INIT-REBOOT).
    let leases = lab.file("dhclient.leases");
    fs::write(
        &leases,
        "lease {\n  interface \"eth0\";\n  fixed-address 10.77.0.9;\n  option subnet-mask 255.255.255.0;\n  \
         option dhcp-lease-time 864000;\n  option dhcp-message-type 5;\n  option dhcp-server-identifier 10.77.0.1;\n  \
         renew 2 2037/01/01 00:00:00;\n  rebind 2 2037/02/01 00:00:00;\n  expire 2 2037/03/01 00:00:00;\n}\n",
    )
    .unwrap();
    dhclient(&mut lab, CLASS);
    wait_for("a lease of the bench", || {
        fs::read_to_string(&leases).ok().filter(|text| text.contains("fixed-address 10.20.0.6;"))
    });
    assert_eq!(wait_for("it is on record", || is_told(&lab, "sent-away"))["wanted"], "10.77.0.9");
}

/// Run udhcpc as far as a lease, or three tries. Whether it got one, and what its script was told.
pub(crate) fn udhcpc(lab: &Lab, words: &[&str]) -> (bool, String) {
    let (script, told) = script(lab, "udhcpc");
    let mut command = lab.inside("srv", "udhcpc");
    command
        .args(["-i", "eth0", "-f", "-q", "-n", "-t", "3", "-T", "2", "-O", "tftp", "-O", "150", "-s"])
        .arg(script)
        .args(words);
    let ended = output(command);
    (ended.status.success(), fs::read_to_string(told).unwrap_or_default())
}

#[test]
#[ignore = "needs root"]
fn udhcpc_gets_everything_as_a_phone_gives_it_back_and_gets_nothing_otherwise() {
    if !has("udhcpc", "udhcpc") {
        return;
    }
    let mut lab = lab_with_a_phone();
    start(&mut lab, &[]);
    let (got_one, told_it) = udhcpc(&lab, &["-V", CLASS]);
    assert!(got_one, "{told_it}");
    for line in [
        "ip=10.20.0.6",
        "router=10.20.0.5",
        "tftp=10.20.0.5",
        "opt150=0a140005",
        "lease=1800",
        "siaddr=10.20.0.5",
    ] {
        assert!(told_it.contains(line), "{line} is not in\n{told_it}");
    }
    // One that stays gives its address back when it is ended.
    fs::remove_file(lab.file("udhcpc.env")).unwrap();
    let (script, told_it) = script(&lab, "udhcpc");
    let mut command = lab.inside("srv", "udhcpc");
    command.args(["-i", "eth0", "-f", "-R", "-V", CLASS, "-s"]).arg(script);
    lab.start("srv", "udhcpc", command);
    wait_for("a lease", || fs::read_to_string(&told_it).ok().filter(|text| text.contains("ip=10.20.0.6")));
    lab.stop("srv");
    wait_for("it was given back", || is_told(&lab, "released"));
    comes_as(&lab, STRANGER);
    let (got_one, _) = udhcpc(&lab, &[]);
    assert!(!got_one, "a stranger got an address");
    // Let in by hand.
    lab.stop("lap");
    start(&mut lab, &["--let-in", STRANGER]);
    assert!(udhcpc(&lab, &[]).0);
}

#[test]
#[ignore = "needs root"]
fn dhcpcd_which_looks_for_itself_who_has_the_address_gets_everything_as_a_phone() {
    if !has("dhcpcd", "dhcpcd-base") {
        return;
    }
    let mut lab = lab_with_a_phone();
    start(&mut lab, &[]);
    let (script, told_it) = script(&lab, "dhcpcd");
    let configuration = lab.file("dhcpcd.conf");
    let text = format!(
        "define 150 array ipaddress tftp150\noption tftp150\noption tftp_server_name\noption routers\nvendorclassid \"{CLASS}\"\nnoipv4ll\n"
    );
    fs::write(&configuration, text).unwrap();
    let mut command = lab.inside("srv", "dhcpcd");
    command.args(["-4", "-B", "--noipv6rs", "-f"]).arg(&configuration).arg("-c").arg(script).arg("eth0");
    lab.start("srv", "dhcpcd", command);
    let told_it = wait_for("a lease", || {
        fs::read_to_string(&told_it).ok().filter(|text| text.contains("reason=BOUND"))
    });
    for line in [
        "new_ip_address=10.20.0.6",
        "new_tftp150=10.20.0.5",
        "new_routers=10.20.0.5",
        "new_dhcp_lease_time=1800",
    ] {
        assert!(told_it.contains(line), "{line} is not in\n{told_it}");
    }
    assert!(is_told(&lab, "declined").is_none());

    // The same machine by another MAC and with its own class: silence. It must not fall back on the lease that it wrote
    // down, so it gets a folder of its own.
    lab.stop("srv");
    comes_as(&lab, STRANGER);
    fs::write(&configuration, "noipv4ll\n").unwrap();
    let (script, told_it) = self::script(&lab, "dhcpcd-stranger");
    let line = format!(
        "mount -t tmpfs tmpfs /var/lib/dhcpcd && exec timeout 12 dhcpcd -4 -B --noipv6rs -f {} -c {} eth0",
        configuration.display(),
        script.display()
    );
    let mut command = lab.inside("srv", "sh");
    command.args(["-c", &line]);
    output(command);
    assert!(!fs::read_to_string(told_it).unwrap_or_default().contains("reason=BOUND"));
    assert_eq!(wait_for("it is on record", || is_told(&lab, "stranger"))["mac"], "020000000009");
}

#[test]
#[ignore = "needs root"]
fn dhcping_hears_the_options_once_it_is_let_in_and_nothing_before() {
    if !has("dhcping", "dhcping") {
        return;
    }
    let mut lab = lab_with_a_phone();
    lab.ip("srv", &["addr", "add", "10.20.0.77/24", "dev", "eth0"]);
    let ping = |lab: &Lab| {
        let mut command = lab.inside("srv", "dhcping");
        command.args(["-v", "-i", "-t", "3", "-c", "10.20.0.77", "-s", LAPTOP, "-h", PHONE]);
        let ended = output(command);
        (ended.status.success(), String::from_utf8_lossy(&ended.stdout).into_owned())
    };
    // It cannot say that it is a phone.
    start(&mut lab, &[]);
    let (got_one, said) = ping(&lab);
    assert!(!got_one, "{said}");
    lab.stop("lap");
    start(&mut lab, &["--let-in", PHONE]);
    let (got_one, said) = ping(&lab);
    assert!(got_one, "{said}");
}
