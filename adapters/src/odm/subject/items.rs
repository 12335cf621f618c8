//! Items of a group.

use super::super::definitions::Definitions;
use super::super::element::{Element, Version};
use super::super::item::{PendingItem, Resolve};
use super::super::references::is_imputed;
use super::super::transaction::{Effective, Transaction};
use super::super::vendor_status::VendorStatus;
use super::{Level, SubjectReader};
use crate::unit::{LeftOutRule, Repair};

impl SubjectReader<'_> {
    /// Begins an item.
    pub(super) fn enter_item(&mut self, element: &Element, around: Effective) -> Level {
        let effective = self.effective(element, around);
        if self.reading.is_snapshot && effective.transaction == Transaction::Remove {
            self.state
                .account
                .leave_out(LeftOutRule::EnteredInError, PendingItem::element_name(element));
            return Level::Skipped;
        }
        let known = [
            "ItemOID",
            "TransactionType",
            "IsNull",
            "Value",
            "AuditRecordID",
            "SignatureID",
            "AnnotationID",
            "MeasurementUnitOID",
        ];
        self.count_other_attributes(element, &known, "ItemData@(unknown)");
        for name in ["AuditRecordID", "SignatureID"] {
            if element.attribute(name).is_some() {
                self.left_out.push((LeftOutRule::ElementNotRead, name));
            }
        }
        let resolve = match self.reading.references {
            None => Resolve::Later,
            Some(references) => Resolve::By(references),
        };
        let item = PendingItem::new(element, self.reading.version, effective, resolve);
        match self.keep(item) {
            None => Level::Skipped,
            Some(mut item) => {
                item.marks.is_unclear = element.vendor_status == VendorStatus::Unclear;
                self.item = Some(item);
                Level::Item
            }
        }
    }

    /// Handles an element directly inside an item.
    pub(super) fn in_item(&mut self, element: &Element) -> Level {
        let effective = self.item.as_ref().map_or(Effective::DEFAULT, |item| item.effective);
        match (self.reading.version, element.name.as_str(), &mut self.item) {
            (Version::V1, "MeasurementUnitRef", item) => {
                if let Some(item) = item {
                    item.unit = element.attribute("MeasurementUnitOID").map(str::to_owned);
                    if item.unit.is_none() {
                        self.refuse("missing-attribute", "MeasurementUnitOID of the element", element.offset);
                    }
                }
                Level::Skipped
            }
            (Version::V2, "Value", Some(item)) => match item.begin_value(element.offset) {
                Ok(()) => Level::Value,
                Err(fault) => {
                    self.fault.get_or_insert(fault);
                    Level::Skipped
                }
            },
            (_, "AuditRecord", item) => {
                if let Some(item) = item {
                    item.marks.is_imputed |= is_imputed(element);
                }
                self.skipped(element)
            }
            (_, "Annotation", _) => self.enter_annotation(element, effective),
            (_, "Signature" | "Query", _) => self.skipped(element),
            _ => self.unexpected(element),
        }
    }

    /// Applies an item at its end.
    pub(super) fn leave_item(&mut self, definitions: Option<&Definitions>) {
        let (Some(item), false) = (self.item.take(), self.is_over()) else {
            return;
        };
        let at = match self.levels.last() {
            Some(Level::Container(container)) => container.at,
            Some(Level::Item | Level::Value | Level::Skipped) | None => return,
        };
        let effective = item.effective;
        if item.is_null_repaired {
            self.state.account.repair(Repair::NullSpelling);
        }
        let change = item.change(definitions);
        let Some(change) = self.keep(change) else { return };
        if effective.is_default && !self.reading.is_snapshot {
            self.state.account.repair(Repair::TransactionTypeAbsent);
        }
        let applied = self.state.item(at, change, effective.transaction, self.reading.is_snapshot);
        self.keep(applied);
    }
}
