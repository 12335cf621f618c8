//! The command `init`: makes a new installation, or adds a hospital, biobank, partner, broker or committee to an existing one.
//!
//! The command asks on a terminal for what its options do not state. Without a terminal it asks nothing. It never overwrites a file, and it changes
//! nothing at all if the result would have a fault.

mod addition;
mod biobank;
mod broker;
mod committee;
mod configuration_text;
mod database_password;
mod hospital;
mod installation;
mod partner;
mod questions;
mod unfinished;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::command_error::CommandError;
use crate::sources::Sources;
use questions::Questions;

/// The kinds of organisation that `init --for` adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum For {
    /// A hospital whose record system connects by FHIR.
    Hospital,
    /// A biobank that sends its specimens (MIABIS) and finds files by DRS.
    Biobank,
    /// A partner programme whose Beacon is queried (federation).
    Partner,
    /// An identity broker whose passports or access tokens are accepted.
    Broker,
    /// An access committee that issues visas and exports its approvals.
    Committee,
}

/// The options of `init`. Each belongs to some kinds of installation only, and is refused for the others.
#[derive(Debug, Default, Args)]
pub(crate) struct InitOptions {
    /// Adds an organisation of this kind to an existing installation. Without this option, `init` makes a new installation.
    #[arg(long = "for", value_name = "KIND")]
    pub(crate) kind: Option<For>,
    /// The name of the organisation to add: for a hospital the name of its site, for a broker the URL of its issuer.
    pub(crate) name: Option<String>,

