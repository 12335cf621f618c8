//! The list of consents that a site sends. The columns are `participant` or `number`, `state`, and optionally `date`, `form` and `clauses`.

use std::path::Path;

use gemj_model::clock::NotATime;
use gemj_model::identifier::IdentifierError;
use gemj_model::{ClauseSet, ConsentForm, ParticipantId, Timestamp};

use crate::consent_sheet::{HeaderFault, Line, LineFault, is_withdrawal, table};

/// The maximum size of a site's list, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// The maximum length of a patient number, in bytes.
const MAX_NUMBER_BYTES: usize = 255;

/// One line of a site's list.
#[derive(Debug)]
pub struct ListRow {
    /// The line number, from 1.
    pub line: u64,
    /// The participant of the line, or a fault if the line does not identify a participant.
    pub who: Result<Who, RowFault>,
    /// The consent that the line states.
    pub said: Said,
}

/// The way in which a line of a site's list names a participant.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// The line names the programme's pseudonym of the participant.
    Participant(ParticipantId),
    /// The line names the site's own number of the patient.
    Number(String),
}

impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Who(..)")
    }
}

/// The consent that a line of a site's list states.
#[derive(Clone, Debug)]
pub enum Said {
    /// The consent is valid. If the line names clauses, exactly these clauses are valid.
    Given(Option<ClauseSet>),
    /// The consent was withdrawn: these clauses, or all clauses if the set is empty. The time is absent if the list does not state it.
    Withdrawn(ClauseSet, Option<Timestamp>),
    /// The line states a withdrawal, but its clauses or its time cannot be read.
    Unclear(RowFault),
    /// The consent was never given.
    NeverGiven,
    /// The line cannot be read.
    Unreadable(RowFault),
}

/// Why a line of a site's list cannot be read. No text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// The number of values in the line differs from the header.
    #[error("is not a line of {0} values")]
    Csv(usize),
    /// The line has a quotation mark that is not closed on the same line.
    #[error("has a quotation mark without another on the same line")]
    Quotes,
    /// The line has a word for a withdrawal in a column other than `state`.
    #[error("contains a withdrawal in a column other than 'state'")]
    Elsewhere,
    /// The line contains bytes that are not UTF-8.
    #[error("is not in UTF-8")]
    NotUtf8,
    /// The value of `participant` is not an identifier.
    #[error("'participant' {0}")]
    Participant(IdentifierError),
    /// The value of `number` is empty or too long.
    #[error("'number' is empty or longer than {MAX_NUMBER_BYTES} bytes")]
    Number,
    /// The value of `state` is unknown.
    #[error("'state' is unknown (given, withdrawn or never-given)")]
    State,
    /// The value of `clauses` contains a word that is not a clause, or is empty for a partial withdrawal.
    #[error("'clauses' contains a word that is not a clause")]
    Clauses,
    /// The value of `form` is not a known form.
    #[error("'form' is not a known form")]
    Form,
    /// The value of `date` is not a time.
    #[error("'date' {0}")]
    Date(NotATime),
}

/// Why a site's list cannot be used as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ListFault {
    /// The list cannot be read.
    #[error("cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// The list is too large.
    #[error("is larger than 256 MiB")]
    TooLarge,
    /// The list is not CSV with a header in UTF-8.
    #[error("is not CSV with a header in UTF-8")]
    Csv,
    /// The list lacks a required column.
    #[error("has no column '{0}'")]
    MissingColumn(&'static str),
    /// A column occurs twice, so it is ambiguous which of the two columns counts.
    #[error("has a column twice (column {0} has the name of an earlier column): nothing was read")]
    ColumnTwice(usize),
}

/// Reads a site's list. If `by_number` is true, the column `number` identifies the participants, otherwise the column `participant`.
///
/// # Errors
/// The list cannot be used as a whole. Faults of single lines are in the returned lines.
pub fn read(path: &Path, by_number: bool, forms: &[ConsentForm]) -> Result<Vec<ListRow>, ListFault> {
    let size = std::fs::metadata(path).map_err(|e| ListFault::Io(e.kind()))?.len();
    if size > MAX_BYTES {
        return Err(ListFault::TooLarge);
    }
    let bytes = std::fs::read(path).map_err(|e| ListFault::Io(e.kind()))?;
    parse(&bytes, by_number, forms)
}

