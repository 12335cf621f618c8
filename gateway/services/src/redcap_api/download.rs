//! Downloads a project: the data dictionary, the list of the records, the records in batches, and the logging.
//!
//! The order decides what is certain. The list comes first, then the records, then the logging, and then the list again. A record of one of the lists
//! exists, or its deletion came after the first list, and the next pull finds it. A record that both lists lack does not exist, and the logging states
//! whether it was deleted.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use gemj_adapters::redcap::{LogFault, copy_log};
use gemj_model::Timestamp;
use serde_json::Value;

use super::client::{Api, Parameter, parameter};
use super::date::api_time;
use super::fault::{AnswerFault, Content, PullFailure};
use super::rows::{ReceivedRow, each_row};

/// The most records of a project. Their ids are in memory during a pull.
pub const MAX_RECORDS: usize = 5_000_000;

/// The largest answer about the project, the dictionary or its columns, in bytes.
const MAX_SETUP_BYTES: u64 = 32 << 20;
/// The largest answer with records of one batch, in bytes.
const MAX_BATCH_BYTES: u64 = 256 << 20;
/// The largest list of records, and the largest logging, in bytes.
const MAX_LIST_BYTES: u64 = 8 << 30;

/// The columns for the place of a row. A server can leave them out of an answer if no row of the answer needs them.
const PLACES: [&str; 3] = ["redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"];

/// The file of the records in the folder of the feed.
pub(super) const RECORDS: &str = "pulled-records.json";
/// The file of the logging in the folder of the feed.
pub(super) const LOG: &str = "pulled-logging.json";

/// What to download.
pub(super) struct Request<'r> {
    /// The file name of the dictionary in the profile.
    pub(super) dictionary: &'r str,
    /// Whether the times of surveys are needed.
    pub(super) with_survey_times: bool,
    /// The number of records of one request.
    pub(super) batch: usize,
    /// The time from which the logging is read; absent for the whole logging.
    pub(super) log_from: Option<Timestamp>,
    /// Whether the logging is left out.
    pub(super) without_log: bool,
    /// Only the records that changed since this time are downloaded; absent for all records.
    pub(super) changed_since: Option<Timestamp>,
    /// Whether only the first batch of records is downloaded.
    pub(super) only_first: bool,
}

/// A downloaded project.
#[derive(Debug, Default)]
pub(super) struct Downloaded {
    /// The ids of the records that the project has.
    pub(super) listed: HashSet<String>,
    /// The number of records that were asked for.
    pub(super) asked: u64,
    /// The number of records that were asked for twice and are not in the answers, although they are in the list.
    pub(super) missing: u64,
    /// The columns that the dictionary has and the export lacks, except identifying ones.
    pub(super) hidden: BTreeSet<String>,
    /// The number of columns that the dictionary marks as identifying and the export lacks.
    pub(super) hidden_identifiers: u64,
    /// The time of the list, as the server stated it.
    pub(super) listed_at: Option<Timestamp>,
}

/// The data dictionary, as far as a pull needs it.
#[derive(Default)]
struct Dictionary {
    /// The variable of the record id: the first variable.
    record_id: String,
    /// The variables that an export has, and whether they identify a person.
    variables: BTreeMap<String, bool>,
}

/// A download into a folder.
pub(super) struct Download<'d> {
    pub(super) api: &'d Api,
    pub(super) request: Request<'d>,
    /// The folder of the feed, which contains only what the reader of exports reads.
    pub(super) feed: PathBuf,
    /// The file of the answer that is being read.
    pub(super) answer: PathBuf,
}

