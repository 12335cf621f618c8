//! The consent sheet: `participant,form,kind,clauses,effective_at`, one event a line.

use std::path::Path;

use gemj_catalogue::NewConsent;
use gemj_model::identifier::IdentifierError;
use gemj_model::{ClauseSet, ConsentForm, ConsentKind, FormId, ParticipantId, Timestamp};

const COLUMNS: [&str; 5] = ["participant", "form", "kind", "clauses", "effective_at"];

/// A row that can be recorded.
#[derive(Clone, Debug)]
pub struct ConsentRow {
    /// Its line, from 1.
    pub line: u64,
    /// What it says.
    pub event: NewConsent,
}

/// A sheet's rows, each usable or with its line and fault.
pub type ConsentRows = Vec<Result<ConsentRow, (u64, ConsentRowFault)>>;

/// Why a row cannot be recorded. No text names a person.
#[derive(Debug, thiserror::Error)]
pub enum ConsentRowFault {
    /// Another number of values than the header.
    #[error("is not a line of {0} values")]
    Csv(usize),
    /// The participant is no identifier.
    #[error("'participant' {0}")]
    Participant(IdentifierError),
    /// A kind that there is not.
    #[error(
        "'kind' is not understood (given, proxy-given, assent, clause-changed, withdrawn, withdrawn-partial, expired, reconsent-due, died, corrected or legacy-equivalent)"
    )]
    Kind,
    /// A form that is not known.
    #[error("'form' is not a known form")]
    Form,
    /// An event that needs a form.
    #[error("'form' is needed for this kind")]
    FormNeeded,
    /// A word that is no clause.
    #[error("'clauses': {0}")]
    Clause(gemj_model::consent::UnknownClause),
    /// Clauses that the form does not ask about.
    #[error("'clauses': the form does not ask about {0}")]
    ClauseNotAsked(String),
    /// Clauses that have to be named.
    #[error("'clauses' is needed for this kind")]
    ClausesNeeded,
    /// A time that is none.
    #[error("'effective_at' {0}")]
    Effective(gemj_model::clock::NotATime),
}

/// Why a sheet cannot be used as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ConsentSheetFault {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(std::io::ErrorKind),
    /// It is not CSV in UTF-8.
    #[error("is not CSV in UTF-8")]
    Csv,
    /// A column is absent.
    #[error("has no column '{0}'")]
    MissingColumn(&'static str),
}

/// Reads a sheet. A line without `effective_at` holds from `now`.
///
/// # Errors
/// The sheet as a whole is unusable; faults of single rows are in the rows.
pub fn read(path: &Path, forms: &[ConsentForm], now: Timestamp) -> Result<ConsentRows, ConsentSheetFault> {
    let bytes = std::fs::read(path).map_err(|e| ConsentSheetFault::Io(e.kind()))?;
    parse(&bytes, forms, now)
}

fn parse(bytes: &[u8], forms: &[ConsentForm], now: Timestamp) -> Result<ConsentRows, ConsentSheetFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|_| ConsentSheetFault::Csv)?.clone();
    let mut at = [0; COLUMNS.len()];
    for (slot, column) in at.iter_mut().zip(COLUMNS) {
        *slot = header
            .iter()
            .position(|name| name == column)
            .ok_or(ConsentSheetFault::MissingColumn(column))?;
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                rows.push(Err((
                    error.position().map_or(0, csv::Position::line),
                    ConsentRowFault::Csv(header.len()),
                )));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() != header.len() {
            rows.push(Err((line, ConsentRowFault::Csv(header.len()))));
            continue;
        }
        let values = at.map(|column| record.get(column).unwrap_or_default());
        rows.push(
            event(values, forms, now)
                .map(|event| ConsentRow { line, event })
                .map_err(|fault| (line, fault)),
        );
    }
    Ok(rows)
}

fn event(
    [participant, form, kind, clauses, effective]: [&str; COLUMNS.len()],
    forms: &[ConsentForm],
    now: Timestamp,
) -> Result<NewConsent, ConsentRowFault> {
    let participant = ParticipantId::parse(participant).map_err(ConsentRowFault::Participant)?;
    let kind = ConsentKind::parse(kind).ok_or(ConsentRowFault::Kind)?;
    let form: Option<&ConsentForm> = match form {
        "" => None,
        id => Some(forms.iter().find(|f| f.id.as_str() == id).ok_or(ConsentRowFault::Form)?),
    };
    let asked = form.map(ConsentForm::clause_set);
    let all = clauses == "all";
    let clauses = if all {
        asked.unwrap_or_default()
    } else {
        ClauseSet::parse(clauses).map_err(ConsentRowFault::Clause)?
    };
    let kind = match kind {
        // A withdrawal of named clauses is of those; of none, or of all, of everything.
        ConsentKind::Withdrawn if !all && !clauses.is_empty() => ConsentKind::WithdrawnPartial,
        other => other,
    };
    let needs_form = match kind {
        ConsentKind::Given | ConsentKind::ProxyGiven | ConsentKind::Assent | ConsentKind::ClauseChanged | ConsentKind::LegacyEquivalent => {
            true
        }
        ConsentKind::WithdrawnPartial if !all && clauses.is_empty() => return Err(ConsentRowFault::ClausesNeeded),
        ConsentKind::WithdrawnPartial
        | ConsentKind::Withdrawn
        | ConsentKind::Expired
        | ConsentKind::ReconsentDue
        | ConsentKind::Died
        | ConsentKind::WithdrawalUnclear
        | ConsentKind::Corrected => false,
    };
    if needs_form {
        let asked = asked.ok_or(ConsentRowFault::FormNeeded)?;
        if !asked.contains_all(clauses) {
            return Err(ConsentRowFault::ClauseNotAsked(clauses.minus(asked).joined()));
        }
    }
    let effective = if effective.is_empty() {
        now
    } else {
        Timestamp::parse(effective).map_err(ConsentRowFault::Effective)?
    };
    let form: Option<FormId> = form.map(|f| f.id.clone());
    Ok(NewConsent {
        participant,
        kind,
        form,
        clauses,
        effective,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let forms = crate::consent_forms::read(None).unwrap();
        parse(text.as_bytes(), &forms, Timestamp(0))
            .unwrap()
            .into_iter()
            .map(|row| match row {
                Ok(row) => format!("{}: {} {}", row.line, row.event.kind.as_str(), row.event.clauses.joined()),
                Err((line, fault)) => format!("{line}: {fault}"),
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
            rows(sheet),
            [
                "2: given study-use;recontact",
                "3: withdrawn ",
                "4: withdrawn-partial commercial",
                "5: died ",
                "6: 'form' is needed for this kind",
                "7: 'form' is not a known form",
                "8: 'clauses': 'everything' is not a clause",
                "9: 'kind' is not understood (given, proxy-given, assent, clause-changed, withdrawn, withdrawn-partial, expired, reconsent-due, died, corrected or legacy-equivalent)",
                "10: 'effective_at' is neither a date (2026-04-01) nor an RFC 3339 time (2026-04-01T09:00:00+09:00)",
                "11: 'participant' is empty",
                "12: is not a line of 5 values",
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let _ = parse(&bytes, &[], Timestamp(0));
        }
    }
}
