//! Authentication against a real loopback issuer, with good and hostile tokens.
#![allow(clippy::unwrap_used)]

mod access_tokens;
mod broker_forms;
mod client_certificates;
mod config_file;
mod decision_table;
mod deny_list;
mod dpop;
mod ends_and_names;
mod fewer_visas;
mod hostile;
mod issuer_server;
mod key_rotation;
mod opaque_tokens;
mod people;
mod proofs;
mod relaxations;
mod signing;
mod smart_clients;
mod token_endpoint;
mod token_exchange;
mod userinfo_forms;
mod valid_flows;
mod world;
