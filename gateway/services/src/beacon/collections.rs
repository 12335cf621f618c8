//! Datasets and cohorts: what a caller may ask, described.
//!
//! A dataset is listed to whom a Grant opens it. A cohort is a configured group of datasets; it is listed to whom at least one of them is open,
//! and to everybody else it is like one that does not exist. Numbers of people follow the tier: exact for an approved project, a bucket for
//! registered callers, none for the public; below the controlled tier a dataset of fewer than k families counts nobody.

mod cohort;
mod dataset;

pub use cohort::{CohortDefinition, CohortFault, CohortKind, cohorts, datasets_of_cohort};
pub use dataset::datasets;
