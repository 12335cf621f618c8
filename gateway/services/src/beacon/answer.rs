//! What a question was answered, before it is written as Beacon JSON.

use serde_json::{Map, Value};

/// The finding at the granularity that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Whether there is any.
    Boolean(bool),
    /// Exactly how many.
    Exact(u64),
    /// At least this many: the lower end of a logarithmic bucket.
    AtLeast(u64),
}

/// A finding and what has to be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The finding.
    pub finding: Finding,
    /// Statements for the answer's `info`: datasets asked, ontology releases used, terms that no release knows.
    pub info: Map<String, Value>,
}
