//! The HTTP side: the only place that names the web framework.

pub(crate) mod airlock;
pub(crate) mod beacon;
pub(crate) mod byte_range;
pub(crate) mod console;
pub(crate) mod cors;
pub(crate) mod credentials;
pub(crate) mod drs;
pub(crate) mod fallback;
pub(crate) mod federation;
pub(crate) mod fhir;
pub(crate) mod fhir_task;
pub(crate) mod flow;
pub(crate) mod gateway;
pub(crate) mod htsget;
pub(crate) mod metrics;
pub(crate) mod operations;
pub(crate) mod problem;
pub(crate) mod recontact;
pub(crate) mod registry;
pub(crate) mod routes;
pub(crate) mod status;
pub(crate) mod stream;
pub(crate) mod token;
pub(crate) mod wes;
