//! Checks the data access groups of records. In a project of several hospitals, each hospital is a group, and an export of an administrator contains the records
//! of all hospitals. The same number can then be two persons.

use std::collections::BTreeSet;

use super::Refused;
use super::columns::{Columns, GROUP};
use super::layout::Layout;
use super::record::Fault;
use super::rows::Rows;

/// The maximum number of groups that are kept. More groups are never those of one site.
pub(super) const MAX_GROUPS: usize = 100;

/// Checks the groups of a whole export: `found` are the different groups of its rows.
pub(super) fn check(rows: &Rows, layout: &Layout, columns: &Columns<'_>, found: &BTreeSet<String>) -> Result<(), Refused> {
    let stated = columns.groups();
    if stated.is_empty() && found.len() > 1 {
        let detail = "the export has records of several data access groups; state the groups of the site as `facilities` of the profile";
        return Err(Refused::new("several-groups", detail));
    }
    let has_column = layout.eav.is_some() || rows.column(GROUP).is_some();
    if !stated.is_empty() && !has_column && !stated.iter().any(String::is_empty) {
        let detail = "redcap_data_access_group: the profile states groups (`facilities`), but the export has no column of groups";
        return Err(Refused::new("export-lacks-column", detail));
    }
    Ok(())
}

/// Checks the groups of one record.
pub(super) fn check_record(columns: &Columns<'_>, found: &BTreeSet<&str>) -> Result<(), Fault> {
    let stated = columns.groups();
    let is_stated = |group: &str| stated.iter().any(|known| known == group);
    match stated.is_empty() {
        true => Ok(()),
        false if found.is_empty() && !is_stated("") => {
            let detail = "the record is of no data access group; an empty text in `facilities` of the profile accepts it";
            Err(Fault("no-group", detail.to_owned()))
        }
        false if found.iter().all(|group| is_stated(group)) => Ok(()),
        false => {
            let detail = "the record is of a data access group that is not a group of the site";
            Err(Fault("other-group", detail.to_owned()))
        }
    }
}
