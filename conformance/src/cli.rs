//! The command line of the checker: arguments, the run of the checks, the exit status.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use url::Url;

use crate::check::{self, Standard};
use crate::client::Client;
use crate::credentials::Token;
use crate::discover;
use crate::report::{Censor, Report};
use crate::schemas::Schemas;
use crate::settings::Settings;
use crate::target::{Target, Tokens};

/// The exit status if at least one check failed.
const CHECK_FAILED: u8 = 1;
/// The exit status if no check could be made, or if another error ended the program, for example because the report could not be written.
pub(crate) const COULD_NOT_RUN: u8 = 2;

const AFTER_HELP: &str = "\
The checker finds each standard in the service registry at URL/services, or else at /htsget, /beacon, /ga4gh/drs/v1, /ga4gh/wes/v1 and
/fhir, unless the settings state another. A standard that the registry does not list and whose description answers 404 counts as not
offered.

The settings (TOML, or YAML by extension) name existing data. A check that needs an absent key is skipped and names the key:

  [htsget]   reads_id = \"ID\"  variants_id = \"ID\"  format = \"BAM\"  reference_name = \"chr17\"  start = 43063000  end = 43073000
             minimum_records = 100
  [beacon]   assembly = \"GRCh38\"  reference_name = \"chr17\"  start = 43084522  reference_bases = \"G\"  alternate_bases = \"T\"
             exists = true
  [drs]      object_id = \"ID\"  maximum_bytes = 268435456
  [passport] path = \"/ga4gh/drs/v1/objects/ID\"  expired_token_file = \"FILE\"  visaless_token_file = \"FILE\"
  [wes]      workflow_file = \"FILE\"  workflow_type = \"CWL\"  workflow_type_version = \"v1.2\"  params = {}  wait_seconds = 300
  [fhir]     patient_identifier = \"system|value\"
  base = \"/path\" in each table, and in [service-registry], sets the address of the standard (a path below the URL, or an absolute URL).

Without [wes] workflow_file no workflow runs; no check writes anything else. Tokens are sent only to the host of URL and to the hosts of
absolute bases in the settings. Tokens are never printed.

The folder of schemas holds the official files, as published:
  service-info/service-info-1.0.0.yaml           service-registry/service-registry-1.0.0.yaml
  drs/drs-1.5.0.openapi.bundled.yaml             wes/workflow_execution_service-1.1.0.openapi.yaml
  beacon-v2/2.1.1/{framework,models}/json/...    beacon-v2/vrs-1.3/vrs.json
  fhir/r4/fhir.schema.json.gz                    (three known defects are repaired when it is read)

Exit status: 0 no check failed (skipped checks are shown); 1 a check failed; 2 no check could be made.";

/// Black-box checks of a GA4GH or FHIR deployment
#[derive(Debug, Parser)]
#[command(version, after_help = AFTER_HELP, max_term_width = 140)]
pub(crate) struct Arguments {
    /// Base URL of the deployment
    url: Url,
    /// Check only these standards
    #[arg(long, value_enum, value_delimiter = ',')]
    standard: Vec<Standard>,
    /// A file with the bearer token (passport or access token) for the data that the settings name
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A file with the bearer token for the checks of FHIR
    #[arg(long, value_name = "FILE")]
    fhir_token_file: Option<PathBuf>,
    /// A folder with the official schemas; without it, checks that need schemas are skipped
    #[arg(long, value_name = "FOLDER")]
    standards: Option<PathBuf>,
    /// A file with settings (.toml, .yaml): existing ids, a region, a variant, the addresses of the standards
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// A file to which the report is also written, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Maximum duration of one request in seconds
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout_seconds: u64,
}

fn tokens(arguments: &Arguments, settings: &Settings) -> anyhow::Result<Tokens> {
    let read = |path: &Option<PathBuf>| path.as_deref().map(Token::read).transpose();
    Ok(Tokens {
        own: read(&arguments.token_file)?,
        fhir: read(&arguments.fhir_token_file)?,
        expired: read(&settings.passport.expired_token_file)?,
        visaless: read(&settings.passport.visaless_token_file)?,
    })
}

fn target(arguments: &Arguments) -> anyhow::Result<Target> {
    let base = arguments.url.clone();
    anyhow::ensure!(matches!(base.scheme(), "http" | "https"), "the URL is neither http nor https");
    anyhow::ensure!(
        base.username().is_empty() && base.password().is_none(),
        "the URL carries credentials: use --token-file"
    );
    let settings = arguments.settings.as_deref().map(Settings::read).transpose()?.unwrap_or_default();
    let tokens = tokens(arguments, &settings)?;
    let schemas = arguments.standards.as_deref().map(Schemas::open).transpose()?.map(Rc::new);
    let mut client = Client::new(Duration::from_secs(arguments.timeout_seconds));
    client.trust(&base);
    let places = discover::discover(&base, &mut client, &settings)?;
    Ok(Target {
        base,
        client,
        settings,
        tokens,
        schemas,
        places,
        finished_run: None.into(),
    })
}

/// Makes the checks, prints the report, writes it to a file if requested, and returns the exit status.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<u8> {
    let target = target(arguments)?;
    let censor = Censor::new(&target.tokens, target.settings.fhir.patient_identifier.as_deref());
    let mut report = Report::begin(&target.base, target.schemas.is_some());
    let asked: BTreeSet<Standard> = arguments.standard.iter().copied().collect();
    for standard in Standard::ALL {
        if asked.is_empty() || asked.contains(&standard) {
            report.add(standard, target.base_of(standard), check::make_all(standard, &target), &censor);
        }
    }
    print!("{}", report.text());
    if let Some(path) = &arguments.report {
        std::fs::write(path, report.json()?).with_context(|| format!("report {}", path.display()))?;
    }
    let totals = report.totals();
    anyhow::ensure!(
        totals.passed + totals.failed > 0,
        "no check could be made: every check was skipped or not offered"
    );
    Ok(if totals.failed > 0 { CHECK_FAILED } else { 0 })
}