impl Download<'_> {
    /// The id of the project of the token.
    pub(super) async fn project(&self) -> Result<String, PullFailure> {
        let to = (self.answer.as_path(), MAX_SETUP_BYTES);
        let read = || {
            let text = std::fs::read(&self.answer).map_err(|_| AnswerFault::Disk)?;
            let found: Value = serde_json::from_slice(&text).map_err(|error| match error.is_eof() {
                true => AnswerFault::CutShort,
                false => AnswerFault::Form,
            })?;
            match &found["project_id"] {
                Value::Number(id) => Ok(id.to_string()),
                Value::String(id) if !id.is_empty() => Ok(id.clone()),
                _ => Err(AnswerFault::Form),
            }
        };
        Ok(self.api.asked(Content::Project, &[], to, read).await?.0)
    }

    /// Downloads everything else.
    pub(super) async fn run(&self) -> Result<Downloaded, PullFailure> {
        let dictionary = self.dictionary().await?;
        let columns = self.columns(&dictionary).await?;
        let mut found = Downloaded::default();
        let id_only = vec![parameter("type", "flat"), parameter("fields[0]", dictionary.record_id.as_str())];
        let (listed, time) = self.ids(&dictionary, &id_only).await?;
        found.listed_at = time;
        let asked = match self.request.changed_since {
            None => listed.clone(),
            Some(since) => {
                let since = parameter("dateRangeBegin", api_time(since));
                let changed = self.ids(&dictionary, &[id_only.clone(), vec![since]].concat()).await?.0;
                let is_known: HashSet<&String> = listed.iter().collect();
                changed.into_iter().filter(|id| is_known.contains(id)).collect()
            }
        };
        let asked = match self.request.only_first {
            true => asked.get(..asked.len().min(self.request.batch)).unwrap_or_default().to_vec(),
            false => asked,
        };
        found.listed = listed.into_iter().collect();
        found.asked = asked.len() as u64;
        let mut records = Records::create(&self.feed.join(RECORDS), &dictionary.record_id)?;
        for batch in asked.chunks(self.request.batch) {
            found.missing += self.batch(&mut records, batch).await?;
        }
        let header = records.end()?;
        if !header.is_empty() {
            for (column, is_identifying) in columns.iter().filter(|(column, _)| !header.contains(*column)) {
                match is_identifying {
                    true => found.hidden_identifiers += 1,
                    false => {
                        let _ = found.hidden.insert(column.clone());
                    }
                }
            }
        }
        if !self.request.without_log {
            let log = self.answer.with_extension("log");
            self.log(&log).await?;
            let (again, _) = self.ids(&dictionary, &id_only).await?;
            found.listed.extend(again);
            self.copied(&log, &dictionary.record_id, &found.listed)?;
        }
        Ok(found)
    }

    async fn dictionary(&self) -> Result<Dictionary, PullFailure> {
        let file = self.feed.join(self.request.dictionary).with_extension("json");
        let give = |dictionary: &mut Dictionary, row: ReceivedRow| {
            let name = row.text("field_name")?;
            if name.is_empty() {
                return Err(AnswerFault::Form);
            }
            if dictionary.record_id.is_empty() {
                dictionary.record_id.clone_from(&name);
            }
            let kind = row.text("field_type")?;
            let identifier = row.text("identifier")?;
            // Files, signatures and descriptions are not columns of the list of export names.
            if !matches!(kind.as_str(), "descriptive" | "file" | "signature") {
                let _ = dictionary.variables.insert(name, !matches!(identifier.as_str(), "" | "n" | "N"));
            }
            Ok(())
        };
        let to = (file.as_path(), MAX_SETUP_BYTES);
        let (dictionary, _) = self.api.rows(Content::Metadata, &[], to, Dictionary::default, give).await?;
        match dictionary.record_id.is_empty() {
            true => Err(fault(Content::Metadata, AnswerFault::Form)),
            false => Ok(dictionary),
        }
    }

    /// The columns that an export should have, and whether they identify a person.
    async fn columns(&self, dictionary: &Dictionary) -> Result<BTreeMap<String, bool>, PullFailure> {
        let give = |of: &mut Vec<(String, String)>, row: ReceivedRow| {
            of.push((row.text("original_field_name")?, row.text("export_field_name")?));
            Ok(())
        };
        let to = (self.answer.as_path(), MAX_SETUP_BYTES);
        let (names, _) = self.api.rows(Content::ExportFieldNames, &[], to, Vec::new, give).await?;
        let is_identifying = |variable: &str| dictionary.variables.get(variable).copied().unwrap_or_default();
        let named: HashSet<&str> = names.iter().map(|(variable, _)| variable.as_str()).collect();
        // The rights of the user can also hide a variable from the list of export names.
        let others = dictionary
            .variables
            .iter()
            .filter(|(variable, _)| !named.contains(variable.as_str()));
        let others: Vec<(String, bool)> = others.map(|(variable, is)| (variable.clone(), *is)).collect();
        let stated = names.iter().map(|(variable, column)| (column.clone(), is_identifying(variable)));
        Ok(stated.chain(others).filter(|(column, _)| !column.is_empty()).collect())
    }

    /// The ids of the records of an answer, in order, each once.
    async fn ids(&self, dictionary: &Dictionary, parameters: &[Parameter]) -> Result<(Vec<String>, Option<Timestamp>), PullFailure> {
        let give = |(ids, seen): &mut (Vec<String>, HashSet<String>), row: ReceivedRow| {
            let id = row.text(&dictionary.record_id)?;
            if id.is_empty() {
                return Err(AnswerFault::Form);
            }
            if ids.len() <= MAX_RECORDS && seen.insert(id.clone()) {
                ids.push(id);
            }
            Ok(())
        };
        let to = (self.answer.as_path(), MAX_LIST_BYTES);
        let ((ids, _), time) = self.api.rows(Content::Record, parameters, to, Default::default, give).await?;
        match ids.len() > MAX_RECORDS {
            true => Err(PullFailure::TooManyRecords { most: MAX_RECORDS }),
            false => Ok((ids, time)),
        }
    }

    /// Adds the records of one batch. Records that the answer lacks are asked for once more. Returns the number of those that are still missing.
    async fn batch(&self, records: &mut Records, batch: &[String]) -> Result<u64, PullFailure> {
        let mut open: Vec<&String> = batch.iter().collect();
        for _ in 0..2 {
            if open.is_empty() {
                break;
            }
            let mut parameters = vec![
                parameter("type", "flat"),
                parameter("rawOrLabel", "raw"),
                parameter("rawOrLabelHeaders", "raw"),
                parameter("exportCheckboxLabel", "false"),
                parameter("exportDataAccessGroups", "true"),
                parameter("exportSurveyFields", if self.request.with_survey_times { "true" } else { "false" }),
            ];
            let ids = open.iter().enumerate();
            parameters.extend(ids.map(|(at, id)| parameter(&format!("records[{at}]"), id.as_str())));
            let asked: HashSet<&str> = open.iter().map(|id| id.as_str()).collect();
            let record_id = records.record_id.clone();
            let give = |found: &mut HashSet<String>, row: ReceivedRow| {
                let id = row.text(&record_id)?;
                match asked.contains(id.as_str()) {
                    true => {
                        let _ = found.insert(id);
                        Ok(())
                    }
                    false => Err(AnswerFault::OtherRecords),
                }
            };
            let to = (self.answer.as_path(), MAX_BATCH_BYTES);
            let (found, _) = self.api.rows(Content::Record, &parameters, to, HashSet::new, give).await?;
            // The answer is complete, and is read a second time.
            let added = each_row(&self.answer, &mut |row| records.add(row));
            added.map_err(|of| fault(Content::Record, of))?;
            open.retain(|id| !found.contains(*id));
        }
        Ok(open.len() as u64)
    }

    /// Downloads the logging of records.
    async fn log(&self, log: &Path) -> Result<(), PullFailure> {
        let mut parameters = vec![parameter("logtype", "record")];
        if let Some(from) = self.request.log_from {
            let minute = api_time(from).get(..16).unwrap_or_default().to_owned();
            parameters.push(parameter("beginTime", minute));
        }
        let to = (log, MAX_LIST_BYTES);
        let (_, _) = self.api.rows(Content::Log, &parameters, to, || (), |(), _| Ok(())).await?;
        Ok(())
    }

    /// Copies the logging to the folder of the feed. The answer is removed, because it has the names of users and values of records.
    fn copied(&self, log: &Path, record_id: &str, listed: &HashSet<String>) -> Result<(), PullFailure> {
        let to = self.feed.join(LOG);
        let mut copy = BufWriter::new(File::create(&to).map_err(|_| PullFailure::Folder)?);
        let count = copy_log(log, &mut copy, record_id, &|record| listed.contains(record)).map_err(|of| match of {
            LogFault::NotTheLogging => fault(Content::Log, AnswerFault::Form),
            LogFault::NotWritten => PullFailure::Folder,
        })?;
        let removed = std::fs::remove_file(log).and_then(|()| match count {
            0 => std::fs::remove_file(&to),
            _ => Ok(()),
        });
        removed.map_err(|_| PullFailure::Folder)
    }
}

