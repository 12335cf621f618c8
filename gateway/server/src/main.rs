//! `gemj-gateway`: the GA4GH and FHIR interoperability gateway of Japan's whole-genome programme.

use std::process::ExitCode;

use clap::Parser as _;
use gemj_gateway::{Arguments, Sources, begin_log, make_files_private, run};

fn main() -> ExitCode {
    make_files_private();
    // Installs one TLS provider for all crates, before any crate needs a provider. A second call in one process has no effect.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let arguments = Arguments::parse();
    begin_log(&arguments);
    match actix_web::rt::System::new().block_on(run(arguments, &Sources::machine())) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gemj-gateway: {error:#}");
            ExitCode::from(2)
        }
    }
}
