//! The report after `ingest` or `ontology load`: the stored terms that the loaded ontology releases do not contain.

use gemj_access::{Mandate, WriteAction};
use gemj_model::DatasetId;

use crate::installation::Installation;

/// Maximum number of terms that the report names. Further terms are only counted.
const SHOWN: usize = 50;

/// Lines that count and name the stored terms that are missing in the loaded release of their ontology. Terms of ontologies that are not loaded
/// are not reported. Empty if no term is missing. The lines contain no data of participants.
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
        "{} terms are in no loaded release; a filter finds each of them only by its own id:",
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
    fn missing_terms_are_counted_and_only_the_first_are_named() {
        assert!(said(&[]).is_empty());
        let many: Vec<String> = (0..60).map(|n| format!("HP:{n}")).collect();
        let lines = said(&many);
        assert_eq!(lines.len(), SHOWN + 2);
        assert!(lines[0].starts_with("60 terms"));
        assert_eq!(lines[1], "not in the release: HP:0");
        assert_eq!(lines[SHOWN + 1], "not in the release: 10 more terms");
    }
}
