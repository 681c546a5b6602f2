//! The parts that screens are made of. Each is a pure function of what it is given; none of them decides anything.

pub mod address;
pub mod bar;
pub mod column;
pub mod dialog;
pub mod field;
pub mod fleet;
pub mod glyphs;
pub mod help;
pub mod key_bar;
pub mod keypad;
pub mod lamps;
pub mod list;
pub mod log;
pub mod phone;
pub mod problem;
pub mod rail;
pub mod spark;
pub mod stages;
