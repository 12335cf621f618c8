//! The text of a new configuration, from the options and the answers on the terminal.

use anyhow::Context as _;
use gemj_model::toml_text::{TomlText, list, quoted};
use gemj_model::{Clock as _, DatasetId, DuoCode, SystemClock};

use super::addition::{in_a_year, not_ended};
use super::database_password::with_password;
use super::{InitOptions, Questions, broker};
use crate::command_error::CommandError;
use crate::configuration::DEFAULT;

const OPENING: &str = "\
# Configuration of gemj-gateway, written by `gemj-gateway init`. Paths are relative to this file. An unknown key is an error.
# `gemj-gateway config check` names every fault with its line. `gemj-gateway config default` shows further sections with their comments.

";

/// The sections of the template, with all of their keys.
const SECTIONS: [(&str, &[&str]); 13] = [
    ("server", &[]),
    ("service", &[]),
    ("database", &[]),
    ("objects", &[]),
    ("capabilities", &[]),
    ("privacy", &[]),
    ("policy", &[]),
    ("limits", &[]),
    ("audit", &[]),
    ("metrics", &[]),
    ("log", &[]),
    ("consent", &[]),
    ("federation", &["deadline_ms"]),
];

/// Makes the text. Asks for what the options do not state.
///
/// # Errors
/// A value is missing or has a fault.
pub(super) fn text(options: &InitOptions, questions: &mut Questions) -> anyhow::Result<String> {
    let given = |value: &Option<String>| value.clone();
    let public_url = questions.answer(
        "--public-url",
        "Public URL of the gateway",
        given(&options.public_url).as_deref(),
        None,
    );
    let public_url = public_url.trim_end_matches('/').to_owned();
    let listen = given(&options.listen);
    let listen = questions.answer(
        "--listen",
        "Address and port to listen on",
        listen.as_deref(),
        Some("127.0.0.1:8080"),
    );
    let organization_name = given(&options.organization_name);
    let organization_name = questions.answer(
        "--organization-name",
        "Name of the organisation",
        organization_name.as_deref(),
        None,
    );
    let organization_url = given(&options.organization_url);
    let organization_url = questions.answer("--organization-url", "Its home page", organization_url.as_deref(), None);
    let state = |name: &str| {
        options
            .state
            .as_deref()
            .map_or_else(|| name.to_owned(), |folder| folder.join(name).display().to_string())
    };
    let database = given(&options.database);
    let database = questions.answer(
        "--database",
        "Database",
        database.as_deref(),
        Some(&format!("sqlite:{}", state("gateway.db"))),
    );
    let objects = given(&options.objects);
    let objects = questions.answer(
        "--objects",
        "Folder or bucket of the files",
        objects.as_deref(),
        Some(&state("objects")),
    );
    let dataset = questions.answer("--dataset", "Id of the first dataset", options.dataset.as_deref(), None);
    let stated = (!options.data_use.is_empty()).then(|| options.data_use.join(","));
    let data_use = questions.answer(
        "--data-use",
        "Its Data Use Ontology codes, separated by commas, or none",
        stated.as_deref(),
        None,
    );
    questions.complete()?;
    let database = with_password(&database, options.database_password_file.as_deref())?;
    DatasetId::parse(&dataset).with_context(|| format!("--dataset {dataset}"))?;
    let data_use = codes(&data_use)?;
    let service_id = options.service_id.clone().unwrap_or_else(|| reversed_host(&public_url));
    let service_name = options
        .service_name
        .clone()
        .unwrap_or_else(|| format!("{organization_name} gateway"));
    let mut text = TomlText::of_sections(DEFAULT, &SECTIONS)
        .set("server", "listen", &quoted(&listen))
        .set("server", "public_url", &quoted(&public_url))
        .set("server", "trusted_proxies", &list(proxies(options, &public_url)))
        .set("service", "id", &quoted(&service_id))
        .set("service", "name", &quoted(&service_name))
        .set("service", "organization_name", &quoted(&organization_name))
        .set("service", "organization_url", &quoted(&organization_url))
        .set("service", "environment", &quoted(options.environment.as_deref().unwrap_or("prod")))
        .set("database", "url", &quoted(&database))
        .set("objects", "url", &quoted(&objects));
    text = match &options.contact_url {
        Some(contact) => text.set("service", "contact_url", &quoted(contact)),
        None => text.without("service", "contact_url"),
    };
    for (key, value) in [
        ("endpoint", &options.objects_endpoint),
        ("region", &options.objects_region),
        ("access_key_id", &options.objects_access_key_id),
        ("secret_access_key_file", &options.objects_secret_file),
    ] {
        if let Some(value) = value {
            anyhow::ensure!(
                objects.starts_with("s3://"),
                CommandError::BucketOption {
                    key: key.to_owned(),
                    objects
                }
            );
            text = text.set("objects", key, &quoted(value));
        }
    }
    if options.objects_endpoint.as_ref().is_some_and(|url| url.starts_with("http://")) {
        text = text.set("objects", "allow_http", "true");
    }
    if options.state.is_some() {
        text = text.set("capabilities", "key_file", &quoted(&state("secrets/capability.key"))).set(
            "audit",
            "checkpoint_dir",
            &quoted(&state("audit")),
        );
    }
    if let (Some(certificate), Some(key)) = (&options.tls_certificate, &options.tls_key) {
        text = text
            .set("server", "tls.certificate_file", &quoted(certificate))
            .set("server", "tls.key_file", &quoted(key));
    }
    if let Some(fasta) = &options.reference_fasta {
        text = text.set("objects", "reference_fasta", &quoted(fasta));
    }
    text = text
        .with(&dataset_entry(options, &dataset, data_use))
        .with(operator_entries(options)?.as_str());
    Ok(format!("{OPENING}{}", text.text()))
}

