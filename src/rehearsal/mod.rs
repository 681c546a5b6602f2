//! Room `rehearsal`.
