//! The state of one subject: what the snapshot and the transactions after it state, folded in their order.

use std::collections::{BTreeMap, HashMap};

use super::annotation::Annotation;
use super::element::Version;
use super::fault::Fault;
use super::marks::Marks;
use super::transaction::Transaction;
use super::{MAX_RECORDS, MAX_SUBJECT_BYTES, MAX_VALUES};
use crate::unit::{Field, LeftOutRule, Record, Repair, UnitAccount};

/// The kind of an element that contains other data elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Subject,
    Event,
    Form,
    Group,
}

impl Kind {
    /// The name of the element.
    pub(super) fn element(self) -> &'static str {
        match self {
            Self::Subject => "SubjectData",
            Self::Event => "StudyEventData",
            Self::Form => "FormData",
            Self::Group => "ItemGroupData",
        }
    }
}

/// The keys of an event, a form or a group inside its parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Keys {
    pub(super) kind: Kind,
    pub(super) oid: String,
    /// The repeat key, with the name of its attribute; `None` if absent.
    pub(super) repeat: Option<(&'static str, String)>,
}

/// An event, a form or a group of the subject; the first entry is the subject itself.
pub(super) struct Entry {
    pub(super) keys: Keys,
    pub(super) parent: Option<usize>,
    pub(super) children: Vec<usize>,
    pub(super) offset: u64,
    pub(super) is_alive: bool,
    /// Whether a file states that the entry exists. An entry that was named only as a context does not exist by itself.
    pub(super) is_stated: bool,
    pub(super) items: BTreeMap<String, Item>,
    pub(super) marks: Marks,
    /// The last `SubjectData` element that named the entry.
    serial: u32,
    /// The last `SubjectData` element that stated items of the entry.
    item_serial: Option<u32>,
}

/// An item of a group.
#[derive(Default)]
pub(super) struct Item {
    /// The value; `None` if it is empty or was never stated.
    pub(super) field: Option<Field>,
    pub(super) unit: Option<String>,
    pub(super) marks: Marks,
    is_valued: bool,
}

/// What one element states about an item.
pub(super) struct ItemChange {
    pub(super) oid: String,
    pub(super) element: &'static str,
    pub(super) offset: u64,
    /// The value that the element states; `None` if it states none, for example if only an annotation changed.
    pub(super) value: Option<Option<Field>>,
    pub(super) unit: Option<String>,
    pub(super) marks: Marks,
    pub(super) annotations: Vec<Annotation>,
}

/// The state of a subject.
pub(super) struct State {
    pub(super) study: String,
    pub(super) metadata_version: String,
    pub(super) key: String,
    pub(super) version: Version,
    pub(super) entries: Vec<Entry>,
    /// What was left out of the subject, and what was repaired.
    pub(super) account: UnitAccount,
    /// The records of the subject before it was removed; `None` if the subject exists.
    pub(super) removed: Option<Vec<Record>>,
    index: HashMap<(usize, Keys), usize>,
    serial: u32,
    value_count: usize,
    byte_count: usize,
}

impl State {
    pub(super) fn new(version: Version, study: &str, metadata_version: &str, key: &str) -> Self {
        let mut state = Self {
            study: study.to_owned(),
            metadata_version: metadata_version.to_owned(),
            key: key.to_owned(),
            version,
            entries: Vec::new(),
            account: UnitAccount::default(),
            removed: None,
            index: HashMap::new(),
            serial: 0,
            value_count: 0,
            byte_count: 0,
        };
        state.clear();
        state
    }

    /// Begins the next `SubjectData` element of the subject.
    pub(super) fn begin(&mut self) {
        self.serial += 1;
    }

    /// Removes the subject with all its data.
    pub(super) fn remove_subject(&mut self, before: Vec<Record>) {
        if self.removed.is_some() {
            self.account.repair(Repair::RemoveOfAbsent);
            return;
        }
        self.account.leave_out(LeftOutRule::EnteredInError, Kind::Subject.element());
        self.clear();
        self.removed = Some(before);
    }

    fn clear(&mut self) {
        self.index.clear();
        self.value_count = 0;
        self.byte_count = 0;
        self.entries = vec![Entry {
            keys: Keys {
                kind: Kind::Subject,
                oid: String::new(),
                repeat: None,
            },
            parent: None,
            children: Vec::new(),
            offset: 0,
            is_alive: true,
            is_stated: true,
            items: BTreeMap::new(),
            marks: Marks::default(),
            serial: 0,
            item_serial: None,
        }];
    }

    /// Enters an entry inside `parent` with a transaction other than `Remove`. Returns its index.
    pub(super) fn enter(
        &mut self,
        parent: usize,
        keys: Keys,
        transaction: Transaction,
        is_snapshot: bool,
        offset: u64,
    ) -> Result<usize, Fault> {
        let found = self.index.get(&(parent, keys.clone())).copied();
        let states = transaction != Transaction::Context;
        if states {
            self.removed = None;
        }
        if let Some(at) = found {
            let Some(entry) = self.entries.get_mut(at) else { return Ok(at) };
            if is_snapshot && entry.serial == self.serial {
                let what = "an occurrence with the object identifier and repeat key of an earlier occurrence";
                return Err(Fault::at("duplicate-repeat", what, offset));
            }
            entry.serial = self.serial;
            entry.is_stated |= states;
            return Ok(at);
        }
        if self.entries.len() >= MAX_RECORDS {
            return Err(Fault::at("too-many-records", "more records than a subject may have", offset));
        }
        if transaction == Transaction::Update {
            self.account.repair(Repair::UpdateOfAbsent);
        }
        let at = self.entries.len();
        self.index.insert((parent, keys.clone()), at);
        if let Some(parent) = self.entries.get_mut(parent) {
            parent.children.push(at);
        }
        self.entries.push(Entry {
            keys,
            parent: Some(parent),
            children: Vec::new(),
            offset,
            is_alive: true,
            is_stated: states,
            items: BTreeMap::new(),
            marks: Marks::default(),
            serial: self.serial,
            item_serial: None,
        });
        Ok(at)
    }

