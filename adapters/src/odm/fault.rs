//! Why a file or a subject is refused.

/// A reason with places and expectations; never content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// A short stable code.
    pub(super) code: &'static str,
    pub(super) detail: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// A reason at a byte of the file.
    pub(super) fn at(code: &'static str, what: &str, offset: u64) -> Self {
        Self::new(code, format!("{what} at byte {offset}"))
    }
}
