//! Families and models: `assets/phones/<family>.toml`.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Fact};
use crate::firmware::{Protocol, Release};

/// One file `assets/phones/<family>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhonesFile {
    pub(super) schema: u32,
    pub(super) family: Family,
    #[serde(rename = "phone")]
    pub(super) phones: Vec<PhoneEntry>,
}

/// The models that share a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// Two digits, as in the names of all its files: `45`.
    pub number: String,
    /// Protocols for which a load is known to exist.
    pub protocols: Vec<Protocol>,
    /// What the names of the images begin with, in the order in which phones ask for them; `{protocol}` stands
    /// for `sccp` or `sip`. See [`Family::image_stems`].
    pub images: Vec<String>,
    /// Names of the archives that its loads come in.
    #[serde(rename = "archive")]
    pub archives: Vec<ArchiveStem>,
    /// What its manifests say about hardware.
    #[serde(rename = "hardware_comp")]
    pub hardware_comps: Vec<HardwareComp>,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

impl Family {
    /// What the names of the five images begin with, up to the dot, in the order in which phones ask for them:
    /// `jar45sccp`, `cnu45`, `apps45`, `dsp45`, `cvm45sccp`.
    pub fn image_stems(&self, protocol: Protocol) -> Vec<String> {
        self.images.iter().map(|image| image.replace("{protocol}", protocol.lower())).collect()
    }
}

/// The beginning of an archive's name, up to the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveStem {
    /// `cmterm-7945_7965-sccp`.
    pub stem: String,
    /// Other spellings that were seen.
    #[serde(default)]
    pub also_spelled: Vec<String>,
    /// The protocol of the load inside.
    pub protocol: Protocol,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// The line `#HARDWARE_COMP_1 <n>` of a manifest, as seen. What the number means is unknown; it grows with the
/// release, and a load with a small one may refuse phones that were built late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HardwareComp {
    /// The release of the manifest.
    pub release: Release,
    /// The number; `None` if the line is absent.
    pub value: Option<u16>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// One model as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhoneEntry {
    model: String,
    name: String,
    default_load_file: Fact<String>,
    device_number: Fact<u32>,
    vendor_class: Fact<String>,
    reset: String,
    reset_of_old_loads: Option<String>,
    #[serde(default)]
    cautions: Vec<String>,
    note: Option<String>,
    evidence: Evidence,
}

impl PhoneEntry {
    pub(super) fn into_model(self, family: &Family) -> Model {
        Model {
            model: self.model,
            family: family.number.clone(),
            name: self.name,
            default_load_file: self.default_load_file,
            device_number: self.device_number,
            vendor_class: self.vendor_class,
            reset: self.reset,
            reset_of_old_loads: self.reset_of_old_loads,
            cautions: self.cautions,
            note: self.note,
            evidence: self.evidence,
        }
    }
}

/// A model of the series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Model {
    /// `7945G`, `7941G-GE`.
    pub model: String,
    /// Number of its family: `45`.
    pub family: String,
    /// The name on the box.
    pub name: String,
    /// What its loader asks for after a reset: `term45.default.loads`.
    pub default_load_file: Fact<String>,
    /// The number of the model in CUCM and in `XMLDefault.cnf.xml` (`loadInformation435`).
    pub device_number: Fact<u32>,
    /// DHCP option 60 without the NUL octet that these models put behind it. Compare by prefix.
    pub vendor_class: Fact<String>,
    /// Id of its reset procedure.
    pub reset: String,
    /// Id of the procedure that holds while a very old load is on the phone.
    pub reset_of_old_loads: Option<String>,
    /// Ids of the cautions for this model.
    pub cautions: Vec<String>,
    /// What else is to say.
    pub note: Option<String>,
    /// Where this comes from.
    pub evidence: Evidence,
}

/// A model name folded for comparison: lower case, without `Cisco`, `CP-`, blanks, dashes and the `G` behind the
/// digits. `CP-7945G` is `7945`, and `7941G-GE` is `7941ge`.
pub(super) fn key(name: &str) -> String {
    let mut folded: String = name
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-' && *c != '_')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    for brand in ["cisco", "cp"] {
        if let Some(rest) = folded.strip_prefix(brand) {
            folded = rest.to_owned();
        }
    }
    let (bare, gigabit) = match folded.strip_suffix("ge") {
        Some(bare) => (bare, "ge"),
        None => (folded.as_str(), ""),
    };
    let bare = bare.strip_suffix('g').unwrap_or(bare);
    format!("{bare}{gigabit}")
}
