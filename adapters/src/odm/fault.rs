//! Why an ODM file or one of its subjects is refused.

/// The reason for a refusal. It names places and expected forms, and never contains content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The short stable code of the reason.
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

    /// A fault at the byte `offset` of the file.
    pub(super) fn at(code: &'static str, what: &str, offset: u64) -> Self {
        Self::new(code, format!("{what} at byte {offset}"))
    }
}
