//! Firmware of the series: names and releases, file formats, loads, and the set that is served.

pub mod archive;
pub mod archive_name;
pub mod bundle;
pub mod configuration;
pub mod damage;
pub mod image;
pub mod load;
pub mod load_name;
pub mod manifest;
pub mod path;
pub mod problem;
pub mod signed;
pub mod version;
mod version_cursor;
pub mod version_error;
pub mod window;

pub use archive_name::ArchiveName;
pub use bundle::{Bundle, BundleFile};
pub use load::{Load, Reading, Verdict};
pub use load_name::{LoadName, StatedLoad};
pub use path::Plan;
pub use version::{Comparison, Protocol, Release, Special};
pub use version_error::NameError;
pub use window::{Judgement, Standing, judge};
