//! Reads files of approvals: the current format, the legacy format with one purpose, and exports of CSC's REMS (JSON and CSV).

use gemj_model::{Approval, ApprovalId, DatasetId, Delivery, Purpose, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::place::{Place, places};
use super::rems::{RemsEntry, RemsMapping, application, entitlement, sheet};

/// The maximum size of a file of approvals, in bytes.
const MAX_BYTES: usize = 64 << 20;
/// The maximum number of entries in a file of approvals.
const MAX_ENTRIES: usize = 100_000;

/// Why a file of approvals cannot be used as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// The file of approvals is larger than the limit, or has too many entries.
    #[error("is larger than 64 MiB or has more than {MAX_ENTRIES} entries")]
    TooLarge,
    /// The file of approvals is neither JSON nor a CSV export of REMS.
    #[error("is neither JSON with an approval or an array of approvals (line {line}, column {column}) nor a CSV export of REMS")]
    NotJson {
        /// The line of the fault, from 1.
        line: usize,
        /// The column of the fault, from 1.
        column: usize,
    },
    /// The file comes from REMS, and no mapping of its resources is configured.
    #[error("comes from REMS: set --rems-map to the file that maps its resources to datasets")]
    NoMapping,
    /// The file is REMS's CSV of entitlements, which states no end and no address.
    #[error("is the CSV of entitlements of REMS, which states no ends: import the JSON of /api/entitlements?expired=true instead")]
    EntitlementSheet,
    /// The first line of the file has at least six columns, but not the headings of REMS's CSV of applications.
    #[error(
        "has six or more columns, but its first line is not that of REMS's CSV of applications in English (the first column is Id, the fifth State); \
         export it in English and in UTF-8, with its first line"
    )]
    Headings,
    /// The file is in UTF-16, or contains NUL bytes.
    #[error("is not in UTF-8 (it looks like UTF-16, which Windows PowerShell writes with `>`); save it in UTF-8")]
    NotUtf8,
    /// The file has entries of different formats.
    #[error("has entries of different kinds: {0} differs from the first entry")]
    Mixed(Place),
}

/// Why an entry of a file of approvals cannot be read. The text repeats only unknown names and words of the entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElementFault {
    /// A member of the entry is unknown, absent or present twice, or a value is not in the list of allowed values.
    #[error("{0}")]
    Member(String),
    /// A member of the entry has an unexpected type or format.
    #[error("has a member with an unexpected type or format (column {column})")]
    Form {
        /// The column within the entry's text, from 1.
        column: usize,
    },
    /// `purpose` is neither `research` nor `commercial`.
    #[error("'purpose' must be research or commercial; put other purposes in 'purposes'")]
    LegacyPurpose,
}

impl ElementFault {
    fn of(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let telling = ["unknown field", "missing field", "duplicate field", "unknown variant"];
        if telling.iter().any(|start| text.starts_with(start)) {
            // The text of the error ends with a line and column, which are removed. They count from the start of the entry and not of the
            // file.
            let end = text.rfind(" at line ").unwrap_or(text.len());
            Self::Member(text.chars().take(300.min(end)).collect())
        } else {
            Self::Form { column: error.column() }
        }
    }
}

/// The content of a file of approvals, in the order of its entries.
#[derive(Debug)]
pub enum Recorded {
    /// Approvals in the gateway's own format, each with its place in the file.
    Ours(Vec<(Place, Result<Approval, ElementFault>)>),
    /// Applications of the application system REMS.
    Rems(RemsForm, Vec<RemsEntry>),
}

/// The form of an export of REMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemsForm {
    /// Applications: `/api/applications/ID` or `/api/applications/ID/raw`, or an array of them.
    Applications,
    /// Entitlements: `/api/entitlements`.
    Entitlements,
    /// The CSV of `/api/applications/export`, which states the state of each application but no users.
    Sheet,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Ours,
    Application,
    Entitlement,
}

/// The members by which the formats of entries are distinguished.
#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "application/id", default)]
    application: Option<serde::de::IgnoredAny>,
    #[serde(rename = "application-id", default)]
    entitled: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    purpose: Option<serde::de::IgnoredAny>,
}

