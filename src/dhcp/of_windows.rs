//! What the DHCP client of Windows answers, as data: options that lie somewhere in one buffer, and how large that buffer
//! has to be. Facts in, options out; the call itself is the platform's business.

use super::RawOption;

/// The first buffer, in octets: every answer that was ever seen in a packet fits.
pub const FIRST_ROOM: u32 = 4096;
/// Answers that are longer than this are not read, in octets.
const MOST_ROOM: u32 = 1 << 20;

/// One option of the answer, as the client describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The option's code.
    pub id: u32,
    /// The address at which its data begin; 0 where there are none.
    pub at: usize,
    /// Octets of data; 0 where the client does not have the option.
    pub octets: u32,
}

/// An answer that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The data of an option lie elsewhere than in the buffer.
    #[error("the data of option {0} lie outside the answer")]
    Outside(u32),
}

/// The options of an answer. `base` is the address of the buffer. An option without data is one that the client does
/// not have; one whose data are elsewhere is no option that is missing, but an answer that cannot be read.
pub fn options(buffer: &[u8], base: usize, entries: &[Entry]) -> Result<Vec<RawOption>, Unreadable> {
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| entry.octets > 0) {
        let data = || {
            let begin = entry.at.checked_sub(base)?;
            buffer.get(begin..begin.checked_add(entry.octets as usize)?)
        };
        let outside = Unreadable::Outside(entry.id);
        let code = u8::try_from(entry.id).map_err(|_| outside)?;
        found.push(RawOption { code, data: data().ok_or(outside)?.to_vec() });
    }
    Ok(found)
}

/// The next buffer, after one of `had` octets was too small and the client named `wanted`: more than both, since the
/// answer may have grown meanwhile. `None` where that is more than any honest answer has.
pub fn more_room(had: u32, wanted: u32) -> Option<u32> {
    let next = had.saturating_mul(2).max(wanted.saturating_add(wanted / 8));
    (next <= MOST_ROOM).then_some(next)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: usize = 0x7ff6_1000;

    #[test]
    fn options_are_read_where_they_lie_with_every_address_and_in_the_order_of_the_question() {
        // Option 66 with its closing NUL, then 150 with two addresses: as laid out one behind the other.
        let buffer = *b"10.1.1.10\0\x0a\x01\x01\x0a\x0a\x01\x01\x0b\xff\xff";
        let entries = [
            Entry { id: 150, at: BASE + 10, octets: 8 },
            Entry { id: 3, at: 0, octets: 0 },
            Entry { id: 66, at: BASE, octets: 10 },
        ];
        let found = options(&buffer, BASE, &entries).unwrap();
        assert_eq!(
            found,
            [
                RawOption { code: 150, data: vec![10, 1, 1, 10, 10, 1, 1, 11] },
                RawOption { code: 66, data: b"10.1.1.10\0".to_vec() },
            ]
        );
        assert_eq!(options(&buffer, BASE, &[]), Ok(Vec::new()));
    }

    #[test]
    fn data_that_lie_elsewhere_are_an_answer_that_cannot_be_read_and_no_missing_option() {
        let buffer = [0; 16];
        for (at, octets) in [(BASE - 1, 4), (BASE + 13, 4), (BASE + 16, 1), (0, 4), (usize::MAX, u32::MAX)] {
            let entry = Entry { id: 150, at, octets };
            assert_eq!(options(&buffer, BASE, &[entry]), Err(Unreadable::Outside(150)), "{at:#x} {octets}");
        }
        let beyond = Entry { id: 406, at: BASE, octets: 4 };
        assert_eq!(options(&buffer, BASE, &[beyond]), Err(Unreadable::Outside(406)));
    }

    #[test]
    fn the_buffer_grows_at_every_turn_and_not_for_ever() {
        assert_eq!(more_room(FIRST_ROOM, 5000), Some(8192));
        assert_eq!(more_room(FIRST_ROOM, 80_000), Some(90_000));
        assert_eq!(more_room(FIRST_ROOM, 0), Some(8192), "a client that names no size");
        assert_eq!(more_room(FIRST_ROOM, u32::MAX), None);
        let (mut room, mut turns) = (FIRST_ROOM, 0);
        while let Some(next) = more_room(room, room) {
            assert!(next > room);
            (room, turns) = (next, turns + 1);
        }
        assert!(turns < 10, "{turns}");
    }

    proptest! {
        #[test]
        fn no_answer_reads_what_is_not_in_it(
            octets in proptest::collection::vec(any::<u8>(), 0..64),
            entries in proptest::collection::vec((any::<u16>(), 0_usize..200, 0_u32..200), 0..8),
        ) {
            let entries: Vec<Entry> = entries
                .into_iter()
                .map(|(id, at, octets)| Entry { id: id.into(), at: BASE - 50 + at, octets })
                .collect();
            if let Ok(found) = options(&octets, BASE, &entries) {
                for option in found {
                    prop_assert!(octets.windows(option.data.len()).any(|part| part == option.data));
                }
            }
        }
    }
}
