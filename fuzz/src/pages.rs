//! A phone's web pages: a reply that comes in any pieces, and whatever stands in it.
//!
//! In however many pieces it comes, a reply says the same; nothing grows beyond its limit; and what is taken out of a
//! page is short, printable, and can be written into a log and read back.

use loadlift::fleet::Mac;
use loadlift::phone_pages::{Facts, LONGEST, Proof, Reply, ReplyError};

use super::script::Script;

/// Longest text that is kept of a page, in characters (`printable` may add one for what was cut).
const LONGEST_TEXT: usize = 81;

/// Try one input: an octet that chooses between a page and a reply, then either.
pub fn check(input: &[u8]) {
    match input.split_first() {
        Some((0, page)) => {
            let mut facts = Facts::default();
            read(&mut facts, page);
        }
        Some((_, rest)) => reply(rest),
        None => {}
    }
}

/// The first octet says in which pieces the rest comes.
fn reply(input: &[u8]) {
    let Some((pieces, octets)) = input.split_first() else { return };
    let at_once = whole(octets);
    let in_pieces = in_pieces(octets, usize::from(*pieces).max(1));
    if octets.len() <= LONGEST {
        assert_eq!(at_once, in_pieces, "in pieces of {pieces} it says something else");
    }
    let Ok(page) = in_pieces else { return };
    assert!(page.len() <= LONGEST);
    let mut facts = Facts::default();
    read(&mut facts, &page);
    // Its second page, and the same phone again: whatever is known stays known.
    let mut script = Script::new(octets);
    read(&mut facts, script.piece());
    read(&mut facts, &page);
}

fn whole(octets: &[u8]) -> Result<Vec<u8>, ReplyError> {
    let mut reply = Reply::default();
    reply.take(octets)?;
    reply.page()
}

fn in_pieces(octets: &[u8], length: usize) -> Result<Vec<u8>, ReplyError> {
    let mut reply = Reply::default();
    for piece in octets.chunks(length) {
        if reply.take(piece)? {
            break;
        }
    }
    reply.page()
}

fn read(facts: &mut Facts, page: &[u8]) {
    let before = facts.clone();
    if !facts.read(page) {
        assert_eq!(*facts, before, "nothing is taken of what is no page");
        return;
    }
    let texts = [&facts.app_load, &facts.version, &facts.model, &facts.serial].into_iter().flatten();
    for text in texts {
        assert!(!text.is_empty() && text.chars().count() <= LONGEST_TEXT, "{text:?}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
    assert!(facts.tftp.len() <= 2 && !facts.tftp.iter().any(|address| address.is_unspecified()));
    let known = |was: bool, is: bool| !was || is;
    assert!(known(before.mac.is_some(), facts.mac.is_some()), "a MAC was forgotten");
    assert!(known(before.runs().is_some(), facts.runs().is_some()), "a load was forgotten");
    let text = serde_json::to_string(facts).expect("facts can be written");
    let again: Facts = serde_json::from_str(&text).expect("what was written reads back");
    assert_eq!(again, *facts);
    for meant in [None, facts.mac, Some(Mac([9; 6]))] {
        let proof = Proof::Says(facts.clone()).of_phone(meant);
        assert!(!proof.words(facts.tftp.first().copied()).is_empty());
        let _ = proof.is_confirmed(None);
    }
}
