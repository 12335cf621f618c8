//! The ledger of disclosures: each entry records which recipient received which data of which participants. Rows are written with the audit row
//! of the answer and never changed. A process writes one row for each day, recipient, organisation, country, approvals, purposes, action and file
//! or dataset. The process writes a further row if participants are added on the same day.

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
pub(crate) use statement::{ordinal_of, statement};

/// The disclosure that one answer makes: the data, the participants and the recipient.
#[derive(Clone, Debug, PartialEq)]
pub struct Disclosure {
    /// The dataset of the disclosed data.
    pub dataset: DatasetId,
    /// The disclosed file; absent if the answer contains records of the dataset and no file.
    pub object: Option<ObjectId>,
    /// The ordinals of the participants whose data is disclosed.
    pub people: Arc<RoaringBitmap>,
    /// The pseudonym of the recipient.
    pub holder: String,
    /// The domain of the recipient's organisation, as the approval names it.
    pub organisation: String,
    /// The country in which the data is used (ISO 3166-1 alpha-2).
    pub country: String,
    /// The purposes for which the data is used.
    pub purposes: Vec<Purpose>,
    /// The ids of the approvals under which the data is disclosed.
    pub approvals: Vec<String>,
    /// The action by which the data is disclosed: slices of regions, a whole file, a file that a workflow run reads, or records.
    pub action: Action,
}

impl Disclosure {
    /// The disclosure of a file under a Grant. It concerns those of the file's participants whom the Grant covers. Absent if the Grant covers
    /// none of the file's participants.
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

    /// The disclosure of records of a dataset about these participants, under a Grant.
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
