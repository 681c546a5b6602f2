//! A made-up load of true structure, for rehearsals and tests: signed headers, manifests, CNU archives whose sizes
//! add up. No octet of it is anybody's firmware, its signature is plainly none, and it says so itself in a comment
//! of each manifest and in a file inside each image. A real phone refuses it.

use std::io::{Cursor, Write};

use bytes::Bytes;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::firmware::image::{MAGIC, layout};
use crate::firmware::manifest::MADE_UP_MARK;

/// Images in the order in which manifests name them and phones ask for them (PHONES.md 0, 5).
const ROLES: [Role; 5] = [
    Role { name: "jar", has_protocol: true, share: 9 },
    Role { name: "cnu", has_protocol: false, share: 7 },
    Role { name: "apps", has_protocol: false, share: 41 },
    Role { name: "dsp", has_protocol: false, share: 5 },
    Role { name: "cvm", has_protocol: true, share: 38 },
];

/// One of the five images: how its name begins, and its share of the set in percent.
struct Role {
    name: &'static str,
    has_protocol: bool,
    share: usize,
}

/// Octets of all images together where nothing else is asked for; real sets have 6 to 10 MB.
pub const DEFAULT_OCTETS: usize = 6_800_000;
/// Build date where nothing else is asked for: 2009-05-15, between 8.4(2) and 8.5(3).
const DEFAULT_BUILT: u32 = 1_242_345_600;

/// A recipe for a made-up load; [`MadeUpLoad::files`] bakes it. The same recipe gives the same octets.
#[derive(Debug, Clone)]
pub struct MadeUpLoad {
    family: String,
    default_load_files: Vec<String>,
    protocol: String,
    release: String,
    build: String,
    octets: usize,
    seed: u64,
    built: u32,
    hardware_comp: Option<u32>,
    capital_jar: bool,
}

impl MadeUpLoad {
    /// A load of `family` (`45`) with its default load files (`term45.default.loads`, …), `protocol` (`SCCP` or
    /// `SIP`), `release` as file names write it (`8-5-2`, `8-3-3SR2`) and the `build` tag of its images
    /// (`8-5-2TH1-9`).
    pub fn new<S: AsRef<str>>(
        family: &str,
        default_load_files: &[S],
        protocol: &str,
        release: &str,
        build: &str,
    ) -> Self {
        Self {
            family: family.to_owned(),
            default_load_files: default_load_files.iter().map(|name| name.as_ref().to_owned()).collect(),
            protocol: protocol.to_owned(),
            release: release.to_owned(),
            build: build.to_owned(),
            octets: DEFAULT_OCTETS,
            seed: 0,
            built: DEFAULT_BUILT,
            hardware_comp: None,
            capital_jar: false,
        }
    }

    /// A small one for tests: SCCP 8.5(2) for 7945 and 7965, some 60 KB.
    pub fn sample() -> Self {
        Self::new("45", &["term45.default.loads", "term65.default.loads"], "SCCP", "8-5-2", "8-5-2TH1-9")
            .with_octets(60_000)
    }

    /// About how many octets all images have together, shared out as in a real set. Small values give the
    /// smallest images that can be.
    #[must_use]
    pub fn with_octets(self, octets: usize) -> Self {
        Self { octets, ..self }
    }

    /// Other contents of the images.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Build date inside the images, in seconds since the Unix epoch.
    #[must_use]
    pub fn with_built(self, built: u32) -> Self {
        Self { built, ..self }
    }

    /// A `#HARDWARE_COMP_1` line in the manifests.
    #[must_use]
    pub fn with_hardware_comp(self, number: u32) -> Self {
        Self { hardware_comp: Some(number), ..self }
    }

    /// `Jar…` in the manifests where the file is called `jar…`, as at the 8.2 and 8.3 level.
    #[must_use]
    pub fn with_capital_jar(self) -> Self {
        Self { capital_jar: true, ..self }
    }

    /// Other default load files.
    #[must_use]
    pub fn with_default_load_files(self, names: &[&str]) -> Self {
        Self { default_load_files: names.iter().map(|&name| name.to_owned()).collect(), ..self }
    }

    /// The load's name, `SCCP45.8-5-2S`.
    pub fn load_name(&self) -> String {
        format!("{}{}.{}S", self.protocol, self.family, self.release)
    }

    /// Every file of the load: the manifest, the default load files, the five images.
    pub fn files(&self) -> Vec<(String, Bytes)> {
        let mut files = self.manifests();
        files.extend(self.images());
        files
    }

    /// The manifest and the default load files.
    pub fn manifests(&self) -> Vec<(String, Bytes)> {
        let text = self.manifest_text();
        let manifest = format!("{}.loads", self.load_name());
        let names = std::iter::once(&manifest).chain(&self.default_load_files);
        names.map(|name| (name.clone(), Bytes::from(signed_file(name, text.as_bytes())))).collect()
    }

