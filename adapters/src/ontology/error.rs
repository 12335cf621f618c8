//! Why a release is refused.

use std::fmt;

use thiserror::Error;

/// Where in a file something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of OBO text, from 1.
    Line(u64),
    /// A node of OBO-graph JSON: `graphs[graph].nodes[node]`, both from 0.
    Node {
        /// The graph.
        graph: usize,
        /// The node.
        node: usize,
    },
}

impl Default for Place {
    fn default() -> Self {
        Self::Line(1)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Node { graph, node } => write!(f, "graphs[{graph}].nodes[{node}]"),
        }
    }
}

/// Why a release is refused. Nothing of the file is repeated but ids of terms.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OntologyError {
    /// It is, or unpacks to, more than is read.
    #[error("the file has more than {limit_bytes} bytes when unpacked")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// It has more terms than are read.
    #[error("the file has more than {limit} terms")]
    TooManyTerms {
        /// The limit.
        limit: usize,
    },
    /// It begins as gzip does, and does not go on so.
    #[error("the gzip file is damaged or cut short")]
    Gzip,
    /// Neither OBO text nor JSON.
    #[error("the file is neither OBO text (it has no `format-version:` and no `[Term]`) nor OBO-graph JSON")]
    UnknownFormat,
    /// OBO text of another version.
    #[error("line {line}: `format-version` 1.2 or 1.4 is expected")]
    UnknownFormatVersion {
        /// From 1.
        line: u64,
    },
    /// OBO text that is not UTF-8.
    #[error("line {line}: the text is not UTF-8")]
    NotUtf8 {
        /// From 1.
        line: u64,
    },
    /// A line of OBO text that is not as it must be.
    #[error("line {line}: {expected}")]
    Malformed {
        /// From 1.
        line: u64,
        /// What is expected there.
        expected: &'static str,
    },
    /// OBO text that ends within something.
    #[error("line {line}: the file ends in the middle of a term; it is cut short")]
    CutShort {
        /// From 1.
        line: u64,
    },
    /// Not JSON, or JSON that ends too early.
    #[error("line {line}, column {column}: the JSON is damaged or cut short")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// JSON of another kind.
    #[error("line {line}, column {column}: the JSON is not an OBO graph document (`graphs[]` with `nodes[]` and `edges[]`)")]
    NotOboGraph {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A `[Term]` without `id`.
    #[error("line {line}: the term that begins here has no `id`")]
    MissingId {
        /// Where the stanza begins, from 1.
        line: u64,
    },
    /// The file does not say which release it is, so that no answer could say what it was counted by.
    #[error("the file names no release (`data-version`, `owl:versionInfo` or `date`; in JSON `meta.version`)")]
    MissingVersion,
    /// There is no term in it.
    #[error("the file has no terms")]
    Empty,
    /// Two terms of one id.
    #[error("{place}: {id} stands already at {earlier}")]
    DuplicateTerm {
        /// The id.
        id: String,
        /// The second one.
        place: Place,
        /// The first one.
        earlier: Place,
    },
    /// A term is under a term of the same prefix that the file does not have.
    #[error("{place}: {id} is under {parent}, which is not in the release; the file may be cut short")]
    UnknownParent {
        /// The term.
        id: String,
        /// What it is under.
        parent: String,
        /// The term's place.
        place: Place,
    },
    /// An edge begins at a term of the release's prefix that the file does not have.
    #[error("an `is_a` edge is about {id}, which is not in the release")]
    UnknownTerm {
        /// The term.
        id: String,
    },
    /// A term is under itself.
    #[error("{place}: {id} is under itself by `is_a`")]
    Cycle {
        /// One of the terms of the circle.
        id: String,
        /// Its place.
        place: Place,
    },
    /// The imported terms between the release's own are connected in too many ways to be followed.
    #[error("the imported terms between terms of {prefix} are too many to be followed")]
    TooTangled {
        /// The release's prefix.
        prefix: String,
    },
}