/// The file of all records, as one array. All rows have the same columns.
struct Records {
    file: BufWriter<File>,
    record_id: String,
    columns: BTreeSet<String>,
}

impl Records {
    fn create(path: &Path, record_id: &str) -> Result<Self, PullFailure> {
        let create = || {
            let mut file = BufWriter::new(File::create(path)?);
            file.write_all(b"[")?;
            Ok::<_, std::io::Error>(file)
        };
        Ok(Self {
            file: create().map_err(|_| PullFailure::Folder)?,
            record_id: record_id.to_owned(),
            columns: BTreeSet::new(),
        })
    }

    fn add(&mut self, row: ReceivedRow) -> Result<(), AnswerFault> {
        let absent = PLACES.into_iter().filter(|place| row.names().all(|name| name != *place));
        let absent: Vec<&str> = absent.collect();
        let columns: BTreeSet<String> = row.names().chain(absent.iter().copied()).map(str::to_owned).collect();
        if columns.len() != row.0.len() + absent.len() {
            return Err(AnswerFault::Form);
        }
        let is_first = self.columns.is_empty();
        if is_first {
            self.columns = columns;
        } else if self.columns != columns {
            return Err(AnswerFault::Columns);
        }
        let member = |name: &str, value: &str| format!("{}:{value}", Value::from(name));
        let members = row.0.iter().map(|(name, value)| member(name, value.get()));
        let members: Vec<String> = members.chain(absent.into_iter().map(|place| member(place, "\"\""))).collect();
        let begin = if is_first { "\n" } else { ",\n" };
        let written = write!(self.file, "{begin}{{{}}}", members.join(","));
        written.map_err(|_| AnswerFault::Disk)
    }

    /// Ends the file. Returns the columns of the rows; none if there is no row.
    fn end(mut self) -> Result<BTreeSet<String>, PullFailure> {
        let written = self.file.write_all(b"\n]\n").and_then(|()| self.file.flush());
        written.map_err(|_| PullFailure::Folder)?;
        Ok(self.columns)
    }
}

fn fault(content: Content, fault: AnswerFault) -> PullFailure {
    PullFailure::Answer { content, fault }
}
