//! Reads the consent sheet `participant,form,kind,clauses,effective_at[,ground][,corrects]`, with one event on each line.
//!
//! A line with a withdrawal is never skipped because another part of the line cannot be read. If the line names a participant, all data of
//! that participant is blocked until the line is resolved. If the line names no participant, it is reported separately from other faulty
//! lines, so that an operator acts.

mod line;
mod row;
mod undated;
mod words;

use std::path::Path;

use gemj_catalogue::{ConsentStatement, NewConsent};
use gemj_model::{ClauseSet, ConsentForm, ConsentKind, Ground, ParticipantId, Timestamp};

pub use line::{HeaderFault, Line, LineFault, table};
pub use row::{ConsentRowFault, event, optional};
pub use undated::{UNDATED, opens, withdrawal_stands};
pub use words::is_withdrawal;

const COLUMNS: [&str; 5] = ["participant", "form", "kind", "clauses", "effective_at"];
const OPTIONAL: [&str; 2] = ["ground", "corrects"];

/// The result of reading one line of the consent sheet.
#[derive(Clone, Debug)]
pub enum ConsentRow {
    /// The line is an event that can be recorded.
    Event {
        /// The line number, from 1.
        line: u64,
        /// Whether the line has a time. An event without a time takes effect now.
        is_dated: bool,
        /// The consent event of the line.
        event: NewConsent,
    },
    /// The line is a withdrawal with an unreadable part. All data of the participant must be blocked until the line is resolved.
    Unclear {
        /// The line number, from 1.
        line: u64,
        /// The event that blocks the participant's data.
        event: NewConsent,
        /// The fault of the unreadable part.
        fault: ConsentRowFault,
    },
    /// The line cannot be recorded.
    Refused {
        /// The line number, from 1.
        line: u64,
        /// Whether the line is a withdrawal. Data of a participant who is not identified may then still be returned, although the
        /// participant withdrew.
        is_withdrawal: bool,
        /// Why the line is refused.
        fault: ConsentRowFault,
    },
}

/// Why a consent sheet cannot be used as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ConsentSheetFault {
    /// The sheet cannot be read.
    #[error("cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// The sheet is not CSV in UTF-8.
    #[error("is not CSV in UTF-8")]
    Csv,
    /// The sheet lacks a required column.
    #[error("has no column '{0}'")]
    MissingColumn(&'static str),
    /// A column occurs twice, so it is ambiguous which of the two columns counts.
    #[error("has a column twice (column {0} has the name of an earlier column): nothing was read")]
    ColumnTwice(usize),
}

/// The event for a withdrawal that could not be read. The event blocks all data of the participant until it is corrected.
#[must_use]
pub fn unclear_withdrawal(participant: ParticipantId, now: Timestamp) -> NewConsent {
    NewConsent {
        participant,
        kind: ConsentKind::WithdrawalUnclear,
        form: None,
        clauses: ClauseSet::EMPTY,
        effective: now,
        ground: Ground::Consent,
        corrects: None,
    }
}

/// The statement of [`unclear_withdrawal`], for a participant that is known by its ordinal.
#[must_use]
pub fn blocking_statement(now: Timestamp) -> ConsentStatement {
    ConsentStatement {
        kind: ConsentKind::WithdrawalUnclear,
        form: None,
        clauses: ClauseSet::EMPTY,
        effective: now,
        ground: Ground::Consent,
        corrects: None,
    }
}

/// Reads a consent sheet. A line without `effective_at` takes effect at `now`.
///
/// # Errors
/// The sheet cannot be used as a whole. Faults of single rows are in the returned rows.
pub fn read(path: &Path, forms: &[ConsentForm], now: Timestamp) -> Result<Vec<ConsentRow>, ConsentSheetFault> {
    let bytes = std::fs::read(path).map_err(|e| ConsentSheetFault::Io(e.kind()))?;
    parse(&bytes, forms, now)
}

