//! What is known of each phone, from its requests alone: a pure reducer of session events.
//!
//! The same log gives the same fleet. No clock: whoever asks brings the time.

mod mac;
mod stage;

pub use mac::Mac;
pub use stage::Stage;
