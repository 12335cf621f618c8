//! `init --for partner`: a partner programme whose Beacon is queried (federation), and a self-test for the partner.

use std::time::Duration;

use anyhow::Context as _;
use gemj_authenticate::{Probe, printable};
use gemj_model::toml_text::quoted;
use serde_json::Value;

use super::addition::{Addition, Existing, NewFile, PRIVATE, SCRIPT, comment, file_name, filled, shell};
use super::{InitOptions, Questions};

use crate::command_error::CommandError;

const SELF_TEST: &str = include_str!("templates/partner-self-test.sh");
const ACCEPTANCE: &str = include_str!("templates/partner-acceptance.md");

/// The time limit of one request to the partner.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn addition(
    existing: &Existing,
    id: String,
    options: &InitOptions,
    questions: &mut Questions,
) -> anyhow::Result<Addition> {
    let beacon = questions.answer("--beacon-url", "Root of its Beacon", options.beacon_url.as_deref(), None);
    questions.complete()?;
    let beacon = beacon.trim_end_matches('/').to_owned();
    let known = existing.configuration.federation.partners.iter().any(|partner| partner.id == id);
    anyhow::ensure!(!known, CommandError::PartnerExists { id });
    let found = if options.offline {
        Value::Null
    } else {
        look(existing, &beacon).await?
    };
    let text = |pointer: &str| found.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let name = text("/response/name").unwrap_or_else(|| id.clone());
    let organization = text("/response/organization/name");
    let organization = options.organization_name.clone().or(organization);
    let organization_name = questions.answer("--organization-name", "Name of its organisation", organization.as_deref(), None);
    let home = text("/response/organization/welcomeUrl").or_else(|| text("/response/welcomeUrl"));
    let home = options.organization_url.clone().or(home);
    let organization_url = questions.answer("--organization-url", "Home page of its organisation", home.as_deref(), None);
    questions
        .complete()
        .context("the partner's Beacon does not state its organisation")?;
    let token = match &options.token_file {
        Some(file) => format!("token_file = {}\n", quoted(file)),
        None => format!("# token_file = \"secrets/{}.token\"\n", file_name(&id)),
    };
    if let Some(file) = &options.token_file {
        let path = existing.folder.join(file);
        anyhow::ensure!(
            path.is_file(),
            CommandError::NoTokenFile {
                file: path.display().to_string()
            }
        );
    }
    let entries = format!(
        "# The partner {id}. Its Beacon gets the queries of /federation/g_variants.\n\
         [[federation.partner]]\n\
         id = {}\n\
         name = {}\n\
         organization_name = {}\n\
         organization_url = {}\n\
         # The root of the partner's Beacon.\n\
         beacon_url = {}\n\
         # A file with the bearer token that the partner issued to this gateway. If absent, queries are sent without credentials.\n\
         {token}",
        quoted(&id),
        quoted(&name),
        quoted(&organization_name),
        quoted(&organization_url),
        quoted(&beacon),
    );
    let out = existing.out(options.out.as_deref(), &file_name(&id));
    let base = existing.configuration.public_base();
    let script = filled(
        SELF_TEST,
        &[("id_comment", &comment(&id)), ("base", &shell(&base)), ("beacon", &shell(&beacon))],
    );
    let form = filled(ACCEPTANCE, &[("id", &id), ("base", &base), ("beacon", &beacon), ("name", &name)]);
    let file = |name: &str, text: String, mode| NewFile {
        path: out.join(name),
        text,
        mode,
    };
    Ok(Addition {
        entries,
        files: vec![file("self-test.sh", script, SCRIPT), file("acceptance.md", form, PRIVATE)],
        next: vec![format!("give {} to the partner", out.display())],
    })
}

/// Fetches the `info` of the partner's Beacon, and prints what was found.
async fn look(existing: &Existing, beacon: &str) -> anyhow::Result<Value> {
    let offline = "nothing was changed; --offline adds the entry without a look at the partner";
    let probe = Probe::new(existing.configuration.authentication.ca_file.as_deref(), PATIENCE).context(offline)?;
    let url = format!("{beacon}/info");
    let seen = probe.get(&url, &[("Accept", "application/json")]).await.context(offline)?;
    anyhow::ensure!(seen.status == 200, "{offline}: {url} answered with status {}", seen.status);
    let info: Value = serde_json::from_slice(&seen.body).with_context(|| format!("{offline}: {url} is not JSON"))?;
    anyhow::ensure!(
        info["response"]["id"].is_string() || info["meta"]["beaconId"].is_string(),
        "{offline}: {url} is not the information of a Beacon v2; --beacon-url must be its root"
    );
    println!("found at the partner:");
    for (label, pointer) in [
        ("beacon", "/response/id"),
        ("name", "/response/name"),
        ("version", "/meta/apiVersion"),
        ("organisation", "/response/organization/name"),
    ] {
        println!(
            "  {label:12} {}",
            printable(info.pointer(pointer).and_then(Value::as_str).unwrap_or("not stated"))
        );
    }
    Ok(info)
}
