//! The descriptions of the datasets and cohorts that a caller may use.
//!
//! * A dataset is listed if a Grant opens the dataset to the caller.
//! * A cohort is a configured group of datasets. A cohort is listed if at least one of its datasets is open to the caller. For all other
//!   callers the answer is the same as for an unknown cohort.
//! * Numbers of participants depend on the tier: exact for an approved project, a bucket for registered callers, none for the public. Below
//!   the controlled tier, participants of a dataset with fewer than k families are not counted.

mod cohort;
mod dataset;

pub use cohort::{CohortDefinition, CohortFault, CohortKind, cohorts, datasets_of_cohort};
pub use dataset::datasets;
