//! Exports that a careless reader misreads.