fn parse(bytes: &[u8], forms: &[ConsentForm], now: Timestamp) -> Result<Vec<ConsentRow>, ConsentSheetFault> {
    let (header, lines) = table(bytes).map_err(|fault| match fault {
        HeaderFault::Csv => ConsentSheetFault::Csv,
        HeaderFault::Twice(column) => ConsentSheetFault::ColumnTwice(column),
    })?;
    let place = |column: &str| header.iter().position(|name| name == column);
    let mut at = [0; COLUMNS.len()];
    for (slot, column) in at.iter_mut().zip(COLUMNS) {
        *slot = place(column).ok_or(ConsentSheetFault::MissingColumn(column))?;
    }
    let further = OPTIONAL.map(place);
    let [participant_at, form_at, kind_at, _, effective_at] = at;
    let mut rows = Vec::new();
    // The cells are bytes and not text, because a line that is not UTF-8 may still be a withdrawal of a named participant.
    for Line { number, cells, fault } in lines {
        let cell = |column: usize| cells.get(column).unwrap_or_default();
        let read = match fault {
            Some(LineFault::Quotes) => Err(ConsentRowFault::Quotes),
            Some(LineFault::Count) => Err(ConsentRowFault::Csv(header.len())),
            None => texts(at.map(cell)).and_then(|values| {
                let said = further.map(|column| column.map_or(Ok(""), |c| text(cell(c))));
                let [ground, corrects] = said;
                event(values, optional(ground?, corrects?)?, forms, now)
            }),
        };
        // The id of a known form may contain a word for a withdrawal, so it is never read as a withdrawal.
        let elsewhere = |event: &NewConsent| {
            let told =
                |(column, cell): (usize, &[u8])| column != kind_at && !(column == form_at && event.form.is_some()) && is_withdrawal(cell);
            !is_read_withdrawal(event.kind) && cells.iter().enumerate().any(told)
        };
        rows.push(match read {
            Ok(event) if elsewhere(&event) => faulty(number, cell(participant_at), true, ConsentRowFault::Elsewhere, now),
            Ok(event) => ConsentRow::Event {
                line: number,
                is_dated: !cell(effective_at).is_empty(),
                event,
            },
            Err(fault) => faulty(number, cell(participant_at), cells.iter().any(is_withdrawal), fault, now),
        });
    }
    Ok(rows)
}

/// Whether the event of a line is itself a withdrawal. A word for a withdrawal in another cell then adds nothing.
fn is_read_withdrawal(kind: ConsentKind) -> bool {
    match kind {
        ConsentKind::Withdrawn | ConsentKind::WithdrawnPartial | ConsentKind::WithdrawalUnclear => true,
        ConsentKind::Given
        | ConsentKind::ProxyGiven
        | ConsentKind::Assent
        | ConsentKind::ClauseChanged
        | ConsentKind::Expired
        | ConsentKind::ReconsentDue
        | ConsentKind::Died
        | ConsentKind::Corrected
        | ConsentKind::LegacyEquivalent
        | ConsentKind::PeriodBegins
        | ConsentKind::PeriodEnds => false,
    }
}

fn text(cell: &[u8]) -> Result<&str, ConsentRowFault> {
    std::str::from_utf8(cell).map_err(|_| ConsentRowFault::NotUtf8)
}

fn texts(cells: [&[u8]; COLUMNS.len()]) -> Result<[&str; COLUMNS.len()], ConsentRowFault> {
    let mut values = [""; COLUMNS.len()];
    for (value, cell) in values.iter_mut().zip(cells) {
        *value = text(cell)?;
    }
    Ok(values)
}

