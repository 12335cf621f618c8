//! Tests of parsing, rejections and rendering of FHIR resources. They are checked against the official definitions, against values computed by
//! hand, and with changed bytes.
#![allow(clippy::unwrap_used, missing_docs)]

mod consents;
mod genomics;
mod official;
mod rendered;
mod resources;
mod searches;
mod stamps;
mod tasks;
