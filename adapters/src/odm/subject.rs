//! One subject of an ODM file while its elements are read.

use std::collections::{BTreeMap, HashSet};

use super::definitions::Definitions;
use super::element::Element;
use super::fault::Fault;
use super::{MAX_RECORDS, MAX_VALUES};
use crate::unit::{Field, Record};

/// The records of the current subject that were read so far.
pub(super) struct Subject {
    pub(super) study: String,
    pub(super) version: String,
    pub(super) key: String,
    /// The start of the subject in the UTF-8 text, in bytes.
    pub(super) position: u64,
    pub(super) records: Vec<Record>,
    /// The first fault in the subject. After a fault, the rest of the subject is skipped.
    pub(super) fault: Option<Fault>,
    open: Vec<usize>,
    repeats: HashSet<(Option<usize>, String, Option<String>)>,
    value_count: usize,
    item: Option<Item>,
    flag_count: usize,
    /// The text of the part of a flag that is being read.
    flag_text: String,
    /// The number of parts of the current flag that were read.
    flag_part_count: usize,
}

struct Item {
    oid: String,
    offset: u64,
    typed: Option<Typed>,
    value: Option<String>,
    null: bool,
    unit: Option<String>,
}

/// How white space in the text of a typed element is treated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    Text,
    Token,
}

