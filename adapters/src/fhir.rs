//! Reads FHIR R4 (4.0.1) in JSON: Bundles, single resources, lists of resources, and NDJSON (one resource a line), for example the files of a bulk
//! export.
//!
//! # Units
//! A unit is one patient with all Condition, Observation and Specimen resources of the patient in the files of one call. The unit's key is the
//! patient's number with its system; never `Patient.id`, unless the profile chooses it ([`Options::patient`]). Its version is the latest of
//! `Bundle.timestamp` and `meta.lastUpdated`, in universal time. Its digest covers the resources without their order and white space.
//!
//! A resource belongs to the patient of its `subject`. A subject that names no patient of the files, or more than one, puts this resource alone
//! into quarantine. Two Patient resources are the same patient if they have the same number of the same system.
//!
//! # Two readings
//! The first reading (`index`) finds every resource and its subject, and keeps only their places. The second reading (`unit`) reads the resources of
//! one patient after the other. The memory is about 50 bytes for each resource and 500 bytes for each patient.
//!
//! # What is not read
//! Bundles that state changes (entries with DELETE or PATCH, the type `history`) or answers are refused as a whole, because the state after them is
//! not known. If a file or a Bundle is refused, only patients that are in one other Bundle as a whole are given: the resources of the others could
//! be incomplete. The same holds for a search result of which a page is missing.

mod bundle;
mod concept;
mod content;
mod identity;
mod index;
mod names;
mod person;
mod record;
mod source;
mod unit;
mod value;

use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::json_scan::MAX_PART_BYTES;
use crate::unit::Met;

pub(crate) use record::{AI_ASSERTED, shown};

pub use concept::System;
pub use identity::Number;

/// The maximum number of bytes of one resource.
pub const MAX_RESOURCE_BYTES: usize = MAX_PART_BYTES;
/// The maximum number of bytes of all resources of one patient.
pub const MAX_PATIENT_BYTES: u64 = 64 << 20;
/// The maximum number of JSON values in all resources of one patient.
pub const MAX_PATIENT_VALUES: usize = 2_000_000;
/// The maximum number of resources of patients in one call.
pub const MAX_RESOURCES: usize = 10_000_000;
/// The maximum number of patients in one call.
pub const MAX_PATIENTS: usize = 2_000_000;
/// The maximum number of values of one resource.
pub const MAX_FIELDS: usize = 10_000;
/// The maximum number of resources of one call that are refused by themselves.
pub const MAX_REFUSED: usize = 100_000;

/// What the profile chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The identifier that is the number of a patient.
    pub patient: Number,
    /// The identifier that is the id of a specimen.
    pub specimen: Number,
    /// The code systems that fields can name. The first system of which a concept has a coding is chosen.
    pub systems: Vec<System>,
}

/// Reads the files of one call together, and gives one unit for each patient.
///
/// A whole file or Bundle is refused for `unknown-form`, `cut-short`, `bad-json`, `encoding`, `bundle-type`, `deletion`, `patch`,
/// `bundle-request`, `document-in-error`, `modifier-not-understood` or `too-large`. A single resource is refused for `bad-resource`,
/// `no-subject`, `unresolved-subject`, `ambiguous-subject` or `not-a-patient`; a patient for `no-number`, `several-numbers`, `several-systems`,
/// `inactive-patient`, `replaced-patient`, `modifier-not-understood`, `same-resource`, `missing-page`, `incomplete-delivery` or the fault of one of its resources.
pub fn read(files: &[PathBuf], options: &Options, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut index = index::Index::default();
    for file in files {
        index.file(file, options, give)?;
    }
    person::units(index, options, give)
}
