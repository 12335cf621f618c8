//! Black-box checks of GA4GH and FHIR services: `ga4gh-conformance URL`. The checker uses the specifications and their official schemas
//! and contains no code of an implementation.

use std::process::ExitCode;

use clap::Parser as _;

mod beacon;
mod check;
mod cli;
mod client;
mod credentials;
mod discover;
mod drs;
mod fhir;
mod genomic_file;
mod htsget;
mod passport;
mod report;
mod schemas;
mod service_registry;
mod settings;
mod shape;
mod target;
mod wes;

#[cfg(test)]
mod wrong_answers;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    match cli::run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("ga4gh-conformance: {error:#}");
            ExitCode::from(cli::COULD_NOT_RUN)
        }
    }
}
