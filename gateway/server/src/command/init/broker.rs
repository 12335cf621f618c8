//! `init --for broker`: the entry of an identity broker, from its discovery document, and a self-test for the broker's side.

use std::time::Duration;

use anyhow::Context as _;
use gemj_authenticate::{Discovered, Probe, usable_key_count};
use gemj_model::toml_text::{list, quoted};

use super::addition::{Addition, Existing, NewFile, PRIVATE, SCRIPT, comment, file_name, filled, shell};
use super::{InitOptions, Questions};

use crate::command_error::CommandError;

const SELF_TEST: &str = include_str!("templates/broker-self-test.sh");
const ACCEPTANCE: &str = include_str!("templates/broker-acceptance.md");

/// The time limit of one request to the broker.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn addition(
    existing: &Existing,
    issuer: String,
    options: &InitOptions,
    questions: &mut Questions,
) -> anyhow::Result<Addition> {
    questions.complete()?;
    anyhow::ensure!(issuer.contains("://"), CommandError::IssuerForm { issuer });
    let trust = &existing.configuration.authentication;
    anyhow::ensure!(
        !trust.issuers.iter().any(|known| known.issuer == issuer),
        CommandError::BrokerExists { issuer }
    );
    let found = if options.offline {
        None
    } else {
        Some(look(existing, &issuer).await?)
    };
    let bearer = options.bearer.as_deref().unwrap_or("access-token");
    anyhow::ensure!(
        matches!(bearer, "access-token" | "passport"),
        CommandError::BearerKind { bearer: bearer.to_owned() }
    );
    let audiences = questions.answers(
        "--audience",
        "Names of this gateway in `aud` of its tokens (client ids or URLs, separated by commas)",
        &options.audience,
    )?;
    questions
        .complete()
        .context("the broker's tokens must name this gateway in `aud`, and only its operator knows the name")?;
    let hosts = found.as_ref().map(|found| found.other_hosts.clone()).unwrap_or_default();
    let entries = format!(
        "# The broker {issuer}. Its visas open nothing until their issuers are configured (`gemj-gateway init --for committee`).\n{}",
        entry(&issuer, &audiences, bearer, &hosts)
    );
    let name = file_name(&issuer);
    let out = existing.out(options.out.as_deref(), &name);
    let base = existing.configuration.public_base();
    let script = filled(
        SELF_TEST,
        &[
            ("issuer_comment", &comment(&issuer)),
            ("base", &shell(&base)),
            ("issuer", &shell(&issuer)),
        ],
    );
    let shown = audiences.join(", ");
    let form = filled(
        ACCEPTANCE,
        &[("issuer", &issuer), ("base", &base), ("audience", &shown), ("bearer", bearer)],
    );
    let file = |name: &str, text: String, mode| NewFile {
        path: out.join(name),
        text,
        mode,
    };
    Ok(Addition {
        entries,
        files: vec![file("self-test.sh", script, SCRIPT), file("acceptance.md", form, PRIVATE)],
        next: vec![
            format!("ask the broker to name {shown} in `aud` of its tokens"),
            format!("give {} to a person with an account at the broker", out.display()),
        ],
    })
}

/// Fetches the broker's discovery document and its keys, and prints what was found.
async fn look(existing: &Existing, issuer: &str) -> anyhow::Result<Discovered> {
    let offline = "nothing was changed; --offline adds the entry without a look at the broker";
    let probe = Probe::new(existing.configuration.authentication.ca_file.as_deref(), PATIENCE).context(offline)?;
    let found = probe.discover(issuer).await.context(offline)?;
    let keys = probe.get(&found.jwks_uri, &[]).await.context(offline)?;
    let usable = usable_key_count(&keys.body).unwrap_or(0);
    println!("found at the broker:");
    println!("  issuer      {}", found.issuer);
    println!("  keys        {} ({usable} usable)", found.jwks_uri);
    println!("  UserInfo    {}", found.userinfo.as_deref().unwrap_or("none"));
    println!("  tokens      {}", found.token.as_deref().unwrap_or("none"));
    println!("  algorithms  {}", found.algorithms.join(", "));
    println!("  scopes      {}", found.scopes.join(", "));
    if !found.other_hosts.is_empty() {
        println!(
            "  other hosts {} (written to endpoint_hosts; check that they belong to the broker)",
            found.other_hosts.join(", ")
        );
    }
    if !found.scopes.iter().any(|scope| scope == "ga4gh_passport_v1") {
        println!("  note: the scope ga4gh_passport_v1 is not listed; without it, its tokens carry no visas");
    }
    if found
        .grants
        .iter()
        .any(|grant| grant == "urn:ietf:params:oauth:grant-type:token-exchange")
    {
        println!("  note: the broker exchanges tokens (RFC 8693); docs/authentication.md shows the setting `exchange`");
    }
    anyhow::ensure!(
        usable > 0,
        "{offline}: {} has no key that can be used (RS256 with at least 2048 bits, or ES256)",
        found.jwks_uri
    );
    Ok(found)
}

/// The entry of an issuer of access tokens and passports.
pub(super) fn entry(issuer: &str, audiences: &[String], bearer: &str, hosts: &[String]) -> String {
    let hosts = match hosts {
        [] => "# Further hosts on which its discovery document may place its endpoints.\n# endpoint_hosts = []\n".to_owned(),
        hosts => format!(
            "# Further hosts on which its discovery document may place its endpoints.\nendpoint_hosts = {}\n",
            list(hosts.iter().cloned())
        ),
    };
    format!(
        "[[authentication.issuer]]\n\
         # The `iss` of its tokens, byte for byte.\n\
         issuer = {}\n\
         # The kinds of token that it may issue.\n\
         kinds = [\"broker\", \"access-token\"]\n\
         # The kinds of its tokens that are accepted in the Authorization header: access-token or passport.\n\
         bearer = {}\n\
         # Names of this gateway at the issuer. Its tokens must contain one of them in `aud`.\n\
         audiences = {}\n\
         {hosts}\
         # Maximum accepted lifetime of its tokens (`exp - iat`), in seconds.\n\
         max_lifetime_s = 86400\n",
        quoted(issuer),
        list([bearer.to_owned()]),
        list(audiences.iter().cloned()),
    )
}
