//! `init --for committee`: the visa issuer of an access committee, the mapping of its approvals (REMS), and a self-test for its office.

use std::time::Duration;

use anyhow::Context as _;
use gemj_authenticate::{Probe, usable_key_count};
use gemj_model::toml_text::{list, quoted};

use super::addition::{Addition, Existing, NewFile, PRIVATE, SCRIPT, comment, file_name, filled, shell};
use super::{InitOptions, Questions};

use crate::command_error::CommandError;

const SELF_TEST: &str = include_str!("templates/committee-self-test.sh");
const ACCEPTANCE: &str = include_str!("templates/committee-acceptance.md");

/// The time limit of one request to the committee's server.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn addition(
    existing: &Existing,
    name: String,
    options: &InitOptions,
    questions: &mut Questions,
) -> anyhow::Result<Addition> {
    let issuer = questions.answer("--issuer", "`iss` of its visas", options.issuer.as_deref(), None);
    let jku = questions.answers("--jku", "Key set URLs in `jku` of its visas", &options.jku)?;
    let sources = questions.answers("--source", "`source` of its visas", &options.source)?;
    questions.complete()?;
    let trust = &existing.configuration.authentication;
    anyhow::ensure!(
        !trust.issuers.iter().any(|known| known.issuer == issuer),
        CommandError::VisaIssuerExists { issuer }
    );
    let file = file_name(&name);
    anyhow::ensure!(!file.is_empty(), CommandError::NoFileName { name });
    if !options.offline {
        look(existing, &jku).await?;
    }
    let mapping = existing.folder.join("committees").join(format!("{file}.rems.toml"));
    let brokers: Vec<&str> = trust
        .issuers
        .iter()
        .filter(|known| known.kinds.contains(&gemj_authenticate::IssuerKind::Broker))
        .map(|known| known.issuer.as_str())
        .collect();
    let out = existing.out(options.out.as_deref(), &file);
    let base = existing.configuration.public_base();
    let script = filled(
        SELF_TEST,
        &[
            ("name_comment", &comment(&name)),
            ("base", &shell(&base)),
            ("jku", &jku.iter().map(|url| shell(url)).collect::<Vec<_>>().join(" ")),
            ("issuer", &shell(&issuer)),
        ],
    );
    let form = filled(
        ACCEPTANCE,
        &[
            ("name", &name),
            ("base", &base),
            ("issuer", &issuer),
            ("jku", &jku.join(", ")),
            ("source", &sources.join(", ")),
        ],
    );
    let new = |path: std::path::PathBuf, text: String, mode| NewFile { path, text, mode };
    let shown = mapping.display().to_string();
    Ok(Addition {
        entries: entries(&name, &issuer, &jku, &sources),
        files: vec![
            new(mapping, rems_mapping(existing, &brokers), PRIVATE),
            new(out.join("self-test.sh"), script, SCRIPT),
            new(out.join("acceptance.md"), form, PRIVATE),
        ],
        next: vec![
            format!("complete {shown}: organisations and resources (docs/approvals.md)"),
            format!("gemj-gateway approval import EXPORT.json --rems-map {shown}"),
            format!("give {} to the committee's office", out.display()),
        ],
    })
}

/// Fetches the key sets, and prints what was found.
async fn look(existing: &Existing, jku: &[String]) -> anyhow::Result<()> {
    let offline = "nothing was changed; --offline adds the entry without a look at the committee's server";
    let probe = Probe::new(existing.configuration.authentication.ca_file.as_deref(), PATIENCE).context(offline)?;
    println!("found at the committee:");
    for url in jku {
        let seen = probe.get(url, &[]).await.context(offline)?;
        anyhow::ensure!(seen.status == 200, "{offline}: {url} answered with status {}", seen.status);
        let usable = usable_key_count(&seen.body).map_err(|fault| anyhow::anyhow!("{offline}: {url} {fault}"))?;
        println!("  keys        {url} ({usable} usable)");
        anyhow::ensure!(
            usable > 0,
            "{offline}: {url} has no key that can be used (RS256 with at least 2048 bits, or ES256)"
        );
    }
    Ok(())
}

fn entries(name: &str, issuer: &str, jku: &[String], sources: &[String]) -> String {
    format!(
        "# The access committee {name}: the issuer of its visas.\n\
         [[authentication.issuer]]\n\
         # The `iss` of its visas, byte for byte.\n\
         issuer = {}\n\
         kinds = [\"visa-issuer\"]\n\
         # The only key sets that its visas may name in `jku`.\n\
         jku = {}\n\
         # Maximum accepted lifetime of its visas, in seconds: a year and a day.\n\
         max_lifetime_s = 31708800\n\
         \n\
         [[authentication.issuer.visa]]\n\
         type = \"ControlledAccessGrants\"\n\
         # The accepted values of `source`.\n\
         sources = {}\n\
         by = [\"dac\"]\n\
         # Every value is accepted, because only the value of a recorded approval opens data.\n\
         any_value = true\n",
        quoted(issuer),
        list(jku.iter().cloned()),
        list(sources.iter().cloned()),
    )
}

/// The mapping of the committee's REMS, with one resource for each configured dataset.
fn rems_mapping(existing: &Existing, brokers: &[&str]) -> String {
    use std::fmt::Write as _;
    let issuer = brokers.first().copied().unwrap_or("https://login.example");
    let mut text = format!(
        "# The meaning of the applications and resources of the committee's REMS (docs/approvals.md).\n\
         # The issuer whose `sub` are the user ids of REMS.\n\
         issuer = {}\n\
         # The visa value of an application. A resource with its own visa_value (below) does not need it.\n\
         visa_value = \"https://committee.example/approvals/{{application}}\"\n\
         id_prefix = \"rems-\"\n\
         \n\
         # The domains of e-mail addresses, each with its organisation of [[organisations]].\n\
         [organisations]\n",
        quoted(issuer)
    );
    for organisation in &existing.configuration.organisations {
        let domain = quoted(&organisation.domain);
        let _ = writeln!(text, "{domain} = {domain}");
    }
    for dataset in &existing.configuration.datasets {
        let id = dataset.id.as_str();
        let _ = write!(
            text,
            "\n[[resource]]\n\
             # The resource/ext-id of REMS. Visas of REMS carry it as their value.\n\
             ext_id = {resource}\n\
             visa_value = {resource}\n\
             dataset = {}\n\
             purposes = [\"biomedical-research\"]\n\
             # tre-only, region-view or download.\n\
             delivery = \"tre-only\"\n",
            quoted(id),
            resource = quoted(&format!("urn:example:{id}")),
        );
    }
    text
}
