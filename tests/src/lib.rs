//! The test kit: temporary installations of the gateway, their processes, a plain HTTP client, and the oracles that judge answers.
//!
//! The kit drives the gateway only from outside, by its command line and over HTTP. The kit never waits by sleeping.
//!
//! If the kit cannot do its work, the test must fail. The functions therefore panic with a reason and return no errors.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

pub mod big_file;
pub mod binary;
pub mod client;
pub mod cwltool;
pub mod gateway_process;
pub mod htsget_client;
pub mod htsget_clients;
pub mod made_reads;
pub mod made_variants;
pub mod oidc_provider;
pub mod oracle;
mod packets;
pub mod page;
pub mod postgres;
pub mod programme;
pub mod random;
pub mod redcap_server;
pub mod s3_server;
pub mod scratch;
pub mod shared_data;
pub mod small_data;
pub mod tcp_gate;

pub use client::{Client, Reply};
pub use gateway_process::GatewayProcess;
pub use oidc_provider::OidcProvider;
pub use programme::{Backend, Programme, Ran};
pub use redcap_server::RedcapServer;
