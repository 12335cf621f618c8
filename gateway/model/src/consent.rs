//! Consent: forms, clauses and the events of the ledger.

use serde::{Deserialize, Serialize};

mod form;

pub use form::{Bilingual, ConsentForm, Equivalence, EquivalenceClause, EquivalenceVerdict, FormClause, FormDataUse, FormParticulars};

use crate::clock::Timestamp;
use crate::identifier::{FormId, Ordinal};

/// One use that a participant is asked about. Not asked, unknown and unanswered all mean no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clause {
    /// Use in the programme's own studies; without it nothing else holds.
    StudyUse,
    /// Provision to other researchers in Japan.
    ThirdPartyDomestic,
    /// Provision to researchers in the countries that the form names.
    ThirdPartyOverseas,
    /// Use by companies.
    Commercial,
    /// Being asked again.
    Recontact,
    /// Return of primary findings to the hospital.
    ReturnFindings,
    /// Return of incidental findings.
    IncidentalFindings,
    /// Return of findings to the family.
    FamilyReturn,
    /// Storage and provision of specimens by a biobank.
    Biobank,
}

impl Clause {
    /// Every clause, in the order of their bits.
    pub const ALL: [Self; 9] = [
        Self::StudyUse,
        Self::ThirdPartyDomestic,
        Self::ThirdPartyOverseas,
        Self::Commercial,
        Self::Recontact,
        Self::ReturnFindings,
        Self::IncidentalFindings,
        Self::FamilyReturn,
        Self::Biobank,
    ];

    /// The kebab-case word of forms, sheets and the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StudyUse => "study-use",
            Self::ThirdPartyDomestic => "third-party-domestic",
            Self::ThirdPartyOverseas => "third-party-overseas",
            Self::Commercial => "commercial",
            Self::Recontact => "recontact",
            Self::ReturnFindings => "return-findings",
            Self::IncidentalFindings => "incidental-findings",
            Self::FamilyReturn => "family-return",
            Self::Biobank => "biobank",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == text)
    }
}

/// A set of clauses, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClauseSet(u32);

impl ClauseSet {
    /// No clause.
    pub const EMPTY: Self = Self(0);

    /// Every clause.
    pub const ALL: Self = Self((1 << Clause::ALL.len()) - 1);

    /// Whether the clause is in the set.
    #[must_use]
    pub fn contains(self, clause: Clause) -> bool {
        self.0 & (1 << clause as u32) != 0
    }

    /// The set and one clause more.
    #[must_use]
    pub fn with(self, clause: Clause) -> Self {
        Self(self.0 | 1 << clause as u32)
    }

    /// This set without the clauses of the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The clauses of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The clauses that are in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every clause of the other is in this one.
    #[must_use]
    pub fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it has no clause.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its bits: bit `n` is the `n`th of [`Clause::ALL`].
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The set of these bits; those that stand for no clause are left out.
    #[must_use]
    pub fn of_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Its clauses in order.
    pub fn iter(self) -> impl Iterator<Item = Clause> {
        Clause::ALL.into_iter().filter(move |c| self.contains(*c))
    }

    /// The clauses' words joined by `;`, in order.
    #[must_use]
    pub fn joined(self) -> String {
        self.iter().map(Clause::as_str).collect::<Vec<_>>().join(";")
    }

    /// Reads words joined by `;`; an empty text is the empty set. The first unknown word is the error.
    ///
    /// # Errors
    /// A word that names no clause.
    pub fn parse(text: &str) -> Result<Self, UnknownClause> {
        text.split(';')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(|word| Clause::parse(word).ok_or_else(|| UnknownClause(word.to_owned())))
            .collect()
    }
}

