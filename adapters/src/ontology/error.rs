//! The errors that refuse an ontology release.

use std::fmt;

use thiserror::Error;

/// A place in the file of an ontology release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of OBO text, counted from 1.
    Line(u64),
    /// A node of OBO-graph JSON: `graphs[graph].nodes[node]`, both counted from 0.
    Node {
        /// The index of the graph.
        graph: usize,
        /// The index of the node.
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
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// The file has more terms than the limit.
    #[error("the file has more than {limit} terms")]
    TooManyTerms {
        /// The maximum number of terms.
        limit: usize,
    },
    /// The file begins like gzip, but its data is damaged.
    #[error("the gzip file is damaged or cut short")]
    Gzip,
    /// The file is neither OBO text nor JSON.
    #[error("the file is neither OBO text (it has no `format-version:` and no `[Term]`) nor OBO-graph JSON")]
    UnknownFormat,
    /// The file is OBO text of a version that is not supported.
    #[error("line {line}: `format-version` 1.0, 1.2, 1.3 or 1.4 is expected")]
    UnknownFormatVersion {
        /// The line in the file, counted from 1.
        line: u64,
    },
    /// The file is OBO text, but not UTF-8.
    #[error("line {line}: the text is not UTF-8")]
    NotUtf8 {
        /// The line in the file, counted from 1.
        line: u64,
    },
    /// A line of OBO text violates the syntax.
    #[error("line {line}: {expected}")]
    Malformed {
        /// The line in the file, counted from 1.
        line: u64,
        /// The expected form of the line.
        expected: &'static str,
    },
    /// The OBO text ends inside an entry.
    #[error("line {line}: the file ends inside a term; it is cut short")]
    CutShort {
        /// The line in the file, counted from 1.
        line: u64,
    },
    /// The file is not JSON, or it is JSON that ends too early.
    #[error("line {line}, column {column}: the JSON is damaged or cut short")]
    NotJson {
        /// The line in the file, counted from 1.
        line: usize,
        /// The column in the line, counted from 1.
        column: usize,
    },
    /// The file is JSON, but not OBO-graph JSON.
    #[error("line {line}, column {column}: the JSON is not an OBO graph document (`graphs[]` with `nodes[]` and `edges[]`)")]
    NotOboGraph {
        /// The line in the file, counted from 1.
        line: usize,
        /// The column in the line, counted from 1.
        column: usize,
    },
    /// A `[Term]` stanza has no `id`.
    #[error("line {line}: the term that begins here has no `id`")]
    MissingId {
        /// The first line of the stanza, counted from 1.
        line: u64,
    },
    /// The file does not state its version. Answers must name the release with which they were computed, so the file is refused.
    #[error("the file names no release (`data-version`, `owl:versionInfo` or `date`; in JSON `meta.version`)")]
    MissingVersion,
    /// The file contains no term.
    #[error("the file has no terms")]
    Empty,
    /// Two terms have the same id.
    #[error("{place}: {id} occurs already at {earlier}")]
    DuplicateTerm {
        /// The id of both terms.
        id: String,
        /// The place of the second term.
        place: Place,
        /// The place of the first term.
        earlier: Place,
    },
    /// A term's parent has the release's prefix, but the file does not contain the parent.
    #[error("{place}: {id} has the parent {parent}, which is not in the release; the file may be cut short")]
    UnknownParent {
        /// The id of the term.
        id: String,
        /// The id of the missing parent.
        parent: String,
        /// The place of the term.
        place: Place,
    },
    /// An edge begins at a term of the release's prefix, but the file does not contain the term.
    #[error("an `is_a` edge begins at {id}, which is not in the release")]
    UnknownTerm {
        /// The id of the missing term.
        id: String,
    },
    /// A term is its own ancestor.
    #[error("{place}: {id} is its own ancestor by `is_a`")]
    Cycle {
        /// The id of one of the terms in the circle.
        id: String,
        /// The place of this term.
        place: Place,
    },
    /// The paths through imported terms between the release's own terms are too many to follow.
    #[error("the imported terms between terms of {prefix} have too many paths to follow")]
    TooTangled {
        /// The prefix of the release.
        prefix: String,
    },
}