/// Reads a file of approvals: an array of entries or one entry. Entries of REMS (applications, or `/api/entitlements`) require a mapping.
///
/// # Errors
/// The file cannot be used as a whole. Faults of single entries are in the returned value.
pub fn read(bytes: &[u8], mapping: Option<&RemsMapping>, now: Timestamp) -> Result<Recorded, DocumentFault> {
    if bytes.len() > MAX_BYTES {
        return Err(DocumentFault::TooLarge);
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        return Err(DocumentFault::NotUtf8);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let not_json = |error: &serde_json::Error| DocumentFault::NotJson {
        line: error.line(),
        column: error.column(),
    };
    if let Some(first) = bytes.iter().find(|b| !b.is_ascii_whitespace())
        && !matches!(first, b'[' | b'{')
        && let Some(sheet) = sheet::read(bytes)
    {
        let entries = sheet?;
        let mapping = mapping.ok_or(DocumentFault::NoMapping)?;
        return Ok(Recorded::Rems(RemsForm::Sheet, sheet::entries(entries, mapping)));
    }
    let is_array = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
    let entries: Vec<&RawValue> = if is_array {
        serde_json::from_slice(bytes).map_err(|e| not_json(&e))?
    } else {
        vec![serde_json::from_slice(bytes).map_err(|e| not_json(&e))?]
    };
    if entries.len() > MAX_ENTRIES {
        return Err(DocumentFault::TooLarge);
    }
    if entries.is_empty() && mapping.is_some() {
        // REMS returns an empty list of entitlements if all of them have ended. The approvals in force are then absent from the file.
        return Ok(Recorded::Rems(RemsForm::Entitlements, Vec::new()));
    }
    let placed = places(bytes, entries.iter().map(|entry| entry.get())).into_iter().zip(entries);
    let placed: Vec<(Place, &RawValue)> = placed.collect();
    let first = placed.first().map_or(Shape::Ours, |(_, entry)| shape(entry));
    if let Some((place, _)) = placed.iter().find(|(_, entry)| shape(entry) != first) {
        return Err(DocumentFault::Mixed(*place));
    }
    let placed = placed.into_iter();
    match first {
        Shape::Ours => Ok(Recorded::Ours(placed.map(|(place, entry)| (place, ours(entry))).collect())),
        Shape::Application => {
            let mapping = mapping.ok_or(DocumentFault::NoMapping)?;
            let entries = placed.map(|(place, entry)| application::entry(place, entry, mapping));
            Ok(Recorded::Rems(RemsForm::Applications, entries.collect()))
        }
        Shape::Entitlement => {
            let mapping = mapping.ok_or(DocumentFault::NoMapping)?;
            let rows: Vec<(Place, &RawValue)> = placed.collect();
            Ok(Recorded::Rems(RemsForm::Entitlements, entitlement::entries(&rows, mapping, now)))
        }
    }
}

fn shape(entry: &RawValue) -> Shape {
    match serde_json::from_str::<Probe>(entry.get()) {
        Ok(probe) if probe.application.is_some() => Shape::Application,
        Ok(probe) if probe.entitled.is_some() => Shape::Entitlement,
        _ => Shape::Ours,
    }
}

/// An approval in the legacy format, which has one purpose and no list of purposes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Legacy {
    id: ApprovalId,
    visa_value: String,
    project: String,
    organisation: String,
    datasets: Vec<DatasetId>,
    purpose: String,
    delivery: Delivery,
    #[serde(with = "gemj_model::clock::rfc3339")]
    not_after: Timestamp,
}

