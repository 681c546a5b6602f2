//! What a session log says of this laptop itself, in a technician's words.

use super::firewall::delete_command;
use crate::journal::Event;

/// One line for an event about this laptop's own network and firewall, without a full stop; `None` for all others.
pub fn words(event: &Event) -> Option<String> {
    Some(match event {
        Event::AddressGone { interface, address, now } => {
            let who = if interface.is_empty() { "this laptop" } else { interface };
            let rest = match now.as_slice() {
                [] => "no phone is served until it is back: see to the cable and the address".to_owned(),
                now => {
                    let now: Vec<String> = now.iter().map(ToString::to_string).collect();
                    format!(
                        "it has {} now; no phone is served until {address} is back: set it by hand, since option 150 names it",
                        now.join(", ")
                    )
                }
            };
            format!("{who} lost the address {address}; {rest}")
        }
        Event::AddressBack { address } => format!("{address} is back: phones are served again"),
        Event::Neighbour { phone, mac } => format!("{phone} is {mac}, by the neighbour table"),
        Event::Symptom { title, .. } => title.clone(),
        Event::FirewallOpening { rule, program } => {
            format!(
                "the rule `{rule}` for {program} is about to be added to the firewall, as the technician said"
            )
        }
        Event::FirewallNotOpened { rule, why } => {
            format!("the rule `{rule}` was not added to the firewall: {why}")
        }
        Event::FirewallLeftOver { rule, stays: None, .. } => format!(
            "an earlier loadlift was killed and left its rule `{rule}` in the firewall; it is taken away now"
        ),
        Event::FirewallLeftOver { rule, stays: Some(why), .. } => format!(
            "an earlier loadlift was killed and left its rule `{rule}` in the firewall, and there it stays: {why}. As administrator: `{}`",
            delete_command(rule)
        ),
        Event::FirewallOpened { rule, program } => {
            format!("the firewall lets phones in to {program} by the rule `{rule}`, as the technician said")
        }
        Event::FirewallClosed { rule } => format!("the rule `{rule}` is out of the firewall again"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_lost_address_says_what_the_interface_has_instead_and_what_to_do() {
        let gone = |now: &[Ipv4Addr]| {
            let address = Ipv4Addr::new(10, 1, 1, 5);
            words(&Event::AddressGone { interface: "eth0".into(), address, now: now.to_vec() }).unwrap()
        };
        assert_eq!(
            gone(&[]),
            "eth0 lost the address 10.1.1.5; no phone is served until it is back: see to the cable and the address"
        );
        assert!(gone(&[Ipv4Addr::new(10, 1, 1, 77)]).contains("it has 10.1.1.77 now"));
        assert_eq!(words(&Event::Override { what: "x".into() }), None);
    }
}
