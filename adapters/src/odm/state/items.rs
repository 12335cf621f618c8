//! The items of a group, and how a transaction changes them.

use super::super::MAX_VALUES;
use super::super::annotation::Annotation;
use super::super::fault::Fault;
use super::super::marks::Marks;
use super::super::transaction::Transaction;
use super::State;
use crate::unit::{Field, LeftOutRule, Repair};

/// An item of a group.
#[derive(Default)]
pub(in crate::odm) struct Item {
    /// The value; `None` if it is empty or was never stated.
    pub(in crate::odm) field: Option<Field>,
    pub(in crate::odm) unit: Option<String>,
    pub(in crate::odm) marks: Marks,
    is_valued: bool,
}

/// What one element states about an item.
pub(in crate::odm) struct ItemChange {
    pub(in crate::odm) oid: String,
    pub(in crate::odm) element: &'static str,
    pub(in crate::odm) offset: u64,
    /// The value that the element states; `None` if it states none, for example if only an annotation changed.
    pub(in crate::odm) value: Option<Option<Field>>,
    pub(in crate::odm) unit: Option<String>,
    pub(in crate::odm) marks: Marks,
    pub(in crate::odm) annotations: Vec<Annotation>,
}

impl State {
    /// Applies what an element states about an item of the entry `at`.
    pub(in crate::odm) fn item(&mut self, at: usize, change: ItemChange, transaction: Transaction, is_snapshot: bool) -> Result<(), Fault> {
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
}

impl Item {
    pub(super) fn byte_count(&self) -> usize {
        let value = match &self.field {
            Some(Field::Value(value)) => value.len(),
            Some(Field::Null) | None => 0,
        };
        value + self.unit.as_ref().map_or(0, String::len) + self.marks.byte_count()
    }
}
