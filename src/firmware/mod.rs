//! Firmware of the series: names and releases, file formats, loads, and the set that is served.

pub mod bundle;

pub use bundle::{Bundle, BundleFile};
