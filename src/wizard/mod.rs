//! The wizard: the whole recovery as steps that carry proofs, drafts that survive Back, and one update.
//!
//! Pure: [`Model::update`] takes what happened and the moment, and answers what is to be done. Nothing here draws,
//! waits or touches the system. Next is the only gate; Back never validates. Late answers to a step already left are
//! told by their [`Ticket`] and ignored. [`keys::table`] is the one list of keys: input, key bar and help alike.

mod ask;
mod asking;
mod bench;
mod coach;
mod dialog;
mod field;
mod go;
mod interface;
mod key;
pub mod keys;
mod loads;
mod log;
mod model;
mod msg;
mod option150;
mod path;
mod proofs;
pub mod replay;
mod step;
mod transfer;
mod unfinished;
mod update;

pub use asking::{Asked, Asking, DhcpQuestion, Heard, Played, Proof, Running, Voice, voices};
pub use bench::{AddressOffer, BenchState};
pub use coach::{Beat, Coach, CoachView, Turn, models};
pub use dialog::{Ask, Dialog, Notice, Tone};
pub use field::TextField;
pub use interface::{Check, Interface, InterfaceDraft};
pub use key::Key;
pub use keys::{Action, Binding};
pub use loads::LoadDraft;
pub use log::{Log, LogLine};
pub use model::{Model, ReportDraft, Settings, SiteField, WelcomeChoice, WelcomeDraft};
pub use msg::{Effect, Moment, Msg, Spot, Ticket};
pub use option150::{
    Commands, Option150Draft, Option150Focus, ServerCommands, hex, parse, parse_also, server_commands,
};
pub use path::{FamilyChoice, PathAnswer, PathDraft, PathFocus, families};
pub use step::{
    Announced, CheckedInterface, CheckedLoads, Finished, Mode, Serving, Step, StepKind, WentBack,
};
pub use transfer::{Filter, Sort, TransferDraft, busy_phones, is_busy, phones_not_back, throughput};
pub use unfinished::{Left, REHEARSAL, Unfinished, unfinished};