pub(super) fn parse(bytes: &[u8], by_number: bool, forms: &[ConsentForm]) -> Result<Vec<ListRow>, ListFault> {
    let (header, lines) = table(bytes).map_err(|fault| match fault {
        HeaderFault::Csv => ListFault::Csv,
        HeaderFault::Twice(column) => ListFault::ColumnTwice(column),
    })?;
    let place = |column: &str| header.iter().position(|name| name == column);
    let names = if by_number { "number" } else { "participant" };
    let who_at = place(names).ok_or(ListFault::MissingColumn(names))?;
    let state_at = place("state").ok_or(ListFault::MissingColumn("state"))?;
    let further = ["date", "form", "clauses"].map(place);
    let mut rows = Vec::new();
    for Line { number, cells, fault } in lines {
        let cell = |column: usize| cells.get(column).unwrap_or_default();
        let read = match fault {
            Some(LineFault::Quotes) => Err(RowFault::Quotes),
            Some(LineFault::Count) => Err(RowFault::Csv(header.len())),
            None => said(cell(state_at), further.map(|column| column.map_or(&b""[..], cell)), forms),
        };
        // The id of a consent form may contain a word for a withdrawal. If the line could be read, the id is that of a known form, so the
        // column of the form is not searched for these words.
        let told = |(column, cell): (usize, &[u8])| column != state_at && Some(column) != further[1] && is_withdrawal(cell);
        let said = match read {
            Ok(Said::Given(_)) if cells.iter().enumerate().any(told) => Said::Unclear(RowFault::Elsewhere),
            Ok(said) => said,
            Err(fault) if cells.iter().any(is_withdrawal) => Said::Unclear(fault),
            Err(fault) => Said::Unreadable(fault),
        };
        rows.push(ListRow {
            line: number,
            who: who(cell(who_at), by_number),
            said,
        });
    }
    Ok(rows)
}

fn text(cell: &[u8]) -> Result<&str, RowFault> {
    std::str::from_utf8(cell).map_err(|_| RowFault::NotUtf8)
}

fn who(cell: &[u8], by_number: bool) -> Result<Who, RowFault> {
    let text = text(cell)?;
    if !by_number {
        return ParticipantId::parse(text).map(Who::Participant).map_err(RowFault::Participant);
    }
    if text.is_empty() || text.len() > MAX_NUMBER_BYTES {
        return Err(RowFault::Number);
    }
    Ok(Who::Number(text.to_owned()))
}

