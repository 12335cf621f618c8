//! Reads the structure of an ODM document: first the definitions, then the clinical data, subject by subject.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::creation_time::ordered_time;
use super::definitions::{Library, Open};
use super::element::{Element, is_item};
use super::events::{Events, Step};
use super::fault::Fault;
use super::source::Source;
use super::subject::Subject;
use super::{MAX_DEPTH, MAX_NAMESPACES, MAX_SUBJECT_BYTES};
use crate::hl7v2::{digest, key};
use crate::unit::{LeftOutRule, Met, Repair, Undecodable, Unit, UnitAccount};

/// The kind of an open element.
enum Level {
    Odm,
    Study(String),
    Version(Open),
    ItemDef(Open),
    CodeList(Open),
    Clinical {
        study: Result<String, Fault>,
        version: Result<String, Fault>,
    },
    Subject,
    StudyEvent,
    Form,
    ItemGroup,
    Item,
    Annotation,
    Flag,
    /// A part of a flag (`FlagValue` or `FlagType`), whose text is read.
    FlagPart,
    /// An element that is skipped with its whole content.
    Skipped,
}

struct Document<'d> {
    name: &'d str,
    encoding: &'static str,
    events: Events,
    levels: Vec<Level>,
    /// The CreationDateTime of the file.
    created: String,
    library: Library,
    subject: Option<Subject>,
    subject_count: usize,
    subjects_seen: HashSet<String>,
    namespaces_seen: HashSet<String>,
    ended: bool,
    /// The elements that were left out and not yet reported: the rule and the name.
    left_out: Vec<(LeftOutRule, String)>,
}

/// Reads a document to its end, or to the first fault that stops the reader.
pub(super) fn read(source: Source, name: &str, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let repairs: Vec<Repair> = source.repairs.clone();
    let mut document = Document {
        name,
        encoding: source.encoding,
        events: Events::new(source),
        levels: Vec::new(),
        created: String::new(),
        library: Library::default(),
        subject: None,
        subject_count: 0,
        subjects_seen: HashSet::new(),
        namespaces_seen: HashSet::new(),
        ended: false,
        left_out: Vec::new(),
    };
    for repair in repairs {
        give(Met::Repaired(repair))?;
    }
    loop {
        let position = document.events.position();
        if document.subject.is_none() {
            document.events.tap().forget_before(position);
        }
        if document.events.tap().overflown
            && let Some(subject) = &mut document.subject
        {
            subject.keep::<()>(Err(Fault::new("too-large", "the subject has more than 64 MiB")));
        }
        let step = match document.events.next() {
            Ok(Step::Eof) => {
                return document
                    .eof()
                    .map_or(ControlFlow::Continue(()), |fault| give(document.refusal(fault)));
            }
            Ok(Step::Start(element)) => document.start(&element, position).map(|()| None),
            Ok(Step::Text(text)) => {
                document.text(&text);
                Ok(None)
            }
            Ok(Step::End) => Ok(document.end()),
            Err(fault) => Err(fault),
        };
        for (rule, name) in document.left_out.drain(..) {
            give(Met::LeftOut(rule, name))?;
        }
        match step {
            Ok(None) => {}
            Ok(Some(met)) => give(met)?,
            Err(fault) => return give(document.refusal(fault)),
        }
    }
}