impl Subject {
    pub(super) fn new(element: &Element, study: Result<String, Fault>, version: Result<String, Fault>, position: u64) -> Self {
        let mut fault = None;
        let mut taken = |part: Result<String, Fault>| {
            part.unwrap_or_else(|missing| {
                fault.get_or_insert(missing);
                String::new()
            })
        };
        let (study, version, key) = (taken(study), taken(version), taken(element.required("SubjectKey")));
        let mut subject = Self {
            study,
            version,
            key,
            position,
            records: Vec::new(),
            fault,
            open: Vec::new(),
            repeats: HashSet::new(),
            value_count: 0,
            item: None,
            flag_count: 0,
            flag_text: String::new(),
            flag_part_count: 0,
        };
        let fields = [
            ("@StudyOID", &subject.study),
            ("@MetaDataVersionOID", &subject.version),
            ("@SubjectKey", &subject.key),
        ];
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Field::Value(value.clone())));
        let record = Record {
            kind: "SubjectData".to_owned(),
            parent: None,
            offset: Some(element.offset),
            fields: fields.collect(),
        };
        subject.records.push(record);
        subject.open.push(0);
        subject.refuse_transaction(element);
        subject
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

    pub(super) fn refuse(&mut self, code: &'static str, what: &str, offset: u64) {
        self.fault.get_or_insert_with(|| Fault::at(code, what, offset));
    }

    /// Handles the start of an event, a form or an item group.
    pub(super) fn enter(&mut self, element: &Element, oid: &'static str, repeat_key: &'static str) {
        self.refuse_transaction(element);
        let oid = element.required(oid);
        if let Some(oid) = self.keep(oid)
            && self.fault.is_none()
        {
            let kind = format!("{}:{oid}", element.name);
            let repeat = element.attribute(repeat_key).map(str::to_owned);
            let parent = self.open.last().copied();
            if !self.repeats.insert((parent, kind.clone(), repeat.clone())) {
                let what = "an occurrence with the object identifier and repeat key of an earlier occurrence";
                self.refuse("duplicate-repeat", what, element.offset);
            }
            if self.records.len() == MAX_RECORDS {
                self.refuse("too-many-records", "more records than a subject may have", element.offset);
            }
            let fields = repeat.map(|value| (format!("@{repeat_key}"), Field::Value(value)));
            self.records.push(Record {
                kind,
                parent,
                offset: Some(element.offset),
                fields: fields.into_iter().collect::<BTreeMap<_, _>>(),
            });
        }
        self.open.push(self.records.len().saturating_sub(1));
    }

    /// Handles the end of an event, a form or an item group.
    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    /// Handles the start of an item.
    pub(super) fn enter_item(&mut self, element: &Element) {
        self.refuse_transaction(element);
        let typed = match element.name.as_str() {
            "ItemData" => None,
            "ItemDataAny" | "ItemDataString" => Some(Typed::Text),
            _ => Some(Typed::Token),
        };
        let oid = element.required("ItemOID");
        let Some(oid) = self.keep(oid) else { return };
        if oid.starts_with('@') {
            self.refuse("item-oid", "an ItemOID that begins with @", element.offset);
        }
        self.item = Some(Item {
            oid,
            offset: element.offset,
            value: element.attribute("Value").filter(|_| typed.is_none()).map(str::to_owned),
            typed,
            null: element.attribute("IsNull") == Some("Yes"),
            unit: None,
        });
    }

    pub(super) fn unit(&mut self, element: &Element) {
        let unit = element.required("MeasurementUnitOID");
        let unit = self.keep(unit);
        if let Some(item) = &mut self.item {
            item.unit = unit;
        }
    }

    /// Handles the start of a flag. A flag belongs to the record that is open, also if it is a flag of an item, because the statements are made
    /// from the whole record.
    pub(super) fn enter_flag(&mut self) {
        self.flag_count += 1;
        self.flag_part_count = 0;
    }

    pub(super) fn flag_text(&mut self, text: &str) {
        if self.fault.is_none() {
            self.flag_text.push_str(text);
        }
    }

    /// Handles the end of a part of a flag.
    pub(super) fn leave_flag_part(&mut self) {
        let text = std::mem::take(&mut self.flag_text).trim().to_owned();
        self.flag_part_count += 1;
        if !text.is_empty() {
            self.mark(format!("@Flag({}).{}", self.flag_count, self.flag_part_count), text);
        }
    }

    /// Handles an audit record which states that a value of the open record was imputed.
    pub(super) fn imputed(&mut self) {
        self.mark("@Imputed".to_owned(), "Yes".to_owned());
    }

    fn mark(&mut self, name: String, text: String) {
        self.value_count += 1;
        let record = self.open.last().and_then(|at| self.records.get_mut(*at));
        if let Some(record) = record.filter(|_| self.fault.is_none()) {
            record.fields.insert(name, Field::Value(text));
        }
    }

    /// Handles text inside the elements of an annotation. Only white space is allowed there.
    pub(super) fn text_outside_items(&mut self, text: &str, offset: u64) {
        if !text.trim().is_empty() {
            self.refuse("unexpected-text", "text where ODM does not allow text", offset);
        }
    }

    /// Handles text inside the open item.
    pub(super) fn text(&mut self, text: &str, offset: u64) {
        match &mut self.item {
            Some(item) if item.typed.is_some() && self.fault.is_none() => item.value.get_or_insert_default().push_str(text),
            Some(_) | None if text.trim().is_empty() || self.fault.is_some() => {}
            Some(_) | None => self.refuse("unexpected-text", "text where ODM does not allow text", offset),
        }
    }

    /// Handles the end of an item.
    pub(super) fn leave_item(&mut self, definitions: Option<&Definitions>) {
        let Some(item) = self.item.take() else { return };
        if self.fault.is_some() {
            return;
        }
        let value = match (item.value, item.typed) {
            (Some(value), Some(Typed::Token)) => Some(value.trim().to_owned()),
            (value, _) => value,
        };
        let value = value.filter(|value| !value.is_empty());
        let field = match (value, item.null) {
            (Some(value), true) if !value.trim().is_empty() => {
                return self.refuse("null-with-value", "an item that is null but has a value", item.offset);
            }
            (_, true) => Some(Field::Null),
            (value, false) => value.map(Field::Value),
        };
        if let Some(definitions) = definitions {
            let value = match &field {
                Some(Field::Value(value)) => Some(value.as_str()),
                Some(Field::Null) | None => None,
            };
            let checked = definitions.check(&item.oid, value, item.offset);
            self.keep(checked);
        }
        let unit = item
            .unit
            .map(|unit| (format!("{}@MeasurementUnitOID", item.oid), Field::Value(unit)));
        // An item that occurs twice in a group is refused as ambiguous, even if one occurrence has no value.
        let group = self.open.last().copied();
        if !self.repeats.insert((group, item.oid.clone(), None)) {
            self.refuse("duplicate-item", "an item that occurs twice in its group", item.offset);
        }
        for (name, field) in field.map(|field| (item.oid, field)).into_iter().chain(unit) {
            self.value_count += 1;
            let record = group.and_then(|at| self.records.get_mut(at));
            if record.and_then(|record| record.fields.insert(name, field)).is_some() {
                self.refuse("duplicate-item", "an item that occurs twice in its group", item.offset);
            }
        }
        if self.value_count > MAX_VALUES {
            self.refuse("too-many-values", "more values than a subject may have", item.offset);
        }
    }

    /// Refuses an element that is marked as a transaction, because a snapshot contains no transactions. `Insert` is accepted, because an
    /// inserted value is present in the snapshot.
    fn refuse_transaction(&mut self, element: &Element) {
        if element.attribute("TransactionType").is_some_and(|kind| kind != "Insert") {
            self.refuse("transaction-in-snapshot", "a transaction in a snapshot,", element.offset);
        }
    }
}
