//! Events, forms and groups of a subject.

use super::super::element::{Element, Version};
use super::super::fault::Fault;
use super::super::state::{Keys, Kind};
use super::super::transaction::{Effective, Transaction};
use super::{Container, Level, SubjectReader};
use crate::unit::LeftOutRule;

impl SubjectReader<'_> {
    /// Handles the start of an event, a form or a group.
    pub(super) fn enter(&mut self, element: &Element, kind: Kind, parent: usize, around: Effective) -> Level {
        let effective = self.effective(element, around);
        let keys = self.keys(element, kind);
        let (Some(keys), false) = (self.keep(keys), self.is_over()) else {
            return Level::Skipped;
        };
        if effective.transaction == Transaction::Remove {
            match self.reading.is_snapshot {
                // The content of a removed element is no longer part of the clinical data.
                true => self.state.account.leave_out(LeftOutRule::EnteredInError, kind.element()),
                false => {
                    let removed = self.state.remove(parent, &keys, element.offset);
                    self.keep(removed);
                }
            }
            return Level::Skipped;
        }
        let entered = self
            .state
            .enter(parent, keys, effective.transaction, self.reading.is_snapshot, element.offset);
        match self.keep(entered) {
            None => Level::Skipped,
            Some(at) => {
                self.state.vendor_status(at, element.vendor_status);
                Level::Container(Container {
                    kind,
                    at,
                    effective,
                    annotations: Vec::new(),
                    imputed: None,
                })
            }
        }
    }

    fn keys(&mut self, element: &Element, kind: Kind) -> Result<Keys, Fault> {
        let (oid, repeats): (_, &[&'static str]) = match (kind, self.reading.version) {
            (Kind::Event, _) => ("StudyEventOID", &["StudyEventRepeatKey"]),
            (Kind::Form, _) => ("FormOID", &["FormRepeatKey"]),
            (Kind::Group | Kind::Subject, Version::V1) => ("ItemGroupOID", &["ItemGroupRepeatKey"]),
            (Kind::Group | Kind::Subject, Version::V2) => ("ItemGroupOID", &["ItemGroupRepeatKey", "ItemGroupDataSeq"]),
        };
        let known: Vec<&str> = [oid, "TransactionType"].into_iter().chain(repeats.iter().copied()).collect();
        let name = match kind {
            Kind::Subject => "SubjectData@(unknown)",
            Kind::Event => "StudyEventData@(unknown)",
            Kind::Form => "FormData@(unknown)",
            Kind::Group => "ItemGroupData@(unknown)",
        };
        self.count_other_attributes(element, &known, name);
        let mut stated = repeats
            .iter()
            .filter_map(|name| element.attribute(name).map(|value| (*name, value.to_owned())));
        let repeat = stated.next();
        if stated.next().is_some() {
            let what = "a group with both ItemGroupRepeatKey and ItemGroupDataSeq";
            return Err(Fault::at("two-repeat-keys", what, element.offset));
        }
        Ok(Keys {
            kind,
            oid: element.required(oid)?,
            repeat,
        })
    }
}