    /// The five images.
    pub fn images(&self) -> Vec<(String, Bytes)> {
        (1..)
            .zip(&ROLES)
            .map(|(n, role)| {
                let name = self.image_name(role);
                let octets = self.octets / 100 * role.share;
                let file = image_file(&name, octets, self.built, self.seed.wrapping_mul(31).wrapping_add(n));
                (name, Bytes::from(file))
            })
            .collect()
    }

    fn image_name(&self, role: &Role) -> String {
        let protocol = if role.has_protocol { self.protocol.to_lowercase() } else { String::new() };
        format!("{}{}{protocol}.{}.sbn", role.name, self.family, self.build)
    }

    /// Comments, the hardware line, then the five names; as in real files the last two end in a blank.
    fn manifest_text(&self) -> String {
        let mut lines = vec![
            "#".to_owned(),
            format!("# {MADE_UP_MARK} for rehearsal, no phone accepts it"),
            format!("# RELEASE load version {}", self.build),
            "#".to_owned(),
        ];
        lines.extend(self.hardware_comp.map(|number| format!("#HARDWARE_COMP_1 {number}")));
        lines.push(String::new());
        for role in &ROLES {
            let mut name = self.image_name(role);
            if self.capital_jar && role.name == "jar" {
                name.replace_range(..1, "J");
            }
            let blank = if matches!(role.name, "dsp" | "cvm") { " " } else { "" };
            lines.push(name + blank);
        }
        lines.join("\r\n") + "\r\n"
    }
}

/// What stands in the place of the signature, over and over. It has line ends, so that a transfer as text harms it
/// as it harms a real one.
const NO_SIGNATURE: &[u8] = b"NOT A SIGNATURE: made up by loadlift for rehearsal\n";
/// Octets of a signature by a key of 2048 bits.
const SIGNATURE_OCTETS: usize = 256;

/// A signed header with the tags and lengths of PHONES.md 3.1 and the original name `name`, then `body`.
pub fn signed_file(name: &str, body: &[u8]) -> Vec<u8> {
    let algorithm = fields(&[(10, &[0]), (11, &[2])]);
    let signature_info = fields(&[(8, &[1]), (9, &algorithm)]);
    let signer = fields(&[
        (4, &padded("CN=madeUp;OU=rehearsal;O=loadlift", 39)),
        (5, b"\xffmade up"),
        (6, &padded("CN=madeUpCA;OU=rehearsal;O=loadlift", 36)[..35]),
    ]);
    let signature: Vec<u8> = NO_SIGNATURE.iter().copied().cycle().take(SIGNATURE_OCTETS).collect();
    let name: Vec<u8> = name.bytes().chain([0]).collect();
    let after = fields(&[(3, &signer), (7, &signature_info), (12, &signature), (14, &name)]);

    let unpadded = 10 + after.len();
    let total = unpadded.next_multiple_of(4);
    let length = u16::try_from(total).expect("a name of a file is far below 64 KiB");
    let mut file = fields(&[(1, &[1, 1]), (2, &length.to_be_bytes())]);
    file.extend(after);
    file.resize(total, 13);
    file.extend_from_slice(body);
    file
}

fn fields(fields: &[(u8, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (tag, value) in fields {
        out.push(*tag);
        let length = u16::try_from(value.len()).expect("a field of the header is far below 64 KiB");
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(value);
    }
    out
}

fn padded(text: &str, octets: usize) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    out.resize(octets, 0);
    out
}

/// Names of the files inside each made-up image; the first says what it is.
const INSIDE: [&str; 2] = ["/MADE-UP-BY-LOADLIFT.txt", "/filling"];
/// The text of the first one.
const NOTICE: &[u8] =
    b"This image was made up by loadlift for rehearsal. It is no firmware; no phone accepts it.\r\n";

/// A made-up image of `octets` octets in all (or of the least that its structure takes), built at `built` (seconds
/// since the Unix epoch), filled from `seed`.
pub fn image_file(name: &str, octets: usize, built: u32, seed: u64) -> Vec<u8> {
    let number = |n: usize| u32::try_from(n).expect("a made-up image is far below 4 GiB").to_be_bytes();
    let table_end = layout::TABLE + INSIDE.len() * layout::RECORD;
    let content = table_end + INSIDE.iter().map(|name| name.len() + 1).sum::<usize>();
    let header = signed_file(name, b"").len();
    let filling = octets.saturating_sub(header + content + NOTICE.len());

    let mut body = vec![0; layout::TABLE];
    body[..MAGIC.len()].copy_from_slice(MAGIC);
    body[layout::COUNT..layout::COUNT + 4].copy_from_slice(&number(INSIDE.len()));
    body[layout::CONTENT..layout::CONTENT + 4].copy_from_slice(&number(content));
    body[layout::SECOND_MAGIC..layout::SECOND_MAGIC + MAGIC.len()].copy_from_slice(MAGIC);
    let mut name_at = table_end;
    // The notice is older than the filling, so that the newest date has to be looked for.
    let files = INSIDE.iter().zip([(NOTICE.len(), built.saturating_sub(86_400)), (filling, built)]);
    for (inside, (size, time)) in files {
        for field in [number(7), number(2), number(size), time.to_be_bytes(), number(name_at)] {
            body.extend_from_slice(&field);
        }
        name_at += inside.len() + 1;
    }
    for inside in INSIDE {
        body.extend_from_slice(inside.as_bytes());
        body.push(0);
    }
    body.extend_from_slice(NOTICE);
    let start = body.len();
    body.resize(start + filling, 0);
    fill(&mut body[start..], seed);
    signed_file(name, &body)
}

/// Random octets with a repeated notice in every third block, so that it packs about as well as real firmware.
fn fill(out: &mut [u8], seed: u64) {
    let mut dice = fastrand::Rng::with_seed(seed);
    for (n, block) in out.chunks_mut(4_096).enumerate() {
        dice.fill(block);
        if n % 3 == 2 {
            for piece in block.chunks_mut(NOTICE.len()) {
                piece.copy_from_slice(&NOTICE[..piece.len()]);
            }
        }
    }
}

/// How [`zip()`] packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As they are.
    Stored,
    /// Deflated, as real archives are.
    Deflated,
}

