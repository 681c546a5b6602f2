//! Practice without hardware: a made-up load of true structure, and simulated phones that fetch it.
//!
//! The phones are state machines without socket or clock, like the server: [`Wire`] joins the two under virtual time
//! for tests, and the `rehearse` command joins them over real UDP on loopback.

pub mod cast;
mod client;
mod configured;
pub mod dhcp;
mod life;
pub mod madeup;
mod phone;
#[cfg(test)]
mod plays;
mod script;
mod temperament;
mod wire;

pub use cast::{Part, Scenario};
pub use life::Tempo;
pub use phone::{Character, Destination, Input, SimPhone, Transmit};
pub use script::{End, Flashed};
pub use temperament::Temperament;
pub use wire::{RunEnd, Server, Wire};
