//! `init --for hospital`: the numbering of a hospital's patients, the SMART client of its record system, and a self-test for the hospital.

use anyhow::Context as _;
use gemj_authenticate::{ClientKeyPair, client_keys};
use gemj_model::toml_text::quoted;
use gemj_model::{Clock as _, SiteId, SystemClock};

use super::addition::{Addition, Existing, NewFile, PRIVATE, SCRIPT, comment, filled, in_a_year, not_ended, shell};
use super::{InitOptions, Questions};

use crate::command_error::CommandError;

const SELF_TEST: &str = include_str!("templates/hospital-self-test.sh");
const ACCEPTANCE: &str = include_str!("templates/hospital-acceptance.md");

/// The key of the hospital's client.
struct Key {
    /// The line of the client's entry that names the keys.
    entry: String,
    files: Vec<NewFile>,
    kid: String,
    /// The name of the private key's file beside the self-test; absent if the hospital has its own key.
    private: Option<String>,
    note: String,
}

pub(super) fn addition(existing: &Existing, name: String, options: &InitOptions, questions: &mut Questions) -> anyhow::Result<Addition> {
    let system = match (&options.patient_number_system, &options.institution_number) {
        (Some(system), None) => system.clone(),
        (None, Some(digits)) => jp_core_system(digits)?,
        (Some(_), Some(_)) => return Err(CommandError::TwoNumberSystems {}.into()),
        (None, None) => questions.answer(
            "--patient-number-system or --institution-number",
            "Identifier.system of its patient numbers",
            None,
            None,
        ),
    };
    questions.complete()?;
    SiteId::parse(&name).with_context(|| format!("nothing was changed: '{name}' cannot be the name of a site"))?;
    anyhow::ensure!(
        !existing.configuration.fhir.sites.iter().any(|site| site.id.as_str() == name),
        CommandError::HospitalExists { name }
    );
    anyhow::ensure!(
        system.starts_with("urn:") || system.starts_with("https://") || system.starts_with("http://"),
        CommandError::NumberSystemForm { system }
    );
    let client = options.client_id.clone().unwrap_or_else(|| format!("ehr-{name}"));
    anyhow::ensure!(
        !client.is_empty()
            && client
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')),
        CommandError::ClientIdForm { client }
    );
    let expires = options.expires.clone().unwrap_or_else(|| in_a_year(SystemClock::default().now()));
    not_ended(&expires).context("nothing was changed")?;
    let out = existing.out(options.out.as_deref(), &name);
    let mut key = key(existing, options, &client, &out)?;
    let base = existing.configuration.public_base();
    let entries = entries(&name, &system, &client, &key.entry, &expires);
    let private = key.private.clone().unwrap_or_default();
    let script = filled(
        SELF_TEST,
        &[
            ("name_comment", &comment(&name)),
            (
                "key_default_comment",
                &comment(if private.is_empty() { "none; state it" } else { &private }),
            ),
            ("key_default", &shell(&private)),
            ("kid", &shell(&key.kid)),
            ("base", &shell(&base)),
            ("client_id", &shell(&client)),
            ("system", &shell(&system)),
        ],
    );
    let form = filled(
        ACCEPTANCE,
        &[
            ("name", &name),
            ("base", &base),
            ("client_id", &client),
            ("expires", &expires),
            ("system", &system),
            ("key_note", &key.note),
        ],
    );
    let mut files = std::mem::take(&mut key.files);
    let file = |name: &str, text: String, mode| NewFile {
        path: out.join(name),
        text,
        mode,
    };
    files.push(file("self-test.sh", script, SCRIPT));
    files.push(file("acceptance.md", form, PRIVATE));
    let mut next = vec![
        format!("link the hospital's patient numbers in the namespace {name} (`gemj-gateway link`)"),
        format!("give {} to the hospital", out.display()),
    ];
    if existing.configuration.fhir.r4_schema.is_none() {
        next.push("set fhir.r4_schema: until then the hospital can read, but send nothing".to_owned());
    }
    if let Some(private) = key.private {
        next.push(format!(
            "hand over {} on a protected way, and delete it here: only the hospital may keep it",
            out.join(private).display()
        ));
    }
    Ok(Addition { entries, files, next })
}

fn key(existing: &Existing, options: &InitOptions, client: &str, out: &std::path::Path) -> anyhow::Result<Key> {
    let public = format!("clients/{client}.jwks.json");
    let public_file = |text: String| NewFile {
        path: existing.folder.join(&public),
        text,
        mode: PRIVATE,
    };
    let entry = format!("# The client's public keys.\njwks_file = {}\n", quoted(&public));
    match (&options.jwks, &options.jwks_url) {
        (Some(_), Some(_)) => Err(CommandError::TwoKeySets {}.into()),
        (None, Some(url)) => Ok(Key {
            entry: format!("# The URL of the client's public keys.\njwks_url = {}\n", quoted(url)),
            files: Vec::new(),
            kid: String::new(),
            private: None,
            note: format!("the hospital's own, published at {url}"),
        }),
        (Some(file), None) => {
            let bytes = std::fs::read(file).with_context(|| format!("nothing was changed: {}", file.display()))?;
            let keys = client_keys(&bytes).with_context(|| format!("nothing was changed: {}", file.display()))?;
            let kid = keys.first().map(|key| key.kid.clone()).unwrap_or_default();
            Ok(Key {
                entry,
                files: vec![public_file(String::from_utf8_lossy(&bytes).into_owned())],
                note: format!("the hospital's own, key id {kid}"),
                kid,
                private: None,
            })
        }
        (None, None) => {
            let kid = format!("{client}-1");
            let pair = ClientKeyPair::make(&kid)?;
            let private = format!("{client}.pem");
            let private_file = NewFile {
                path: out.join(&private),
                text: pair.private_pem,
                mode: PRIVATE,
            };
            Ok(Key {
                entry,
                files: vec![public_file(pair.jwks), private_file],
                note: format!("made by the programme, ES384, key id {kid}; to be replaced by a key of the hospital's own"),
                kid,
                private: Some(private),
            })
        }
    }
}

/// JP Core's system of patient numbers: its OID, a 1, and the institution's ten digits.
fn jp_core_system(digits: &str) -> anyhow::Result<String> {
    anyhow::ensure!(
        digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit()),
        CommandError::InstitutionNumber { digits: digits.to_owned() }
    );
    Ok(format!("urn:oid:1.2.392.100495.20.3.51.1{digits}"))
}

fn entries(name: &str, system: &str, client: &str, keys: &str, expires: &str) -> String {
    format!(
        "# The hospital {name}.\n\
         [[fhir.site]]\n\
         # The name of the site, as in sample sheets and feeds.\n\
         id = {site}\n\
         # Identifier.system of the hospital's patient numbers.\n\
         patient_number_system = {system}\n\
         \n\
         # The record system of the hospital {name} (SMART Backend Services).\n\
         [[authentication.client]]\n\
         client_id = {client}\n\
         {keys}\
         # The role of its tokens.\n\
         role = \"hospital-system\"\n\
         # The site whose patients it may see.\n\
         scope = {site}\n\
         # The scopes that it may request.\n\
         scopes = [\"system/Patient.crs\", \"system/Observation.crs\", \"system/DiagnosticReport.crs\", \"system/Specimen.crs\", \
         \"system/Consent.crs\", \"system/Task.rus\"]\n\
         # The end of its access.\n\
         expires = {expires}\n",
        site = quoted(name),
        system = quoted(system),
        client = quoted(client),
        expires = quoted(expires),
    )
}
