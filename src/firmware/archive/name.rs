//! An entry's name: which folder it lies in and what it is called, if it may be used at all.

/// Where an entry lies and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryName {
    /// Folders, joined by `/`; empty at the top.
    pub(super) folder: String,
    /// The last part.
    pub(super) name: String,
}

impl EntryName {
    /// Take a name as the archive has it apart; the error says what is wrong with it.
    ///
    /// Nothing is written to disk, so such a name could do no harm here; but nobody who packs firmware makes one,
    /// and whoever unpacks the same archive by hand should have been told.
    pub(super) fn parse(raw: &[u8]) -> Result<Self, &'static str> {
        if raw.contains(&0) {
            return Err("a NUL octet in it");
        }
        // Some old tools for Windows write `\` where the format asks for `/`.
        let text = String::from_utf8_lossy(raw).replace('\\', "/");
        if text.chars().any(char::is_control) {
            return Err("control characters in it");
        }
        if text.starts_with('/') {
            return Err("an absolute path");
        }
        if let [letter, b':', ..] = text.as_bytes()
            && letter.is_ascii_alphabetic()
        {
            return Err("a drive letter");
        }
        let mut parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.contains(&"..") {
            return Err("a step to a parent folder");
        }
        let name = parts.pop().ok_or("nothing in it")?.to_owned();
        Ok(Self { folder: parts.join("/"), name })
    }

    /// Whether it is what file managers leave behind: no load has such a file, and nobody wants to hear of it.
    pub(super) fn is_litter(&self) -> bool {
        self.name.starts_with("._") || self.folder.split('/').any(|part| part == "__MACOSX")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_last_part_is_the_name() {
        for (raw, folder, name) in [
            ("jar45.sbn", "", "jar45.sbn"),
            ("./jar45.sbn", "", "jar45.sbn"),
            ("8-5-2/sccp//jar45.sbn", "8-5-2/sccp", "jar45.sbn"),
            ("8-5-2\\jar45.sbn", "8-5-2", "jar45.sbn"),
        ] {
            let want = EntryName { folder: folder.into(), name: name.into() };
            assert_eq!(EntryName::parse(raw.as_bytes()), Ok(want), "{raw}");
        }
    }

    #[test]
    fn names_that_reach_out_are_refused_with_the_reason() {
        for (raw, why) in [
            (&b"../jar45.sbn"[..], "a step to a parent folder"),
            (b"a/../../jar45.sbn", "a step to a parent folder"),
            (b"a\\..\\jar45.sbn", "a step to a parent folder"),
            (b"/etc/jar45.sbn", "an absolute path"),
            (b"\\\\server\\share\\jar45.sbn", "an absolute path"),
            (b"C:\\jar45.sbn", "a drive letter"),
            (b"c:jar45.sbn", "a drive letter"),
            (b"jar45.sbn\0.txt", "a NUL octet in it"),
            (b"jar\x1b[2J.sbn", "control characters in it"),
            (b"", "nothing in it"),
            (b"./", "nothing in it"),
        ] {
            assert_eq!(EntryName::parse(raw), Err(why), "{}", String::from_utf8_lossy(raw));
        }
    }

    proptest! {
        #[test]
        fn no_name_that_is_taken_can_leave_its_folder(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(taken) = EntryName::parse(&raw) {
                prop_assert!(!taken.name.contains(['/', '\\', '\0']) && !taken.name.is_empty());
                prop_assert!(taken.name != ".." && taken.folder.split('/').all(|part| part != ".."));
            }
        }
    }
}
