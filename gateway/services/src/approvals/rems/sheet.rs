//! The CSV of `/api/applications/export` (REMS 2.39): number, external id, applicant, first submission, state, resources, then the fields of the form.
//!
//! The sheet names neither user ids nor the ids of resources, and its headings and states are in the language of the REMS user. It therefore states
//! only which applications are over and which approved applications were not imported.

use super::fault::RemsFault;
use super::mapping::RemsMapping;
use super::terms::approval_id;
use super::{RemsEntry, RemsOutcome, State};
use crate::approvals::document::DocumentFault;
use crate::approvals::place::Place;

/// The headings of REMS's CSV of entitlements.
const ENTITLEMENTS: [&str; 4] = ["resource", "application", "user", "start"];
/// The number of columns before the fields of the form.
const COLUMNS: usize = 6;
/// The index of the state's column.
const STATE: usize = 4;

/// A row of the sheet: the application's number and the text of its state. A part that cannot be read is absent.
#[derive(Debug)]
pub struct SheetRow {
    place: Place,
    number: Option<i64>,
    state: Option<String>,
}

/// Reads the rows of a sheet. Absent if the bytes are not such a sheet.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<Result<Vec<SheetRow>, DocumentFault>> {
    let first_line = bytes.split(|byte| *byte == b'\n').next()?;
    let separator = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|separator| first_line.iter().filter(|byte| *byte == separator).count())?;
    // REMS writes a quotation mark within a quoted value as `\"`.
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .double_quote(false)
        .escape(Some(b'\\'))
        .from_reader(bytes);
    let headings = reader.byte_headers().ok()?;
    if headings.iter().take(ENTITLEMENTS.len()).eq(ENTITLEMENTS.map(str::as_bytes)) {
        return Some(Err(DocumentFault::EntitlementSheet));
    }
    if headings.len() < COLUMNS {
        return None;
    }
    // Any other text with five separators in its first line is no sheet. Otherwise a revocation in another encoding would be "nothing new".
    let is_sheet = headings
        .get(0)
        .is_some_and(|heading| heading.trim_ascii().eq_ignore_ascii_case(b"id"))
        && headings
            .get(STATE)
            .is_some_and(|heading| heading.trim_ascii().eq_ignore_ascii_case(b"state"));
    if !is_sheet {
        return Some(Err(DocumentFault::Headings));
    }
    let mut rows = Vec::new();
    for (index, record) in reader.byte_records().enumerate() {
        let record = record.ok()?;
        let line = record
            .position()
            .map_or(0, |position| usize::try_from(position.line()).unwrap_or(usize::MAX));
        let text = |column: usize| record.get(column).and_then(|bytes| std::str::from_utf8(bytes).ok()).map(str::trim);
        rows.push(SheetRow {
            place: Place { number: index + 1, line },
            number: text(0).and_then(|text| text.parse().ok()),
            state: text(STATE).filter(|_| record.len() >= COLUMNS).map(str::to_lowercase),
        });
    }
    Some(Ok(rows))
}

/// The entries of the rows of a sheet.
#[must_use]
pub fn entries(rows: Vec<SheetRow>, mapping: &RemsMapping) -> Vec<RemsEntry> {
    rows.into_iter()
        .map(|row| {
            let base = row.number.map(|number| approval_id(mapping, number));
            let outcome = match (&base, &row.state) {
                (None, _) | (_, None) => RemsOutcome::Refused(vec![RemsFault::Row]),
                (Some(Err(fault)), _) => RemsOutcome::Refused(vec![fault.clone()]),
                (Some(Ok(_)), Some(word)) => match State::of(word) {
                    Some(State::Approved) => RemsOutcome::Listed,
                    Some(State::Over(word)) => RemsOutcome::Over(word),
                    Some(State::Undecided(word)) => RemsOutcome::Undecided(word),
                    // The English texts of REMS call a submitted application "Applied" in some versions.
                    None if word == "applied" => RemsOutcome::Undecided("submitted"),
                    None => RemsOutcome::Refused(vec![RemsFault::UnknownState(word.chars().take(60).collect())]),
                },
            };
            RemsEntry {
                place: row.place,
                application: row.number,
                base: base.and_then(Result::ok),
                activity: None,
                content: None,
                outcome,
            }
        })
        .collect()
}
