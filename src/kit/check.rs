//! A kit's description against what lies in its folder.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Kit, KitLoad};

/// A file as it lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path inside the kit, with `/` between its parts.
    pub path: String,
    /// Size and SHA-256; `None` if it cannot be read.
    pub content: Option<(u64, String)>,
    /// The loads that the load reader finds in it; empty for a program.
    pub loads: Vec<KitLoad>,
}

/// What is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "finding")]
pub enum Finding {
    /// It is described, and not there.
    Missing {
        /// The file.
        path: String,
    },
    /// It cannot be read.
    Unreadable {
        /// The file.
        path: String,
    },
    /// It has other octets than are described.
    Changed {
        /// The file.
        path: String,
        /// How that shows, in words.
        how: String,
    },
    /// Its octets are the same, and the load reader thinks otherwise of them: the kit is older than the program.
    JudgedOtherwise {
        /// The file.
        path: String,
        /// The load.
        load: String,
        /// What the description says.
        before: String,
        /// What is said now.
        now: String,
    },
    /// It is there, and not described.
    NotDescribed {
        /// The file.
        path: String,
    },
}

impl Finding {
    /// In words, without a full stop.
    pub fn words(&self) -> String {
        match self {
            Self::Missing { path } => format!("{path} is missing"),
            Self::Unreadable { path } => format!("{path} cannot be read"),
            Self::Changed { path, how } => format!("{path} is not the file that was staged: {how}"),
            Self::JudgedOtherwise { path, load, before, now } => {
                format!("{load} in {path} is called {before} in the kit, and is {now}")
            }
            Self::NotDescribed { path } => format!("{path} is not in kit.toml; nobody checked it"),
        }
    }

    /// Whether the kit must not be relied on because of it.
    pub fn is_fault(&self) -> bool {
        !matches!(self, Self::NotDescribed { .. })
    }
}

/// Everything that is wrong, in the order of the paths.
pub fn check(kit: &Kit, found: &[Found]) -> Vec<Finding> {
    let by_path: BTreeMap<&str, &Found> = found.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut findings = Vec::new();
    let programs = kit.programs.iter().map(|it| (it.path.as_str(), it.octets, it.sha256.as_str(), &[][..]));
    let files = kit.files.iter().map(|it| (it.path.as_str(), it.octets, it.sha256.as_str(), &it.loads[..]));
    for (path, octets, sha256, loads) in programs.chain(files) {
        let named = path.to_owned();
        let Some(there) = by_path.get(path) else {
            findings.push(Finding::Missing { path: named });
            continue;
        };
        match &there.content {
            None => findings.push(Finding::Unreadable { path: named }),
            Some((now, _)) if *now != octets => {
                let how = format!("it has {now} octets instead of {octets}");
                findings.push(Finding::Changed { path: named, how });
            }
            Some((_, now)) if now != sha256 => {
                let how = "same size, another SHA-256".to_owned();
                findings.push(Finding::Changed { path: named, how });
            }
            Some(_) => findings.extend(judged_otherwise(path, loads, &there.loads)),
        }
    }
    let described: Vec<&str> = kit.paths().collect();
    let extra = found.iter().filter(|file| !described.contains(&file.path.as_str()));
    findings.extend(extra.map(|file| Finding::NotDescribed { path: file.path.clone() }));
    findings
}

fn judged_otherwise(path: &str, before: &[KitLoad], now: &[KitLoad]) -> Vec<Finding> {
    let one = |load: &KitLoad| {
        let verdict =
            now.iter().find(|other| other.load == load.load).map_or("not there", |l| l.verdict.as_str());
        (verdict != load.verdict).then(|| Finding::JudgedOtherwise {
            path: path.to_owned(),
            load: load.load.clone(),
            before: load.verdict.replace('-', " "),
            now: verdict.replace('-', " "),
        })
    };
    before.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::{KitFile, KitProgram, System};
    use crate::timestamp::Timestamp;

    fn load(verdict: &str) -> KitLoad {
        KitLoad {
            load: "SCCP45.8-5-2S".into(),
            release: None,
            family: None,
            verdict: verdict.into(),
            models: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_as_described_is_found_and_what_is_there_besides_is_named() {
        let mut kit = Kit::default();
        kit.put_program(KitProgram {
            path: "loadlift.exe".into(),
            system: System::WindowsX86,
            octets: 1,
            sha256: "p".into(),
        });
        for path in ["loads/a", "loads/b", "loads/c", "loads/d", "loads/e"] {
            kit.put_file(KitFile {
                path: path.into(),
                octets: 5,
                sha256: "s".into(),
                source: String::new(),
                date: Timestamp::default(),
                published: None,
                loads: vec![load("intermediate")],
            });
        }
        let there = |path: &str, octets, sha256: &str, verdict| Found {
            path: path.into(),
            content: Some((octets, sha256.to_owned())),
            loads: vec![load(verdict)],
        };
        let found = [
            there("loads/a", 5, "s", "intermediate"),
            there("loads/b", 4, "s", "intermediate"),
            there("loads/c", 5, "x", "intermediate"),
            there("loads/d", 5, "s", "too-new"),
            there("loads/z", 5, "s", "intermediate"),
        ];
        let words: Vec<String> = check(&kit, &found).iter().map(Finding::words).collect();
        assert_eq!(
            words,
            [
                "loadlift.exe is missing",
                "loads/b is not the file that was staged: it has 4 octets instead of 5",
                "loads/c is not the file that was staged: same size, another SHA-256",
                "SCCP45.8-5-2S in loads/d is called intermediate in the kit, and is too new",
                "loads/e is missing",
                "loads/z is not in kit.toml; nobody checked it",
            ]
        );
    }
}
