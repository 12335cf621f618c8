//! The ledger of disclosures: who received whose data. Rows are written with the audit row of the answer, and only ever added: one for each
//! day, holder, approvals, purposes, action and thing, and one more where people are added on the same day.

mod holders;
mod read;
mod record;
mod statement;

use std::sync::Arc;

use gemj_access::{Action, Grant, LocatedObject};
use gemj_model::{DatasetId, ObjectId, Purpose};
use roaring::RoaringBitmap;

pub use holders::Holder;
pub(crate) use holders::holders_in;
pub(crate) use record::{DisclosureRow, Memory, add_disclosures, covers, covers_by_row, refuse_orphans};
pub use statement::{ApprovedProject, DisclosureLine};

/// What one answer hands out of whom, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Disclosure {
    /// The dataset.
    pub dataset: DatasetId,
    /// The file; absent where records of the dataset are handed out and no file.
    pub object: Option<ObjectId>,
    /// Whose data.
    pub people: Arc<RoaringBitmap>,
    /// The pseudonym of whoever receives it.
    pub holder: String,
    /// The domain of their organisation, as the approval names it.
    pub organisation: String,
    /// The country of use (ISO 3166-1 alpha-2).
    pub country: String,
    /// What for.
    pub purposes: Vec<Purpose>,
    /// Ids of the approvals.
    pub approvals: Vec<String>,
    /// How: slices to view, whole files to fetch, files into a run, records.
    pub action: Action,
}

impl Disclosure {
    /// What a Grant lets out of a file: the people in it whom the Grant covers. Absent where there are none.
    #[must_use]
    pub fn of_object(grant: &Grant, object: &LocatedObject, organisation: &str, country: &str) -> Option<Self> {
        let covered = grant.dataset(&object.dataset)?.participants();
        let people = object.samples.people() & covered.as_ref();
        if people.is_empty() {
            return None;
        }
        let of_nobody = Self::of_records(grant, &object.dataset, Arc::default(), organisation, country);
        Some(Self {
            object: Some(object.id.clone()),
            people: Arc::new(people),
            ..of_nobody
        })
    }

    /// What a Grant lets out of a dataset's records: of these people.
    #[must_use]
    pub fn of_records(grant: &Grant, dataset: &DatasetId, people: Arc<RoaringBitmap>, organisation: &str, country: &str) -> Self {
        let declared = grant.declared_purpose();
        Self {
            dataset: dataset.clone(),
            object: None,
            people,
            holder: grant.holder().to_owned(),
            organisation: organisation.to_owned(),
            country: country.to_owned(),
            purposes: declared.map_or_else(|| grant.purposes().to_vec(), |purpose| vec![purpose]),
            approvals: grant.approval_ids_for(dataset).to_vec(),
            action: grant.action(),
        }
    }
}
