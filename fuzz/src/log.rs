//! A session log from anywhere: read line by line, applied to the fleet, and made a report.

use loadlift::fleet::MAX_PHONES;
use loadlift::journal::Record;
use loadlift::report::Builder;
use loadlift::timestamp::Timestamp;
use loadlift::wizard::unfinished;

/// Try one log.
pub fn check(input: &[u8]) {
    let records: Vec<Record> =
        input.split(|octet| *octet == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let mut builder = Builder::default();
    let mut fleet = loadlift::fleet::Fleet::new(std::iter::empty::<(String, String, String)>().collect());
    for record in &records {
        let line = serde_json::to_vec(record).expect("what was read can be written");
        let again: Record = serde_json::from_slice(&line).expect("and read again");
        assert_eq!(&again, record);
        builder.apply(record);
        fleet.apply(record);
        assert!(fleet.len() <= MAX_PHONES);
        for at in [record.at, Timestamp::default(), Timestamp::from_unix_millis(u64::MAX)] {
            for phone in fleet.phones(at) {
                let _ = (phone.stage(), phone.words());
            }
        }
    }
    let report = builder.report();
    let _ = (report.json(), report.markdown());
    let _ = unfinished(&records);
}
