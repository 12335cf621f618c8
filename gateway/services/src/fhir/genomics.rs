//! Genomic findings for the patient's own hospital, from the patient's own files and case reports (action `ReadGenomicFindings`).
//!
//! A finding is absent only where the patient's own file shows the reference at every base of it: a reference block or a record with the genotype `0/0`. A contig in a
//! header shows nothing; where no file can tell, that is the answer. A finding that is not stated to be the primary one needs the clause `incidental-findings`. A record
//! counts as a finding where its filters passed or none was applied. A joint file of which the Grant does not cover everybody comes without its
//! filters, since they judge the others too: nothing is found in it that nobody reported.

mod callable;
mod carried;
mod files;
mod find_subject_variants;
mod genomic_report;
mod identity;
mod told;

pub use find_subject_variants::find_subject_variants;
pub use genomic_report::{Report, genomic_report};
pub use identity::patient_of;
