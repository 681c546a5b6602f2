//! Firmware of the series: names and releases, file formats, loads, and the set that is served.

pub mod archive;
pub mod bundle;
pub mod damage;
pub mod image;
pub mod manifest;
pub mod problem;
pub mod signed;

pub use bundle::{Bundle, BundleFile};
