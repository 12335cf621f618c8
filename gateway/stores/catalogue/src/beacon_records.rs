//! What record answers list: a Grant's participants of a dataset, their specimens and their files. Every read is narrowed to the Grant's
//! participants of that dataset, and to the releases that it is bound to; many people are read in few statements.

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
pub use releases::DatasetRelease;
pub use reported_names::{NamedByReports, ReportedNameQuestion};
pub use reports::{IndexedReport, InterpretedAllele};
pub use specimens::{OwnedSpecimen, RecordedSpecimen};
pub use terms::TermInUse;

use gemj_access::DatasetGrant;

use crate::database::Value;

/// What makes a file `o` one that a Grant opens, but for whose it is: of the dataset, served, and in every release that the Grant is bound to.
/// The condition takes the arguments of [`opened_arguments`] from `$first` on.
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
