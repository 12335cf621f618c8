//! Consent: forms, clauses and the events of the ledger.

use serde::{Deserialize, Serialize};

mod form;

pub use form::{Bilingual, ConsentForm, Equivalence, EquivalenceClause, EquivalenceVerdict, FormClause, FormDataUse, FormParticulars};

use crate::clock::Timestamp;
use crate::identifier::{FormId, Ordinal};

/// One use of data that a consent form asks a participant about. "Not asked", "unknown" and "unanswered" all mean no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clause {
    /// Use in the programme's own studies. Provision to others, commercial use and recontact each need this clause in addition to their own clause.
    StudyUse,
    /// Provision to other researchers in Japan.
    ThirdPartyDomestic,
    /// Provision to researchers in the countries that the form names.
    ThirdPartyOverseas,
    /// Use by companies.
    Commercial,
    /// Contact by the programme with further questions.
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

    /// The kebab-case name of the clause in consent forms, consent sheets and the command line.
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

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == text)
    }
}

/// A set of clauses, one bit for each clause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClauseSet(u32);

impl ClauseSet {
    /// The set without any clause.
    pub const EMPTY: Self = Self(0);

    /// The set of every clause.
    pub const ALL: Self = Self((1 << Clause::ALL.len()) - 1);

    /// Whether the clause is in the set.
    #[must_use]
    pub fn contains(self, clause: Clause) -> bool {
        self.0 & (1 << clause as u32) != 0
    }

    /// Returns this set with one more clause.
    #[must_use]
    pub fn with(self, clause: Clause) -> Self {
        Self(self.0 | 1 << clause as u32)
    }

    /// Returns this set without the clauses of the other set.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The clauses that are in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The clauses that are in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether this set contains every clause of the other set.
    #[must_use]
    pub fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set as bits: bit `n`, counted from 0, is the clause at index `n` of [`Clause::ALL`].
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The set whose bits are given. Bits that belong to no clause are ignored.
    #[must_use]
    pub fn of_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// The clauses of the set, in the order of [`Clause::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Clause> {
        Clause::ALL.into_iter().filter(move |c| self.contains(*c))
    }

    /// The names of the clauses joined by `;`, in the order of [`Clause::ALL`].
    #[must_use]
    pub fn joined(self) -> String {
        self.iter().map(Clause::as_str).collect::<Vec<_>>().join(";")
    }

    /// Parses the names of clauses joined by `;`. An empty text is the empty set.
    ///
    /// # Errors
    /// [`UnknownClause`] with the first name that is not a clause.
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

/// The error for a text that is not the name of a clause. It contains the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a clause")]
pub struct UnknownClause(pub String);

/// The kind of an event in the consent ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentKind {
    /// The participant signed. The listed clauses hold; the form's other clauses do not.
    Given,
    /// A legal representative signed. The effect is the same as [`Self::Given`].
    ProxyGiven,
    /// A minor agreed, in their own words, to the listed clauses, and no longer to any other clause. An assent opens no clause by itself. From the
    /// age at which assent is needed, a clause that a proxy agreed to holds only with this assent.
    Assent,
    /// The answers changed. The listed clauses hold; the form's other clauses do not.
    ClauseChanged,
    /// The listed clauses were withdrawn. If no clause is listed, all clauses are withdrawn, because the ledger cannot show which clauses were meant.
    WithdrawnPartial,
    /// All clauses were withdrawn.
    Withdrawn,
    /// The consent expired. From the effective time on, no clause holds until consent is given again.
    Expired,
    /// Consent must be requested again (a minor came of age). From the effective time on, no clause holds until consent is given again.
    ReconsentDue,
    /// The participant died. The consent stays as given, but the participant is not contacted again. Findings are returned only if the return
    /// of findings to the family was agreed to.
    Died,
    /// A correction: an earlier event was wrong.
    ///
    /// * If the correction names an event by number, that event is struck. It then has no effect, as if it had never been recorded.
    /// * If the correction also lists clauses and the struck event is an answer, these clauses are the answer that should have been recorded.
    /// * If the correction also lists clauses and the struck event is a withdrawal, only these clauses may hold after that withdrawal.
    /// * If the correction names no event, exactly the listed clauses hold.
    Corrected,
    /// The committee judged a legacy form equivalent to a newer form. The listed clauses hold.
    LegacyEquivalent,
    /// A withdrawal that could not be read was recorded. All uses are blocked until a correction of this event states its meaning.
    WithdrawalUnclear,
    /// Limits the answer directly before this event in the ledger: the listed clauses of that answer hold from the effective time on, and not before.
    /// The event opens no clause by itself, and has no effect on any other answer.
    PeriodBegins,
    /// Limits the answer directly before this event in the ledger: the listed clauses of that answer end at the effective time. Other period events
    /// of the same answer may be between the answer and this event. The event has no effect on any other answer.
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

    /// The kebab-case name of the kind in consent sheets and the ledger.
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

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }

    /// Whether an event of this kind can only remove clauses. A withdrawal or a death takes effect when it is recorded, even if its effective date is
    /// later, so that no data is returned in between. `Expired` and `ReconsentDue` are planned, and wait for their effective date.
    #[must_use]
    pub fn only_narrows(self) -> bool {
        match self {
            Self::WithdrawnPartial | Self::Withdrawn | Self::WithdrawalUnclear | Self::Expired | Self::ReconsentDue | Self::Died => true,
            Self::Given | Self::ProxyGiven | Self::Assent | Self::ClauseChanged | Self::Corrected | Self::LegacyEquivalent => false,
            // The period events are part of the answer before them, and they do not count as withdrawals.
            Self::PeriodBegins | Self::PeriodEnds => false,
        }
    }
}

/// The legal ground of a use of data. A company's own use always needs consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// The participant, or their legal representative, agreed.
    #[default]
    Consent,
    /// The participant was informed by public notice and did not object.
    OptOutNotice,
    /// An ethics committee waived the consent requirement.
    EthicsWaiver,
}

impl Ground {
    /// The kebab-case name of the ground.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::OptOutNotice => "opt-out-notice",
            Self::EthicsWaiver => "ethics-waiver",
        }
    }

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Consent, Self::OptOutNotice, Self::EthicsWaiver]
            .into_iter()
            .find(|g| g.as_str() == text)
    }
}

/// One row of the append-only consent ledger. `sequence` is the order of commits. `effective` and `recorded` are the two times of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEvent {
    /// The number of the event. Numbers ascend in the order of commits. The numbers come from the policy epoch, so other policy changes leave gaps
    /// between the numbers.
    pub sequence: u64,
    /// The participant whose consent the event is about.
    pub participant: Ordinal,
    /// The kind of event.
    pub kind: ConsentKind,
    /// The form on which the event was signed; absent for events without a form (a death).
    pub form: Option<FormId>,
    /// The clauses that the event lists.
    pub clauses: ClauseSet,
    /// The time from which the event has effect.
    pub effective: Timestamp,
    /// The time at which the ledger recorded the event.
    pub recorded: Timestamp,
    /// The legal ground of the uses that the event opens. It is separate from the clauses.
    pub ground: Ground,
    /// For a correction: the sequence number of the event that was wrong. Absent if the correction names no event, and for every other kind.
    pub corrects: Option<u64>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_name_of_every_clause_and_kind_parses_to_it_and_another_spelling_does_not() {
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
