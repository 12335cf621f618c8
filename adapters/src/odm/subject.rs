//! Reads one `SubjectData` element and applies it to the state of its subject.

mod containers;
mod items;

use super::annotation::{Annotation, AnnotationReader, shown_name};
use super::definitions::Definitions;
use super::element::{Element, Version, is_item};
use super::fault::Fault;
use super::item::PendingItem;
use super::references::{References, is_imputed};
use super::state::{Kind, State};
use super::transaction::{Effective, Transaction};
use super::vendor_status::{self, VendorStatus};
use crate::unit::LeftOutRule;

/// The kind of an open element inside a subject.
enum Level {
    /// The subject, an event, a form or a group.
    Container(Container),
    Item,
    /// The value of an item in ODM 2.0.
    Value,
    Skipped,
}

/// An open subject, event, form or group.
struct Container {
    kind: Kind,
    at: usize,
    effective: Effective,
    annotations: Vec<Annotation>,
    /// Whether an audit record of the element states an imputation; `None` if the element has no audit record.
    imputed: Option<bool>,
}

/// How a `SubjectData` element is read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'r> {
    pub(super) version: Version,
    pub(super) is_snapshot: bool,
    /// The audit records and annotations of the file; `None` if they are not known yet.
    pub(super) references: Option<&'r References>,
    /// Whether the rest of a subject is read after a fault, without the elements that have a fault.
    pub(super) goes_on: bool,
}

/// The reader of one `SubjectData` element.
pub(super) struct SubjectReader<'r> {
    reading: Reading<'r>,
    pub(super) state: State,
    /// The first fault in the element. After a fault, the rest of the element is skipped, unless the reading goes on.
    pub(super) fault: Option<Fault>,
    /// The elements that were left out: the rule and the name.
    pub(super) left_out: Vec<(LeftOutRule, &'static str)>,
    /// The type that the element itself states.
    pub(super) stated: Option<Transaction>,
    levels: Vec<Level>,
    item: Option<PendingItem>,
    annotation: Option<AnnotationReader>,
}

impl<'r> SubjectReader<'r> {
    /// Begins to read a `SubjectData` element of the subject with this state.
    pub(super) fn new(element: &Element, reading: Reading<'r>, mut state: State) -> Self {
        state.begin();
        let mut reader = Self {
            reading,
            state,
            fault: None,
            left_out: Vec::new(),
            stated: None,
            levels: Vec::new(),
            item: None,
            annotation: None,
        };
        let stated = Transaction::stated(element);
        reader.stated = reader.keep(stated).flatten();
        let effective = reader.effective(element, Effective::DEFAULT);
        reader.count_other_attributes(element, &["SubjectKey", "TransactionType"], "SubjectData@(unknown)");
        if effective.transaction == Transaction::Remove {
            // A vendor's snapshot contains removed subjects too, with a mark.
            let is_marked = element.vendor_status == VendorStatus::Removed;
            match reader.reading.is_snapshot && !is_marked {
                true => reader.refuse("transaction-in-snapshot", "a removed subject in a snapshot,", element.offset),
                false if reader.reading.is_snapshot && (reader.state.removed.is_some() || reader.state.entries.len() > 1) => {
                    reader.refuse(
                        "removed-and-present",
                        "a subject that the snapshot states as removed and as present,",
                        element.offset,
                    );
                }
                false => {
                    let before = reader.state.records();
                    if let Some(before) = reader.keep(before) {
                        reader.state.remove_subject(before);
                    }
                }
            }
            reader.levels.push(Level::Skipped);
        } else {
            if reader.reading.is_snapshot && reader.state.removed.is_some() {
                reader.refuse(
                    "removed-and-present",
                    "a subject that the snapshot states as removed and as present,",
                    element.offset,
                );
            }
            reader.state.vendor_status(0, element.vendor_status);
            reader.levels.push(Level::Container(Container {
                kind: Kind::Subject,
                at: 0,
                effective,
                annotations: Vec::new(),
                imputed: None,
            }));
        }
        reader
    }

    /// The number of open elements.
    pub(super) fn depth(&self) -> usize {
        self.levels.len() + self.annotation.as_ref().map_or(0, AnnotationReader::depth)
    }

