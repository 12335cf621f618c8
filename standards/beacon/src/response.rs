//! Answers, as plain values for `serde_json`. Each answer conforms to the official schema of its kind.

pub(crate) mod boolean;
pub(crate) mod collections;
pub(crate) mod configuration;
pub(crate) mod count;
pub(crate) mod entry_types;
pub(crate) mod error;
pub(crate) mod filtering_terms;
pub(crate) mod handover;
pub(crate) mod info;
pub(crate) mod map;
pub(crate) mod meta;
pub(crate) mod resultsets;