    /// New installation: the public URL of the gateway.
    #[arg(long, value_name = "URL", help_heading = "New installation")]
    pub(crate) public_url: Option<String>,
    /// The address and port to listen on. Default: 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS", help_heading = "New installation")]
    pub(crate) listen: Option<String>,
    /// The address of a proxy in front. May be repeated. Default for an https URL: 127.0.0.1.
    #[arg(long, value_name = "IP", help_heading = "New installation")]
    pub(crate) trusted_proxy: Vec<String>,
    /// The id in GA4GH service-info, in reverse-domain form. Default: the host of the public URL, reversed.
    #[arg(long, value_name = "ID", help_heading = "New installation")]
    pub(crate) service_id: Option<String>,
    /// The name of the service. Default: the organisation's name and "gateway".
    #[arg(long, value_name = "TEXT", help_heading = "New installation")]
    pub(crate) service_name: Option<String>,
    /// The name of the organisation (new installation: the one that runs the gateway; partner: the partner's).
    #[arg(long, value_name = "TEXT", help_heading = "New installation")]
    pub(crate) organization_name: Option<String>,
    /// The home page of the organisation.
    #[arg(long, value_name = "URL", help_heading = "New installation")]
    pub(crate) organization_url: Option<String>,
    /// The address for questions, a mailto: or https: URL.
    #[arg(long, value_name = "URL", help_heading = "New installation")]
    pub(crate) contact_url: Option<String>,
    /// prod, test, dev or staging. Default: prod.
    #[arg(long, value_name = "WORD", help_heading = "New installation")]
    pub(crate) environment: Option<String>,
    /// The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE. Default: sqlite:gateway.db.
    #[arg(long, value_name = "URL", help_heading = "New installation")]
    pub(crate) database: Option<String>,
    /// A file with the password of a PostgreSQL database, one line. Use it instead of a password in --database, which other users of the machine can see.
    #[arg(long, value_name = "FILE", requires = "database", help_heading = "New installation")]
    pub(crate) database_password_file: Option<PathBuf>,
    /// The folder or bucket (s3://BUCKET/PREFIX) of the objects. Default: objects.
    #[arg(long, value_name = "URL", help_heading = "New installation")]
    pub(crate) objects: Option<String>,
    /// The folder of the database, the objects, the key and the audit heads. Default: the folder of the configuration.
    #[arg(long, value_name = "FOLDER", help_heading = "New installation")]
    pub(crate) state: Option<PathBuf>,
    /// To serve TLS without a proxy: the certificate with its intermediate certificates (PEM). Needs --tls-key.
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = "New installation")]
    pub(crate) tls_certificate: Option<String>,
    /// The private key of --tls-certificate (PEM, mode 0600).
    #[arg(long, value_name = "FILE", requires = "tls_certificate", help_heading = "New installation")]
    pub(crate) tls_key: Option<String>,
    /// Bucket: the address of its server, if the server is not AWS. An http address also allows connections without TLS.
    #[arg(long, value_name = "URL", help_heading = "New installation")]
    pub(crate) objects_endpoint: Option<String>,
    /// Bucket: its region.
    #[arg(long, value_name = "NAME", help_heading = "New installation")]
    pub(crate) objects_region: Option<String>,
    /// Bucket: the id of the access key. Default: the credentials of the environment (AWS_ACCESS_KEY_ID, …).
    #[arg(long, value_name = "ID", help_heading = "New installation", requires = "objects_secret_file")]
    pub(crate) objects_access_key_id: Option<String>,
    /// Bucket: a file with the secret access key, mode 0600.
    #[arg(long, value_name = "FILE", help_heading = "New installation", requires = "objects_access_key_id")]
    pub(crate) objects_secret_file: Option<String>,
    /// The FASTA file (with .fai) of the reference.
    #[arg(long, value_name = "FILE", help_heading = "New installation")]
    pub(crate) reference_fasta: Option<String>,
    /// The id of the first dataset.
    #[arg(long, value_name = "ID", help_heading = "New installation")]
    pub(crate) dataset: Option<String>,
    /// The name of the first dataset. Default: its id.
    #[arg(long, value_name = "TEXT", help_heading = "New installation")]
    pub(crate) dataset_name: Option<String>,
    /// A Data Use Ontology code of the first dataset, for example DUO:0000042 (general research use), or `none`. May be repeated.
    #[arg(long, value_name = "CODE", help_heading = "New installation")]
    pub(crate) data_use: Vec<String>,
    /// Lets every caller ask yes-or-no questions about the first dataset.
    #[arg(long, help_heading = "New installation")]
    pub(crate) public_boolean: bool,
    /// The issuer of the first operator's tokens. Needs --operator-subject and --audience.
    #[arg(long, value_name = "URL", help_heading = "New installation")]
    pub(crate) operator_issuer: Option<String>,
    /// The `sub` of the first operator, who becomes a data steward.
    #[arg(long, value_name = "SUB", help_heading = "New installation")]
    pub(crate) operator_subject: Option<String>,

    /// The folder for the files of the other side. Default: `for-NAME` beside the configuration.
    #[arg(long, value_name = "FOLDER", help_heading = "With --for")]
    pub(crate) out: Option<PathBuf>,
    /// Makes no request to the other side.
    #[arg(long, help_heading = "With --for")]
    pub(crate) offline: bool,
    /// The end of the access, a date. Default: a year from today.
    #[arg(long, value_name = "DATE", help_heading = "With --for")]
    pub(crate) expires: Option<String>,
    /// Hospital: `Identifier.system` of its patient numbers.
    #[arg(long, value_name = "URI", help_heading = "With --for")]
    pub(crate) patient_number_system: Option<String>,
    /// Hospital: its ten-digit institution number (医療機関コード), from which JP Core makes the patient number system.
    #[arg(long, value_name = "DIGITS", help_heading = "With --for")]
    pub(crate) institution_number: Option<String>,
    /// Hospital: the id of its SMART client. Default: ehr-NAME.
    #[arg(long, value_name = "ID", help_heading = "With --for")]
    pub(crate) client_id: Option<String>,
    /// Hospital: a file with the public keys that the hospital sent. Without it and --jwks-url, a key pair is made.
    #[arg(long, value_name = "FILE", help_heading = "With --for")]
    pub(crate) jwks: Option<PathBuf>,
    /// Hospital: the URL of its public keys.
    #[arg(long, value_name = "URL", help_heading = "With --for")]
    pub(crate) jwks_url: Option<String>,
    /// Partner: the root of its Beacon.
    #[arg(long, value_name = "URL", help_heading = "With --for")]
    pub(crate) beacon_url: Option<String>,
    /// Partner: the file with the token that the partner issued to this gateway.
    #[arg(long, value_name = "FILE", help_heading = "With --for")]
    pub(crate) token_file: Option<String>,
    /// Broker and operator: a name of this gateway at the broker (client id or URL), which its tokens have in `aud`. May be repeated.
    #[arg(long, value_name = "NAME", help_heading = "With --for")]
    pub(crate) audience: Vec<String>,
    /// Broker: the tokens in the Authorization header: access-token or passport. Default: access-token.
    #[arg(long, value_name = "KIND", help_heading = "With --for")]
    pub(crate) bearer: Option<String>,
    /// Committee: the `iss` of its visas.
    #[arg(long, value_name = "URL", help_heading = "With --for")]
    pub(crate) issuer: Option<String>,
    /// Committee: the key set that its visas name in `jku`. May be repeated.
    #[arg(long, value_name = "URL", help_heading = "With --for")]
    pub(crate) jku: Vec<String>,
    /// Committee: the `source` of its visas. May be repeated.
    #[arg(long, value_name = "URL", help_heading = "With --for")]
    pub(crate) source: Vec<String>,
}

pub(crate) async fn run(config: &Path, sources: &Sources, options: &InitOptions) -> anyhow::Result<ExitCode> {
    options.refuse_others()?;
    options.refuse_empty()?;
    let mut questions = Questions::of_terminal();
    let Some(kind) = options.kind else {
        installation::make(config, sources, options, &mut questions).await?;
        return Ok(ExitCode::SUCCESS);
    };
    let name = questions.answer("NAME", "Name", options.name.as_deref(), None);
    // Names occur in comments of configurations and scripts, where a line feed would end the comment.
    anyhow::ensure!(!name.contains(char::is_control), CommandError::NameControl {});
    let existing = addition::Existing::read(config)?;
    let addition = match kind {
        For::Hospital => hospital::addition(&existing, name, options, &mut questions)?,
        For::Biobank => biobank::addition(&existing, name, options, &mut questions)?,
        For::Partner => partner::addition(&existing, name, options, &mut questions).await?,
        For::Broker => broker::addition(&existing, name, options, &mut questions).await?,
        For::Committee => committee::addition(&existing, name, options, &mut questions).await?,
    };
    existing.commit(&addition)?;
    Ok(ExitCode::SUCCESS)
}

