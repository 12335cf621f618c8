//! Pulls a project of a REDCap server by its API, and ingests it as exported files are ingested.
//!
//! A pull downloads the data dictionary, the records and the logging to a private folder, and hands the folder to the ingest of feeds. The reader of
//! exports, the profile, the quarantine and the account of the run are the same as those of files. What a pull adds:
//!
//! * A record that is no longer in the list of records is deleted only if the logging states so. Otherwise it is reported as vanished, and keeps its facts.
//! * A column that the dictionary has and the export lacks is reported: the rights of the user hide it.
//! * The time up to which the logging was read is stored after everything is committed. A pull that was killed is repeated.

mod client;
mod date;
mod download;
mod fault;
mod folder;
mod rows;

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use gemj_adapters::Accounting;
use gemj_adapters::feed::Asked;
use gemj_adapters::profile::{Format, Profile};
use gemj_catalogue::{PullResult, PullScope};
use gemj_model::Timestamp;
use url::Url;

pub use client::Token;
pub use download::MAX_RECORDS;
pub use fault::{AnswerFault, Content, PullFailure};

use crate::ingest::{IngestFailure, Ingested, Intake, ingest_feed};
use crate::linkage::{keyed_digest, unit_name};
use client::Api;
use download::{Download, LOG, RECORDS, Request};
use folder::PullFolder;

/// The overlap with which the logging and the changed records are read again. A server states the times of its logging in its own time zone (up to 14
/// hours from UTC), to the minute, and its clock can differ. One day is added to that.
pub const OVERLAP_S: i64 = 2 * 24 * 3600;

/// What to pull, and how.
pub struct PullOptions {
    /// The address of the API, which usually ends with `/api/`.
    pub url: Url,
    /// The token of the project.
    pub token: Token,
    /// A file with further certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// The folder in which the private folder of the pull is made.
    pub temporary: PathBuf,
    /// The number of records of one request.
    pub batch: usize,
    /// The time in which the server must begin to answer, and in which each further part of the answer must arrive.
    pub idle: Duration,
    /// Whether only the records that changed since the last pull are downloaded. The list and the logging are always downloaded.
    pub only_changed: bool,
    /// The time from which the logging is read; absent for the time of the last pull, or the whole logging.
    pub log_from: Option<Timestamp>,
    /// Whether the logging is left out, so that no deletion is seen.
    pub without_log: bool,
    /// Whether the project replaces the project of earlier pulls.
    pub new_project: bool,
    /// Whether only the first batch is downloaded, and nothing is ingested.
    pub dry_run: bool,
}

/// What a pull found besides the account of the ingest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullReport {
    /// The number of records that the project has.
    pub listed: u64,
    /// The number of records that were asked for.
    pub asked: u64,
    /// The number of records of the list that the server did not return, although they were asked for twice. Their facts stay.
    pub missing: u64,
    /// The number of stored records that the project no longer lists, and that the logging does not state as deleted. Their facts stay.
    pub vanished: u64,
    /// The columns that the data dictionary has and the export lacks, except identifying ones.
    pub hidden: BTreeSet<String>,
    /// The number of columns that the data dictionary marks as identifying and the export lacks.
    pub hidden_identifiers: u64,
    /// The time up to which the logging was read; absent if it was not read completely.
    pub log_read_to: Option<Timestamp>,
}

impl PullReport {
    /// Whether the pull does not show the whole project: records or columns are missing, or the logging was not read.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.missing > 0 || self.vanished > 0 || !self.hidden.is_empty() || self.log_read_to.is_none()
    }
}

/// A pull.
#[derive(Debug)]
pub struct Pulled {
    /// What the pull found.
    pub report: PullReport,
    /// The ingest of the records; absent for a dry run.
    pub ingested: Option<Ingested>,
}

