//! What is drawn on a terminal: pure functions of what is known, and the terminal that they are drawn on.

pub mod fleet_table;
pub mod live;
pub mod screens;
pub mod symbols;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod widgets;
pub mod wizard;
