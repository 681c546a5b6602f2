//! The files of a load, past any archive and its checksums: headers, manifests, images, and what is made of them.

use bytes::Bytes;
use loadlift::catalog::Catalog;
use loadlift::firmware::archive::{FileSet, SetFile};
use loadlift::firmware::image::Image;
use loadlift::firmware::load::{self, Leniency};
use loadlift::firmware::manifest::Manifest;
use loadlift::firmware::signed::SignedHeader;
use loadlift::rehearsal::madeup::signed_file;

use super::script::Script;

const NAMES: [&str; 8] = [
    "SCCP45.8-5-2S.loads",
    "term45.default.loads",
    "term65.default.loads",
    "jar45sccp.8-5-2TH1-9.sbn",
    "cnu45.8-5-2TH1-9.sbn",
    "apps45.8-5-2TH1-9.sbn",
    "dsp45.8-5-2TH1-9.sbn",
    "SCCP42.8-3-3S.loads",
];

/// Try one set of files.
pub fn check(input: &[u8]) {
    let mut script = Script::new(input);
    let mut files: Vec<SetFile> = Vec::new();
    while !script.is_over() && files.len() < 12 {
        let which = script.octet();
        let mut name = NAMES[usize::from(which % 8)].to_owned();
        if which & 0x40 != 0 {
            name = String::from_utf8_lossy(script.piece()).into_owned();
        }
        let body = script.long_piece();
        // With a right header most often: else nothing behind it would ever be read.
        let octets = if which & 0x80 == 0 { signed_file(&name, body) } else { body.to_vec() };
        if let Ok(header) = SignedHeader::parse(&octets) {
            assert!(header.octets <= octets.len());
            let _ = header.body(&octets);
        }
        let _ = Manifest::parse(&octets);
        let _ = Image::parse(&octets);
        if files.iter().all(|file| !file.name.eq_ignore_ascii_case(&name)) {
            files.push(SetFile { name, octets: Bytes::from(octets) });
        }
    }
    let set = FileSet { source: "fuzz".into(), files, ..FileSet::default() };
    let reading = load::read(Catalog::embedded(), &[(0, set)]);
    for leniency in [Leniency::IntermediateOnly, Leniency::AnyRelease] {
        let (bundle, served) = load::choose(&reading.loads, leniency).to_bundle();
        assert!(served.is_empty() == bundle.is_empty(), "loads without files, or files without a load");
    }
}
