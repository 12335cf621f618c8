//! Integration tests that drive the gateway from outside: its binary, its command line and its HTTP. Each standard has a module, and each
//! operation has a file.
#![allow(clippy::unwrap_used, missing_docs)]

mod access;
mod approval;
mod architecture;
mod audit;
mod authenticate;
mod beacon;
mod command;
mod conformance;
mod consent;
mod console;
mod demo;
mod drs;
mod federation;
mod feeds;
mod fhir;
mod full_demo;
mod htsget;
mod http;
mod installation;
mod load;
mod logs;
mod operations;
mod readme;
mod real;
mod recontact;
mod registry;
mod release;
mod running;
mod small;
mod storage;
mod wes;
mod who_may;
