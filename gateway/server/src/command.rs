//! The command line: the definition of all subcommands, and their dispatch.

mod approval;
mod audit;
mod backup;
mod completions;
mod config;
mod consent;
mod datasets;
mod demo;
mod demo_assertion;
mod demo_passport;
mod disclosures;
mod doctor;
mod export;
mod feeds;
mod gene_model;
mod index;
mod ingest;
mod init;
mod key;
mod known_names;
mod ledger;
mod link;
mod listen;
mod load;
mod man;
mod map;
mod migrate;
mod near_names;
mod objects;
mod ontology;
mod output;
mod participants;
mod profile;
mod pull;
mod purge;
mod quarantine;
mod reindex;
mod release;
mod reload;
mod restore;
mod seal;
pub(crate) mod serve;
mod tables;
mod unknown_terms;
mod vault;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use self::demo::Parts;
pub(crate) use self::demo::clock_in;
use crate::sources::Sources;

/// GA4GH and FHIR interoperability gateway: htsget, Beacon and DRS under passports and consent.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    /// The configuration file of the command `serve`; absent for every other command.
    pub(crate) fn configuration_of_serve(&self) -> Option<&Path> {
        match &self.command {
            Command::Serve { config } => Some(&config.config),
            _ => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ConfigFile {
    /// The gateway's configuration file (gateway.toml).
    #[arg(long, global = true, default_value = "gateway.toml", value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Creates a small synthetic programme in a folder and serves it, with its own passport broker.
    Demo {
        /// The demo's folder. The first run creates it.
        #[arg(long, default_value = "gemj-demo")]
        dir: PathBuf,
        /// Address to listen on; port 0 selects a free port.
        #[arg(long)]
        listen: Option<SocketAddr>,
        /// Runs as if the current time were this time (RFC 3339).
        #[arg(long, value_name = "RFC3339")]
        clock: Option<String>,
        /// The official FHIR R4 JSON Schema (fhir.schema.json, plain or gzipped). Without the schema, FHIR accepts no writes. For the first
        /// run.
        #[arg(long, value_name = "FILE")]
        fhir_schema: Option<PathBuf>,
        /// The program cwltool, which WES needs to run workflows. If absent, the cwltool on the PATH. For the first run.
        #[arg(long, value_name = "FILE")]
        cwltool: Option<PathBuf>,
    },
    /// Prints a client assertion of one of the demo's hospital systems, for a request to the token endpoint.
    DemoAssertion {
        /// The folder of the demo.
        #[arg(long)]
        dir: PathBuf,
        /// The client id of the hospital system.
        #[arg(long, default_value = "ehr-hospital-a")]
        client: String,
    },
    /// Prints a token of one of the demo's personas (synthetic callers).
    DemoPassport {
        /// The folder of the demo.
        #[arg(long)]
        dir: PathBuf,
        /// The persona's name.
        #[arg(long)]
        persona: String,
        /// The token's lifetime in seconds.
        #[arg(long)]
        ttl_s: Option<u32>,
    },
    /// Makes a new installation, or adds a hospital, biobank, partner, broker or committee to it (`--for`).
    Init {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: Box<init::InitOptions>,
    },
    /// Checks a running installation and says what to do. Exit code: 0 if all is good, 1 with warnings, 2 with faults.
    Doctor {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: doctor::DoctorOptions,
    },
    /// Makes the serving gateway read its configuration again. A configuration with a fault changes nothing, and the fault is printed.
    Reload {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Serves the gateway on the address in its configuration.
    Serve {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Shows the default configuration, or checks a configuration file.
    Config {
        #[command(subcommand)]
        command: config::ConfigCommand,
    },
    /// Creates the key with which a new installation signs URLs.
    Key {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: key::KeyCommand,
    },
    /// Loads the reads and variants that a sample sheet lists.
    Load {
        #[command(flatten)]
        config: ConfigFile,
        /// The sample sheet (CSV).
        sheet: PathBuf,
        /// Registers the participants of the sheet that are not registered yet. Without this option, their rows are refused.
        #[arg(long)]
        register: bool,
        /// The delivery manifest of the sequencing contractor (CSV or JSON). Each file of the sheet must be in it; its checksums are verified before it is
        /// stored.
        #[arg(long, value_name = "FILE")]
        manifest: Option<PathBuf>,
    },
    /// Ingests facts about participants from the files of an institution.
    Ingest {
        #[command(flatten)]
        config: ConfigFile,
        /// The dataset that the facts belong to.
        #[arg(long)]
        dataset: String,
        /// The format of the files: phenopacket, ss-mix2, odm, redcap, c-cat, miabis, fhir, miabis-on-fhir, bff or omop; or the path of a site's own
        /// profile (a YAML file).
        #[arg(long)]
        profile: String,
        /// The institution that provided the files and uses the numbers in them. Required, unless the profile states it.
        #[arg(long)]
        site: Option<String>,
        /// The institution's namespace of the numbers in the files, as in the sheet of `link`. Required, unless the profile states it. For
        /// phenopackets the default is phenopacket.
        #[arg(long)]
        namespace: Option<String>,
        /// The time at which the institution exported the files (RFC 3339, or a date in Japan). An older export that is ingested later then changes
        /// nothing. Needed only for formats that state no version: redcap, miabis and phenopacket.
        #[arg(long, value_name = "TIME")]
        exported_at: Option<String>,
        /// Prints the report of the run as JSON: the units, the facts by status, what was left out by which rule, and the repairs.
        #[arg(long)]
        json: bool,
        /// The files and folders to ingest; for Phenopackets also .zip, .tar, .gz and .tar.gz files.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Receives HL7 messages of an institution over MLLP, and acknowledges each message after it is committed.
    Listen {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: Box<listen::ListenOptions>,
    },
    /// Pulls the data of an institution from its capture system, and ingests them.
    Pull {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: pull::PullCommand,
    },
    /// Links institutions' own numbers to participants.
    Link {
        #[command(flatten)]
        config: ConfigFile,
        /// The sheet (CSV) with the columns site,namespace,number,participant.
        sheet: PathBuf,
        /// Registers the participants of the sheet that are not registered yet. Without this option, the sheet is refused.
        #[arg(long)]
        register: bool,
    },
    /// Removes links between institutions' own numbers and participants, and retires what feeds stored through the numbers of these participants.
    Unlink {
        #[command(flatten)]
        config: ConfigFile,
        /// The sheet (CSV) with the columns site,namespace,number,participant.
        sheet: PathBuf,
        /// The reason. It is stored, and must not name a person.
        #[arg(long)]
        reason: String,
    },
    /// Lists the encrypted numbers of institutions by count, renews an institution's key, or destroys it.
    Vault {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: vault::VaultCommand,
    },
    /// Registers participants, lists them, shows one of them, and merges participants who are one person.
    Participants {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: participants::ParticipantsCommand,
    },
    /// Lists the configured datasets, and shows one of them.
    Datasets {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: datasets::DatasetsCommand,
    },
    /// Lists the ingested feeds, and shows what was kept, left out and quarantined.
    Feeds {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: feeds::FeedsCommand,
    },
    /// Tries a mapping profile on a feed, and explains what becomes of each field. Needs no installation, and stores nothing.
    Map {
        #[command(subcommand)]
        command: map::MapCommand,
    },
    /// Drafts the mapping profile of a feed. Needs no installation, and stores nothing.
    Profile {
        #[command(subcommand)]
        command: profile::ProfileCommand,
    },
    /// Shows the accounts of the last runs of feeds, with every rejected unit of input and the reason, and ingests rejected units again.
    Quarantine {
        #[command(flatten)]
        config: ConfigFile,
        /// The number of runs to show.
        #[arg(long, default_value_t = 10)]
        limit: u32,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        command: Option<quarantine::QuarantineCommand>,
    },
    /// Records, withdraws and shows the consent of participants.
    Consent {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: consent::ConsentCommand,
    },
    /// Erases the data of a participant who withdrew fully. The ledgers and the audit trail stay. An interrupted erasure continues when it is repeated.
    Purge {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: purge::PurgeOptions,
    },
    /// Records, revokes and lists approvals of the access committee.
    Approval {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: approval::ApprovalCommand,
    },
    /// Creates releases of datasets and shows them.
    Release {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: release::ReleaseCommand,
    },
    /// Shows the recipients of a participant's data, and the holders who must be notified of withdrawals.
    Disclosures {
        #[command(flatten)]
        config: ConfigFile,
        /// The participant whose data's recipients are shown.
        participant: Option<String>,
        /// The reason for the read, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: Option<String>,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        command: Option<disclosures::DisclosuresCommand>,
    },
    /// Loads ontologies, so that filters also find descendant terms.
    Ontology {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: ontology::OntologyCommand,
    },
    /// Loads code tables (mappings between code systems, and labels of codes), lists them, and lists stored codes without a mapping.
    Tables {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: tables::TablesCommand,
    },
    /// Loads gene models for queries about genes.
    GeneModel {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: gene_model::GeneModelCommand,
    },
    /// Merges the carrier index's segments, removes the files of earlier segments, and shows the segments.
    Index {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: index::IndexCommand,
    },
    /// Indexes loaded files of variants again, if their entries are absent or were made without the reference that is configured now.
    Reindex {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: reindex::ReindexOptions,
    },
    /// Lists stored files; holds, releases, unloads and erases files.
    Objects {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: objects::ObjectsCommand,
    },
    /// Returns data of a dataset to the institution that sent it. The consent of this moment decides. Each read is audited.
    Export {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: export::ExportOptions,
    },
    /// Makes a back-up of the whole installation: database, stored files, runs, and the encrypted configuration and keys.
    Backup {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: backup::BackupOptions,
    },
    /// Restores a back-up to an empty installation, which is then sealed: it serves nothing protected until its ledgers are complete.
    Restore {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: restore::RestoreOptions,
    },
    /// Upgrades the database to this program's schema, or shows what an upgrade would do (`--check`).
    Migrate {
        #[command(flatten)]
        config: ConfigFile,
        #[command(flatten)]
        options: migrate::MigrateOptions,
    },
    /// Shows, closes and lifts the seal of a restored installation.
    Seal {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: seal::SealCommand,
    },
    /// Prints the completions of commands and options for a shell: bash, zsh, fish, elvish or powershell.
    #[command(hide = true)]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Writes a manual page for every command.
    #[command(hide = true)]
    Man {
        /// The folder of the pages. It is created if absent.
        #[arg(long, value_name = "FOLDER")]
        dir: PathBuf,
    },
    /// Verifies the hash chains of the audit trail.
    Audit {
        #[command(flatten)]
        config: ConfigFile,
        #[command(subcommand)]
        command: audit::AuditCommand,
    },
}

/// The definition of the command line, for a program of this version.
pub(crate) fn definition(version: &'static str) -> clap::Command {
    Arguments::command().version(version)
}

/// Runs a command. Usually, the exit code is 0 if everything was done, 1 if a part was refused, and 2 if nothing could be done. The exit
/// codes 1 and 2 of `audit verify`, `release diff` and `consent reconcile|silent|alarms` report what the command found. If the reader of the
/// output closed the pipe, the work is completed and the exit code is 141. If the output cannot be written for another reason, such as a full disk,
/// the work is completed and the exit code is 2.
///
/// # Errors
/// Nothing could be done; the error text gives the reason.
pub async fn run(arguments: Arguments, sources: &Sources) -> anyhow::Result<ExitCode> {
    // A service manager must not take the end of a server for a failure because the reader of its first lines has exited.
    let is_server = matches!(
        arguments.command,
        Command::Serve { .. } | Command::Demo { .. } | Command::Listen { .. }
    );
    let code = dispatch(arguments, sources).await?;
    if code == ExitCode::SUCCESS && !is_server && crate::output::is_closed() {
        return Ok(ExitCode::from(crate::output::CLOSED_PIPE));
    }
    if code == ExitCode::SUCCESS && !is_server && crate::output::is_incomplete() {
        return Ok(ExitCode::from(crate::output::INCOMPLETE));
    }
    Ok(code)
}

async fn dispatch(arguments: Arguments, sources: &Sources) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Demo {
            dir,
            listen,
            clock,
            fhir_schema,
            cwltool,
        } => demo::run(&dir, sources, listen, clock.as_deref(), Parts { fhir_schema, cwltool }).await,
        Command::DemoAssertion { dir, client } => demo_assertion::run(&dir, &client),
        Command::DemoPassport { dir, persona, ttl_s } => demo_passport::run(&dir, &persona, ttl_s),
        Command::Init { config, options } => init::run(&config.config, sources, &options).await,
        Command::Doctor { config, options } => doctor::run(&config.config, sources, &options).await,
        Command::Reload { config } => reload::run(&config.config).await,
        Command::Serve { config } => serve::run(&config.config, sources).await,
        Command::Config { command } => config::run(&command),
        Command::Load {
            config,
            sheet,
            register,
            manifest,
        } => load::run(&config.config, sources, &sheet, register, manifest.as_deref()).await,
        Command::Key { config, command } => key::run(&config.config, &command),
        Command::Ingest {
            config,
            dataset,
            profile,
            site,
            namespace,
            exported_at,
            json,
            paths,
        } => {
            let report = if json { ingest::Report::Json } else { ingest::Report::Text };
            let options = ingest::Options {
                dataset: &dataset,
                profile: &profile,
                site: site.as_deref(),
                namespace: namespace.as_deref(),
                exported: exported_at.as_deref(),
            };
            ingest::run(&config.config, sources, &options, paths, report).await
        }
        Command::Listen { config, options } => listen::run(&config.config, sources, &options).await,
        Command::Pull { config, command } => pull::run(&config.config, sources, &command).await,
        Command::Link { config, sheet, register } => link::run(&config.config, sources, &sheet, register).await,
        Command::Unlink { config, sheet, reason } => link::unlink(&config.config, sources, &sheet, &reason).await,
        Command::Vault { config, command } => vault::run(&config.config, sources, &command).await,
        Command::Participants { config, command } => participants::run(&config.config, sources, &command).await,
        Command::Datasets { config, command } => datasets::run(&config.config, sources, &command).await,
        Command::Feeds { config, command } => feeds::run(&config.config, sources, &command).await,
        Command::Map { command } => map::run(command),
        Command::Profile { command } => profile::run(&command),
        Command::Quarantine {
            config,
            limit,
            json,
            command,
        } => {
            let command = command.unwrap_or(quarantine::QuarantineCommand::List { limit, json });
            quarantine::run(&config.config, sources, command).await
        }
        Command::Consent { config, command } => consent::run(&config.config, sources, command).await,
        Command::Purge { config, options } => purge::run(&config.config, sources, &options).await,
        Command::Approval { config, command } => approval::run(&config.config, sources, &command).await,
        Command::Release { config, command } => release::run(&config.config, sources, &command).await,
        Command::Disclosures {
            config,
            participant,
            reason,
            json,
            command,
        } => {
            let (participant, reason) = (participant.as_deref(), reason.as_deref());
            disclosures::run(&config.config, sources, participant, reason, json, command.as_ref()).await
        }
        Command::Ontology { config, command } => ontology::run(&config.config, sources, &command).await,
        Command::Tables { config, command } => tables::run(&config.config, sources, &command).await,
        Command::GeneModel { config, command } => gene_model::run(&config.config, sources, &command).await,
        Command::Index { config, command } => index::run(&config.config, sources, &command).await,
        Command::Reindex { config, options } => reindex::run(&config.config, sources, &options).await,
        Command::Objects { config, command } => objects::run(&config.config, sources, command).await,
        Command::Export { config, options } => export::run(&config.config, sources, &options).await,
        Command::Backup { config, options } => backup::run(&config.config, sources, &options).await,
        Command::Restore { config, options } => restore::run(&config.config, sources, &options).await,
        Command::Migrate { config, options } => migrate::run(&config.config, &options).await,
        Command::Seal { config, command } => seal::run(&config.config, sources, &command).await,
        Command::Completions { shell } => Ok(completions::run(shell, sources.version)),
        Command::Man { dir } => man::run(&dir, sources.version),
        Command::Audit { config, command } => audit::run(&config.config, sources, &command).await,
    }
}
