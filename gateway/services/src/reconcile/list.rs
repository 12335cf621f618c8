//! The list that a site sends: `participant` or `number`, `state`, and, where there are such columns, `date`, `form` and `clauses`.

use std::path::Path;

use gemj_model::clock::NotATime;
use gemj_model::identifier::IdentifierError;
use gemj_model::{ClauseSet, ConsentForm, ParticipantId, Timestamp};

use crate::consent_sheet::{HeaderFault, Line, LineFault, is_withdrawal, table};

/// The largest list, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// Longest number of a patient, in bytes.
const MAX_NUMBER_BYTES: usize = 255;

/// One line of a list.
#[derive(Debug)]
pub struct ListRow {
    /// Its line, from 1.
    pub line: u64,
    /// Of whom; a fault where nobody can be told.
    pub who: Result<Who, RowFault>,
    /// What it says.
    pub said: Said,
}

/// How a line names a person.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// By the programme's pseudonym.
    Participant(ParticipantId),
    /// By the site's own number.
    Number(String),
}

impl std::fmt::Debug for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Who(..)")
    }
}

/// What a line says.
#[derive(Clone, Debug)]
pub enum Said {
    /// The consent holds; with clauses, those and no others.
    Given(Option<ClauseSet>),
    /// It was withdrawn: of these clauses, or of all where there are none; on a day, or one that is not told.
    Withdrawn(ClauseSet, Option<Timestamp>),
    /// Something was withdrawn, and it cannot be read what or when.
    Unclear(RowFault),
    /// It was never given.
    NeverGiven,
    /// It cannot be told what is said.
    Unreadable(RowFault),
}

/// Why a line cannot be read. No text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// Another number of values than the header.
    #[error("is not a line of {0} values")]
    Csv(usize),
    /// A quotation mark that is not closed on its line.
    #[error("has a quotation mark without another on the same line")]
    Quotes,
    /// A word of withdrawal where none belongs.
    #[error("speaks of a withdrawal in another column than 'state'")]
    Elsewhere,
    /// Bytes that are no text.
    #[error("is not in UTF-8")]
    NotUtf8,
    /// The participant is no identifier.
    #[error("'participant' {0}")]
    Participant(IdentifierError),
    /// The number is empty or too long.
    #[error("'number' is empty or longer than {MAX_NUMBER_BYTES} bytes")]
    Number,
    /// A state that there is not.
    #[error("'state' is not understood (given, withdrawn or never-given)")]
    State,
    /// A word that is no clause.
    #[error("'clauses' names something that is no clause")]
    Clauses,
    /// A form that is not known.
    #[error("'form' is not a known form")]
    Form,
    /// A time that is none.
    #[error("'date' {0}")]
    Date(NotATime),
}

/// Why a list cannot be used as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ListFault {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// Larger than is read.
    #[error("is larger than 256 MiB")]
    TooLarge,
    /// It is not CSV.
    #[error("is not CSV with a header in UTF-8")]
    Csv,
    /// A column is absent.
    #[error("has no column '{0}'")]
    MissingColumn(&'static str),
    /// A column that is there twice: it cannot be told which of the two counts.
    #[error("names a column twice (column {0} has the name of an earlier one): nothing was read")]
    ColumnTwice(usize),
}

/// Reads a list. With `by_number` people are named by a column `number`, else by `participant`.
///
/// # Errors
/// The list as a whole is unusable; faults of single lines are in the lines.
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
        // A known form may have such a name: where the line could be read, the form was found.
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
    fn lines_say_given_withdrawn_never_given_or_cannot_be_read() {
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
                "7: unclear 'state' is not understood (given, withdrawn or never-given)",
                "8: never given",
                "9: unreadable 'state' is not understood (given, withdrawn or never-given)",
                "10: unclear 'clauses' names something that is no clause",
                "11: withdrawn  ",
                "12: 'participant' is emptywithdrawn  ",
                "13: unclear is not a line of 5 values",
                "14: unreadable 'date' is neither a date (2026-04-01) nor an RFC 3339 time (2026-04-01T09:00:00+09:00)",
            ]
        );
    }

    #[test]
    fn people_can_be_named_by_numbers_and_columns_be_left_out() {
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
    fn a_stray_quotation_mark_spoils_its_own_line_alone() {
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
    fn words_of_withdrawal_close_and_an_empty_or_unknown_state_cannot_be_read() {
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