fn said(state: &[u8], [date, form, clauses]: [&[u8]; 3], forms: &[ConsentForm]) -> Result<Said, RowFault> {
    let (state, date, form, clauses) = (text(state)?, text(date)?, text(form)?, text(clauses)?);
    let date = if date.is_empty() {
        None
    } else {
        Some(Timestamp::parse(date).map_err(RowFault::Date)?)
    };
    let form = match form {
        "" => None,
        id => Some(forms.iter().find(|f| f.id.as_str() == id).ok_or(RowFault::Form)?),
    };
    let all = clauses == "all";
    let listed = if all {
        form.map_or(ClauseSet::EMPTY, ConsentForm::clause_set)
    } else {
        ClauseSet::parse(clauses).map_err(|_| RowFault::Clauses)?
    };
    match state {
        "given" | "proxy-given" | "同意" => Ok(Said::Given((!listed.is_empty()).then_some(listed))),
        "withdrawn" | "withdrawn-partial" | "撤回" | "同意撤回" => match (state, all) {
            ("withdrawn-partial", false) if listed.is_empty() => Err(RowFault::Clauses),
            (_, true) => Ok(Said::Withdrawn(ClauseSet::EMPTY, date)),
            (_, false) => Ok(Said::Withdrawn(listed, date)),
        },
        "never-given" | "refused" | "不同意" | "未同意" => Ok(Said::NeverGiven),
        _ => Err(RowFault::State),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn lines(list: &[u8], by_number: bool) -> Vec<String> {
        let forms = crate::consent_forms::read(None).unwrap();
        let show = |row: ListRow| {
            let who = row.who.map_or_else(|fault| fault.to_string(), |_| String::new());
            let said = match row.said {
                Said::Given(clauses) => format!("given {}", clauses.map_or_else(String::new, ClauseSet::joined)),
                Said::Withdrawn(clauses, at) => {
                    format!("withdrawn {} {}", clauses.joined(), at.map_or_else(String::new, Timestamp::rfc3339))
                }
                Said::Unclear(fault) => format!("unclear {fault}"),
                Said::NeverGiven => "never given".to_owned(),
                Said::Unreadable(fault) => format!("unreadable {fault}"),
            };
            format!("{}: {who}{said}", row.line)
        };
        parse(list, by_number, &forms).unwrap().into_iter().map(show).collect()
    }

    #[test]
    fn lines_are_given_withdrawn_never_given_or_unreadable() {
        let list = "participant,state,date,form,clauses\n\
            P1,given,2026-04-01,unified-1,\n\
            P2,同意,,,study-use;recontact\n\
            P3,withdrawn,2026-05-01,,\n\
            P4,撤回,,,commercial\n\
            P5,withdrawn,someday,,\n\
            P6,withdrawal requested,,,\n\
            P7,never-given,,,\n\
            P8,maybe,,,\n\
            P9,withdrawn-partial,,,\n\
            P10,withdrawn,,unified-1,all\n\
            ,withdrawn,,,\n\
            P12,withdrawn\n\
            P13,given,yesterday,,\n";
        assert_eq!(
            lines(list.as_bytes(), false),
            [
                "2: given ",
                "3: given study-use;recontact",
                "4: withdrawn  2026-04-30T15:00:00Z",
                "5: withdrawn commercial ",
                "6: unclear 'date' is neither a date (2026-04-01) nor an RFC 3339 time (2026-04-01T09:00:00+09:00)",
                "7: unclear 'state' is unknown (given, withdrawn or never-given)",
                "8: never given",
                "9: unreadable 'state' is unknown (given, withdrawn or never-given)",
                "10: unclear 'clauses' contains a word that is not a clause",
                "11: withdrawn  ",
                "12: 'participant' is emptywithdrawn  ",
                "13: unclear is not a line of 5 values",
                "14: unreadable 'date' is neither a date (2026-04-01) nor an RFC 3339 time (2026-04-01T09:00:00+09:00)",
            ]
        );
    }

    #[test]
    fn participants_can_be_named_by_number_and_optional_columns_omitted() {
        assert_eq!(
            lines(b"state,number\ngiven,000123\nwithdrawn,\n", true),
            ["2: given ", "3: 'number' is empty or longer than 255 byteswithdrawn  "]
        );
        assert!(matches!(
            parse(b"state,number\n", false, &[]),
            Err(ListFault::MissingColumn("participant"))
        ));
    }

    #[test]
    fn a_stray_quotation_mark_affects_only_its_own_line() {
        let list = "\u{feff}participant,state,date\r\nP1,given,\"2026-04-01\r\nP2,withdrawn,\r\nP3,\"withdrawn,\r\nP4,withdrawn,\r\n";
        assert_eq!(
            lines(list.as_bytes(), false),
            [
                "2: unreadable has a quotation mark without another on the same line",
                "3: withdrawn  ",
                "4: unclear has a quotation mark without another on the same line",
                "5: withdrawn  ",
            ]
        );
    }

    #[test]
    fn words_of_withdrawal_block_and_empty_or_unknown_states_are_unreadable() {
        let list = "participant,state,remark\nP1,Revoked,\nP2,ＷＩＴＨＤＲＡＷＮ,\nP3,同意取下げ,\nP4,拒否,\nP5,given,参加中止\nP6,,withdrawn\nP7,不同意,\nP8,,\nP9,x,\n";
        let states: Vec<String> = lines(list.as_bytes(), false)
            .iter()
            .map(|line| line.split(' ').nth(1).unwrap().to_owned())
            .collect();
        assert_eq!(
            states,
            [
                "unclear",
                "unclear",
                "unclear",
                "unclear",
                "unclear",
                "unclear",
                "never",
                "unreadable",
                "unreadable"
            ]
        );
    }

    #[test]
    fn a_column_named_twice_makes_the_list_unusable() {
        assert!(matches!(
            parse(b"participant,state,State\n", false, &[]),
            Err(ListFault::ColumnTwice(3))
        ));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let mut list = b"participant,state,date\n".to_vec();
            list.extend(bytes);
            let _ = parse(&list, false, &[]);
        }
    }
}
