//! The gateway judged from outside: its binary, its command line, its HTTP. One module for each standard, one file for each operation.
#![allow(clippy::unwrap_used, missing_docs)]

mod architecture;
mod audit;
mod authenticate;
mod beacon;
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
mod load;
mod logs;
mod readme;
mod real;
mod recontact;
mod registry;
mod small;
mod storage;
mod wes;
mod who_may;
