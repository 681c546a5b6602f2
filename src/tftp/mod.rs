//! TFTP without sockets or clock: packets, options, one transfer, the endpoint that owns them all.

mod alarms;
pub mod endpoint;
pub mod event;
mod eviction;
mod gate;
pub mod options;
pub mod packet;
pub mod rto;
mod slot;
pub mod transfer;

pub use endpoint::{Endpoint, MOST_OCTETS};
pub use event::{Event, Progress};
pub use options::Willing;
pub use slot::{Channel, Route, Settings};
pub use transfer::Outcome;
