//! Why a release is refused.

use std::fmt;

use thiserror::Error;

/// A place in a file.
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

/// Why a release is refused. An error repeats no text of the file except ids of terms.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OntologyError {
    /// The file is larger than the limit, as received or uncompressed.
    #[error("the file has more than {limit_bytes} bytes when unpacked")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The file has more terms than the limit.
    #[error("the file has more than {limit} terms")]
    TooManyTerms {
        /// The limit.
        limit: usize,
    },
    /// The file begins like gzip, but its data is damaged.
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
    /// A line of OBO text that breaks the syntax.
    #[error("line {line}: {expected}")]
    Malformed {
        /// From 1.
        line: u64,
        /// The expected form of the line.
        expected: &'static str,
    },
    /// OBO text that ends inside an entry.
    #[error("line {line}: the file ends inside a term; it is cut short")]
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
        /// The first line of the stanza, from 1.
        line: u64,
    },
    /// The file does not name its release, so an answer could not name the release with which it was computed.
    #[error("the file names no release (`data-version`, `owl:versionInfo` or `date`; in JSON `meta.version`)")]
    MissingVersion,
    /// The file contains no term.
    #[error("the file has no terms")]
    Empty,
    /// Two terms have one id.
    #[error("{place}: {id} occurs already at {earlier}")]
    DuplicateTerm {
        /// The id.
        id: String,
        /// The second place.
        place: Place,
        /// The first place.
        earlier: Place,
    },
    /// A term's parent has the release's prefix, but the file does not contain the parent.
    #[error("{place}: {id} has the parent {parent}, which is not in the release; the file may be cut short")]
    UnknownParent {
        /// The term.
        id: String,
        /// The parent.
        parent: String,
        /// The term's place.
        place: Place,
    },
    /// An edge begins at a term of the release's prefix, but the file does not contain the term.
    #[error("an `is_a` edge begins at {id}, which is not in the release")]
    UnknownTerm {
        /// The term.
        id: String,
    },
    /// A term is its own ancestor.
    #[error("{place}: {id} is its own ancestor by `is_a`")]
    Cycle {
        /// One of the terms of the circle.
        id: String,
        /// Its place.
        place: Place,
    },
    /// The paths through imported terms between the release's own terms are too many to follow.
    #[error("the imported terms between terms of {prefix} have too many paths to follow")]
    TooTangled {
        /// The release's prefix.
        prefix: String,
    },
}
