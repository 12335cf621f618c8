//! Ontology releases, as the filters need them.

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyTerm {
    /// CURIE (`HP:0001250`).
    pub id: String,
    /// The label; empty if the release states none.
    pub label: String,
    /// Direct parents (`is_a`), as CURIEs.
    pub parents: Vec<String>,
    /// Earlier ids of this term.
    pub alternative_ids: Vec<String>,
    /// Whether the term is withdrawn from use.
    pub obsolete: bool,
    /// For an obsolete term, its replacement; absent if the release names none.
    pub replaced_by: Option<String>,
}

/// One release of one ontology. A newly loaded release replaces the earlier release of the same prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OntologyRelease {
    /// The prefix of the release's CURIEs, without the colon (`HP`).
    pub prefix: String,
    /// The release as it names itself (`hp/releases/2025-01-16`).
    pub version: String,
    /// The terms in file order, one for each id.
    pub terms: Vec<OntologyTerm>,
}
