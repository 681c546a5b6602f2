//! Practice without hardware: a made-up load of true structure, and simulated phones that fetch it.

pub mod madeup;
