//! The command `demo-passport`: prints a token of a persona.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_demo::broker::DEFAULT_TTL_S;
use gemj_demo::{Broker, Persona};
use gemj_model::Clock as _;

use super::demo;

pub(crate) fn run(dir: &Path, persona: &str, ttl_s: Option<u32>) -> anyhow::Result<ExitCode> {
    let known = || Persona::ALL.map(Persona::as_str).join(", ");
    let persona = Persona::parse(persona).with_context(|| format!("no such persona; there are {}", known()))?;
    let broker =
        Broker::open(dir).with_context(|| format!("{}: no readable demo; `gemj-gateway demo --dir` creates one", dir.display()))?;
    let now = demo::clock(dir).now();
    println!("{}", broker.mint(persona, now, ttl_s.unwrap_or(DEFAULT_TTL_S))?);
    Ok(ExitCode::SUCCESS)
}
