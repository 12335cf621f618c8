//! Writes the consent sheet `consents.csv`.

use std::fmt::Write;

use crate::programme::Programme;

/// The consent events of all participants, participant by participant. The events of each participant are in ledger order. No field needs
/// quoting.
pub(super) fn encode(programme: &Programme) -> String {
    let mut text = String::from("participant,form,kind,clauses,effective_at\n");
    for person in &programme.people {
        for row in &person.consents {
            let _ = writeln!(
                text,
                "{},{},{},{},{}",
                person.id,
                row.form.unwrap_or_default(),
                row.kind.as_str(),
                row.clauses.joined(),
                row.effective_at
            );
        }
    }
    text
}
