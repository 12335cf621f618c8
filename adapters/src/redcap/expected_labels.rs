//! Compares the labels that a profile expects for codes with the labels of the dictionary. A project can renumber its codes: `1, Male | 2, Female` becomes
//! `1, Female | 2, Male`. The map of the profile would then give every person the other sex.

use super::columns::Columns;
use super::dictionary::Kind;
use super::{Refused, Selection};

/// Refuses the export if the dictionary has another label for a code, or no such code.
pub(super) fn check(columns: &Columns<'_>, selection: &Selection) -> Result<(), Refused> {
    for (variable, labels) in &selection.labels {
        let refused = |what: &str| Err(Refused::new("other-label", format!("{variable}: {what}")));
        let found = columns.dictionary.variable(variable);
        let Some(choices) = found
            .filter(|found| found.kind != Kind::Document)
            .and_then(|found| found.choices.as_ref())
        else {
            return refused("the profile states labels, but the variable has no choices in the dictionary");
        };
        for (code, expected) in labels {
            match choices.has_label(code, expected) {
                Some(true) => {}
                Some(false) => {
                    return refused(&format!(
                        "the dictionary has another label for the code {code} than the profile; check what each code means"
                    ));
                }
                None => return refused(&format!("the dictionary does not have the code {code} of the profile")),
            }
        }
    }
    Ok(())
}
