//! Reads one ODM file from its start to its end: the definitions, and the places of its subjects. Each subject is checked and then forgotten.

mod subjects;

use std::ops::ControlFlow;

use super::MAX_DEPTH;
use super::annotation::{AnnotationReader, shown_name};
use super::definitions::Library;
use super::element::Element;
use super::events::{Events, Step};
use super::fault::Fault;
use super::header::Header;
use super::metadata::StudyReader;
use super::occurrence::Staged;
use super::references::References;
use super::scopes::Scopes;
use super::study::Studies;
use super::tap::Tap;
use super::transaction::Effective;
use super::vendor_status::shown_namespace;
use crate::unit::{LeftOutRule, Met};

use subjects::{OpenSubject, too_large};

/// What the files of a call share.
pub(super) struct Shared {
    pub(super) library: Library,
    pub(super) scopes: Scopes,
    pub(super) studies: Studies,
    /// The number of audit records and annotations with an ID.
    pub(super) referenced: usize,
}

/// What a file contains.
#[derive(Default)]
pub(super) struct Scan {
    /// The subjects, in the order of the file.
    pub(super) staged: Vec<Staged>,
    pub(super) references: References,
    /// Whether the file has clinical data of the study.
    pub(super) has_clinical_data: bool,
    /// Whether the file has clinical data of another study.
    pub(super) has_other_study: bool,
    /// Why the file was not read to its end.
    pub(super) fault: Option<Fault>,
    /// The number of the subject in which the fault is; `None` if it is not in a subject.
    pub(super) fault_subject: Option<usize>,
}

/// The kind of an open element outside of studies, subjects and annotations.
enum Level {
    Odm,
    Clinical {
        study: Result<String, Fault>,
        version: Result<String, Fault>,
    },
    OtherStudy,
    AuditRecords,
    Annotations,
    Skipped,
}

/// The element inside which another reader reads.
enum Inner {
    None,
    Study(StudyReader),
    Subject(Box<OpenSubject>),
    Annotation {
        reader: AnnotationReader,
        id: Option<String>,
        offset: u64,
    },
}

struct Document<'d> {
    name: &'d str,
    file: usize,
    header: &'d Header,
    events: Events,
    shared: &'d mut Shared,
    levels: Vec<Level>,
    inner: Inner,
    scan: Scan,
    subject_count: usize,
    has_ended: bool,
    /// What was found and not yet reported.
    found: Vec<Met>,
}

/// Reads a file to its end, or to the first fault that stops the reader. Reports what is left out, and subjects without a key.
pub(super) fn scan(
    tap: Tap,
    begin: u64,
    (name, file, header): (&str, usize, &Header),
    shared: &mut Shared,
    give: &mut dyn FnMut(Met) -> ControlFlow<()>,
) -> ControlFlow<(), Scan> {
    let mut document = Document {
        name,
        file,
        header,
        events: Events::new(tap, begin),
        shared,
        levels: Vec::new(),
        inner: Inner::None,
        scan: Scan::default(),
        subject_count: 0,
        has_ended: false,
        found: Vec::new(),
    };
    loop {
        let position = document.events.position();
        match &mut document.inner {
            Inner::Subject(subject) => {
                if document.events.tap().overflown {
                    subject.reader.keep::<()>(Err(too_large()));
                }
            }
            Inner::None | Inner::Study(_) | Inner::Annotation { .. } => document.events.tap().forget_before(position),
        }
        let step = match document.events.next() {
            Ok(Step::Eof) => return ControlFlow::Continue(document.stopped(None)),
            Ok(Step::Start(element)) => document.start(&element),
            Ok(Step::Text(text)) => {
                document.text(&text);
                Ok(())
            }
            Ok(Step::End) => document.end(),
            Err(fault) => Err(fault),
        };
        for met in document.found.drain(..) {
            if give(met).is_break() {
                return ControlFlow::Break(());
            }
        }
        if let Err(fault) = step {
            return ControlFlow::Continue(document.stopped(Some(fault)));
        }
    }
}

