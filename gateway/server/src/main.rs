//! `gemj-gateway`: the GA4GH and FHIR interoperability gateway of Japan's whole-genome programme.

use std::process::ExitCode;

use gemj_gateway::{Sources, arguments, begin_log, make_files_private, run};

fn main() -> ExitCode {
    make_files_private();
    // Installs one TLS provider for all crates, before any crate needs a provider. A second call in one process has no effect.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let sources = Sources::machine().with_version(version());
    let arguments = arguments(&sources);
    begin_log(&arguments);
    match actix_web::rt::System::new().block_on(run(arguments, &sources)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("gemj-gateway: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// The version, and the revision of the source as build metadata (Semantic Versioning, item 10). Only this file reads the revision, so that a new
/// revision rebuilds this file and nothing else (docs/BUILD.md).
fn version() -> &'static str {
    match option_env!("GEMJ_REVISION") {
        Some(revision) if !revision.is_empty() => Box::leak(format!("{}+{revision}", env!("CARGO_PKG_VERSION")).into_boxed_str()),
        _ => env!("CARGO_PKG_VERSION"),
    }
}
