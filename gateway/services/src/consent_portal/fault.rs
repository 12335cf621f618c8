//! Why a statement of a portal cannot be recorded as it is.

use crate::consent_sheet::ConsentRowFault;

/// Why a statement of a portal cannot be recorded as it is. No code names a person or repeats a value of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalFault {
    /// The statement is not a JSON object.
    Unreadable,
    /// A member occurs twice, so it is ambiguous which value counts.
    MemberTwice,
    /// The statement has a member that the gateway does not know, or a member of another type.
    Member,
    /// The statement names no participant, or names one in two ways.
    Participant,
    /// No participant of the hospital has this number or id.
    NotFound,
    /// The kind of the statement is absent or unknown.
    Kind,
    /// The kind is known, and only an operator can record it.
    KindNotAccepted,
    /// The form is absent, although the kind requires a form.
    FormNeeded,
    /// The form is unknown.
    Form,
    /// The clauses are absent, although the kind requires clauses.
    ClausesNeeded,
    /// A clause is unknown, or the form does not ask about it.
    Clause,
    /// The signing date is absent, although the kind requires it.
    SignedNeeded,
    /// The signing date is not a date.
    Signed,
    /// The signing date is in the future.
    SignedLater,
    /// The ground is unknown, or the kind permits nothing.
    Ground,
    /// The hash of the scanned form is not 64 hexadecimal digits.
    Scan,
    /// The relation of the representative is absent, unknown, or not allowed for this kind.
    Relation,
    /// A word for a withdrawal occurs in another member than the kind.
    WithdrawalWord,
    /// The portal itself states that the withdrawal is unclear.
    StatedUnclear,
    /// The request has no idempotency key. Only withdrawals are recorded without a key.
    KeyMissing,
    /// The idempotency key was used for another body. Only withdrawals are recorded.
    KeyReused,
}

impl PortalFault {
    /// Every fault.
    pub const ALL: [Self; 21] = [
        Self::Unreadable,
        Self::MemberTwice,
        Self::Member,
        Self::Participant,
        Self::NotFound,
        Self::Kind,
        Self::KindNotAccepted,
        Self::FormNeeded,
        Self::Form,
        Self::ClausesNeeded,
        Self::Clause,
        Self::SignedNeeded,
        Self::Signed,
        Self::SignedLater,
        Self::Ground,
        Self::Scan,
        Self::Relation,
        Self::WithdrawalWord,
        Self::StatedUnclear,
        Self::KeyMissing,
        Self::KeyReused,
    ];

    /// The stable code of the fault in receipts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::MemberTwice => "member-twice",
            Self::Member => "member-unknown",
            Self::Participant => "participant-unreadable",
            Self::NotFound => "participant-not-found",
            Self::Kind => "kind-unknown",
            Self::KindNotAccepted => "kind-not-accepted",
            Self::FormNeeded => "form-needed",
            Self::Form => "form-unknown",
            Self::ClausesNeeded => "clauses-needed",
            Self::Clause => "clause-unknown",
            Self::SignedNeeded => "signed-needed",
            Self::Signed => "signed-unreadable",
            Self::SignedLater => "signed-in-future",
            Self::Ground => "ground-not-allowed",
            Self::Scan => "scan-unreadable",
            Self::Relation => "relation-not-allowed",
            Self::WithdrawalWord => "withdrawal-word",
            Self::StatedUnclear => "stated-unclear",
            Self::KeyMissing => "idempotency-key-missing",
            Self::KeyReused => "idempotency-key-reused",
        }
    }
}

impl From<ConsentRowFault> for PortalFault {
    fn from(fault: ConsentRowFault) -> Self {
        match fault {
            ConsentRowFault::Csv(_) | ConsentRowFault::Quotes | ConsentRowFault::NotUtf8 => Self::Unreadable,
            ConsentRowFault::Elsewhere => Self::WithdrawalWord,
            ConsentRowFault::Participant(_) => Self::Participant,
            ConsentRowFault::Kind => Self::Kind,
            ConsentRowFault::Form => Self::Form,
            ConsentRowFault::FormNeeded => Self::FormNeeded,
            ConsentRowFault::Clause(_) | ConsentRowFault::ClauseNotAsked(_) => Self::Clause,
            ConsentRowFault::ClausesNeeded => Self::ClausesNeeded,
            ConsentRowFault::Effective(_) => Self::Signed,
            ConsentRowFault::Ground | ConsentRowFault::GroundOfNothing => Self::Ground,
            ConsentRowFault::Corrects | ConsentRowFault::NoCorrection | ConsentRowFault::CorrectionLater => Self::KindNotAccepted,
        }
    }
}
