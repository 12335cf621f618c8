//! Shows of every check that it can fail.
