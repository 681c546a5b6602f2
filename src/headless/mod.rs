//! Room `headless`.
