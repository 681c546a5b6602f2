//! TFTP without sockets or clock: packets, options, one transfer, the endpoint that owns them all.

mod alarms;
pub mod endpoint;
pub mod event;
pub mod options;
pub mod packet;
pub mod rto;
pub mod transfer;

pub use endpoint::{Channel, Endpoint, Route, Settings};
pub use event::{Event, Progress};
pub use options::Willing;
pub use transfer::Outcome;