/// A zip archive of `files`, in memory.
pub fn zip(files: &[(String, Bytes)], packing: Packing) -> Bytes {
    let method = match packing {
        Packing::Stored => CompressionMethod::Stored,
        Packing::Deflated => CompressionMethod::Deflated,
    };
    let options = SimpleFileOptions::default().compression_method(method);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, octets) in files {
        writer.start_file(name.as_str(), options).expect("names of a made-up load are new and short");
        writer.write_all(octets).expect("memory takes every write");
    }
    writer.finish().expect("memory takes every write").into_inner().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::firmware::manifest::Manifest;

    #[test]
    fn a_made_up_load_has_the_eight_files_of_a_real_one() {
        let files = MadeUpLoad::sample().files();
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "SCCP45.8-5-2S.loads",
                "term45.default.loads",
                "term65.default.loads",
                "jar45sccp.8-5-2TH1-9.sbn",
                "cnu45.8-5-2TH1-9.sbn",
                "apps45.8-5-2TH1-9.sbn",
                "dsp45.8-5-2TH1-9.sbn",
                "cvm45sccp.8-5-2TH1-9.sbn",
            ]
        );
    }

    #[test]
    fn the_header_is_laid_out_as_in_real_files() {
        let file = signed_file("SIP42.8-4-2S.loads", b"");
        // Offsets of PHONES.md 3.1: they hold for real files because the texts before them have fixed lengths.
        for (at, tag) in [(0, 1), (5, 2), (0x0a, 3), (0x0d, 4), (0x37, 5), (0x42, 6), (0x68, 7), (0x6b, 8)] {
            assert_eq!(file[at], tag, "tag at {at:#x}");
        }
        for (at, tag) in [(0x6f, 9), (0x72, 10), (0x76, 11), (0x7a, 12), (0x17d, 14)] {
            assert_eq!(file[at], tag, "tag at {at:#x}");
        }
        assert_eq!(file.len(), 0x194);
    }

    #[test]
    fn every_part_says_that_it_is_made_up() {
        let load = MadeUpLoad::sample();
        for (name, file) in load.manifests() {
            assert!(Manifest::parse(&file).unwrap().made_up, "{name}");
        }
        for (name, file) in load.images() {
            let says = file.windows(NOTICE.len()).any(|window| window == NOTICE);
            assert!(says, "{name}");
        }
    }

    #[test]
    fn the_manifest_alone_has_the_capital_j() {
        let load = MadeUpLoad::sample().with_capital_jar().with_hardware_comp(7);
        let manifest = Manifest::parse(&load.manifests()[1].1).unwrap();
        assert_eq!(manifest.images[0], "Jar45sccp.8-5-2TH1-9.sbn");
        assert_eq!(manifest.hardware_comp, Some(7));
        assert_eq!(load.images()[0].0, "jar45sccp.8-5-2TH1-9.sbn");
    }

    #[test]
    fn the_same_recipe_gives_the_same_octets_and_another_seed_others() {
        let load = MadeUpLoad::sample();
        assert_eq!(load.files(), load.clone().files());
        assert_ne!(load.files(), load.with_seed(1).files());
    }

    #[test]
    fn a_set_has_about_the_octets_that_were_asked_for() {
        for octets in [100_000, DEFAULT_OCTETS] {
            let made: usize =
                MadeUpLoad::sample().with_octets(octets).images().iter().map(|(_, f)| f.len()).sum();
            assert!(made.abs_diff(octets) < octets / 20, "{made} for {octets}");
        }
        let least: usize = MadeUpLoad::sample().with_octets(0).images().iter().map(|(_, f)| f.len()).sum();
        assert!(least < 8_000, "{least}");
    }
}
