//! What is drawn on a terminal: pure functions of what is known, and the terminal that they are drawn on.

pub mod fleet_table;
pub mod live;
