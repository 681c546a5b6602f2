//! The DHCP servers of the lab: each of four products with the same scope in its own words, and what it wrote down of
//! leases.

use std::fmt::Write as _;
use std::fs;

use super::{Lab, SERVER};
use crate::support::has;

/// A product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Product {
    Dnsmasq,
    IscDhcpd,
    Kea,
    Udhcpd,
}

impl Product {
    pub(crate) const ALL: [Self; 4] = [Self::Dnsmasq, Self::IscDhcpd, Self::Kea, Self::Udhcpd];

    fn program(self) -> (&'static str, &'static str) {
        match self {
            Self::Dnsmasq => ("dnsmasq", "dnsmasq-base"),
            Self::IscDhcpd => ("dhcpd", "isc-dhcp-server"),
            Self::Kea => ("kea-dhcp4", "kea-dhcp4-server"),
            Self::Udhcpd => ("udhcpd", "udhcpd"),
        }
    }

    /// Whether it is on this machine.
    pub(crate) fn is_here(self) -> bool {
        let (program, package) = self.program();
        has(program, package)
    }
}

/// What a server hands out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scope<'a> {
    /// Option 150 in 10.20.0.0/24; empty for none.
    pub(crate) option_150: &'a str,
    /// Whether it tells phones alone.
    pub(crate) phones_only: bool,
    /// Option 150 in a second scope, 10.21.0.0/24; empty for no such scope.
    pub(crate) voice: &'a str,
    /// Where the server stands, if not in the LAN: a subnet without a pool, for servers that want to know it.
    pub(crate) is_far: bool,
}

impl<'a> Scope<'a> {
    pub(crate) fn naming(option_150: &'a str) -> Self {
        Self { option_150, ..Self::default() }
    }

    fn first(&self) -> &'a str {
        self.option_150.split(',').next().unwrap_or_default()
    }
}

impl Lab {
    /// Start a DHCP server at a place and wait until it listens. What it wrote down before is still there.
    pub(crate) fn serve(&mut self, place: &str, product: Product, scope: Scope<'_>) {
        let file = self.file(&format!("{place}.conf"));
        let leases = self.file(&format!("{place}.leases"));
        let shown = leases.display().to_string();
        let text = match product {
            Product::Dnsmasq => dnsmasq(&scope, &shown),
            Product::IscDhcpd => dhcpd(&scope),
            Product::Kea => kea(&scope, &shown),
            Product::Udhcpd => udhcpd(&scope, &shown, &self.file("udhcpd.pid").display().to_string()),
        };
        fs::write(&file, text).unwrap();
        let (program, _) = product.program();
        let mut command = self.inside(place, program);
        match product {
            Product::Dnsmasq => command.args(["-k", "-u", "root", "-C"]).arg(&file),
            Product::IscDhcpd => {
                // It wants the file to be there.
                fs::OpenOptions::new().create(true).append(true).open(&leases).unwrap();
                command
                    .args(["-4", "-f", "-d", "--no-pid", "-cf"])
                    .arg(&file)
                    .arg("-lf")
                    .arg(&leases)
                    .arg("eth0")
            }
            Product::Kea => {
                let folder = self.file(&format!("{place}-kea"));
                fs::create_dir_all(&folder).unwrap();
                command.env("KEA_PIDFILE_DIR", &folder).env("KEA_LOCKFILE_DIR", &folder).arg("-c").arg(&file)
            }
            Product::Udhcpd => {
                fs::OpenOptions::new().create(true).append(true).open(&leases).unwrap();
                command.arg("-f").arg(&file)
            }
        };
        self.start(place, program, command);
        self.wait_until_it_listens(67);
    }

    /// dnsmasq with lines of a test's own.
    pub(crate) fn serve_dnsmasq(&mut self, place: &str, lines: &[&str]) {
        let file = self.file(&format!("{place}.conf"));
        let leases = self.file(&format!("{place}.leases"));
        fs::write(&file, dnsmasq_head(&leases.display().to_string()) + &lines.join("\n") + "\n").unwrap();
        let mut command = self.inside(place, "dnsmasq");
        command.args(["-k", "-u", "root", "-C"]).arg(&file);
        self.start(place, "dnsmasq", command);
        self.wait_until_it_listens(67);
    }

    /// The leases that the server of a place has written down, a line each. udhcpd writes when it ends: stop it first.
    pub(crate) fn leases(&self, place: &str, product: Product) -> Vec<String> {
        let octets = fs::read(self.file(&format!("{place}.leases"))).unwrap_or_default();
        if product == Product::Udhcpd {
            return udhcpd_leases(&octets);
        }
        let text = String::from_utf8_lossy(&octets);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
        match product {
            Product::IscDhcpd => lines.filter(|line| line.starts_with("lease ")).collect(),
            Product::Kea => lines.filter(|line| !line.starts_with("address,")).collect(),
            Product::Dnsmasq | Product::Udhcpd => lines.collect(),
        }
    }
}

fn dnsmasq_head(leases: &str) -> String {
    format!(
        "port=0\ninterface=eth0\nbind-interfaces\nlog-dhcp\nlog-facility=-\ndhcp-authoritative\ndhcp-leasefile={leases}\n"
    )
}