/// The codes of the Data Use Ontology in an answer. Empty for `none`.
fn codes(data_use: &str) -> anyhow::Result<Vec<String>> {
    let stated: Vec<&str> = data_use.split(',').map(str::trim).filter(|code| !code.is_empty()).collect();
    if stated == ["none"] {
        return Ok(Vec::new());
    }
    anyhow::ensure!(
        !stated.is_empty(),
        CommandError::EmptyOption {
            option: "--data-use".to_owned()
        }
    );
    // An unknown code is judged as "refer to the committee" at every request. A misspelt permission would close the dataset.
    if let Some(unknown) = stated.iter().find(|code| DuoCode::parse(code).is_none()) {
        let code = (*unknown).to_owned();
        return Err(CommandError::UnknownDataUse { code }.into());
    }
    Ok(stated.into_iter().map(str::to_owned).collect())
}

fn dataset_entry(options: &InitOptions, id: &str, data_use: Vec<String>) -> String {
    let name = options.dataset_name.as_deref().unwrap_or(id);
    format!(
        "# Datasets. A dataset that is not listed here does not exist.\n\
         [[datasets]]\n\
         # The id of the dataset, as in the sample sheets.\n\
         id = {}\n\
         # The name of the dataset.\n\
         name = {}\n\
         # One sentence about the dataset.\n\
         description = \"\"\n\
         # Data Use Ontology codes. A dataset without a permission code may not be used for research; docs/data-use.md lists the codes.\n\
         data_use = {}\n\
         # Whether every caller, also an anonymous caller, gets booleans over at least privacy.public_k families.\n\
         public_boolean = {}\n",
        quoted(id),
        quoted(name),
        list(data_use),
        options.public_boolean
    )
}

/// The first operator: the issuer of the operator's tokens, and the role of a data steward. Empty if no operator was stated.
fn operator_entries(options: &InitOptions) -> anyhow::Result<String> {
    let (issuer, subject) = match (&options.operator_issuer, &options.operator_subject) {
        (None, None) => {
            return Ok(
                "# Roles of staff. `gemj-gateway init --for broker` adds the issuer of their tokens.\n\
                       # [[authentication.role]]\n# issuer = \"https://login.example\"\n# subject = \"…\"\n# role = \"steward\"\n\
                       # expires = \"2030-04-01\"\n"
                    .to_owned(),
            );
        }
        (Some(issuer), Some(subject)) => (issuer, subject),
        _ => return Err(CommandError::HalfOperator {}.into()),
    };
    anyhow::ensure!(
        options.audience.iter().any(|name| !name.trim().is_empty()) && options.audience.iter().all(|name| !name.trim().is_empty()),
        CommandError::OperatorAudience { issuer: issuer.clone() }
    );
    let now = SystemClock::default().now();
    let expires = options.expires.clone().unwrap_or_else(|| in_a_year(now));
    not_ended(&expires).context("nothing was made")?;
    Ok(format!(
        "{}\n# The first operator: a data steward. Roles of staff come only from this file.\n\
         [[authentication.role]]\n\
         # The issuer of the operator's tokens.\n\
         issuer = {}\n\
         # The `sub` of the operator's tokens.\n\
         subject = {}\n\
         # The role. docs/authentication.md lists the roles.\n\
         role = \"steward\"\n\
         # The end of the role.\n\
         expires = {}\n",
        broker::entry(issuer, &options.audience, "access-token", &[]),
        quoted(issuer),
        quoted(subject),
        quoted(&expires)
    ))
}

/// The proxies in front. An https URL without a stated proxy has one on this machine, because the gateway ends no TLS without a certificate.
fn proxies(options: &InitOptions, public_url: &str) -> Vec<String> {
    if options.trusted_proxy.is_empty() && options.tls_certificate.is_none() && public_url.starts_with("https://") {
        return vec!["127.0.0.1".to_owned()];
    }
    options.trusted_proxy.clone()
}

fn reversed_host(public_url: &str) -> String {
    let url = url::Url::parse(public_url).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or("localhost");
    if host.parse::<std::net::IpAddr>().is_ok() {
        return format!("local.{host}");
    }
    host.split('.').rev().collect::<Vec<_>>().join(".")
}
