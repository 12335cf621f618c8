//! The files and values that a configuration names: faults that only a look at the machine can find.

use std::path::Path;

use super::{Configuration, Fault};
use crate::tls::faults_of_pair;

/// The faults of the files and folders that a configuration names. `config check` reports them beside the faults of the text.
pub(crate) fn faults_of_files(configuration: &Configuration) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut file = |place: String, path: Option<&Path>, remedy: &str| {
        if let Some(path) = path
            && !path.is_file()
        {
            faults.push(Fault::at(
                place.clone(),
                format!("{}: {} does not exist; {remedy}", named(&place), path.display()),
            ));
        }
    };
    let objects = &configuration.objects;
    let secret = "write the secret to this file, with mode 0600";
    file(
        "objects.secret_access_key_file".to_owned(),
        objects.secret_access_key_file.as_deref(),
        secret,
    );
    file(
        "objects.reference_fasta".to_owned(),
        objects.reference_fasta.as_deref(),
        "name a FASTA file with its .fai",
    );
    file("metrics.token_file".to_owned(), configuration.metrics.token_file.as_deref(), secret);
    file(
        "fhir.r4_schema".to_owned(),
        configuration.fhir.r4_schema.as_deref(),
        "get fhir.schema.json from https://hl7.org/fhir/R4/",
    );
    for (index, partner) in configuration.federation.partners.iter().enumerate() {
        let place = format!("federation.partner[{index}].token_file");
        file(
            place,
            partner.token_file.as_deref(),
            "write the partner's token to this file, with mode 0600",
        );
    }
    let trust = &configuration.authentication;
    file(
        "authentication.ca_file".to_owned(),
        trust.ca_file.as_deref(),
        "name a PEM file of certificates",
    );
    for (index, issuer) in trust.issuers.iter().enumerate() {
        let place = |key: &str| format!("authentication.issuer[{index}].{key}");
        let keys = "get the issuer's key set, or remove the key so that the keys are fetched";
        file(place("jwks_file"), issuer.jwks_file.as_deref(), keys);
        if let Some(exchange) = &issuer.exchange {
            file(place("exchange"), exchange.client_secret_file.as_deref(), secret);
            file(place("exchange"), exchange.private_key_file.as_deref(), secret);
        }
        if let Some(opaque) = &issuer.opaque {
            file(place("opaque"), opaque.client_secret_file.as_deref(), secret);
            file(place("opaque"), opaque.private_key_file.as_deref(), secret);
        }
    }
    for (index, client) in trust.clients.iter().enumerate() {
        let place = format!("authentication.client[{index}].jwks_file");
        file(place, client.jwks_file.as_deref(), "get the key set of the client");
    }
    if let Some(workflows) = &configuration.workflows {
        file(
            "workflows.cwltool".to_owned(),
            Some(&workflows.cwltool),
            "install cwltool, and name its path",
        );
        file(
            "workflows.bwrap".to_owned(),
            workflows.bwrap.as_deref(),
            "install bubblewrap, and name its path",
        );
    }
    if let Some(fasta) = objects.reference_fasta.as_deref().filter(|fasta| fasta.is_file()) {
        let index = fasta.with_extension(format!("{}.fai", fasta.extension().unwrap_or_default().to_string_lossy()));
        if !index.is_file() {
            let what = format!(
                "objects.reference_fasta: {} does not exist; make it with `samtools faidx`",
                index.display()
            );
            faults.push(Fault::at("objects.reference_fasta", what));
        }
    }
    faults.extend(faults_of_pair(configuration));
    if let Err(error) = gemj_services::consent_forms::read(configuration.consent.forms_dir.as_deref()) {
        faults.push(Fault::at("consent.forms_dir", format!("consent.forms_dir: {error}")));
    }
    faults
}

/// The place without the positions of list entries, as the documents name the key.
fn named(place: &str) -> String {
    let mut inside = false;
    place
        .chars()
        .filter(|c| {
            inside = (inside || *c == '[') && *c != ']';
            !inside && *c != ']'
        })
        .collect()
}
