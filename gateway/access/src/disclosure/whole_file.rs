//! The rules for a file that is returned or used whole, as stored.

use gemj_model::{DataKind, Delivery, ObjectId, Ordinal};

use crate::action::Action;
use crate::denial::Rule;
use crate::grant::{DatasetGrant, Grant};

/// The least delivery that allows an action to use a whole file; absent for actions that use no whole file.
pub(crate) fn least_delivery(action: Action) -> Option<Delivery> {
    match action {
        Action::FetchObject => Some(Delivery::Download),
        // A workflow uses the file inside the programme's environment. The file's bytes do not leave.
        Action::ComputeOnObject => Some(Delivery::TreOnly),
        _ => None,
    }
}

impl DatasetGrant {
    /// Checks that a file of the dataset may be used whole. `samples` are the owners of the file's columns; the owner of an unmapped column is
    /// `None`.
    ///
    /// # Errors
    /// * [`Rule::NotVisible`] if an owner is not covered, a column is unmapped, or the file has no column.
    /// * [`Rule::NotVisible`] for a variant file if a relative of an owner is not covered. The phase and inheritance in the file
    ///   were computed with the relatives' data.
    /// * [`Rule::NotVisible`] if any release to which the approvals are limited does not contain the file, or if no bytes may leave.
    /// * [`Rule::Delivery`] if the allowed delivery is less than `least`.
    /// * [`Rule::Regions`] if the approval is limited to regions.
    pub(crate) fn check_whole_file(
        &self,
        file: &ObjectId,
        kind: DataKind,
        samples: impl IntoIterator<Item = Option<Ordinal>>,
        least: Delivery,
    ) -> Result<(), Rule> {
        let with_relatives = match kind {
            DataKind::Reads => self.participants(),
            DataKind::Variants => self.whole_families(),
        };
        let is_covered = |owner: Ordinal| self.participants().contains(owner.0) && with_relatives.contains(owner.0);
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() || !samples.all(|sample| sample.is_some_and(is_covered)) || !self.has_file(file) {
            return Err(Rule::NotVisible);
        }
        match self.delivery() {
            Some(allowed) if allowed < least => return Err(Rule::Delivery { allowed }),
            Some(_) => {}
            None => return Err(Rule::NotVisible),
        }
        if self.regions().is_some() {
            return Err(Rule::Regions);
        }
        Ok(())
    }

    /// Whether a file of the dataset may be downloaded whole, as [`Action::FetchObject`] requires.
    #[must_use]
    pub fn opens_whole(&self, file: &ObjectId, kind: DataKind, samples: impl IntoIterator<Item = Option<Ordinal>>) -> bool {
        self.check_whole_file(file, kind, samples, Delivery::Download).is_ok()
    }
}

impl Grant {
    /// Whether the Grant is for this file and opens the file whole: for a download, or as the input of a workflow.
    #[must_use]
    pub fn opens_whole_object(
        &self,
        dataset: &gemj_model::DatasetId,
        file: &ObjectId,
        kind: DataKind,
        samples: impl IntoIterator<Item = Option<Ordinal>>,
    ) -> bool {
        let least = least_delivery(self.action()).filter(|_| self.object() == Some(file));
        let granted = self.dataset(dataset).zip(least);
        granted.is_some_and(|(granted, least)| granted.check_whole_file(file, kind, samples, least).is_ok())
    }
}
