//! Releases of ontologies, with the parts that filters need.

/// One term of an ontology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyTerm {
    /// The id of the term as a CURIE (`HP:0001250`).
    pub id: String,
    /// The label of the term; empty if the release states no label.
    pub label: String,
    /// The direct parents of the term (`is_a`), as CURIEs.
    pub parents: Vec<String>,
    /// Earlier ids of the term, as CURIEs.
    pub alternative_ids: Vec<String>,
    /// Whether the ontology has marked the term as obsolete.
    pub obsolete: bool,
    /// For an obsolete term, the id of its replacement; absent if the release names no replacement.
    pub replaced_by: Option<String>,
}

/// One release of one ontology. A newly loaded release replaces the earlier release of the same prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyRelease {
    /// The prefix of the release's CURIEs, without the colon (`HP`).
    pub prefix: String,
    /// The version of the release as the release file states it (`hp/releases/2025-01-16`).
    pub version: String,
    /// The terms in the order of the file, one term for each id.
    pub terms: Vec<OntologyTerm>,
}
