//! The hidden command `completions SHELL`.

use std::process::ExitCode;

use clap_complete::{Shell, generate};

use super::definition;

pub(crate) fn run(shell: Shell, version: &'static str) -> ExitCode {
    let mut text = Vec::new();
    generate(shell, &mut definition(version), "gemj-gateway", &mut text);
    print!("{}", String::from_utf8_lossy(&text));
    ExitCode::SUCCESS
}
