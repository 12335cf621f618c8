//! The synthetic programme that the command `demo` shows: invented participants, and a passport broker that only the demo has.
//!
//! This crate writes feeds, which are files as institutions would send them. The server's command `demo` then loads them with the same code as the
//! command line. This crate therefore opens no store and makes no access decision.
//!
//! * [`Programme`] is the plan: participants, families, consent histories, alleles. The plan is the same on every machine.
//! * [`feeds::write()`] writes the plan as files, with the same bytes every time.
//! * [`feeds::institutions`] writes four feeds of institutions about the same twenty participants. Each feed has its own format and its own
//!   patient numbers.
//! * [`Persona`] and [`Broker`] provide the callers of the demo. Keys are random and stay in the demo's folder.
//! * [`configuration()`] returns the text of `gateway.toml`.

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
