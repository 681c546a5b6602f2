//! Configurations that offer a phone its load without a reset: `XMLDefault.cnf.xml` for every phone that asks, or
//! `SEP<MAC>.cnf.xml` for listed ones.
//!
//! They name the load and a call manager that is this laptop, where nobody listens for calls: a phone that takes its
//! load from here registers nowhere. The form is that of public files for these models; that a phone of this series
//! heeds it is told by one source (PHONES.md 5) and was not seen on hardware by this project.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use bytes::Bytes;

use super::LoadName;
use crate::error::Advice;
use crate::fleet::Mac;
use crate::journal::ServedLoad;

/// What a phone without a configuration of its own asks for.
const FOR_ALL: &str = "XMLDefault.cnf.xml";

/// A model as a configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// `7945G`.
    pub model: String,
    /// `45`.
    pub family: String,
    /// The number in `loadInformation435`.
    pub number: u32,
}

/// A file that is made on the fly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its name.
    pub name: String,
    /// What is served.
    pub octets: Bytes,
}

/// Why a configuration cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// Several families are served, and nobody says of which the phone is.
    #[error("{mac} is listed without its model, and loads of several families are served")]
    WhichModel {
        /// The phone.
        mac: Mac,
    },
    /// Nobody knows the model.
    #[error("{mac} is listed as a `{model}`, which is no model of this series")]
    NotAModel {
        /// The phone.
        mac: Mac,
        /// What stands in the list.
        model: String,
    },
    /// No load for that phone is served.
    #[error("{mac} is listed as a {model}, and no load for it is served")]
    NoLoad {
        /// The phone.
        mac: Mac,
        /// Its model.
        model: String,
    },
    /// A plain folder is served, which has no load to name.
    #[error("no load is served that a configuration could name")]
    Nothing,
}

impl Advice for ConfigurationError {
    fn code(&self) -> &'static str {
        match self {
            Self::WhichModel { .. } => "configuration-which-model",
            Self::NotAModel { .. } => "configuration-not-a-model",
            Self::NoLoad { .. } => "configuration-no-load",
            Self::Nothing => "configuration-nothing",
        }
    }

    fn advice(&self) -> Vec<String> {
        match self {
            Self::WhichModel { mac } => {
                vec![format!(
                    "Write the model behind it in the list, like `{mac} 7945`, or serve one load only."
                )]
            }
            Self::NotAModel { .. } => {
                vec!["Write the model as on the phone's back, like `7945` or `7941G-GE`.".into()]
            }
            Self::NoLoad { model, .. } => {
                vec![format!("Serve the load for the {model} too, or take the phone out of the list.")]
            }
            Self::Nothing => vec!["Name archives or folders of loads instead of `--files`.".into()],
        }
    }
}

/// For every phone that asks and has no configuration of its own: each model of the loads served with its load.
pub fn for_all(
    loads: &[ServedLoad],
    devices: &[Device],
    laptop: Ipv4Addr,
) -> Result<Made, ConfigurationError> {
    let mut lines = String::new();
    for device in devices {
        let Some(load) = loads.iter().find(|load| load.family == device.family) else { continue };
        let Device { model, number, .. } = device;
        let _ = writeln!(
            lines,
            "  <loadInformation{number} model=\"Cisco {}\">{}</loadInformation{number}>",
            escaped(model),
            escaped(&load.load)
        );
    }
    if lines.is_empty() {
        return Err(ConfigurationError::Nothing);
    }
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Default>\n{}{lines}</Default>\n",
        call_manager("  ", laptop)
    );
    Ok(Made { name: FOR_ALL.to_owned(), octets: text.into() })
}

/// For one phone. Its model may be left out where loads of one family alone are served.
pub fn for_phone(
    mac: Mac,
    device: Option<&Device>,
    loads: &[ServedLoad],
    laptop: Ipv4Addr,
) -> Result<Made, ConfigurationError> {
    let load = match (device, loads) {
        (_, []) => return Err(ConfigurationError::Nothing),
        (Some(device), _) => loads
            .iter()
            .find(|load| load.family == device.family)
            .ok_or_else(|| ConfigurationError::NoLoad { mac, model: device.model.clone() })?,
        (None, [first, rest @ ..]) if rest.iter().all(|load| load.family == first.family) => first,
        (None, _) => return Err(ConfigurationError::WhichModel { mac }),
    };
    let protocol = load.load.parse::<LoadName>().ok().and_then(|name| name.protocol());
    let protocol = protocol.map_or("SCCP".to_owned(), |protocol| protocol.lower().to_uppercase());
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n  <deviceProtocol>{protocol}</deviceProtocol>\n  <devicePool>\n{}  </devicePool>\n  <loadInformation>{}</loadInformation>\n</device>\n",
        call_manager("    ", laptop),
        escaped(&load.load)
    );
    Ok(Made { name: format!("SEP{mac}.cnf.xml"), octets: text.into() })
}

