//! Vendors' attributes and elements which state that data was removed. Neither ODM nor its namespaces define them, but a system that marks data as
//! removed still exports it.
//!
//! OpenClinica marks removed subjects, events and forms with `OpenClinica:Status="removed"` or `"auto-removed"`, and groups with
//! `OpenClinica:Removed="Yes"`. Medidata Rave marks them with `mdsol:Deleted`, `mdsol:Active="No"` and `mdsol:Status`. Other vendors use
//! similar names. A name that could mean "removed" with a value that is not in these tables makes the data not understood.

/// What the vendors' attributes of one element state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum VendorStatus {
    /// No attribute is about the removal of data.
    #[default]
    Silent,
    /// The data is in use.
    InUse,
    /// An attribute could state that the data was removed.
    Unclear,
    /// The data was removed.
    Removed,
}

/// The words of a status which certainly mean that the data is in use: the states of the work on it (OpenClinica 3 and 4, Medidata Rave, Viedoc).
const IN_USE: [&str; 34] = [
    "available",
    "active",
    "enrolled",
    "screened",
    "randomized",
    "scheduled",
    "notscheduled",
    "notstarted",
    "dataentrystarted",
    "dataentrycomplete",
    "dataentry",
    "initialdataentry",
    "initialdataentrycomplete",
    "doubledataentry",
    "doubledataentrycomplete",
    "administrativeediting",
    "inprogress",
    "ongoing",
    "incomplete",
    "complete",
    "completed",
    "stopped",
    "signed",
    "locked",
    "unlocked",
    "frozen",
    "unfrozen",
    "verified",
    "sourcedataverified",
    "sourcedataverification",
    "submitted",
    "reviewed",
    "approved",
    "open",
];

/// The words of a status which mean that the data was removed.
const REMOVED: [&str; 6] = ["removed", "autoremoved", "deleted", "autodeleted", "inactive", "voided"];

/// Parts of names that state a removal if the value is a yes.
const REMOVAL: [&str; 8] = ["remov", "delet", "inactiv", "invalid", "void", "discard", "retract", "erased"];

/// What an attribute of a vendor's namespace states. `name` is its name without the prefix.
pub(super) fn of_attribute(name: &str, value: &str) -> VendorStatus {
    let (name, value) = (plain(name), plain(value));
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let is_yes = matches!(value.as_str(), "yes" | "y" | "true" | "1");
    let is_no = matches!(value.as_str(), "no" | "n" | "false" | "0");
    // An attribute such as `RemovedDate` has another value than a yes or a no, and is not understood.
    if has(&REMOVAL) {
        return match (is_yes, is_no) {
            (true, _) => VendorStatus::Removed,
            (_, true) => VendorStatus::InUse,
            _ if value.is_empty() => VendorStatus::Silent,
            _ => VendorStatus::Unclear,
        };
    }
    let is_use = name.ends_with("active") || name.ends_with("valid") || name.ends_with("enabled");
    if is_use && (is_yes || is_no) {
        return if is_no { VendorStatus::Removed } else { VendorStatus::InUse };
    }
    let is_status = name.ends_with("status") || name.ends_with("state");
    match value.as_str() {
        "" => VendorStatus::Silent,
        word if REMOVED.contains(&word) && is_status => VendorStatus::Removed,
        word if IN_USE.contains(&word) && is_status => VendorStatus::InUse,
        // A word for a removal in an attribute with another name.
        word if REMOVED.contains(&word) => VendorStatus::Unclear,
        _ if is_status || is_use => VendorStatus::Unclear,
        _ => VendorStatus::Silent,
    }
}

/// What the presence of a vendor's element states. Its content is not read.
pub(super) fn of_element(name: &str) -> VendorStatus {
    let name = plain(name);
    match REMOVAL.iter().any(|part| name.contains(part)) {
        true => VendorStatus::Unclear,
        false => VendorStatus::Silent,
    }
}

/// A text in lower case without spaces, hyphens and underscores.
fn plain(text: &str) -> String {
    let is_part = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '_' | '.');
    text.chars().filter(is_part).flat_map(char::to_lowercase).collect()
}

/// The name of a vendor's namespace for reports. The URI of any other namespace is written by hand, and can contain the name of a person or study.
pub(super) fn shown_namespace(uri: &str) -> &'static str {
    const KNOWN: [(&str, &str); 4] = [
        ("http://www.openclinica.org/ns/", "OpenClinica"),
        ("http://www.mdsol.com/ns/", "Medidata Rave"),
        ("http://www.viedoc.net/ns/", "Viedoc"),
        ("https://projectredcap.org", "REDCap"),
    ];
    let known = KNOWN.into_iter().find(|(begin, _)| uri.starts_with(begin));
    known.map_or("(undeclared name)", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_state_that_data_is_in_use() {
        use VendorStatus::{InUse, Removed, Silent, Unclear};
        for (name, value, expected) in [
            ("Status", "available", InUse),
            ("Status", "removed", Removed),
            ("Status", "Auto-Removed", Removed),
            ("Status", "data entry started", InUse),
            ("Status", "invalid", Unclear),
            ("WorkflowStatus", "completed", InUse),
            ("Removed", "Yes", Removed),
            ("Removed", "No", InUse),
            ("Removed", "2026-04-01", Unclear),
            ("Deleted", "true", Removed),
            ("Active", "No", Removed),
            ("SubjectActive", "no", Removed),
            ("Active", "Yes", InUse),
            ("Active", "perhaps", Unclear),
            ("IsInactive", "Yes", Removed),
            ("Flag", "deleted", Unclear),
            ("Status", "", Silent),
            ("StudySubjectID", "7", Silent),
        ] {
            assert_eq!(of_attribute(name, value), expected, "{name}={value}");
        }
        assert_eq!(of_element("DeletedBy"), Unclear);
        assert_eq!(of_element("AuditLogs"), Silent);
    }
}