    /// Returns the value of a successful `result`. If the result is a fault, records it (if it is the first fault) and returns `None`.
    pub(super) fn keep<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                self.fault.get_or_insert(fault);
                None
            }
        }
    }

    /// Whether the rest of the subject is skipped because of a fault.
    pub(super) const fn is_over(&self) -> bool {
        self.fault.is_some() && !self.reading.goes_on
    }

    pub(super) fn refuse(&mut self, code: &'static str, what: &str, offset: u64) {
        self.fault.get_or_insert_with(|| Fault::at(code, what, offset));
    }

    /// The transaction of an element. In a snapshot, every element is inserted or removed.
    fn effective(&mut self, element: &Element, around: Effective) -> Effective {
        let effective = Effective::of(element, around);
        let Some(effective) = self.keep(effective) else { return around };
        if self.reading.is_snapshot && !matches!(effective.transaction, Transaction::Insert | Transaction::Remove) {
            self.refuse("transaction-in-snapshot", "a transaction in a snapshot,", element.offset);
        }
        effective
    }

    pub(super) fn start(&mut self, element: &Element) {
        if let Some(annotation) = &mut self.annotation {
            self.left_out.extend(annotation.start(element));
            return;
        }
        let level = match self.levels.last() {
            None | Some(Level::Skipped) => Level::Skipped,
            Some(Level::Container(_) | Level::Item | Level::Value) if element.odm != Some(self.reading.version) => {
                if element.foreign.is_empty() || element.odm.is_some() {
                    self.refuse("unexpected-element", "an element without the namespace of the file", element.offset);
                }
                if vendor_status::of_element(&element.name) == VendorStatus::Unclear {
                    self.unclear();
                }
                Level::Skipped
            }
            Some(Level::Container(container)) => {
                let (kind, at, effective) = (container.kind, container.at, container.effective);
                self.in_container(element, kind, at, effective)
            }
            Some(Level::Item) => self.in_item(element),
            Some(Level::Value) => self.unexpected(element),
        };
        // An annotation has its own levels.
        if self.annotation.is_none() {
            self.levels.push(level);
        }
    }

    /// Handles an element directly inside a subject, an event, a form or a group.
    fn in_container(&mut self, element: &Element, kind: Kind, at: usize, effective: Effective) -> Level {
        match (self.reading.version, kind, element.name.as_str()) {
            (_, Kind::Subject, "StudyEventData") => self.enter(element, Kind::Event, at, effective),
            (Version::V1, Kind::Event, "FormData") => self.enter(element, Kind::Form, at, effective),
            (Version::V1, Kind::Form, "ItemGroupData") | (Version::V2, Kind::Event | Kind::Group, "ItemGroupData") => {
                self.enter(element, Kind::Group, at, effective)
            }
            (Version::V1, Kind::Group, name) if is_item(name) => self.enter_item(element, effective),
            (Version::V2, Kind::Group, "ItemData") => self.enter_item(element, effective),
            (_, _, "AuditRecord") => {
                if let Some(Level::Container(container)) = self.levels.last_mut() {
                    container.imputed = Some(container.imputed == Some(true) || is_imputed(element));
                }
                self.skipped(element)
            }
            (_, _, "Annotation") => self.enter_annotation(element, effective),
            (_, _, "Signature" | "Query") | (_, Kind::Subject, "SiteRef" | "InvestigatorRef") | (_, Kind::Form, "ArchiveLayoutRef") => {
                self.skipped(element)
            }
            _ => self.unexpected(element),
        }
    }

    fn enter_annotation(&mut self, element: &Element, around: Effective) -> Level {
        let annotation = AnnotationReader::new(element, self.reading.version, around);
        self.annotation = self.keep(annotation);
        Level::Skipped
    }

    /// Marks the innermost item or record because of a vendor's element that could state its removal.
    fn unclear(&mut self) {
        match (&mut self.item, self.levels.last()) {
            (Some(item), _) => item.marks.is_unclear = true,
            (None, Some(Level::Container(container))) => {
                let at = container.at;
                self.state.vendor_status(at, VendorStatus::Unclear);
            }
            (None, _) => {}
        }
    }

    fn skipped(&mut self, element: &Element) -> Level {
        self.left_out.push((LeftOutRule::ElementNotRead, shown_name(element)));
        Level::Skipped
    }

    fn unexpected(&mut self, element: &Element) -> Level {
        self.refuse("unexpected-element", "an element that ODM does not allow here", element.offset);
        Level::Skipped
    }

    fn count_other_attributes(&mut self, element: &Element, known: &[&str], name: &'static str) {
        for _ in 0..element.other_attributes(known) {
            self.left_out.push((LeftOutRule::FieldNotAdmitted, name));
        }
    }

    pub(super) fn text(&mut self, text: &str, offset: u64) {
        if self.is_over() {
            return;
        }
        let is_allowed = match (&mut self.annotation, self.levels.last(), &mut self.item) {
            (Some(annotation), ..) => annotation.text(text),
            (None, Some(Level::Item), Some(item)) if item.takes_text() => {
                item.push_text(text);
                true
            }
            (None, Some(Level::Value), Some(item)) => {
                item.push_text(text);
                true
            }
            (None, Some(Level::Container(_) | Level::Item | Level::Value), _) => text.trim().is_empty(),
            (None, Some(Level::Skipped) | None, _) => true,
        };
        if !is_allowed {
            self.refuse("unexpected-text", "text where ODM does not allow text", offset);
        }
    }

    /// Handles the end of an element. Returns whether it was the end of the subject.
    pub(super) fn end(&mut self, definitions: Option<&Definitions>) -> bool {
        if let Some(annotation) = &mut self.annotation {
            if let Some(annotation) = annotation.end() {
                self.annotation = None;
                match (&mut self.item, self.levels.last_mut()) {
                    (Some(item), _) => item.annotations.push(annotation),
                    (None, Some(Level::Container(container))) => container.annotations.push(annotation),
                    (None, _) => {}
                }
            }
            return false;
        }
        match self.levels.pop() {
            Some(Level::Container(container)) if !self.is_over() => {
                // A context carries no data of its own.
                let is_context = container.effective.transaction == Transaction::Context;
                let imputed = container.imputed.filter(|_| !is_context);
                let is_snapshot = self.reading.is_snapshot;
                let marked = self.state.mark(container.at, container.annotations, imputed, is_snapshot);
                self.keep(marked);
            }
            Some(Level::Item) => self.leave_item(definitions),
            Some(Level::Container(_) | Level::Value | Level::Skipped) | None => {}
        }
        self.levels.is_empty()
    }
}
