//! Terms of ontologies in Beacon records.

use serde::Serialize;

/// A term of an ontology: a CURIE and its label (`common/ontologyTerm.json`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OntologyTerm {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

impl OntologyTerm {
    /// Parses a term. `None` if `id` is not a CURIE by the schema's pattern (`^\w[^:]+:.+$`: a prefix of at least two characters, a colon, and
    /// further characters on the same line).
    #[must_use]
    pub fn parse(id: &str, label: Option<&str>) -> Option<Self> {
        let (prefix, local) = id.split_once(':')?;
        let begins = prefix.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        (begins && prefix.chars().count() > 1 && !local.is_empty() && !id.contains(char::is_control)).then(|| Self {
            id: id.to_owned(),
            label: label.map(str::to_owned),
        })
    }

    /// A term that is fixed in this crate.
    pub(crate) fn known(id: &'static str, label: &'static str) -> Self {
        Self {
            id: id.to_owned(),
            label: Some(label.to_owned()),
        }
    }

    /// The CURIE of the term.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The label of the term; `None` if not stated.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_not_a_curie_is_rejected() {
        for bad in ["", "HP", "HP:", ":1", "H:1", "-H:1", "HP:\n1", "É1:2"] {
            assert_eq!(OntologyTerm::parse(bad, None), None, "{bad:?}");
        }
        assert_eq!(OntologyTerm::parse("HP:0001250", Some("Seizure")).unwrap().label(), Some("Seizure"));
    }
}
