//! Genomic findings for the patient's own hospital, from the patient's own files and case reports (action `ReadGenomicFindings`).
//!
//! A finding is never absent because nothing was looked at: where no file of the build can tell, that is the answer. A record counts as a
//! finding where its filters passed or none was applied. A joint file of which the Grant does not cover everybody comes without its
//! filters, since they judge the others too: nothing is found in it that nobody reported.

mod carried;
mod files;
mod find_subject_variants;
mod genomic_report;
mod identity;

pub use find_subject_variants::find_subject_variants;
pub use genomic_report::{Report, genomic_report};
pub use identity::patient_of;