    /// Removes an entry with everything inside it.
    pub(super) fn remove(&mut self, parent: usize, keys: &Keys) {
        let Some(at) = self.index.remove(&(parent, keys.clone())) else {
            self.account.repair(Repair::RemoveOfAbsent);
            return;
        };
        self.account.leave_out(LeftOutRule::EnteredInError, keys.kind.element());
        let mut open = vec![at];
        while let Some(entry) = open.pop().and_then(|at| self.entries.get_mut(at)) {
            entry.is_alive = false;
            entry.marks = Marks::default();
            open.append(&mut entry.children);
            let items = std::mem::take(&mut entry.items);
            self.value_count -= items.len();
            self.byte_count -= items.values().map(Item::byte_count).sum::<usize>();
        }
    }

    /// Applies the annotations and the audit record of an entry's element.
    pub(super) fn mark(&mut self, at: usize, annotations: Vec<Annotation>, imputed: Option<bool>, is_snapshot: bool) -> Result<(), Fault> {
        let Some(entry) = self.entries.get_mut(at) else { return Ok(()) };
        let before = entry.marks.byte_count();
        entry.marks.apply(annotations, is_snapshot);
        if let Some(imputed) = imputed {
            entry.marks.is_imputed = imputed || (is_snapshot && entry.marks.is_imputed);
        }
        let (after, offset) = (entry.marks.byte_count(), entry.offset);
        self.resized(before, after, offset)
    }

    /// Applies what an element states about an item of the entry `at`.
    pub(super) fn item(&mut self, at: usize, change: ItemChange, transaction: Transaction, is_snapshot: bool) -> Result<(), Fault> {
        let serial = self.serial;
        let Some(entry) = self.entries.get_mut(at) else { return Ok(()) };
        let account = &mut self.account;
        let offset = change.offset;
        if is_snapshot {
            if entry.items.contains_key(&change.oid) {
                return Err(Fault::at("duplicate-item", "an item that occurs twice in its group", offset));
            }
            if entry.item_serial.is_some_and(|earlier| earlier != serial) {
                let what = "an item group whose items an earlier element of the subject states too";
                return Err(Fault::at("duplicate-repeat", what, offset));
            }
        }
        match transaction {
            Transaction::Context => {
                if change.value.is_some_and(|value| value.is_some()) {
                    account.leave_out(LeftOutRule::Context, change.element);
                }
                return Ok(());
            }
            Transaction::Remove => {
                match entry.items.remove(&change.oid) {
                    None => account.repair(Repair::RemoveOfAbsent),
                    Some(item) => {
                        account.leave_out(LeftOutRule::EnteredInError, change.element);
                        self.value_count -= 1;
                        self.byte_count -= item.byte_count();
                    }
                }
                return Ok(());
            }
            Transaction::Insert | Transaction::Update | Transaction::Upsert => {}
        }
        self.removed = None;
        entry.item_serial = Some(serial);
        let is_new = !entry.items.contains_key(&change.oid);
        let item = entry.items.entry(change.oid).or_default();
        let before = item.byte_count();
        match (transaction, item.is_valued, change.value.is_some()) {
            (Transaction::Insert, true, true) => account.repair(Repair::InsertOfExisting),
            (Transaction::Update, false, true) => account.repair(Repair::UpdateOfAbsent),
            _ => {}
        }
        if let Some(value) = change.value {
            if item.field.is_some() && item.field != value {
                account.leave_out(LeftOutRule::SupersededValue, change.element);
            }
            let annotations = std::mem::take(&mut item.marks);
            item.field = value;
            // The unit belongs to the value. A new value without a unit must not take the unit of the value before it.
            item.unit = change.unit;
            item.marks = annotations.with_value_of(change.marks);
            item.is_valued = true;
        } else {
            if change.unit.is_some() {
                item.unit = change.unit;
            }
            item.marks.add(change.marks);
        }
        item.marks.apply(change.annotations, is_snapshot);
        let after = item.byte_count();
        self.value_count += usize::from(is_new);
        if self.value_count > MAX_VALUES {
            return Err(Fault::at("too-many-values", "more values than a subject may have", offset));
        }
        self.resized(before, after, offset)
    }

    fn resized(&mut self, before: usize, after: usize, offset: u64) -> Result<(), Fault> {
        self.byte_count = (self.byte_count + after).saturating_sub(before);
        match self.byte_count > MAX_SUBJECT_BYTES {
            true => Err(Fault::at("too-large", "the values of the subject have more than 64 MiB", offset)),
            false => Ok(()),
        }
    }
}

impl Item {
    fn byte_count(&self) -> usize {
        let value = match &self.field {
            Some(Field::Value(value)) => value.len(),
            Some(Field::Null) | None => 0,
        };
        value + self.unit.as_ref().map_or(0, String::len) + self.marks.byte_count()
    }
}
