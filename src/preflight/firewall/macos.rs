//! The application firewall of macOS, from `socketfilterfw`.

use super::{NAME, Told, Untold};
use crate::preflight::check::{Check, State};

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MacFirewall {
    /// `--getglobalstate`.
    pub state: Told,
    /// `--getblockall`.
    pub block_all: Told,
    /// `--getappblocked PROGRAM`.
    pub program: Told,
}

pub(super) fn check(firewall: &MacFirewall, program: &str) -> Check {
    let tool = "/usr/libexec/ApplicationFirewall/socketfilterfw";
    let allow = format!(
        "Allow this program: `sudo {tool} --add '{program}' && sudo {tool} --unblockapp '{program}'`."
    );
    let state = match &firewall.state {
        Ok(state) => state,
        Err(why) => {
            let why = match why {
                Untold::Missing => "its tool is not here".to_owned(),
                Untold::NoRights => "not without rights".to_owned(),
                Untold::Failed(why) => why.clone(),
            };
            let reason = format!("the application firewall cannot be read: {why}");
            return Check::new(NAME, State::Unknown, "firewall-no-rights", reason, vec![allow]);
        }
    };
    if state.contains("State = 0") {
        return Check::ok(NAME, "firewall-off", "the application firewall is off");
    }
    // `State = 2` is "block all incoming connections" in older systems.
    let all = state.contains("State = 2")
        || firewall.block_all.as_ref().is_ok_and(|told| {
            let told = told.to_lowercase();
            told.contains("enabled") || told.contains("set to block all")
        });
    if all {
        let next = format!("Switch that off while you work: `sudo {tool} --setblockall off`.");
        let reason = "the application firewall blocks all that comes in";
        return Check::new(NAME, State::Bad, "firewall-blocks", reason, vec![next]);
    }
    // What is not told is not taken for a firewall that lets in.
    let untold = match (&firewall.block_all, &firewall.program) {
        (Err(why), _) => Some(("whether it blocks all that comes in", why)),
        (_, Err(why)) => Some(("what it says of this program", why)),
        _ => None,
    };
    if let Some((what, why)) = untold {
        let why = match why {
            Untold::Failed(why) => why.as_str(),
            Untold::Missing | Untold::NoRights => "not without rights",
        };
        let reason = format!("the application firewall is on; {what} cannot be read: {why}");
        let steps = vec![format!("See for certain: `sudo '{program}' check`."), allow];
        return Check::new(NAME, State::Unknown, "firewall-no-rights", reason, steps);
    }
    match firewall.program.as_ref().map(|told| told.to_lowercase()) {
        Ok(told) if told.contains("permitted") => {
            Check::ok(NAME, "firewall-lets-in", "the application firewall lets this program in")
        }
        Ok(told) if told.contains("blocked") => {
            let reason = "the application firewall blocks this program";
            Check::new(NAME, State::Bad, "firewall-blocks", reason, vec![allow])
        }
        _ => {
            let reason = "the application firewall is on and does not know this program: it will ask when the first phone comes";
            let now = "Press Allow when the window appears.".into();
            Check::new(NAME, State::Warn, "firewall-asks", reason, vec![now, allow])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(state: &str, block_all: &str, program: &str) -> (State, &'static str) {
        let told = |text: &str| Ok(text.to_owned());
        let firewall = MacFirewall { state: told(state), block_all: told(block_all), program: told(program) };
        let check = check(&firewall, "/Applications/loadlift");
        (check.state, check.code)
    }

    #[test]
    fn what_the_tool_does_not_tell_is_unknown_and_never_let_in() {
        let told = |text: &str| -> Told { Ok(text.to_owned()) };
        let firewall = |block_all: Told, program: Told| MacFirewall {
            state: told("Firewall is enabled. (State = 1)"),
            block_all,
            program,
        };
        let permitted = || told("Incoming connection to the application is permitted");
        for unread in [
            firewall(Err(Untold::NoRights), permitted()),
            firewall(told("Block all DISABLED!"), Err(Untold::Failed("no answer".into()))),
        ] {
            let found = check(&unread, "/Applications/loadlift");
            assert_eq!((found.state, found.code), (State::Unknown, "firewall-no-rights"), "{unread:?}");
            assert!(found.next[0].contains("sudo '/Applications/loadlift' check"), "{found:?}");
        }
    }

    #[test]
    fn each_answer_of_the_tool_is_understood() {
        let on = "Firewall is enabled. (State = 1)";
        let none = "Block all DISABLED!";
        assert_eq!(judged("Firewall is disabled. (State = 0)", none, ""), (State::Ok, "firewall-off"));
        assert_eq!(judged(on, "Block all ENABLED!", ""), (State::Bad, "firewall-blocks"));
        assert_eq!(
            judged(on, none, "Incoming connection to the application is permitted"),
            (State::Ok, "firewall-lets-in")
        );
        assert_eq!(
            judged(on, none, "Incoming connection to the application is blocked"),
            (State::Bad, "firewall-blocks")
        );
        assert_eq!(
            judged(on, none, "The application is not part of the firewall"),
            (State::Warn, "firewall-asks")
        );
        let nothing = MacFirewall {
            state: Err(Untold::NoRights),
            block_all: Err(Untold::NoRights),
            program: Err(Untold::Missing),
        };
        assert_eq!(check(&nothing, "/x").state, State::Unknown);
    }
}
