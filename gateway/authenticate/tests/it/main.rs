//! Authentication against a real loopback issuer: everything a token can be, from good to hostile.
#![allow(clippy::unwrap_used)]

mod access_tokens;
mod config_file;
mod hostile_passports;
mod hostile_visas;
mod issuer_server;
mod key_rotation;
mod people;
mod signing;
mod smart_clients;
mod valid_flows;
mod world;
