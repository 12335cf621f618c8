//! The typed FHIR parse.
