//! What a phone says of itself on its own web pages (`DeviceInformationX`, `NetworkConfigurationX`): the load that
//! runs, model, serial number, and the TFTP server that it believes in. The last proof that a recovery held.
//!
//! Pure: replies as octets in, facts out; asking is the business of `net`. Nothing here trusts the other side: texts
//! are cut and cleaned, pages have a size limit, and what a page does not say stays unsaid. Source: the field lists of
//! two independent inventory tools, and a complete reply of a 7940 that one of them published.

mod fields;
mod proof;
mod reply;

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

pub use proof::{Proof, Silence};
pub use reply::{LONGEST, Reply, ReplyError};

use crate::firmware::LoadName;
use crate::fleet::Mac;
use fields::Fields;

/// The pages in the order in which they are asked for; where the first of a pair is not there, the second is.
///
/// Loads that lack the XML page have the same as HTML.
pub const PAGES: [[&str; 2]; 2] =
    [["/DeviceInformationX", "/DeviceInformation"], ["/NetworkConfigurationX", "/NetworkConfiguration"]];

/// What a phone's pages say. What is `None` or empty was not there, or could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Its MAC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<Mac>,
    /// The application that runs: `jar45sccp.8-5-2TH1-9`, on some models the load's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_load: Option<String>,
    /// The version as the phone words it: `SCCP45.8-5-2S`, `9.4(2)SR3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The model, `CP-7945G`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The TFTP servers that it asks, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tftp: Vec<Ipv4Addr>,
}

impl Facts {
    /// Take in one page, XML or HTML in any of the encodings that phones use. `false`, and nothing is taken, if it is
    /// not a page of a phone.
    pub fn read(&mut self, page: &[u8]) -> bool {
        let fields = Fields::read(page);
        let text = |names: &[&str]| names.iter().find_map(|name| fields.get(name)).map(str::to_owned);
        let mac = fields.get("macaddress").and_then(|mac| mac.parse().ok());
        let mac = mac.or_else(|| fields.get("hostname").and_then(Mac::in_file_name));
        let tftp: Vec<Ipv4Addr> = ["tftpserver1", "tftpserver2"]
            .iter()
            .filter_map(|name| fields.get(name)?.split_whitespace().next()?.parse().ok())
            .filter(|address: &Ipv4Addr| !address.is_unspecified())
            .collect();
        let (app_load, version) = (text(&["apploadid"]), text(&["versionid", "version"]));
        if mac.is_none() && app_load.is_none() && tftp.is_empty() {
            return false;
        }
        self.mac = mac.or(self.mac);
        self.app_load = app_load.or(self.app_load.take());
        self.version = version.or(self.version.take());
        self.model = text(&["modelnumber"]).or(self.model.take());
        self.serial = text(&["serialnumber"]).or(self.serial.take());
        if !tftp.is_empty() {
            self.tftp = tftp;
        }
        true
    }