impl Document<'_> {
    fn start(&mut self, element: &Element) -> Result<(), Fault> {
        let inner_depth = match &self.inner {
            Inner::None => 0,
            Inner::Study(reader) => reader.depth(),
            Inner::Subject(subject) => subject.reader.depth(),
            Inner::Annotation { reader, .. } => reader.depth(),
        };
        if self.levels.len() + inner_depth >= MAX_DEPTH {
            return Err(Fault::at("too-deep", "too deeply nested elements", element.offset));
        }
        self.note_namespaces(element);
        match &mut self.inner {
            Inner::Study(reader) => return reader.start(element, &mut self.shared.library),
            Inner::Subject(subject) => {
                subject.reader.start(element);
                return Ok(());
            }
            Inner::Annotation { reader, .. } => {
                if let Some((rule, name)) = reader.start(element) {
                    self.leave_out(rule, name);
                }
                return Ok(());
            }
            Inner::None => {}
        }
        let version = self.header.version;
        let is_odm = element.odm == Some(version);
        let level = match (self.levels.last(), element.name.as_str()) {
            (None, _) if self.has_ended => return Err(Fault::at("malformed-xml", "a second root element", element.offset)),
            (None, _) => {
                // The root was read before, so a difference means that the file changed.
                Header::parse(element)?;
                Level::Odm
            }
            (Some(Level::Skipped), _) => Level::Skipped,
            _ if !is_odm => Level::Skipped,
            (Some(Level::Odm), "Study") => {
                self.inner = Inner::Study(StudyReader::new(element, version, self.file)?);
                return Ok(());
            }
            (Some(Level::Odm), "ClinicalData") => self.clinical(element),
            (Some(Level::Clinical { study, version }), "SubjectData") => {
                let (study, version) = (study.clone(), version.clone());
                return self.subject(element, study, version);
            }
            (Some(Level::OtherStudy), "SubjectData") => {
                self.leave_out(LeftOutRule::OtherStudy, "SubjectData");
                Level::Skipped
            }
            (Some(Level::OtherStudy), _) => Level::Skipped,
            (Some(Level::Clinical { .. }), "AuditRecords") => Level::AuditRecords,
            (Some(Level::Clinical { .. }), "Annotations") => Level::Annotations,
            (Some(Level::AuditRecords), "AuditRecord") => {
                self.scan.references.audit(element, &mut self.shared.referenced)?;
                self.leave_out(LeftOutRule::ElementNotRead, "AuditRecord");
                Level::Skipped
            }
            (Some(Level::Annotations), "Annotation") => {
                self.inner = Inner::Annotation {
                    reader: AnnotationReader::new(element, version, Effective::DEFAULT)?,
                    id: element.attribute("ID").map(str::to_owned),
                    offset: element.offset,
                };
                return Ok(());
            }
            (Some(_), _) => {
                self.leave_out(LeftOutRule::ElementNotRead, shown_name(element));
                Level::Skipped
            }
        };
        self.levels.push(level);
        Ok(())
    }

    fn clinical(&mut self, element: &Element) -> Level {
        let study = element.required("StudyOID");
        if let Ok(study) = &study {
            if !self.shared.studies.is_taken(study) {
                self.scan.has_other_study = true;
                return Level::OtherStudy;
            }
            self.scan.has_clinical_data = true;
        }
        Level::Clinical {
            study,
            version: element.required("MetaDataVersionOID"),
        }
    }

    fn text(&mut self, text: &str) {
        let offset = self.events.offset();
        match &mut self.inner {
            Inner::Subject(subject) => subject.reader.text(text, offset),
            Inner::Annotation { reader, .. } => {
                reader.text(text);
            }
            Inner::None | Inner::Study(_) => {}
        }
    }

    fn end(&mut self) -> Result<(), Fault> {
        match &mut self.inner {
            Inner::None => {
                self.levels.pop();
                self.has_ended = self.levels.is_empty();
            }
            Inner::Study(reader) => {
                if reader.end() {
                    self.inner = Inner::None;
                }
            }
            Inner::Annotation { reader, id, offset } => {
                if let Some(annotation) = reader.end() {
                    if let Some(id) = id {
                        self.scan
                            .references
                            .annotation(id, annotation, *offset, &mut self.shared.referenced)?;
                    }
                    self.inner = Inner::None;
                }
            }
            Inner::Subject(subject) => {
                let state = &subject.reader.state;
                let definitions = self.shared.library.definitions(&state.study, &state.metadata_version);
                if subject.reader.end(definitions)
                    && let Inner::Subject(subject) = std::mem::replace(&mut self.inner, Inner::None)
                {
                    self.subject_end(*subject);
                }
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, rule: LeftOutRule, name: &str) {
        self.found.push(Met::LeftOut(rule, name.to_owned()));
    }

    fn note_namespaces(&mut self, element: &Element) {
        let names = element.foreign.iter().map(|namespace| shown_namespace(namespace));
        let met = names.map(|name| Met::LeftOut(LeftOutRule::VendorNamespace, name.to_owned()));
        self.found.extend(met);
    }

    /// The result at the end of the file, or at a fault.
    fn stopped(mut self, fault: Option<Fault>) -> Scan {
        self.scan.fault = fault.or_else(|| self.eof());
        if matches!(self.inner, Inner::Subject(_)) {
            self.scan.fault_subject = Some(self.subject_count);
        }
        self.scan
    }

    /// The fault if the file ends before the document is complete; `None` if it is complete.
    fn eof(&self) -> Option<Fault> {
        let is_open = !self.levels.is_empty() || !matches!(self.inner, Inner::None);
        match (is_open, self.has_ended) {
            (false, true) => None,
            (false, false) => Some(Fault::new("not-odm", "the file has no element")),
            (true, _) => Some(Fault::at("truncated", "the file ends within an element", self.events.offset())),
        }
    }
}
