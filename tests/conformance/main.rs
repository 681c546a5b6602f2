//! The TFTP server as a stranger sees it: every rule of RFC 1350, 2347, 2348, 2349, 7440 and 1123 section 4.2.3.1 as a
//! named case over real sockets, and what abuse must not do.
//!
//! The cases are tried themselves: a second, small server has a switch for each way to break a rule. Right, it passes
//! all; with a defect, the case that is about it must fail, and every case has a defect that it alone stands for.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod cases;
mod client;
mod defect;
mod naive;
mod subject;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Instant;

use cases::Case;
use defect::Defect::{self, *};
use subject::Subject;

#[expect(clippy::disallowed_methods, reason = "a test over real sockets measures real time")]
fn now() -> Instant {
    Instant::now()
}

fn passes_all(subject: &Subject) {
    let failed: Vec<String> = cases::all()
        .filter_map(|case| (case.run)(subject).err().map(|why| format!("{}\n    {why}", case.name)))
        .collect();
    assert!(failed.is_empty(), "{} rules are broken:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn the_server_keeps_every_rule() {
    passes_all(&Subject::product(false));
}

#[test]
fn the_server_keeps_every_rule_from_a_single_port() {
    passes_all(&Subject::product(true));
}

#[test]
fn the_small_server_of_these_tests_keeps_every_rule_too() {
    passes_all(&Subject::naive(None));
}

/// Each defect, and the case that must notice it.
const NOTICED: &[(Defect, &str)] = &[
    (AnswersFromTheRequestPort, "1350/4: a transfer has a port"),
    (BeginsWithBlockZero, "1350/2: the first block"),
    (SendsTheFirstBlockTwiceOver, "1350/2: every octet arrives"),
    (LeavesOutTheEmptyLastBlock, "1350/6: a file of whole blocks"),
    (LeavesAnEmptyFileUnanswered, "1350/6: an empty file"),
    (RunsAhead, "1350/2: no block is sent before"),
    (NeverRepeats, "1350/2: a block that nobody acknowledges"),
    (RepeatsAllTheTime, "1123/4.2.3.2: repeats to a silent"),
    (AnswersTheFinalAckAgain, "1350/6: after the last ACK"),
    (AnswersEveryRepeatedAck, "1123/4.2.3.1: a repeated ACK"),
    (AnswersEveryRepeatedAck, "1123/4.2.3.1: with every ACK sent twice"),
    (TakesAcksFromAnybody, "1350/4: a packet from another port does not move"),
    (SaysNothingToStrangers, "1350/4: a packet from another port gets"),
    (EndsWhenAStrangerSpeaks, "1350/4: a packet from another port does not end"),
    (AnswersErrors, "1350/4: an ERROR is never answered"),
    (RefusesWithCodeZero, "1350/5: a file that is not there"),
    (DoesNotEndItsErrorText, "1350/5: the text of an ERROR"),
    (EchoesNamesIntoErrors, "abuse: a long name"),
    (AcceptsWrites, "1350/5: a request to write"),
    (SendsNetasciiAsOctet, "1350/1: netascii"),
    (KnowsModesInLowerCaseOnly, "1350/5: a mode is known"),
    (ServesAnyMode, "1350/5: a mode that is none"),
    (GoesOnAfterAnError, "1350/7: an ERROR of the client"),
    (OneTransferForEachHost, "1350/4: two transfers"),
    (WrapsToBlockOne, "1350/5: block numbers wrap"),
    (SilentToMalformedRequests, "1350/5: a request whose texts"),
    (ServesAnEmptyName, "1350/5: a request without a name"),
    (SendsNoOack, "2347: options that are granted"),
    (OffersWhatNobodyAskedFor, "2347: nothing is in the OACK"),
    (EchoesUnknownOptions, "2347: an option that nobody knows"),
    (KnowsOptionsInLowerCaseOnly, "2347: names of options"),
    (SendsBlocksWithTheOack, "2347: no block comes before ACK 0"),
    (FallsBackWhenRefused, "2347: an ERROR for the OACK"),
    (NeverRepeatsTheOack, "2347: an OACK that nobody"),
    (StartsAnotherForARepeat, "1350/4: a repeated request"),
    (UsesTheLastOfTwo, "2347: an option given twice"),
    (TakesAnyAckForTheOffer, "2347: only ACK 0"),
    (SilentToACutOption, "2347: a request whose last option"),
    (SaysABlksizeAndSends512, "2348: blocks have the size"),
    (RoundsTheBlksizeUp, "2348: no more is granted"),
    (GrantsTinyBlocks, "2348: a block size under 8"),
    (GrantsHugeBlocks, "2348: a block size over 65464"),
    (ReadsJunkAsNumbers, "2348: what is no number"),
    (EchoesTheTsize, "2349: tsize is answered"),
    (TellsTheWrongTsizeInNetascii, "2349: tsize in netascii"),
    (IgnoresTheIntervalItGranted, "2349: the interval that was granted"),
    (CutsTheIntervalToAnOctet, "2349: an interval outside"),
    (SendsOneBlockOfAWindow, "7440/3: a whole window"),
    (SendsOneBlockMore, "7440/3: no more than a window"),
    (WaitsAfterAGap, "7440/4: after a gap"),
    (WaitsWhenAWindowsFirstBlockIsLost, "7440/4: a window whose first block"),
    (AnswersEveryRepeatedAckOfAWindow, "1123/4.2.3.1: repeated ACKs of a window"),
    (GrantsAnyWindow, "7440/3: one request does not draw"),
    (GrantsAnEmptyWindow, "7440/3: a window of 0"),
    (SendsTheFirstBlockTwiceOver, "7440/3: every octet arrives"),
    (EndsOnNoise, "abuse: truncated and senseless"),
    (SkipsToFutureBlocks, "abuse: an ACK of a block"),
    (FollowsPaths, "abuse: names are keys"),
    (KnowsNamesByCase, "field: names match"),
    (IgnoresANewRequestFromTheSamePort, "field: another file from the same port"),
    (KeepsThePortForTheNextTransfer, "field: the next transfer"),
    (EndsOnWhatIsOutOfTurn, "abuse: opcodes out of turn"),
    (AnswersEachRequestTwice, "abuse: ten thousand copies"),
    (IgnoresPaddedAcks, "1350/2: an ACK with octets"),
    (ForgetsNothingAfterAnError, "field: a client that failed half-way"),
    (SendsTheFirstBlockTwiceOver, "field: a client that is gone"),
];

fn case_named(start: &str) -> &'static Case {
    let found: Vec<&Case> = cases::all().filter(|case| case.name.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "`{start}` names {} cases", found.len());
    found[0]
}

#[test]
fn every_case_can_fail() {
    let left = Mutex::new(NOTICED.iter());
    let missed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while let Some((defect, start)) = { left.lock().unwrap().next() } {
                    let subject = Subject::naive(Some(*defect));
                    if (case_named(start).run)(&subject).is_ok() {
                        missed.lock().unwrap().push(format!("{defect:?} passes \"{start}…\""));
                    }
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "defects that their case does not notice:\n{}", missed.join("\n"));
}

#[test]
fn every_case_has_a_defect_that_it_is_for() {
    let covered: BTreeMap<&str, Defect> =
        NOTICED.iter().map(|(defect, start)| (case_named(start).name, *defect)).collect();
    let without: BTreeSet<&str> =
        cases::all().map(|case| case.name).filter(|name| !covered.contains_key(name)).collect();
    assert!(without.is_empty(), "cases that nothing shows able to fail: {without:?}");
}