    /// The load that runs, in the phone's own words: the load's name where it gives one, otherwise the application.
    pub fn runs(&self) -> Option<&str> {
        let is_load = |text: &&str| text.parse::<LoadName>().is_ok();
        let (version, app) = (self.version.as_deref(), self.app_load.as_deref());
        version.filter(is_load).or(app).or(version)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEVICE_7945: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<DeviceInformation>\r\n\
        <MACAddress>001B2AAA0001</MACAddress>\r\n<HostName>SEP001B2AAA0001</HostName>\r\n<phoneDN>5920</phoneDN>\r\n\
        <appLoadID>jar45sccp.8-5-2TH1-9</appLoadID>\r\n<bootLoadID>tnp65.8-4-2-38.bin</bootLoadID>\r\n\
        <versionID>SCCP45.8-5-2S</versionID>\r\n<hardwareRevision>1.0</hardwareRevision>\r\n\
        <serialNumber>FCH12345678</serialNumber>\r\n<modelNumber>CP-7945G</modelNumber>\r\n</DeviceInformation>";
    const NETWORK_7945: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><NetworkConfiguration>\
        <DHCPServer>10.1.1.2</DHCPServer><MACAddress>001B2AAA0001</MACAddress><TFTPServer1>10.1.1.10</TFTPServer1>\
        <TFTPServer2>10.1.1.11</TFTPServer2><CallManager1>10.1.1.10 Active</CallManager1></NetworkConfiguration>";
    const DEVICE_7970_HTML: &str = "<HTML><HEAD><TITLE>Cisco Systems, Inc.</TITLE></HEAD><BODY><TABLE>\
        <TR><TD><B>MAC&nbsp;Address</B></TD><td width=20></TD><TD><B>00:1B:2A:AA:00:02</B></TD></TR>\
        <TR><TD><B>Host Name</B></TD><td></TD><TD><B>SEP001B2AAA0002</B></TD></TR>\
        <TR><TD><B>App Load ID</B></TD><td></TD><TD><B>jar70sccp.8-4-1-23</B></TD></TR>\
        <TR><TD><B>Version</B></TD><td></TD><TD><B>SCCP70.8-4-2S</B></TD></TR>\
        <TR><TD><B>Serial Number</B></TD><td></TD><TD><B>FCH2</B></TD></TR>\
        <TR><TD><B>Model Number</B></TD><td></TD><TD><B>CP-7970G</B></TD></TR></TABLE></BODY></HTML>";
    /// The published reply of a 7940, which is of another series and words its loads in another way.
    const DEVICE_7940: &str = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<DeviceInformation>\n   \
        <MACAddress>0003E369A125</MACAddress>\n   <appLoadID>P00308010200</appLoadID>\n   \
        <versionID>8.1(2.0)</versionID>\n <modelNumber>CP-7940</modelNumber>\n</DeviceInformation>";

    fn facts(pages: &[&[u8]]) -> Facts {
        let mut facts = Facts::default();
        for page in pages {
            assert!(facts.read(page), "{}", String::from_utf8_lossy(page));
        }
        facts
    }

    #[test]
    fn both_pages_of_a_7945_together_say_what_runs_and_whom_it_asks() {
        let facts = facts(&[DEVICE_7945.as_bytes(), NETWORK_7945.as_bytes()]);
        assert_eq!(facts.runs(), Some("SCCP45.8-5-2S"));
        assert_eq!(facts.mac, "001B2AAA0001".parse().ok());
        assert_eq!(
            (facts.model.as_deref(), facts.serial.as_deref()),
            (Some("CP-7945G"), Some("FCH12345678"))
        );
        assert_eq!(facts.tftp, [Ipv4Addr::new(10, 1, 1, 10), Ipv4Addr::new(10, 1, 1, 11)]);
    }

    #[test]
    fn the_html_page_of_an_older_load_says_the_same_as_xml() {
        let facts = facts(&[DEVICE_7970_HTML.as_bytes()]);
        assert_eq!(facts.runs(), Some("SCCP70.8-4-2S"));
        assert_eq!(facts.mac, "001B2AAA0002".parse().ok());
        assert_eq!((facts.model.as_deref(), facts.serial.as_deref()), (Some("CP-7970G"), Some("FCH2")));
    }

    #[test]
    fn a_phone_that_words_its_version_otherwise_is_quoted_and_not_interpreted() {
        assert_eq!(facts(&[DEVICE_7940.as_bytes()]).runs(), Some("P00308010200"));
        let mut only_version = Facts { version: Some("9.4(2)SR3".into()), ..Facts::default() };
        assert_eq!(only_version.runs(), Some("9.4(2)SR3"));
        only_version.app_load = Some("jar75sccp.9-4-2SR3-1S".into());
        assert_eq!(only_version.runs(), Some("jar75sccp.9-4-2SR3-1S"));
    }

    #[test]
    fn broken_xml_and_foreign_encodings_give_what_can_be_read() {
        let cut = &DEVICE_7945.as_bytes()[..DEVICE_7945.find("</serialNumber").unwrap()];
        assert_eq!(facts(&[cut]).runs(), Some("SCCP45.8-5-2S"));
        let unclosed = "<DeviceInformation><MACAddress>001B2AAA0001<appLoadID>jar45 & more</appLoadID><x";
        assert_eq!(facts(&[unclosed.as_bytes()]).app_load.as_deref(), Some("jar45 & more"));
        let latin =
            b"<DeviceInformation><MACAddress>001B2AAA0001</MACAddress><serialNumber>F\xfc1</serialNumber>";
        assert_eq!(facts(&[latin]).serial.as_deref(), Some("Fü1"));
        let utf16: Vec<u8> =
            [0xfeff].into_iter().chain(DEVICE_7945.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(facts(&[&utf16]).runs(), Some("SCCP45.8-5-2S"));
    }

    #[test]
    fn a_page_of_something_else_gives_nothing() {
        for page in [
            "<html><body><h1>Router</h1><p>Version 3</p></body></html>",
            "",
            "{\"model\":\"x\"}",
            "<DeviceInformation><MACAddress>none</MACAddress></DeviceInformation>",
        ] {
            let mut facts = Facts::default();
            assert!(!facts.read(page.as_bytes()), "{page}");
            assert_eq!(facts, Facts::default());
        }
    }

    #[test]
    fn hostile_texts_are_cut_and_cleaned() {
        let long = "A".repeat(5000);
        let page =
            format!("<D><MACAddress>001B2AAA0001</MACAddress><modelNumber>\x1b[2J{long}</modelNumber></D>");
        let model = facts(&[page.as_bytes()]).model.unwrap();
        assert!(model.chars().count() < 100 && !model.contains('\x1b'), "{model}");
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(page in prop::collection::vec(any::<u8>(), 0..600)) {
            Facts::default().read(&page);
        }

        #[test]
        fn no_damage_to_a_page_makes_it_panic_or_grow(at in 0..800_usize, octet in any::<u8>()) {
            let mut page = [DEVICE_7945, DEVICE_7970_HTML].concat().into_bytes();
            let at = at % page.len();
            page[at] = octet;
            let mut facts = Facts::default();
            facts.read(&page);
            prop_assert!(facts.app_load.is_none_or(|text| text.chars().count() <= 82));
        }
    }
}
