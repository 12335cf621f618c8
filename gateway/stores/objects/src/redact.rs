//! A joint variant file as if the participants outside the Grant had never been in it.
//!
//! Samples outside go, with everything computed from them: columns, header lines that can name them, cohort statistics, QUAL and FILTER,
//! sites and alternative alleles that none of the kept samples carries.

pub(crate) mod bcf;
pub(crate) mod header;
pub(crate) mod info;
pub(crate) mod plan;
pub(crate) mod vcf;

pub(crate) use header::redact_header;

/// The columns that stay, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptColumns(pub(crate) Vec<usize>);
