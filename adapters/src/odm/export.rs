//! Writes the state of a subject as the records of a unit.

use std::collections::{BTreeMap, HashSet};

use super::element::Version;
use super::fault::Fault;
use super::state::{Entry, Kind, State};
use crate::unit::{Field, Record};

impl State {
    /// The records of the subject as it is now.
    ///
    /// # Errors
    /// A [`Fault`] if a parent has occurrences of one event, form or group both with and without a repeat key. The occurrences can then not be
    /// told apart.
    pub(super) fn records(&self) -> Result<Vec<Record>, Fault> {
        self.check_repeat_keys()?;
        let mut is_kept: Vec<bool> = self.entries.iter().map(|entry| entry.is_alive && entry.has_content()).collect();
        for (at, entry) in self.entries.iter().enumerate().rev() {
            if is_kept.get(at) == Some(&true)
                && let Some(kept) = entry.parent.and_then(|parent| is_kept.get_mut(parent))
            {
                *kept = true;
            }
        }
        let mut records: Vec<Record> = Vec::new();
        let mut places: Vec<Option<usize>> = Vec::new();
        for (entry, kept) in self.entries.iter().zip(&is_kept) {
            places.push(kept.then_some(records.len()));
            if *kept {
                let has_groups = entry.children.iter().any(|at| is_kept.get(*at) == Some(&true));
                records.push(Record {
                    kind: self.kind(entry, has_groups),
                    parent: entry.parent.and_then(|parent| places.get(parent).copied().flatten()),
                    offset: Some(entry.offset),
                    fields: self.fields(entry, has_groups),
                });
            }
        }
        Ok(records)
    }

    /// Whether a group of ODM 2.0 is what a form is in ODM 1.3: it is directly in an event, and contains groups.
    fn is_form(&self, entry: &Entry, has_groups: bool) -> bool {
        let parent = entry.parent.and_then(|parent| self.entries.get(parent));
        self.version == Version::V2
            && has_groups
            && entry.keys.kind == Kind::Group
            && parent.is_some_and(|parent| parent.keys.kind == Kind::Event)
    }

    fn kind(&self, entry: &Entry, has_groups: bool) -> String {
        let kind = match entry.keys.kind {
            Kind::Subject => return Kind::Subject.element().to_owned(),
            Kind::Group if entry.items.is_empty() && self.is_form(entry, has_groups) => Kind::Form,
            kind => kind,
        };
        format!("{}:{}", kind.element(), entry.keys.oid)
    }

    fn fields(&self, entry: &Entry, has_groups: bool) -> BTreeMap<String, Field> {
        let mut fields = BTreeMap::new();
        let mut add = |name: String, value: &str| fields.insert(name, Field::Value(value.to_owned()));
        if entry.keys.kind == Kind::Subject {
            add("@StudyOID".to_owned(), &self.study);
            add("@MetaDataVersionOID".to_owned(), &self.metadata_version);
            add("@SubjectKey".to_owned(), &self.key);
        }
        if let Some((name, repeat)) = &entry.keys.repeat {
            let is_form = self.is_form(entry, has_groups) && *name == "ItemGroupRepeatKey";
            if is_form {
                add("@FormRepeatKey".to_owned(), repeat);
            }
            if !is_form || !entry.items.is_empty() {
                add(format!("@{name}"), repeat);
            }
        }
        let marks = || entry.items.values().map(|item| &item.marks).chain([&entry.marks]);
        for (number, flag) in marks().flat_map(|marks| marks.flags()).enumerate() {
            for (part, text) in flag.iter().enumerate() {
                add(format!("@Flag({}).{}", number + 1, part + 1), text);
            }
        }
        if marks().any(|marks| marks.is_imputed) {
            add("@Imputed".to_owned(), "Yes");
        }
        if marks().any(|marks| marks.is_unresolved) {
            add("@Unresolved".to_owned(), "Yes");
        }
        if marks().any(|marks| marks.is_unclear) {
            add("@VendorStatus".to_owned(), "Yes");
        }
        for (oid, item) in &entry.items {
            if let Some(unit) = &item.unit {
                add(format!("{oid}@MeasurementUnitOID"), unit);
            }
        }
        for (oid, item) in &entry.items {
            if let Some(field) = &item.field {
                fields.insert(oid.clone(), field.clone());
            }
        }
        fields
    }

    /// Checks that no parent has occurrences of one object both with and without a repeat key.
    pub(super) fn check_repeat_keys(&self) -> Result<(), Fault> {
        let mut without = HashSet::new();
        let alive = || self.entries.iter().filter(|entry| entry.is_alive);
        for entry in alive().filter(|entry| entry.keys.repeat.is_none()) {
            without.insert((entry.parent, entry.keys.kind, &entry.keys.oid));
        }
        let mixed =
            alive().find(|entry| entry.keys.repeat.is_some() && without.contains(&(entry.parent, entry.keys.kind, &entry.keys.oid)));
        match mixed {
            None => Ok(()),
            Some(entry) => {
                let what = "an occurrence with a repeat key beside an occurrence of the same object without one,";
                Err(Fault::at("missing-repeat-key", what, entry.offset))
            }
        }
    }
}

impl Entry {
    /// Whether the entry exists by itself, and not only because of the entries inside it.
    fn has_content(&self) -> bool {
        self.is_stated || !self.items.is_empty() || !self.marks.is_empty()
    }
}
