//! The rule of this program in the firewall: its name, whose it is, and whether a killed run left it behind.

use super::super::check::{Check, State};

/// The name of the rule that this program adds when the technician says so. By it the rule is found again.
pub const RULE: &str = "loadlift: phones in this subnet (temporary)";

/// What stands before the process id in the rule's description.
const OWNER: &str = "Process ";

/// The description that the rule gets, in Windows' own list of rules, for somebody who never heard of this program: what
/// it is for, and which process takes it away. Windows takes no `|` in it.
pub fn description(pid: u32) -> String {
    format!(
        "Lets Cisco phones in this laptop's own subnet fetch their firmware from loadlift by UDP (TFTP). loadlift added \
         this rule when the technician asked for it, and takes it away when it ends. If loadlift is not running, this rule \
         is left over from a run that was cut off and can be deleted. {OWNER}{pid}."
    )
}

/// The process that a rule's description names; `None` where it names none.
pub fn owner(description: &str) -> Option<u32> {
    let (_, behind) = description.rsplit_once(OWNER)?;
    behind.strip_suffix('.').unwrap_or(behind).parse().ok()
}

/// The command that takes a rule away by hand.
pub fn delete_command(rule: &str) -> String {
    format!("netsh advfirewall firewall delete rule name=\"{rule}\"")
}

/// The rule of this program, found in the firewall under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRule {
    /// The program that it lets in.
    pub program: String,
    /// The process that added it, as its description says.
    pub owner: Option<u32>,
    /// Whether that process is this one.
    pub is_ours: bool,
    /// The program that runs as that process now, the file's name only; `None` if none does, or nobody may know it.
    pub running: Option<String>,
}

impl OwnRule {
    /// Whether nobody is left to take it away: its process is over, or its number is another program's by now. `holds`
    /// says whether this very process has added one; where it has not, a rule of its number is from before its time.
    pub fn is_left_over(&self, holds: bool) -> bool {
        let file = |path: &str| path.rsplit(['\\', '/']).next().unwrap_or(path).to_ascii_lowercase();
        if self.is_ours {
            return !holds;
        }
        self.owner.is_none()
            || self.running.as_ref().is_none_or(|running| file(running) != file(&self.program))
    }
}

/// What is to be said of a rule that was left behind; `None` if there is none.
pub(super) fn left_over(own: Option<&OwnRule>) -> Option<Check> {
    let rule = own.filter(|rule| rule.is_left_over(true))?;
    let reason = format!(
        "an earlier loadlift was killed and left its rule `{RULE}` in the firewall: it still lets {} in",
        rule.program
    );
    let next = vec![
        "`loadlift serve` and the wizard take it away when they begin, as administrator.".to_owned(),
        format!("Or by hand, as administrator: `{}`.", delete_command(RULE)),
    ];
    Some(Check::new("left-over", State::Warn, "firewall-rule-left", reason, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_says_to_whoever_finds_it_what_it_is_for_and_that_it_can_go() {
        let said = description(4711);
        for words in ["loadlift", "UDP", "own subnet", "can be deleted"] {
            assert!(said.contains(words), "{words}");
        }
        // What the firewall refuses in a name or a description.
        assert!(![RULE, said.as_str()].iter().any(|text| text.contains('|') || text.contains("  ")));
        assert_eq!(owner(&said), Some(4711));
    }

    fn rule(owner: Option<u32>, running: Option<&str>) -> OwnRule {
        let running = running.map(str::to_owned);
        OwnRule { program: r"E:\kit\loadlift.exe".into(), owner, is_ours: false, running }
    }

    #[test]
    fn the_description_says_whose_the_rule_is_and_foreign_ones_say_nothing() {
        assert_eq!(owner(&description(4711)), Some(4711));
        assert_eq!(owner("Added by loadlift while it serves phones; it takes it away at its end."), None);
        for odd in ["", "Process ", "Process x.", "Process -1.", "Process 99999999999."] {
            assert_eq!(owner(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_rule_is_left_over_once_no_loadlift_runs_as_the_process_that_added_it() {
        assert!(rule(None, None).is_left_over(false), "an older version named no process");
        assert!(rule(Some(4711), None).is_left_over(false), "the process is over");
        assert!(
            rule(Some(4711), Some("notepad.exe")).is_left_over(false),
            "the number went to another program"
        );
        assert!(!rule(Some(4711), Some("LOADLIFT.EXE")).is_left_over(false), "it still serves");
        let ours = OwnRule { is_ours: true, ..rule(Some(4711), Some("loadlift.exe")) };
        assert!(!ours.is_left_over(true), "it is this run's");
        assert!(ours.is_left_over(false), "this run has not added one yet");
    }

    #[test]
    fn a_left_over_is_named_with_the_command_and_a_rule_in_use_is_not() {
        let check = left_over(Some(&rule(None, None))).unwrap();
        assert_eq!((check.state, check.code), (State::Warn, "firewall-rule-left"));
        let command = format!("`netsh advfirewall firewall delete rule name=\"{RULE}\"`");
        assert!(check.next[1].contains(&command), "{check:?}");
        assert!(check.reason.contains(r"E:\kit\loadlift.exe"), "{check:?}");
        let busy = rule(Some(4711), Some("loadlift.exe"));
        assert_eq!(left_over(Some(&busy)), None);
        assert_eq!(left_over(None), None);
    }
}