/// A call manager that does no harm: this laptop, which refuses the connection.
fn call_manager(indent: &str, laptop: Ipv4Addr) -> String {
    let lines = [
        "<callManagerGroup>".to_owned(),
        "  <members>".to_owned(),
        "    <member priority=\"0\">".to_owned(),
        "      <callManager>".to_owned(),
        "        <ports>".to_owned(),
        "          <ethernetPhonePort>2000</ethernetPhonePort>".to_owned(),
        "        </ports>".to_owned(),
        format!("        <processNodeName>{laptop}</processNodeName>"),
        "      </callManager>".to_owned(),
        "    </member>".to_owned(),
        "  </members>".to_owned(),
        "</callManagerGroup>".to_owned(),
    ];
    lines.iter().fold(String::new(), |text, line| text + indent + line + "\n")
}

/// Names come from archives, and are no part of the form.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAPTOP: Ipv4Addr = Ipv4Addr::new(10, 150, 0, 1);
    const MAC: Mac = Mac([0, 0x1b, 0x2a, 0xaa, 0, 1]);

    fn load(name: &str, family: &str) -> ServedLoad {
        ServedLoad {
            load: name.into(),
            family: family.into(),
            default_load_files: Vec::new(),
            manifest: format!("{name}.loads"),
            images: Vec::new(),
        }
    }

    fn device(model: &str, family: &str, number: u32) -> Device {
        Device { model: model.into(), family: family.into(), number }
    }

    fn text(made: &Made) -> &str {
        std::str::from_utf8(&made.octets).unwrap()
    }

    #[test]
    fn the_one_for_all_names_each_model_of_the_loads_served_and_no_other() {
        let loads = [load("SCCP45.8-5-2S", "45"), load("SCCP41.8-5-2S", "41")];
        let devices = [
            device("7945G", "45", 435),
            device("7965G", "45", 436),
            device("7941G-GE", "41", 309),
            device("7970G", "70", 30006),
        ];
        let made = for_all(&loads, &devices, LAPTOP).unwrap();
        assert_eq!(made.name, "XMLDefault.cnf.xml");
        insta::assert_snapshot!(text(&made));
        assert_eq!(for_all(&loads, &devices[3..], LAPTOP), Err(ConfigurationError::Nothing));
    }

    #[test]
    fn the_one_for_a_phone_names_its_load_and_speaks_its_protocol() {
        let made = for_phone(MAC, None, &[load("SIP45.8-5-2S", "45")], LAPTOP).unwrap();
        assert_eq!(made.name, "SEP001B2AAA0001.cnf.xml");
        insta::assert_snapshot!(text(&made));
    }

    #[test]
    fn a_phone_whose_load_is_not_known_is_refused_and_not_guessed_at() {
        let two = [load("SCCP45.8-5-2S", "45"), load("SCCP41.8-5-2S", "41")];
        let of = |device: Option<&Device>, loads: &[ServedLoad]| for_phone(MAC, device, loads, LAPTOP);
        assert_eq!(of(None, &two).unwrap_err().code(), "configuration-which-model");
        assert_eq!(
            of(Some(&device("7970G", "70", 30006)), &two).unwrap_err().code(),
            "configuration-no-load"
        );
        assert_eq!(of(None, &[]).unwrap_err().code(), "configuration-nothing");
        let made = of(Some(&device("7941G", "41", 115)), &two).unwrap();
        assert!(text(&made).contains("<loadInformation>SCCP41.8-5-2S</loadInformation>"));
    }

    #[test]
    fn a_name_with_signs_of_the_form_stays_a_name() {
        let made = for_phone(MAC, None, &[load("a<b>&\"c", "45")], LAPTOP).unwrap();
        assert!(text(&made).contains("<loadInformation>a&lt;b&gt;&amp;&quot;c</loadInformation>"));
    }
}
