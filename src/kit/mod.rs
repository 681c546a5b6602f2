//! The kit: a plain folder with loads, programs and session logs, described by its `kit.toml`.
//!
//! Pure: the description as values, what follows from it for each model, and what a check of the folder means. The
//! folder itself is the business of `store`.

mod check;
mod description;
mod names;
mod programs;
mod readme;
mod status;
mod system;

pub use check::{Finding, Found, check};
pub use description::{Kit, KitError, KitFile, KitLoad, KitProgram, SCHEMA};
pub use names::{another_name, file_name, is_safe_path};
pub use programs::{SystemStatus, in_words, systems};
pub use readme::readme;
pub use status::{ModelStatus, status};
pub use system::{NoProgram, System, program_of, system_of};