/// The result for a line with a fault: a block if the line is a withdrawal of a named participant, otherwise a refusal.
fn faulty(line: u64, participant: &[u8], is_withdrawal: bool, fault: ConsentRowFault, now: Timestamp) -> ConsentRow {
    let named = text(participant).ok().and_then(|text| ParticipantId::parse(text).ok());
    match named {
        Some(participant) if is_withdrawal => ConsentRow::Unclear {
            line,
            event: unclear_withdrawal(participant, now),
            fault,
        },
        _ => ConsentRow::Refused {
            line,
            is_withdrawal,
            fault,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(sheet: &[u8]) -> Vec<String> {
        let forms = crate::consent_forms::read(None).unwrap();
        parse(sheet, &forms, Timestamp(0))
            .unwrap()
            .into_iter()
            .map(|row| match row {
                ConsentRow::Event { line, event, .. } => format!("{line}: {} {}", event.kind.as_str(), event.clauses.joined()),
                ConsentRow::Unclear { line, event, fault } => format!("{line}: {} {fault}", event.kind.as_str()),
                ConsentRow::Refused {
                    line,
                    is_withdrawal,
                    fault,
                } => format!("{line}: {}{fault}", if is_withdrawal { "a withdrawal! " } else { "" }),
            })
            .collect()
    }

    #[test]
    fn each_line_is_an_event_or_has_a_fault() {
        let sheet = "participant,form,kind,clauses,effective_at\n\
            P1,unified-1,given,study-use;recontact,2026-04-01\n\
            P2,unified-1,withdrawn,,\n\
            P3,unified-1,withdrawn,commercial,\n\
            P4,,died,,2026-04-01\n\
            P5,,given,study-use,\n\
            P6,unified-9,given,study-use,\n\
            P7,unified-1,given,everything,\n\
            P8,unified-1,gone,,\n\
            P9,unified-1,given,study-use,yesterday\n\
            ,unified-1,given,study-use,\n\
            P11,unified-1,given\n";
        assert_eq!(
            rows(sheet.as_bytes()),
            [
                "2: given study-use;recontact",
                "3: withdrawn ",
                "4: withdrawn-partial commercial",
                "5: died ",
                "6: 'form' is needed for this kind",
                "7: 'form' is not a known form",
                "8: 'clauses': 'everything' is not a clause",
                "9: 'kind' is unknown (given, proxy-given, assent, clause-changed, withdrawn, withdrawn-partial, expired, reconsent-due, died, corrected, legacy-equivalent or withdrawal-unclear)",
                "10: 'effective_at' is neither a date (2026-04-01) nor an RFC 3339 time (2026-04-01T09:00:00+09:00)",
                "11: 'participant' is empty",
                "12: is not a line of 5 values",
            ]
        );
    }

    #[test]
    fn an_unreadable_withdrawal_blocks_the_named_participant_and_is_reported_if_no_participant_is_named() {
        let sheet = "participant,form,kind,clauses,effective_at\n\
            P1,,withdrawn,,someday\n\
            P2,unified-9,withdrawn,,\n\
            P3,,Withdrawn ,everything,\n\
            P4,,withdraw,,\n\
            P5,,撤回,,\n\
            P6,,同意撤回（全部）,,2026年4月1日\n\
            P7,,withdrawn-partial,,\n\
            P8,,withdrawn\n\
            ,,withdrawn,,\n\
            P10,,given,,\n";
        assert_eq!(
            rows(sheet.as_bytes())
                .iter()
                .map(|row| row.chars().take(40).collect::<String>())
                .collect::<Vec<_>>(),
            [
                "2: withdrawal-unclear 'effective_at' is neither a date (2026-04-01) nor an RFC 3339 time (2026-04-01T09:00:00+09:00)",
                "3: withdrawal-unclear 'form' is not a known form",
                "4: withdrawal-unclear 'kind' is unknown (given",
                "5: withdrawal-unclear 'kind' is unknown (given",
                "6: withdrawal-unclear 'kind' is unknown (given",
                "7: withdrawal-unclear 'kind' is unknown (given",
                "8: withdrawal-unclear 'clauses' is needed for this kind",
                "9: withdrawal-unclear is not a line of 5 values",
                "10: a withdrawal! 'participant' is empty",
                "11: 'form' is needed for this kind",
            ]
            .map(|row| row.chars().take(40).collect::<String>())
        );
    }

    #[test]
    fn a_withdrawal_in_shift_jis_is_recognised() {
        let mut sheet = b"participant,form,kind,clauses,effective_at\nP1,,".to_vec();
        // The bytes of 撤回 (withdrawal) in Shift JIS, as older Windows programs write it.
        sheet.extend([0x93, 0x50, 0x89, 0xf1]);
        sheet.extend(b",,\nP2,,");
        sheet.extend([0x93, 0xaf]);
        sheet.extend(b",,\n");
        assert_eq!(rows(&sheet), ["2: withdrawal-unclear is not in UTF-8", "3: is not in UTF-8"]);
    }

    #[test]
    fn grounds_and_corrections_are_read_from_their_columns() {
        let sheet = "participant,form,kind,clauses,effective_at,ground,corrects\n\
            P1,legacy-2019,given,study-use,,opt-out-notice,\n\
            P2,,corrected,,,,17\n\
            P3,unified-1,given,study-use,,habit,\n\
            P4,,corrected,,,,the last\n\
            P5,unified-1,given,study-use,,,17\n\
            P6,,withdrawn,,,opt-out-notice,\n";
        let forms = crate::consent_forms::read(None).unwrap();
        let read = parse(sheet.as_bytes(), &forms, Timestamp(0)).unwrap();
        let said: Vec<_> = read
            .iter()
            .map(|row| match row {
                ConsentRow::Event { event, .. } => (event.ground.as_str(), event.corrects),
                ConsentRow::Unclear { .. } => ("unclear", None),
                ConsentRow::Refused { .. } => ("refused", None),
            })
            .collect();
        assert_eq!(
            said,
            [
                ("opt-out-notice", None),
                ("consent", Some(17)),
                ("refused", None),
                ("refused", None),
                ("refused", None),
                ("unclear", None),
            ]
        );
    }

    #[test]
    fn a_stray_quotation_mark_does_not_hide_a_withdrawal() {
        let sheet = "\u{feff}participant,form,kind,clauses,effective_at\r\n\
            P1,unified-1,given,\"study-use,2026-04-01\r\n\
            P2,,withdrawn,,\r\n\
            P3,,\"withdrawn,,\r\n\
            \"P4,,withdrawn,,\r\n\
            P5,,withdrawn,,\"\r\n\
            P6,,withdrawn,,\r\n";
        assert_eq!(
            rows(sheet.as_bytes()),
            [
                "2: has a quotation mark without another on the same line",
                "3: withdrawn ",
                "4: withdrawal-unclear has a quotation mark without another on the same line",
                "5: withdrawal-unclear has a quotation mark without another on the same line",
                "6: withdrawal-unclear has a quotation mark without another on the same line",
                "7: withdrawn ",
            ]
        );
    }

    #[test]
    fn a_withdrawal_in_a_shifted_column_blocks_the_named_participant() {
        let sheet = "participant,form,kind,clauses,effective_at,remark\n\
            P1,withdrawn,,,,\n\
            P2,,,withdrawn,2026-04-01,\n\
            P3,,withdrawn,,\n\
            P4,,withdrawn,,,,\n\
            P5,unified-1,given,study-use,2026-04-01,本人より取り下げ\n\
            P6,,withdrawn,,2026-04-01,撤回書受領\n\
            P7,,ｏｐｔｅｄ　ｏｕｔ,,,\n\
            P8,unified-1,given,study-use\n\
            P9,unified-1,given,study-use,2026-04-01,on paper\n";
        assert_eq!(
            rows(sheet.as_bytes())
                .iter()
                .map(|r| r.chars().take(22).collect::<String>())
                .collect::<Vec<_>>(),
            [
                "2: withdrawal-unclear ",
                "3: withdrawal-unclear ",
                "4: withdrawal-unclear ",
                "5: withdrawal-unclear ",
                "6: withdrawal-unclear ",
                "7: withdrawn ",
                "8: withdrawal-unclear ",
                "9: is not a line of 6 ",
                "10: given study-use",
            ]
        );
    }

    #[test]
    fn a_column_named_twice_makes_the_sheet_unusable() {
        let read = parse(b"participant,form,kind,clauses,effective_at,kind\n", &[], Timestamp(0));
        assert!(matches!(read, Err(ConsentSheetFault::ColumnTwice(6))));
    }

    #[test]
    fn a_correction_with_a_future_time_is_refused() {
        let sheet = "participant,form,kind,clauses,effective_at,corrects\n\
            P1,,corrected,,1970-01-03,17\n\
            P2,,corrected,,1970-01-01,17\n";
        assert_eq!(
            rows(sheet.as_bytes()),
            [
                "2: 'effective_at' is in the future: a correction takes effect when it is recorded",
                "3: corrected "
            ]
        );
    }

    #[test]
    fn a_row_states_whether_its_line_has_a_time() {
        let forms = crate::consent_forms::read(None).unwrap();
        let sheet = b"participant,form,kind,clauses,effective_at\nP1,unified-1,given,all,\nP2,unified-1,given,all,2026-04-01\n";
        let dated = parse(sheet, &forms, Timestamp(0)).unwrap().into_iter().map(|row| match row {
            ConsentRow::Event { is_dated, .. } => is_dated,
            other => panic!("{other:?}"),
        });
        assert_eq!(dated.collect::<Vec<_>>(), [false, true]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_hides_the_withdrawal_on_the_next_line(before in "[^\r\n]{0,40}") {
            let sheet = format!("participant,form,kind,clauses,effective_at\n{before}\nP1,,withdrawn,,\n");
            let forms = crate::consent_forms::read(None).unwrap();
            let rows = parse(sheet.as_bytes(), &forms, Timestamp(0)).unwrap();
            let withdrawn = match rows.last() {
                Some(ConsentRow::Event { line, event, .. }) => *line == 3 && event.kind == ConsentKind::Withdrawn,
                _ => false,
            };
            proptest::prop_assert!(withdrawn);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = parse(&bytes, &[], Timestamp(0));
        }

        #[test]
        fn a_withdrawal_with_a_participant_is_recorded_whatever_the_other_cells_contain(
            form in "[^,\"\r\n]{0,12}", clauses in "[^,\"\r\n]{0,12}", at in "[^,\"\r\n]{0,12}",
        ) {
            let sheet = format!("participant,form,kind,clauses,effective_at\nP1,{form},withdrawn,{clauses},{at}\n");
            let forms = crate::consent_forms::read(None).unwrap();
            let rows = parse(sheet.as_bytes(), &forms, Timestamp(0)).unwrap();
            let narrows = rows.iter().all(|row| match row {
                ConsentRow::Event { event, .. } | ConsentRow::Unclear { event, .. } => event.kind.only_narrows(),
                ConsentRow::Refused { .. } => false,
            });
            proptest::prop_assert!(rows.len() == 1 && narrows);
        }
    }
}
