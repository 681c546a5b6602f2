//! What the catalog knows of a file that comes under the name of a published archive.

use super::sums::{Algorithm, Sum, SumError};
use crate::catalog::{Catalog, KnownArchive};

/// A published archive, with every sum of it that the catalog has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What it is called.
    pub name: String,
    /// Its sums, the strongest last.
    pub sums: Vec<Sum>,
}

impl Known {
    fn of(archive: &KnownArchive) -> Option<Self> {
        let digests = [
            (Algorithm::Md5, &archive.md5),
            (Algorithm::Sha1, &archive.sha1),
            (Algorithm::Sha256, &archive.sha256),
        ];
        let sums: Vec<Sum> = digests
            .into_iter()
            // The catalog is checked: what is there is a sum.
            .filter_map(|(algorithm, digest)| Sum::parse(algorithm, digest.as_deref()?).ok())
            .collect();
        (!sums.is_empty()).then(|| Self { name: archive.shown_name().to_owned(), sums })
    }

    /// Whether `octets` are that archive.
    pub fn check(&self, octets: &[u8]) -> Result<(), SumError> {
        self.sums.iter().try_for_each(|sum| sum.check(octets))
    }

    /// The kinds of its sums, `MD5 and SHA-1`.
    pub fn kinds(&self) -> String {
        let kinds: Vec<String> = self.sums.iter().map(|sum| sum.algorithm().to_string()).collect();
        kinds.join(" and ")
    }
}

/// The published archives that a file of that name claims to be, as far as a sum of them is known. There can be
/// several: a name may leave a part open.
pub fn known(catalog: &Catalog, name: &str) -> Vec<Known> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    catalog.known_archives().iter().filter(|archive| archive.is_named(name)).filter_map(Known::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalog with other sums of one archive: those of the three octets `abc`.
    fn catalog(sums: &str) -> Catalog {
        let text = |name: &str, text: &str| {
            if name == "archives.toml" {
                text.replace("sha1 = \"e7599cec19c6a750414d9488bd27f82d45ad5860\"", sums)
            } else {
                text.to_owned()
            }
        };
        let files: Vec<_> =
            crate::catalog::EMBEDDED.iter().map(|(name, octets)| (*name, text(name, octets))).collect();
        let borrowed: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        Catalog::parse(&borrowed).unwrap()
    }

    #[test]
    fn every_kind_of_sum_that_the_catalog_has_is_checked_for_a_file_of_that_name() {
        let name = "CMTERM-7945_7965-sccp.8-5-2.zip";
        for (kind, digest) in [
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ] {
            let catalog = catalog(&format!("{kind} = \"{digest}\""));
            let [known] = &known(&catalog, name)[..] else { panic!("{kind}") };
            assert_eq!(known.check(b"abc"), Ok(()), "{kind}");
            assert!(matches!(known.check(b"abd"), Err(SumError::Differs { .. })), "{kind}");
        }
        let both = catalog(
            "md5 = \"900150983cd24fb0d6963f7d28e17f72\"\nsha1 = \"e7599cec19c6a750414d9488bd27f82d45ad5860\"",
        );
        let [two] = &known(&both, name)[..] else { panic!("one archive") };
        assert_eq!(two.kinds(), "MD5 and SHA-1");
        assert!(two.check(b"abc").is_err(), "one sum that fits does not outweigh one that does not");
    }

    #[test]
    fn of_other_names_nothing_is_known() {
        assert_eq!(known(Catalog::embedded(), "load.zip"), []);
        // This one was published with an MD5 alone.
        let md5 = known(Catalog::embedded(), "cmterm-7970_7971-sccp.9-4-2-1SR1-1.zip");
        assert_eq!(md5.iter().map(Known::kinds).collect::<Vec<_>>(), ["MD5"]);
    }
}
