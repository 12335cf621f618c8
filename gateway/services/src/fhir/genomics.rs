//! Genomic findings for the patient's own hospital, from the patient's own files and case reports (action `ReadGenomicFindings`).
//!
//! A finding is reported as absent only if the patient's own file shows the reference at every base of the finding: a reference block or a
//! record with the genotype `0/0`. The name of a contig in a file's header proves nothing about its bases. If no file can answer, the
//! answer states that.
//!
//! A finding that no case report states as primary requires the clause `incidental-findings`. The genomic report contains only findings
//! that a case report states as primary or secondary.
//!
//! A record counts as a finding if its filters passed or no filter was applied. If the Grant does not cover all participants of a joint
//! file, the file is read without its filters, because the filters depend also on the other participants. Only variants that a case report
//! contains are then found in the file.

mod callable;
mod carried;
mod files;
mod find_subject_variants;
mod genomic_report;
mod identity;
mod returnable_findings;

pub use find_subject_variants::find_subject_variants;
pub use genomic_report::{Report, genomic_report};
pub use identity::patient_of;
