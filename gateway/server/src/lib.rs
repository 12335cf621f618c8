//! The server of `gemj-gateway`: command line, configuration, routes. The binary calls [`run`] with the machine's [`Sources`]. A test that compares two
//! gateways byte by byte runs the same commands with its own sources, and serves them with [`in_process`].

#[macro_use]
mod output;

mod capability_key;
mod command;
mod command_error;
mod configuration;
mod folder_in_use;
mod http;
pub mod in_process;
mod installation;
mod language;
mod log;
mod operator_error;
mod private_files;
mod replaced_file;
mod service_manager;
mod sources;
mod terminal;
mod tls;
mod traces;
mod two_languages;
mod usage_error;

pub use command::{Arguments, run};
pub use log::begin_log;
pub use private_files::make_files_private;
pub use sources::Sources;
pub use usage_error::arguments;
