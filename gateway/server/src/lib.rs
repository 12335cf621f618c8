//! The server of `gemj-gateway`: command line, configuration, routes. The binary runs [`run`] with the machine's [`Sources`]; a test that compares two
//! gateways byte for byte runs the same commands with sources of its own, and serves them by [`in_process`].

#[macro_use]
mod output;

mod capability_key;
mod command;
mod configuration;
mod http;
pub mod in_process;
mod installation;
mod private_files;
mod sources;
mod terminal;

pub use command::{Arguments, run};
pub use private_files::make_files_private;
pub use sources::Sources;
