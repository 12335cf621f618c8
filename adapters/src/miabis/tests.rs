//! Expectations by hand.
