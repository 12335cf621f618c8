//! The data for Beacon answers with records: the Grant's participants of a dataset, with their specimens and files. Every read is limited to
//! the Grant's participants of the dataset and to the releases to which the Grant binds the dataset. The data of many participants is read with
//! few statements.

mod files;
mod in_parts;
mod named_people;
mod part;
mod people;
mod releases;
mod reported_names;
mod reports;
mod specimens;
mod terms;

pub use files::{FileOwner, RecordedFile};
pub use people::RecordedPerson;
pub(crate) use people::{detail_of, fact_of};
pub use releases::DatasetRelease;
pub use reported_names::{NamedByReports, ReportedNameQuestion};
pub use reports::{IndexedReport, InterpretedAllele};
pub use specimens::{OwnedSpecimen, RecordedSpecimen};
pub(crate) use specimens::{later, step_of};
pub use terms::TermInUse;

use gemj_access::DatasetGrant;

use crate::database::Value;

/// The SQL condition under which the Grant opens a file `o`, apart from the file's participants: the file is in the dataset, is served, and is
/// in every release to which the Grant binds the dataset. The condition uses the arguments of [`opened_arguments`], from `$first` on.
fn opened(granted: &DatasetGrant, first: usize) -> String {
    let mut sql = format!("o.dataset = ${first} AND o.status = 'served'");
    for number in first + 1..=first + granted.releases().len() {
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM release_object r WHERE r.object = o.id AND r.release_id = ${number})"
        ));
    }
    sql
}

fn opened_arguments(granted: &DatasetGrant) -> Vec<Value> {
    let releases = granted.releases().iter().map(|release| release.as_str().into());
    std::iter::once(granted.dataset().as_str().into()).chain(releases).collect()
}