impl Document<'_> {
    fn start(&mut self, element: &Element, position: u64) -> Result<(), Fault> {
        if self.levels.len() == MAX_DEPTH {
            return Err(Fault::at("too-deep", "too deeply nested elements", element.offset));
        }
        self.note_namespaces(element);
        let level = match self.levels.last() {
            None => self.root(element)?,
            Some(Level::Skipped) => Level::Skipped,
            Some(_) if !element.is_odm => {
                if let Some(subject) = self.subject.as_mut().filter(|_| element.foreign.is_empty()) {
                    subject.refuse("unexpected-element", "an element without a namespace", element.offset);
                }
                Level::Skipped
            }
            Some(Level::Odm) => match element.name.as_str() {
                "Study" => Level::Study(element.required("OID")?),
                "ClinicalData" => Level::Clinical {
                    study: element.required("StudyOID"),
                    version: element.required("MetaDataVersionOID"),
                },
                _ => self.skipped(element),
            },
            Some(Level::Study(study)) if element.name == "MetaDataVersion" => Level::Version(self.library.version(study, element)?),
            Some(Level::Version(version)) => match element.name.as_str() {
                "ItemDef" => Level::ItemDef(self.library.item(version, element)?),
                "CodeList" => Level::CodeList(self.library.list(version, element)?),
                "Include" => {
                    self.library.include(version);
                    Level::Skipped
                }
                _ => Level::Skipped,
            },
            Some(Level::ItemDef(item)) if element.name == "CodeListRef" => {
                self.library.item_list(item, element)?;
                Level::Skipped
            }
            Some(Level::CodeList(list)) => match element.name.as_str() {
                "CodeListItem" | "EnumeratedItem" => {
                    self.library.coded_value(list, element)?;
                    Level::Skipped
                }
                "ExternalCodeList" => {
                    self.library.external(list);
                    Level::Skipped
                }
                _ => Level::Skipped,
            },
            Some(Level::Study(_) | Level::ItemDef(_)) => Level::Skipped,
            Some(Level::Clinical { study, version }) if element.name == "SubjectData" => {
                self.subject = Some(Subject::new(element, study.clone(), version.clone(), position));
                self.subject_count += 1;
                Level::Subject
            }
            Some(Level::Clinical { .. }) => self.skipped(element),
            Some(Level::Annotation | Level::Flag | Level::FlagPart) => self.within_annotation(element),
            Some(Level::Subject | Level::StudyEvent | Level::Form | Level::ItemGroup | Level::Item) => self.within(element),
        };
        self.levels.push(level);
        Ok(())
    }

    /// Handles the start of an element inside a subject.
    fn within(&mut self, element: &Element) -> Level {
        let (Some(level), Some(subject)) = (self.levels.last(), self.subject.as_mut()) else {
            return Level::Skipped;
        };
        let is_removed = element.attribute("TransactionType") == Some("Remove");
        match (level, element.name.as_str()) {
            // The content of a removed element is no longer part of the clinical data.
            (Level::Subject, "StudyEventData") | (Level::StudyEvent, "FormData") | (Level::Form, "ItemGroupData") if is_removed => {
                self.left_out.push((LeftOutRule::EnteredInError, element.name.clone()));
                Level::Skipped
            }
            (Level::ItemGroup, name) if is_removed && is_item(name) => {
                self.left_out.push((LeftOutRule::EnteredInError, element.name.clone()));
                Level::Skipped
            }
            (Level::Subject, "StudyEventData") => {
                subject.enter(element, "StudyEventOID", "StudyEventRepeatKey");
                Level::StudyEvent
            }
            (Level::StudyEvent, "FormData") => {
                subject.enter(element, "FormOID", "FormRepeatKey");
                Level::Form
            }
            (Level::Form, "ItemGroupData") => {
                subject.enter(element, "ItemGroupOID", "ItemGroupRepeatKey");
                Level::ItemGroup
            }
            (Level::ItemGroup, name) if is_item(name) => {
                subject.enter_item(element);
                Level::Item
            }
            (Level::Item, "MeasurementUnitRef") => {
                subject.unit(element);
                Level::Skipped
            }
            (_, "Annotation") => Level::Annotation,
            (_, "AuditRecord") => {
                if element.attribute("UsedImputationMethod") == Some("Yes") {
                    subject.imputed();
                }
                self.skipped(element)
            }
            (_, "Signature") | (Level::Subject, "SiteRef" | "InvestigatorRef") => self.skipped(element),
            _ => {
                subject.refuse("unexpected-element", "an element that ODM 1.3 does not allow here", element.offset);
                Level::Skipped
            }
        }
    }

    /// Handles the start of an element inside an annotation of a subject. Only flags are read.
    fn within_annotation(&mut self, element: &Element) -> Level {
        match (self.levels.last(), element.name.as_str(), self.subject.as_mut()) {
            (Some(Level::Annotation), "Flag", Some(subject)) => {
                subject.enter_flag();
                Level::Flag
            }
            (Some(Level::Flag), "FlagValue" | "FlagType", Some(_)) => Level::FlagPart,
            (Some(Level::Annotation), "Comment", _) => {
                self.left_out.push((LeftOutRule::FreeText, "Comment".to_owned()));
                Level::Skipped
            }
            _ => self.skipped(element),
        }
    }

    fn root(&mut self, element: &Element) -> Result<Level, Fault> {
        if self.ended {
            return Err(Fault::at("malformed-xml", "a second root element", element.offset));
        }
        if !element.is_odm && element.name == "ODM" && element.foreign.iter().any(|ns| ns.starts_with("http://www.cdisc.org/ns/odm/")) {
            return Err(Fault::new("odm-version", "the file is ODM, but not 1.3"));
        }
        if !element.is_odm || element.name != "ODM" {
            return Err(Fault::new("not-odm", "the root is not an ODM element in the namespace of ODM 1.3"));
        }
        if element
            .attribute("ODMVersion")
            .is_some_and(|version| !matches!(version, "1.3" | "1.3.0" | "1.3.1" | "1.3.2"))
        {
            return Err(Fault::new("odm-version", "the file is ODM, but not 1.3"));
        }
        match element.attribute("FileType") {
            Some("Snapshot") => {}
            Some("Transactional") => return Err(Fault::new("transactional", "transactional files are not read")),
            Some(_) | None => return Err(Fault::new("file-type", "FileType is not Snapshot")),
        }
        let created = element.attribute("CreationDateTime").and_then(ordered_time);
        self.created = created.ok_or_else(|| Fault::new("creation-time", "CreationDateTime is not a time"))?;
        Ok(Level::Odm)
    }

    fn text(&mut self, text: &str) {
        let offset = self.events.offset();
        match (self.subject.as_mut(), self.levels.last()) {
            (Some(subject), Some(Level::FlagPart)) => subject.flag_text(text),
            (Some(subject), Some(Level::Annotation | Level::Flag)) => subject.text_outside_items(text, offset),
            (Some(_), Some(Level::Skipped)) | (None, _) | (_, None) => {}
            (Some(subject), Some(_)) => subject.text(text, offset),
        }
    }

    fn end(&mut self) -> Option<Met> {
        let level = self.levels.pop()?;
        self.ended = self.levels.is_empty();
        let subject = self.subject.as_mut();
        match level {
            Level::Subject => return self.subject_end(),
            Level::StudyEvent | Level::Form | Level::ItemGroup => {
                if let Some(subject) = subject {
                    subject.leave();
                }
            }
            Level::FlagPart => {
                if let Some(subject) = subject {
                    subject.leave_flag_part();
                }
            }
            Level::Item => {
                if let Some(subject) = subject {
                    let definitions = self.library.definitions(&subject.study, &subject.version);
                    subject.leave_item(definitions);
                }
            }
            Level::Odm
            | Level::Study(_)
            | Level::Version(_)
            | Level::ItemDef(_)
            | Level::CodeList(_)
            | Level::Clinical { .. }
            | Level::Annotation
            | Level::Flag
            | Level::Skipped => {}
        }
        None
    }

    fn subject_end(&mut self) -> Option<Met> {
        let end = self.events.position();
        let locator = self.locator();
        let mut subject = self.subject.take()?;
        let unit_key = key(&[&subject.study, &subject.key]);
        let bytes = self
            .events
            .tap()
            .kept(subject.position, end)
            .filter(|bytes| bytes.len() <= MAX_SUBJECT_BYTES);
        let sha256 = bytes.map(digest);
        if sha256.is_none() {
            subject.keep::<()>(Err(Fault::new("too-large", "the subject has more than 64 MiB")));
        }
        if subject.fault.is_none() && !self.subjects_seen.insert(digest(unit_key.as_bytes())) {
            subject.keep::<()>(Err(Fault::new(
                "duplicate-subject",
                "the file has an earlier subject of the same study and key",
            )));
        }
        Some(match subject.fault {
            Some(fault) => undecodable(locator, fault),
            None => Met::Unit(Unit {
                locator,
                key: unit_key,
                version: self.created.clone(),
                sha256: sha256.unwrap_or_default(),
                records: subject.records,
                deleted: false,
                encoding: self.encoding,
                account: UnitAccount::default(),
            }),
        })
    }

    fn skipped(&mut self, element: &Element) -> Level {
        // The names of ODM's own elements contain no data. A name that ODM does not define could contain data, so it is not shown.
        let name = match element.name.as_str() {
            name @ ("AdminData" | "ReferenceData" | "Association" | "AuditRecord" | "AuditRecords" | "Signature" | "Signatures"
            | "Annotation" | "Annotations" | "SiteRef" | "InvestigatorRef") => name,
            _ => "(unknown)",
        };
        self.left_out.push((LeftOutRule::ElementNotRead, name.to_owned()));
        Level::Skipped
    }

    fn note_namespaces(&mut self, element: &Element) {
        for namespace in &element.foreign {
            let plain = namespace.len() <= 100 && namespace.bytes().all(|byte| byte.is_ascii_graphic());
            let shown = if plain && (self.namespaces_seen.contains(namespace) || self.namespaces_seen.len() < MAX_NAMESPACES) {
                namespace.as_str()
            } else {
                "other"
            };
            if self.namespaces_seen.insert(shown.to_owned()) {
                self.left_out.push((LeftOutRule::VendorNamespace, shown.to_owned()));
            }
        }
    }

    /// The fault if the file ends before the document is complete; `None` if it is complete.
    fn eof(&self) -> Option<Fault> {
        match (self.levels.is_empty(), self.ended) {
            (true, true) => None,
            (true, false) => Some(Fault::new("not-odm", "the file has no element")),
            (false, _) => Some(Fault::at("truncated", "the file ends within an element", self.events.offset())),
        }
    }

    fn refusal(&self, fault: Fault) -> Met {
        let locator = if self.subject.is_some() {
            self.locator()
        } else {
            self.name.to_owned()
        };
        undecodable(locator, fault)
    }

    fn locator(&self) -> String {
        format!("{}#SubjectData[{}]", self.name, self.subject_count)
    }
}

fn undecodable(locator: String, fault: Fault) -> Met {
    Met::Undecodable(Undecodable {
        locator,
        reason_code: fault.code,
        detail: fault.detail,
    })
}
