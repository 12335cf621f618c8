//! Ontology releases, as filters need them.

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyTerm {
    /// CURIE (`HP:0001250`).
    pub id: String,
    /// Its label; empty where the release gives none.
    pub label: String,
    /// Direct parents (`is_a`), as CURIEs.
    pub parents: Vec<String>,
    /// Earlier ids that mean this term.
    pub alternative_ids: Vec<String>,
    /// Whether the term is withdrawn from use.
    pub obsolete: bool,
    /// For an obsolete term, the term to use instead; absent where the release names none.
    pub replaced_by: Option<String>,
}

/// One release of one ontology. Loading it replaces the earlier release of the same prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyRelease {
    /// The prefix of its CURIEs, without the colon (`HP`).
    pub prefix: String,
    /// The release as it names itself (`hp/releases/2025-01-16`).
    pub version: String,
    /// Its terms, in file order, one of each id.
    pub terms: Vec<OntologyTerm>,
}
