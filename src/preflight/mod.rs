//! Is this laptop ready to serve phones, and if not, what stands in the way: facts in, checks with a state, a reason
//! and the next step out.
//!
//! The shell gathers the facts (`platform`, `net`); what they mean is decided here, and is the same for the wizard's
//! step Interface and for `loadlift check`.

mod port;

pub use port::Holder;