fn dnsmasq(scope: &Scope<'_>, leases: &str) -> String {
    let mut text = dnsmasq_head(leases);
    text += "dhcp-range=set:data,10.20.0.100,10.20.0.150,255.255.255.0,1h\n";
    text += "dhcp-option=tag:data,option:router,10.20.0.1\n";
    let who = if scope.phones_only {
        text += "dhcp-vendorclass=set:phone,Cisco Systems\n";
        "tag:data,tag:phone"
    } else {
        "tag:data"
    };
    if !scope.option_150.is_empty() {
        let _ = writeln!(text, "dhcp-option={who},150,{}", scope.option_150);
        let _ = writeln!(text, "dhcp-option={who},66,{}", scope.first());
        let _ = writeln!(text, "dhcp-boot={who},,,{}", scope.first());
    }
    if !scope.voice.is_empty() {
        text += "dhcp-range=set:voice,10.21.0.100,10.21.0.150,255.255.255.0,1h\n";
        text += "dhcp-option=tag:voice,option:router,10.21.0.1\n";
        let _ = writeln!(text, "dhcp-option=tag:voice,150,{}", scope.voice);
    }
    text
}

fn dhcpd(scope: &Scope<'_>) -> String {
    let mut text = String::from(
        "authoritative; default-lease-time 3600; max-lease-time 3600;\n\
         option tftp150 code 150 = array of ip-address;\n\
         subnet 10.20.0.0 netmask 255.255.255.0 { range 10.20.0.100 10.20.0.150; option routers 10.20.0.1;\n",
    );
    if !scope.option_150.is_empty() {
        let list = scope.option_150.replace(',', ", ");
        let told = format!(
            "option tftp150 {list}; option tftp-server-name \"{0}\"; next-server {0};\n",
            scope.first()
        );
        if scope.phones_only {
            let class = "substring(option vendor-class-identifier,0,28) = \"Cisco Systems, Inc. IP Phone\"";
            let _ = writeln!(text, "if {class} {{ {told} }}");
        } else {
            text += &told;
        }
    }
    text += "}\n";
    if !scope.voice.is_empty() {
        let _ = writeln!(
            text,
            "subnet 10.21.0.0 netmask 255.255.255.0 {{ range 10.21.0.100 10.21.0.150; option routers 10.21.0.1; \
             option tftp150 {}; }}",
            scope.voice
        );
    }
    if scope.is_far {
        text += "subnet 10.30.0.0 netmask 255.255.255.0 { }\n";
    }
    text
}

fn kea(scope: &Scope<'_>, leases: &str) -> String {
    let option = |name: &str, data: &str| serde_json::json!({ "name": name, "data": data });
    let told = [option("tftp150", scope.option_150), option("tftp-server-name", scope.first())];
    let told: Vec<_> = if scope.option_150.is_empty() { Vec::new() } else { told.to_vec() };
    let mut own = vec![option("routers", "10.20.0.1")];
    let mut data = serde_json::json!({
        "id": 1, "subnet": "10.20.0.0/24", "pools": [{ "pool": "10.20.0.100-10.20.0.150" }],
    });
    let mut classes = Vec::new();
    if scope.phones_only {
        classes.push(serde_json::json!({
            "name": "phone", "test": "substring(option[60].hex,0,28) == 'Cisco Systems, Inc. IP Phone'",
            "next-server": scope.first(), "option-data": told,
        }));
    } else if !told.is_empty() {
        own.extend(told);
        data["next-server"] = scope.first().into();
    }
    data["option-data"] = own.into();
    let mut subnets = vec![data];
    if !scope.voice.is_empty() {
        subnets.push(serde_json::json!({
            "id": 2, "subnet": "10.21.0.0/24", "pools": [{ "pool": "10.21.0.100-10.21.0.150" }],
            "option-data": [option("routers", "10.21.0.1"), option("tftp150", scope.voice)],
        }));
    }
    let mut whole = serde_json::json!({ "Dhcp4": {
        "interfaces-config": { "interfaces": ["eth0"], "dhcp-socket-type": "raw" },
        "lease-database": { "type": "memfile", "persist": true, "name": leases },
        "valid-lifetime": 3600, "authoritative": true, "subnet4": subnets,
        "option-def": [
            { "name": "tftp150", "code": 150, "type": "ipv4-address", "array": true, "space": "dhcp4" },
        ],
        "loggers": [
            { "name": "kea-dhcp4", "severity": "INFO", "output_options": [{ "output": "stdout" }] },
        ],
    }});
    // An empty list of classes is an error to it.
    if !classes.is_empty() {
        whole["Dhcp4"]["client-classes"] = classes.into();
    }
    whole.to_string()
}

/// It knows neither classes nor a second scope.
fn udhcpd(scope: &Scope<'_>, leases: &str, pid: &str) -> String {
    assert!(!scope.phones_only && scope.voice.is_empty(), "udhcpd cannot do that");
    let mut text = format!(
        "start 10.20.0.100\nend 10.20.0.150\ninterface eth0\nlease_file {leases}\npidfile {pid}\nauto_time 3600\n\
         offer_time 60\nopt subnet 255.255.255.0\nopt router {SERVER}\nopt lease 3600\n"
    );
    if !scope.option_150.is_empty() {
        let _ = write!(text, "siaddr {0}\nopt tftp {0}\nopt 0x96 ", scope.first());
        for octet in scope.option_150.split([',', '.']) {
            let _ = write!(text, "{:02X}", octet.parse::<u8>().unwrap());
        }
        text += "\n";
    }
    text
}

/// Its file: eight octets of time, then 36 for each lease: seconds left, address, hardware address, name.
fn udhcpd_leases(octets: &[u8]) -> Vec<String> {
    let leases = octets.get(8..).unwrap_or_default().chunks_exact(36);
    leases
        .map(|lease| {
            let left = u32::from_be_bytes([lease[0], lease[1], lease[2], lease[3]]);
            let mac: Vec<String> = lease[8..14].iter().map(|octet| format!("{octet:02x}")).collect();
            format!("{}.{}.{}.{} {} {left}", lease[4], lease[5], lease[6], lease[7], mac.join(":"))
        })
        .collect()
}