/// Pulls a project, and ingests it with a profile of the format `redcap`. The facts of a record that was deleted are removed, as for a logging among
/// files. A consent that the record stated stays, and raises an alarm.
///
/// # Errors
/// [`PullFailure`]. If the download fails, nothing is ingested.
pub async fn pull(intake: &Intake<'_>, profile: Profile, asked: Asked, options: &PullOptions) -> Result<Pulled, PullFailure> {
    if profile.format() != Format::Redcap {
        return Err(PullFailure::OtherFormat {
            profile: profile.name().to_owned(),
        });
    }
    let target = gemj_adapters::feed::agree(&[], &profile, &asked).map_err(IngestFailure::from)?;
    let scope = PullScope {
        dataset: target.dataset().clone(),
        site: target.site().clone(),
        namespace: target.namespace().to_owned(),
    };
    let (catalogue, mandate) = (&intake.stores.catalogue, intake.mandate);
    let last = catalogue.last_pull(mandate, &scope).await?;
    let api = Api::new(&options.url, options.token.clone(), options.idle, options.ca_file.as_deref())?;
    let folder = PullFolder::create(&options.temporary).map_err(|_| PullFailure::Folder)?;
    let feed = folder.path().join("feed");
    std::fs::create_dir(&feed).map_err(|_| PullFailure::Folder)?;
    let mut download = Download {
        api: &api,
        request: Request {
            dictionary: profile.dictionary().unwrap_or("data_dictionary.csv"),
            with_survey_times: profile.fields().iter().any(|field| field.ends_with("_timestamp")),
            batch: options.batch.max(1),
            log_from: options.log_from,
            without_log: options.without_log,
            changed_since: None,
            only_first: options.dry_run,
        },
        feed: feed.clone(),
        answer: folder.path().join("answer"),
    };
    let began = intake.clock.now();
    let origin = api.url().origin().ascii_serialization();
    let project = keyed_digest(intake.key, "pulled-project-1", &[&origin, &download.project().await?]);
    let is_other = last.as_ref().is_some_and(|last| last.project != project);
    if is_other && !options.new_project {
        return Err(PullFailure::OtherProject);
    }
    let since = last.filter(|last| !is_other && last.as_of.0 > 0);
    let since = since.map(|last| last.as_of.plus_seconds(-OVERLAP_S));
    download.request.log_from = options.log_from.or(since);
    if options.only_changed {
        download.request.changed_since = Some(since.ok_or(PullFailure::NothingBefore)?);
    }
    let found = download.run().await?;
    let mut report = PullReport {
        listed: found.listed.len() as u64,
        asked: found.asked,
        missing: found.missing,
        hidden: found.hidden.clone(),
        hidden_identifiers: found.hidden_identifiers,
        ..PullReport::default()
    };
    // The clock of the server can be ahead.
    let read_to = (!options.without_log).then(|| found.listed_at.map_or(began, |time| time.min(began)));
    let unit = |record: &str| unit_name(intake.key, &target.unit(Format::Redcap.as_str(), record));
    let listed: HashSet<String> = found.listed.iter().map(|record| unit(record)).collect();
    if options.dry_run {
        let known = catalogue.pulled_units(mandate, &scope).await?;
        let gone: Vec<String> = known.difference(&listed).cloned().collect();
        report.vanished = catalogue.current_units(mandate, &scope.dataset, &gone).await?.len() as u64;
        report.log_read_to = read_to;
        return Ok(Pulled { report, ingested: None });
    }
    // The records are as they were at the beginning. An export that is older changes nothing, whenever it is ingested.
    let asked = Asked {
        exported: Some(began),
        ..asked
    };
    let ingested = ingest_feed(intake, profile, asked, vec![feed]).await?;
    drop(folder);
    let known = catalogue.pulled_units(mandate, &scope).await?;
    report.log_read_to = read_to.filter(|_| is_read_whole(&ingested.accounting));
    let gone: Vec<String> = known.difference(&listed).cloned().collect();
    let vanished = catalogue.current_units(mandate, &scope.dataset, &gone).await?;
    report.vanished = vanished.len() as u64;
    let new: Vec<String> = listed.difference(&known).cloned().collect();
    let add = catalogue.current_units(mandate, &scope.dataset, &new).await?;
    let result = PullResult {
        project,
        as_of: report.log_read_to,
        run: ingested.run.clone(),
        add: add.into_iter().collect(),
        remove: gone.into_iter().filter(|unit| !vanished.contains(unit)).collect(),
    };
    catalogue.end_pull(mandate, &scope, &result).await?;
    Ok(Pulled {
        report,
        ingested: Some(ingested),
    })
}

/// Whether the records and the logging were not refused as a whole, and no deletion was refused. Otherwise, the next pull reads the same part of the
/// logging again.
fn is_read_whole(accounting: &Accounting) -> bool {
    let mut refused = accounting.quarantined.iter().map(|unit| unit.unit.as_str());
    // A refused record has a place in the file of the records.
    refused.all(|place| !place.starts_with(LOG) && place.strip_prefix(RECORDS).is_some_and(|rest| rest.starts_with('#')))
}