impl FromIterator<Clause> for ClauseSet {
    fn from_iter<I: IntoIterator<Item = Clause>>(clauses: I) -> Self {
        clauses.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// A word that names no clause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a clause")]
pub struct UnknownClause(pub String);

/// What an event of the ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentKind {
    /// The participant signed: the clauses listed hold, the form's others do not.
    Given,
    /// A legal representative signed, with the same effect.
    ProxyGiven,
    /// A minor agreed in their own words to the clauses listed, and no longer to others. It opens nothing by itself; from the age at which assent
    /// is needed it upholds what a proxy agreed to.
    Assent,
    /// The answers changed: the clauses listed hold, the form's others do not.
    ClauseChanged,
    /// Some clauses were withdrawn (those listed; all where none is listed, for then nobody knows which).
    WithdrawnPartial,
    /// Everything was withdrawn.
    Withdrawn,
    /// The consent ran out.
    Expired,
    /// Consent has to be asked again (a minor came of age); nothing new is disclosed until it is given.
    ReconsentDue,
    /// The participant died. Consent stays as given, but the person is not asked again, and findings are returned only where that to the family
    /// was agreed to.
    Died,
    /// An earlier event was wrong. With the event's number it is struck as if it had never been recorded; clauses listed beside the number of an
    /// answer are what the answer should have been, beside the number of a withdrawal all that may hold after it. Without a number the clauses
    /// listed are what holds.
    Corrected,
    /// The committee judged a legacy form equivalent: the clauses listed hold.
    LegacyEquivalent,
    /// A withdrawal came that could not be read. Everything is blocked until a correction of it says what was meant.
    WithdrawalUnclear,
    /// What the answer right before it in the ledger says of the clauses listed holds from the effective time on, and is no before. It opens
    /// nothing by itself, and says nothing of any other answer.
    PeriodBegins,
    /// What the answer right before it in the ledger (but for other events of its period) says of the clauses listed is no from the effective
    /// time on. It takes nothing from any other answer.
    PeriodEnds,
}

impl ConsentKind {
    const ALL: [Self; 14] = [
        Self::Given,
        Self::ProxyGiven,
        Self::Assent,
        Self::ClauseChanged,
        Self::WithdrawnPartial,
        Self::Withdrawn,
        Self::Expired,
        Self::ReconsentDue,
        Self::Died,
        Self::Corrected,
        Self::LegacyEquivalent,
        Self::WithdrawalUnclear,
        Self::PeriodBegins,
        Self::PeriodEnds,
    ];

    /// The kebab-case word of sheets and the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::ProxyGiven => "proxy-given",
            Self::Assent => "assent",
            Self::ClauseChanged => "clause-changed",
            Self::WithdrawnPartial => "withdrawn-partial",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::ReconsentDue => "reconsent-due",
            Self::Died => "died",
            Self::Corrected => "corrected",
            Self::LegacyEquivalent => "legacy-equivalent",
            Self::WithdrawalUnclear => "withdrawal-unclear",
            Self::PeriodBegins => "period-begins",
            Self::PeriodEnds => "period-ends",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }

    /// Whether the event can only take away. Such an event blocks from its recording on, even when dated later: nobody is served in between.
    #[must_use]
    pub fn only_narrows(self) -> bool {
        match self {
            Self::WithdrawnPartial | Self::Withdrawn | Self::WithdrawalUnclear | Self::Expired | Self::ReconsentDue | Self::Died => true,
            Self::Given | Self::ProxyGiven | Self::Assent | Self::ClauseChanged | Self::Corrected | Self::LegacyEquivalent => false,
            // They are part of the answer before them.
            Self::PeriodBegins | Self::PeriodEnds => false,
        }
    }
}

/// On what a use rests in law. A company's own use needs consent whatever else holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// The person, or who speaks for them, agreed.
    #[default]
    Consent,
    /// They were told by public notice and did not object.
    OptOutNotice,
    /// An ethics committee waived asking.
    EthicsWaiver,
}

impl Ground {
    /// The kebab-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::OptOutNotice => "opt-out-notice",
            Self::EthicsWaiver => "ethics-waiver",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Consent, Self::OptOutNotice, Self::EthicsWaiver]
            .into_iter()
            .find(|g| g.as_str() == text)
    }
}

/// One row of the append-only ledger. `sequence` is commit order; `effective` and `recorded` are the two times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEvent {
    /// Position in the ledger; the consent epoch is the last one.
    pub sequence: u64,
    /// Whose consent.
    pub participant: Ordinal,
    /// What happened.
    pub kind: ConsentKind,
    /// The form it was signed on; absent for events without one (a death).
    pub form: Option<FormId>,
    /// The clauses it speaks of.
    pub clauses: ClauseSet,
    /// From when it holds.
    pub effective: Timestamp,
    /// When the ledger took it.
    pub recorded: Timestamp,
    /// The legal ground of the uses that it opens, apart from the clauses themselves.
    pub ground: Ground,
    /// For a correction: the sequence of the event that was wrong; absent where it speaks of none.
    pub corrects: Option<u64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_and_clauses_map_one_to_one() {
        for clause in Clause::ALL {
            assert_eq!(Clause::parse(clause.as_str()), Some(clause));
        }
        assert_eq!(Clause::parse("Study-Use"), None);
        for kind in ConsentKind::ALL {
            assert_eq!(ConsentKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn an_unknown_clause_is_an_error_not_a_smaller_set() {
        assert_eq!(ClauseSet::parse("study-use;recontact").unwrap().joined(), "study-use;recontact");
        assert_eq!(ClauseSet::parse("study-use;everything"), Err(UnknownClause("everything".into())));
        assert!(ClauseSet::parse("").unwrap().is_empty());
    }
}
