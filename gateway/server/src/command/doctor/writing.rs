//! The files and folders that the gateway changes: this user may write them, and they belong to one user.
//!
//! Root may write everywhere, so for root only the owners show that the service's user cannot write.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::report::Report;

/// Reports places that cannot be written, and places of different owners. Returns whether there is a fault.
pub(super) fn check(places: &[PathBuf], report: &mut Report) -> bool {
    let closed: Vec<&PathBuf> = places
        .iter()
        .filter(|place| rustix::fs::access(place.as_path(), rustix::fs::Access::WRITE_OK).is_err())
        .collect();
    for place in &closed {
        report.fault(
            "permissions",
            format!("{} cannot be written by this user", place.display()),
            "run the gateway and its commands as one user, who owns the folder; a disk may also be mounted read-only",
        );
    }
    let owned: Vec<(u32, &PathBuf)> = places
        .iter()
        .filter_map(|place| Some((std::fs::metadata(place).ok()?.uid(), place)))
        .collect();
    let Some((owner, first)) = owned.first() else {
        return !closed.is_empty();
    };
    let other = owned.iter().find(|(user, _)| user != owner);
    if let Some((user, place)) = other {
        report.fault(
            "permissions",
            format!(
                "{} belongs to user {owner}, and {} to user {user}",
                first.display(),
                place.display()
            ),
            "give all of them to the user of the service (`chown -R`), and run every command as that user",
        );
    }
    !closed.is_empty() || other.is_some()
}
