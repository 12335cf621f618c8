//! What is said after facts or a release came in: which terms the loaded releases do not have.

use gemj_access::{Mandate, WriteAction};
use gemj_model::DatasetId;

use crate::installation::Installation;

/// How many terms are named; the rest is a number.
const SHOWN: usize = 50;

/// Lines that count and name the stored terms of loaded code systems that their release does not have; none where there are none. Nothing of a participant
/// is in them.
pub(crate) async fn lines(installation: &Installation, action: WriteAction, dataset: Option<&DatasetId>) -> anyhow::Result<Vec<String>> {
    let mandate = Mandate::operator(action);
    let terms = installation.stores.catalogue.terms_in_no_release(&mandate, dataset).await?;
    Ok(said(&terms))
}

fn said(terms: &[String]) -> Vec<String> {
    if terms.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "{} terms are in no loaded release; each is found by its own id alone:",
        terms.len()
    )];
    lines.extend(terms.iter().take(SHOWN).map(|term| format!("not in the release: {term}")));
    if terms.len() > SHOWN {
        lines.push(format!("not in the release: {} more terms", terms.len() - SHOWN));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_counted_and_named_and_many_are_cut() {
        assert!(said(&[]).is_empty());
        let many: Vec<String> = (0..60).map(|n| format!("HP:{n}")).collect();
        let lines = said(&many);
        assert_eq!(lines.len(), SHOWN + 2);
        assert!(lines[0].starts_with("60 terms"));
        assert_eq!(lines[1], "not in the release: HP:0");
        assert_eq!(lines[SHOWN + 1], "not in the release: 10 more terms");
    }
}
