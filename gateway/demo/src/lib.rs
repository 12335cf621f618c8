//! The synthetic programme that `demo` shows: people who do not exist, and a passport broker that exists nowhere else.
//!
//! This crate writes feeds, that is files as institutions would send them; the server's `demo` command then takes them in by the same
//! code as the command line does. So nothing here opens a store or decides anything.
//!
//! * [`Programme`] is the plan: people, families, consent histories, alleles. It is the same on every machine.
//! * [`feeds::write()`] turns the plan into files, the same bytes every time.
//! * [`feeds::institutions`] is how four institutions tell of the same twenty people, in their formats and under their numbers.
//! * [`Persona`] and [`Broker`] give the callers one can play. Keys are random and stay in the demo's folder.
//! * [`configuration()`] is the text of `gateway.toml`.

pub mod broker;
pub mod configuration;
pub mod error;
pub mod facts;
pub mod feeds;
pub mod hospital_clients;
pub mod personas;
mod prng;
pub mod programme;

pub use broker::{Broker, BrokerResponse};
pub use configuration::{Layout, configuration};
pub use error::DemoError;
pub use facts::Facts;
pub use feeds::Feeds;
pub use personas::Persona;
pub use programme::{Programme, REFERENCE_DATE};
