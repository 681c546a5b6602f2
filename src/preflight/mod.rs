//! Is this laptop ready to serve phones, and if not, what stands in the way: facts in, checks with a state, a reason
//! and the next step out.
//!
//! The shell gathers the facts (`platform`, `net`); what they mean is decided here, and is the same for the wizard's
//! step Interface and for `loadlift check`. Deliberately without a verdict over the network beyond this laptop: what a
//! phone's silence means is the symptom table's ([`symptom`]).

mod check;
mod facts;
pub mod firewall;
mod interface;
mod network;
mod port;
mod rights;
mod symptoms;
mod telling;

pub use check::{Check, State, System, worst_first};
pub use facts::{Facts, SelfRead};
pub use interface::{Interface, Kind, Origin, Unsuitable, sort};
pub use port::{Holder, Opening, PortFacts, all_words, holder_advice};
pub use rights::{LowPorts, Mount, Rights, right_advice};
pub use symptoms::{Symptom, symptom};
pub use telling::words;