fn ours(entry: &RawValue) -> Result<Approval, ElementFault> {
    let is_legacy = serde_json::from_str::<Probe>(entry.get()).is_ok_and(|probe| probe.purpose.is_some());
    if !is_legacy {
        return serde_json::from_str(entry.get()).map_err(|e| ElementFault::of(&e));
    }
    let legacy: Legacy = serde_json::from_str(entry.get()).map_err(|e| ElementFault::of(&e))?;
    let commercial = match legacy.purpose.as_str() {
        "research" => false,
        "commercial" => true,
        _ => return Err(ElementFault::LegacyPurpose),
    };
    Ok(Approval {
        id: legacy.id,
        visa_value: legacy.visa_value,
        project: legacy.project,
        applicant: String::new(),
        users: Vec::new(),
        organisation: legacy.organisation,
        country: None,
        datasets: legacy.datasets,
        release: None,
        purposes: vec![Purpose::BiomedicalResearch],
        diseases: Vec::new(),
        commercial,
        meets: Vec::new(),
        delivery: legacy.delivery,
        region_budget_bp: None,
        regions: None,
        not_before: None,
        not_after: legacy.not_after,
        revoked: None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LEGACY: &str = r#"{"id": "2026-0001", "visa_value": "https://gemj.example/approvals/1", "project": "Epilepsy", "organisation": "university.example",
        "datasets": ["cancer"], "purpose": "WORD", "delivery": "download", "not_after": "2027-03-31"}"#;

    fn one(text: &str) -> Result<Approval, ElementFault> {
        match read(text.as_bytes(), None, Timestamp(0)) {
            Ok(Recorded::Ours(mut all)) if all.len() == 1 => all.remove(0).1,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_legacy_purposes_mean_research_without_and_with_a_commercial_aim() {
        let research = one(&LEGACY.replace("WORD", "research")).unwrap();
        assert_eq!(
            (research.purposes.as_slice(), research.commercial),
            (&[Purpose::BiomedicalResearch][..], false)
        );
        let commercial = one(&format!("[{}]", LEGACY.replace("WORD", "commercial"))).unwrap();
        assert_eq!(
            (commercial.purposes.as_slice(), commercial.commercial),
            (&[Purpose::BiomedicalResearch][..], true)
        );
        assert_eq!(one(&LEGACY.replace("WORD", "insurance")), Err(ElementFault::LegacyPurpose));
        let both = LEGACY.replace(
            "\"purpose\": \"WORD\"",
            "\"purpose\": \"research\", \"purposes\": [\"clinical-care\"]",
        );
        assert!(matches!(one(&both), Err(ElementFault::Member(_))));
    }

    #[test]
    fn an_unknown_purpose_is_repeated_in_the_error_and_other_values_are_not() {
        let new = LEGACY.replace("\"purpose\": \"WORD\"", "\"purposes\": [\"marketing\"]");
        let fault = one(&new).unwrap_err().to_string();
        assert!(
            fault.starts_with("unknown variant `marketing`") && !fault.contains("column"),
            "{fault}"
        );
        let wrong = LEGACY.replace("\"purpose\": \"WORD\"", "\"purposes\": [\"clinical-care\"], \"users\": \"Taro\"");
        assert!(matches!(one(&wrong), Err(ElementFault::Form { .. })));
        let twice = LEGACY.replace("\"purpose\": \"WORD\"", "\"purposes\": [], \"delivery\": \"tre-only\"");
        assert!(one(&twice).unwrap_err().to_string().starts_with("duplicate field `delivery`"));
    }

    #[test]
    fn regions_are_read_unchanged_and_a_misspelt_member_is_an_error() {
        let with = |regions: &str| {
            let new = LEGACY.replace("\"purpose\": \"WORD\"", "\"purposes\": [\"clinical-care\"]");
            one(&new.replace("\"delivery\"", &format!("{regions}, \"delivery\"")))
        };
        let read =
            with(r#""regions": [{"assembly": "GRCh38", "contig": "chr17", "start": 5, "end": 9}, {"contig": "1", "start": 0, "end": 1}]"#);
        let regions = read.unwrap().regions.unwrap();
        assert_eq!((regions.len(), regions[0].contig.as_str(), regions[0].end.0), (2, "chr17", 9));
        assert_eq!(with(r#""regions": []"#).unwrap().regions, Some(Vec::new()));
        assert_eq!(with(r#""regions": null"#).unwrap().regions, None);
        let told = |regions: &str| with(regions).unwrap_err().to_string();
        assert!(told(r#""region": []"#).starts_with("unknown field `region`"));
        assert!(told(r#""regions": [{"contig": "1", "start": 0, "stop": 1}]"#).starts_with("unknown field `stop`"));
        assert!(told(r#""regions": [{"contig": "1", "start": 0}]"#).starts_with("missing field `end`"));
        assert!(told(r#""regions": [{"assembly": "hg38", "contig": "1", "start": 0, "end": 1}]"#).starts_with("unknown variant `hg38`"));
        assert!(matches!(with(r#""regions": ["chr17:5-9"]"#), Err(ElementFault::Form { .. })));
    }

    #[test]
    fn each_entry_has_its_number_and_its_first_line() {
        let text = format!("\n[\n{0},\n\n  {0}]", LEGACY.replace("WORD", "research"));
        let Ok(Recorded::Ours(entries)) = read(text.as_bytes(), None, Timestamp(0)) else {
            panic!("the file is not read");
        };
        let places: Vec<(usize, usize)> = entries.iter().map(|(place, _)| (place.number, place.line)).collect();
        // The entry has two lines. The second entry begins two lines after the end of the first one.
        assert_eq!(places, [(1, 3), (2, 6)]);
    }

    #[test]
    fn other_documents_are_rejected() {
        let fault = |text: &str| read(text.as_bytes(), None, Timestamp(0)).unwrap_err();
        assert!(matches!(fault("approvals"), DocumentFault::NotJson { line: 1, .. }));
        assert_eq!(fault(r#"[{"application/id": 1}]"#), DocumentFault::NoMapping);
        assert_eq!(
            fault(r#"[{"application/id": 1}, {"id": "x"}]"#),
            DocumentFault::Mixed(Place { number: 2, line: 1 })
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = read(&bytes, None, Timestamp(0));
        }

        #[test]
        fn no_change_of_a_good_document_makes_the_reader_panic(at in 0_usize..240, byte in proptest::prelude::any::<u8>()) {
            let mut bytes = LEGACY.replace("WORD", "research").into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = read(&bytes, None, Timestamp(0));
        }
    }
}
