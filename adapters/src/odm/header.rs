//! The root element of an ODM file: what kind of file it is, and its place in a series of files.

use jiff::Timestamp;

use super::creation_time::{CreationTime, creation_time};
use super::element::{Element, Version};
use super::events::{Events, Step};
use super::fault::Fault;
use super::source::Opened;

/// What the root element states about a file.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) version: Version,
    /// Whether the file contains transactions (`FileType="Transactional"`). Otherwise it is a snapshot.
    pub(super) is_transactional: bool,
    /// Whether the file states that it contains all subjects (`Granularity` is `All` or `AllClinicalData`).
    pub(super) has_all_subjects: bool,
    /// Whether the file states that it contains no subjects (`Granularity` is `Metadata`, `AdminData` or `ReferenceData`).
    pub(super) has_no_subjects: bool,
    /// Whether the file states that it contains the complete history (`Archival="Yes"` without `PriorFileOID`).
    pub(super) is_whole_history: bool,
    pub(super) file_oid: Option<String>,
    /// The FileOID of the file before this file in the series.
    pub(super) prior: Option<String>,
    pub(super) created: CreationTime,
}

impl Header {
    /// Reads the root element.
    pub(super) fn parse(element: &Element) -> Result<Self, Fault> {
        let other_version = || Fault::new("odm-version", "the file is ODM, but neither 1.3 nor 2.0");
        let Some(version) = element.odm.filter(|_| element.name == "ODM") else {
            let is_other = element.name == "ODM" && element.foreign.iter().any(|ns| ns.starts_with("http://www.cdisc.org/ns/odm/"));
            return Err(if is_other {
                other_version()
            } else {
                Fault::new("not-odm", "the root is not an ODM element in the namespace of ODM 1.3 or 2.0")
            });
        };
        if element.attribute("ODMVersion").is_some_and(|stated| !version.is_named(stated)) {
            return Err(other_version());
        }
        let is_transactional = match element.attribute("FileType") {
            Some("Snapshot") => false,
            Some("Transactional") => true,
            Some(_) | None => return Err(Fault::new("file-type", "FileType is neither Snapshot nor Transactional")),
        };
        let created = element.attribute("CreationDateTime").and_then(creation_time);
        if created.as_ref().is_some_and(|created| created.is_in_the_future(Timestamp::now())) {
            let detail = "CreationDateTime is more than a day in the future, so the file would count as newer than every later file";
            return Err(Fault::new("future-creation-time", detail));
        }
        let granularity = element.attribute("Granularity");
        let prior = element.attribute("PriorFileOID").map(str::to_owned);
        let has_all_subjects = matches!(granularity, Some("All" | "AllClinicalData"));
        Ok(Self {
            version,
            is_transactional,
            has_all_subjects,
            has_no_subjects: matches!(granularity, Some("Metadata" | "AdminData" | "ReferenceData")),
            is_whole_history: is_transactional && has_all_subjects && prior.is_none() && element.attribute("Archival") == Some("Yes"),
            file_oid: element.attribute("FileOID").map(str::to_owned),
            prior,
            created: created.ok_or_else(|| Fault::new("creation-time", "CreationDateTime is not a time"))?,
        })
    }

    /// Reads the root element of a file, and nothing after it.
    pub(super) fn read(opened: &Opened) -> Result<Self, Fault> {
        let mut events = Events::new(opened.tap()?, opened.begin);
        loop {
            match events.next()? {
                Step::Start(element) => return Self::parse(&element),
                Step::Text(_) => {}
                Step::End | Step::Eof => return Err(Fault::new("not-odm", "the file has no element")),
            }
        }
    }
}
