//! Code tables: mappings from the codes of one code system to those of another one, and labels of codes. A table is public knowledge and concerns no
//! participant. It is stored beside the facts, and never changes a stored fact.

/// The meaning of the target code relative to the meaning of the source code. The words and their direction are those of FHIR R4
/// (`ConceptMap.group.element.target.equivalence`): `wider` means that the *target* is wider than the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Equivalence {
    /// The two codes have the same meaning.
    Equal,
    /// The target is wider in meaning than the source: everything with the source code also has the target code.
    Wider,
    /// The target is narrower in meaning than the source: something with the source code may lack the target code.
    Narrower,
    /// The meanings overlap, and neither contains the other; or the relation is not known precisely.
    Inexact,
    /// The table states that the source code has no match.
    Unmatched,
}

impl Equivalence {
    /// Every kind of equivalence.
    pub const ALL: [Self; 5] = [Self::Equal, Self::Wider, Self::Narrower, Self::Inexact, Self::Unmatched];

    /// The word of a table file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::Inexact => "inexact",
            Self::Unmatched => "unmatched",
        }
    }

    /// Parses the word; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether a participant with the source code certainly has the target code. This is so if the target is equal to the source or wider. It says
    /// nothing about absence: without the source code, the participant can have a wider target.
    #[must_use]
    pub fn target_follows(self) -> bool {
        match self {
            Self::Equal | Self::Wider => true,
            Self::Narrower | Self::Inexact | Self::Unmatched => false,
        }
    }
}

/// The kind of a code table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeTableKind {
    /// Mappings between code systems.
    Map,
    /// Labels of codes in a language.
    Labels,
}

impl CodeTableKind {
    /// The word of the kind.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Labels => "labels",
        }
    }

    /// Parses the word; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Map, Self::Labels].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One row of a table of mappings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CodeMapping {
    /// The source code as a CURIE.
    pub source: String,
    /// The label of the source code in the table; empty if the table states none.
    pub source_display: String,
    /// The prefix of the target's code system. Empty only for an unmatched code without a stated target system.
    pub target_system: String,
    /// The target code as a CURIE; empty if and only if the code is unmatched.
    pub target: String,
    /// The label of the target code in the table; empty if the table states none.
    pub target_display: String,
    /// The meaning of the target relative to the source.
    pub equivalence: Equivalence,
}

/// Whether a label is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelStatus {
    /// The publisher of the table confirms the label.
    Official,
    /// The label is a proposal.
    Candidate,
}

impl LabelStatus {
    /// The word of the status.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Candidate => "candidate",
        }
    }

    /// Parses the word, in upper or lower case; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Official, Self::Candidate]
            .into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(text))
    }
}

/// One row of a table of labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CodeLabel {
    /// The code as a CURIE.
    pub code: String,
    /// The language of the label as a tag such as `ja`.
    pub language: String,
    /// The label.
    pub label: String,
    /// Whether the label is confirmed.
    pub status: LabelStatus,
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CodeTableRow {
    /// A row of a table of mappings.
    Mapping(CodeMapping),
    /// A row of a table of labels.
    Label(CodeLabel),
}

/// The description of a table to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTable {
    /// The name of the table. One version of each name is in use.
    pub name: String,
    /// The version as the publisher states it. Never empty.
    pub version: String,
    /// The kind of the table.
    pub kind: CodeTableKind,
    /// The note about the table's licence. Never empty.
    pub licence: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// The number of rows in the file.
    pub received: u64,
    /// The number of refused rows.
    pub refused: u64,
}

/// The rows changed while they were read, so that the table must not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table changed while it was read, or could not be read to its end")]
pub struct CodeTableChanged;

/// The rows of a table, read one after the other. A store reads them again from the first row if its write must begin again.
pub trait CodeTableRows {
    /// Begins again at the first row.
    ///
    /// # Errors
    /// The table cannot be read.
    fn begin(&mut self) -> Result<(), CodeTableChanged>;

    /// The next row; absent after the last one.
    ///
    /// # Errors
    /// The table changed since it was checked, or cannot be read.
    fn next_row(&mut self) -> Result<Option<CodeTableRow>, CodeTableChanged>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_equal_or_wider_target_follows_from_its_source() {
        let follows: Vec<&str> = Equivalence::ALL
            .into_iter()
            .filter(|kind| kind.target_follows())
            .map(Equivalence::as_str)
            .collect();
        assert_eq!(follows, ["equal", "wider"]);
    }

    #[test]
    fn words_are_parsed_exactly() {
        for kind in Equivalence::ALL {
            assert_eq!(Equivalence::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(Equivalence::parse("Equal"), None);
        assert_eq!(LabelStatus::parse("OFFICIAL"), Some(LabelStatus::Official));
        assert_eq!(LabelStatus::parse("NOT_TRANSLATED"), None);
        assert_eq!(CodeTableKind::parse("labels"), Some(CodeTableKind::Labels));
    }
}
