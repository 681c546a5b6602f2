//! What the guide says on the isolated bench.

use super::Guide;
use crate::ui::screens::Scene;

/// Why the bench's DHCP server has ended, if this is a bench and it has.
pub(super) fn stopped<'s>(scene: &Scene<'s>) -> Option<&'s str> {
    scene.at.fleet.bench().filter(|_| scene.model.is_bench())?.stopped.as_deref()
}

/// While it begins, and when one came back to the step in which it was chosen.
pub(super) fn begins(scene: &Scene<'_>) -> Guide {
    if stopped(scene).is_some() {
        return off(scene);
    }
    let begun = scene.model.is_bench();
    Guide {
        good: begun.then_some(true),
        checked: if begun {
            "no other DHCP server was heard; phones get their address here".into()
        } else {
            "the interface is looked at; other DHCP servers are listened for".into()
        },
        now: if begun { "Press Enter to go on to the phones.".into() } else { "Wait some seconds.".into() },
        otherwise: "two DHCP servers on one network disturb everybody on it".into(),
    }
}

/// Once it has ended by itself: files are served on, and phones keep their addresses for a while.
pub(super) fn off(scene: &Scene<'_>) -> Guide {
    Guide {
        good: Some(false),
        checked: format!("DHCP is off: {}", stopped(scene).unwrap_or_default()),
        now: "Files are served on. Unplug that server, or go back with Esc to begin DHCP anew.".into(),
        otherwise: "phones keep their address for half an hour, new ones get none".into(),
    }
}

/// When the phones are done.
pub(super) fn after(scene: &Scene<'_>) -> Guide {
    let has_ended = stopped(scene).is_some();
    Guide {
        good: has_ended.then_some(true),
        checked: "no DHCP server but this laptop was ever told anything".into(),
        now: if has_ended {
            "Press Enter: the report is made.".into()
        } else {
            "Press Enter when the phones are done: DHCP ends, and the report is made.".into()
        },
        otherwise: "phones that stay here go on asking this laptop for their address".into(),
    }
}
