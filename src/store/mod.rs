//! Files: where loads come from and where sessions are written. The only room that opens a file.

pub mod files;
pub mod incoming;
pub mod kit;
pub mod leases;
pub mod listed;
pub mod logs;
pub mod sessions;
pub mod set_address;
pub mod sources;
pub mod written;
