//! The hidden command `completions SHELL`.

use std::process::ExitCode;

use clap_complete::{Shell, generate};

use super::definition;

pub(crate) fn run(shell: Shell, version: &'static str) -> ExitCode {
    let mut text = Vec::new();
    generate(shell, &mut definition(version), "gemj-gateway", &mut text);
    let text = String::from_utf8_lossy(&text);
    // clap_complete 4.6 writes the hyphen of the program's name in two ways in the functions for bash, so that no command would be completed.
    print!("{}", text.replace("gemj__subcmd__gateway", "gemj__gateway"));
    ExitCode::SUCCESS
}
