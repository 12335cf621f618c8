//! The state of one subject: what the snapshot and the transactions after it state, folded in their order.

mod items;

use std::collections::{BTreeMap, HashMap};

use super::annotation::Annotation;
use super::element::Version;
use super::fault::Fault;
use super::marks::Marks;
use super::transaction::Transaction;
use super::vendor_status::VendorStatus;
use super::{MAX_RECORDS, MAX_SUBJECT_BYTES};
use crate::unit::{LeftOutRule, Record, Repair, UnitAccount};

pub(super) use items::{Item, ItemChange};

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

impl Keys {
    /// Whether keys that are not equal to these keys could nevertheless mean the same occurrence: a repeat key is missing, is of another attribute, or differs
    /// only in its writing (`1` and `01`).
    fn could_be(&self, other: &Self) -> bool {
        let plain = |key: &str| key.trim().trim_start_matches('0').to_lowercase();
        let is_alike = match (&self.repeat, &other.repeat) {
            (Some((name, key)), Some((other_name, other_key))) => name != other_name || plain(key) == plain(other_key),
            (None, _) | (_, None) => true,
        };
        self.kind == other.kind && self.oid == other.oid && is_alike
    }
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
    ///
    /// # Errors
    /// A [`Fault`] if the keys match no entry exactly, but could mean an entry. ODM 1.3.2 § 2.7 identifies an occurrence by its OID and its repeat key, and a
    /// repeat key is required for an object that repeats. If the removal were ignored, removed data would stay.
    pub(super) fn remove(&mut self, parent: usize, keys: &Keys, offset: u64) -> Result<(), Fault> {
        let Some(at) = self.index.remove(&(parent, keys.clone())) else {
            let children = self.entries.get(parent).into_iter().flat_map(|entry| &entry.children);
            let mut others = children.filter_map(|at| self.entries.get(*at)).filter(|entry| entry.is_alive);
            if others.any(|other| other.keys.could_be(keys)) {
                let what = "the removal of an occurrence whose repeat key is missing or not certain";
                return Err(Fault::at("missing-repeat-key", what, offset));
            }
            self.account.repair(Repair::RemoveOfAbsent);
            return Ok(());
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
        Ok(())
    }

    /// Notes what the vendors' attributes of an entry's element state. An element without such attributes changes nothing.
    pub(super) fn vendor_status(&mut self, at: usize, status: VendorStatus) {
        let Some(entry) = self.entries.get_mut(at) else { return };
        match status {
            VendorStatus::Unclear => entry.marks.is_unclear = true,
            VendorStatus::InUse => entry.marks.is_unclear = false,
            VendorStatus::Silent | VendorStatus::Removed => {}
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

    fn resized(&mut self, before: usize, after: usize, offset: u64) -> Result<(), Fault> {
        self.byte_count = (self.byte_count + after).saturating_sub(before);
        match self.byte_count > MAX_SUBJECT_BYTES {
            true => Err(Fault::at("too-large", "the values of the subject have more than 64 MiB", offset)),
            false => Ok(()),
        }
    }
}
