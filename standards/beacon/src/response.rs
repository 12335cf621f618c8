//! Answers. They are plain values for `serde_json`; every one satisfies the official schema of its kind.

pub(crate) mod boolean;
pub(crate) mod count;
pub(crate) mod error;
pub(crate) mod info;
pub(crate) mod meta;