impl InitOptions {
    /// Refuses options that belong to another kind. An ignored option would be a silent mistake.
    fn refuse_others(&self) -> anyhow::Result<()> {
        use For::{Biobank, Broker, Committee, Hospital, Partner};
        let new: &[Option<For>] = &[None];
        let any: &[Option<For>] = &[Some(Hospital), Some(Biobank), Some(Partner), Some(Broker), Some(Committee)];
        let hospital: &[Option<For>] = &[Some(Hospital)];
        let given = |text: &Option<String>| text.is_some();
        let table = [
            ("NAME", self.name.is_some(), any),
            ("--public-url", given(&self.public_url), new),
            ("--listen", given(&self.listen), new),
            ("--trusted-proxy", !self.trusted_proxy.is_empty(), new),
            ("--service-id", given(&self.service_id), new),
            ("--service-name", given(&self.service_name), new),
            ("--organization-name", given(&self.organization_name), &[None, Some(Partner)]),
            ("--organization-url", given(&self.organization_url), &[None, Some(Partner)]),
            ("--contact-url", given(&self.contact_url), new),
            ("--environment", given(&self.environment), new),
            ("--database", given(&self.database), new),
            ("--database-password-file", self.database_password_file.is_some(), new),
            ("--objects", given(&self.objects), new),
            ("--state", self.state.is_some(), new),
            ("--tls-certificate", given(&self.tls_certificate), new),
            ("--tls-key", given(&self.tls_key), new),
            ("--reference-fasta", given(&self.reference_fasta), new),
            ("--dataset", given(&self.dataset), &[None, Some(Biobank)]),
            ("--dataset-name", given(&self.dataset_name), new),
            ("--data-use", !self.data_use.is_empty(), new),
            ("--public-boolean", self.public_boolean, new),
            ("--operator-issuer", given(&self.operator_issuer), new),
            ("--operator-subject", given(&self.operator_subject), new),
            ("--out", self.out.is_some(), any),
            ("--offline", self.offline, any),
            ("--expires", given(&self.expires), &[None, Some(Hospital)]),
            ("--patient-number-system", given(&self.patient_number_system), hospital),
            ("--institution-number", given(&self.institution_number), hospital),
            ("--client-id", given(&self.client_id), hospital),
            ("--jwks", self.jwks.is_some(), hospital),
            ("--jwks-url", given(&self.jwks_url), hospital),
            ("--beacon-url", given(&self.beacon_url), &[Some(Partner)]),
            ("--token-file", given(&self.token_file), &[Some(Partner)]),
            ("--audience", !self.audience.is_empty(), &[None, Some(Broker)]),
            ("--bearer", given(&self.bearer), &[Some(Broker)]),
            ("--issuer", given(&self.issuer), &[Some(Committee)]),
            ("--jku", !self.jku.is_empty(), &[Some(Committee)]),
            ("--source", !self.source.is_empty(), &[Some(Committee)]),
        ];
        for (option, is_given, kinds) in table {
            anyhow::ensure!(
                !is_given || kinds.contains(&self.kind),
                CommandError::ForeignOption {
                    option: option.to_owned(),
                    kind: spelled(self.kind).to_owned(),
                    kinds: kinds.iter().map(|kind| spelled(*kind)).collect::<Vec<_>>().join(", "),
                }
            );
        }
        Ok(())
    }
}

impl InitOptions {
    /// Refuses an option that is stated and empty, for example because a variable of the shell is not set.
    fn refuse_empty(&self) -> anyhow::Result<()> {
        let single = [
            ("--public-url", &self.public_url),
            ("--listen", &self.listen),
            ("--organization-name", &self.organization_name),
            ("--organization-url", &self.organization_url),
            ("--contact-url", &self.contact_url),
            ("--service-id", &self.service_id),
            ("--service-name", &self.service_name),
            ("--environment", &self.environment),
            ("--database", &self.database),
            ("--objects", &self.objects),
            ("--dataset", &self.dataset),
            ("--dataset-name", &self.dataset_name),
        ];
        let single = single
            .into_iter()
            .flat_map(|(option, value)| value.iter().map(move |value| (option, value)));
        let repeated = self.data_use.iter().map(|value| ("--data-use", value));
        for (option, value) in single.chain(repeated) {
            anyhow::ensure!(!value.trim().is_empty(), CommandError::EmptyOption { option: option.to_owned() });
        }
        Ok(())
    }
}

fn spelled(kind: Option<For>) -> String {
    let Some(kind) = kind else {
        return "a new installation (`init` without --for)".to_owned();
    };
    let name = kind.to_possible_value().map(|value| value.get_name().to_owned());
    format!("`init --for {}`", name.unwrap_or_default())
}
