//! Parses one line of a consent sheet.

use gemj_catalogue::NewConsent;
use gemj_model::identifier::IdentifierError;
use gemj_model::{ClauseSet, ConsentForm, ConsentKind, FormId, Ground, ParticipantId, Timestamp};

/// Why a row cannot be recorded. No text names a person.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConsentRowFault {
    /// The number of values differs from the header.
    #[error("is not a line of {0} values")]
    Csv(usize),
    /// A quotation mark that is not closed on its line.
    #[error("has a quotation mark without another on the same line")]
    Quotes,
    /// A word of withdrawal in a column other than `kind`.
    #[error("contains a withdrawal in a column other than 'kind'")]
    Elsewhere,
    /// Bytes that are not UTF-8.
    #[error("is not in UTF-8")]
    NotUtf8,
    /// The participant is not an identifier.
    #[error("'participant' {0}")]
    Participant(IdentifierError),
    /// An unknown kind.
    #[error(
        "'kind' is unknown (given, proxy-given, assent, clause-changed, withdrawn, withdrawn-partial, expired, reconsent-due, died, corrected, legacy-equivalent or withdrawal-unclear)"
    )]
    Kind,
    /// An unknown form.
    #[error("'form' is not a known form")]
    Form,
    /// An event that requires a form.
    #[error("'form' is needed for this kind")]
    FormNeeded,
    /// A word that is not a clause.
    #[error("'clauses': {0}")]
    Clause(gemj_model::consent::UnknownClause),
    /// Clauses that the form does not contain.
    #[error("'clauses': the form does not ask about {0}")]
    ClauseNotAsked(String),
    /// An event that requires clauses.
    #[error("'clauses' is needed for this kind")]
    ClausesNeeded,
    /// A value that is not a time.
    #[error("'effective_at' {0}")]
    Effective(gemj_model::clock::NotATime),
    /// An unknown ground.
    #[error("'ground' is unknown (consent, opt-out-notice or ethics-waiver)")]
    Ground,
    /// A ground in an event that opens nothing.
    #[error("'ground' is not allowed in an event of this kind")]
    GroundOfNothing,
    /// A value that is not an event's number.
    #[error("'corrects' is not the number of an event")]
    Corrects,
    /// The column `corrects` in an event that is not a correction.
    #[error("'corrects' is allowed only in events of the kind corrected")]
    NoCorrection,
    /// A correction with a future effective time.
    #[error("'effective_at' is in the future: a correction takes effect when it is recorded")]
    CorrectionLater,
}

/// Parses the optional columns. An empty value is absent.
///
/// # Errors
/// [`ConsentRowFault::Ground`], [`ConsentRowFault::Corrects`].
pub fn optional(ground: &str, corrects: &str) -> Result<(Option<Ground>, Option<u64>), ConsentRowFault> {
    let ground = match ground {
        "" => None,
        word => Some(Ground::parse(word).ok_or(ConsentRowFault::Ground)?),
    };
    let corrects = match corrects {
        "" => None,
        number => Some(number.parse().map_err(|_| ConsentRowFault::Corrects)?),
    };
    Ok((ground, corrects))
}

/// Whether an event of this kind is an answer to a form.
fn answers_a_form(kind: ConsentKind) -> bool {
    match kind {
        ConsentKind::Given | ConsentKind::ProxyGiven | ConsentKind::Assent | ConsentKind::ClauseChanged | ConsentKind::LegacyEquivalent => {
            true
        }
        ConsentKind::WithdrawnPartial
        | ConsentKind::Withdrawn
        | ConsentKind::Expired
        | ConsentKind::ReconsentDue
        | ConsentKind::Died
        | ConsentKind::WithdrawalUnclear
        | ConsentKind::Corrected
        | ConsentKind::PeriodBegins
        | ConsentKind::PeriodEnds => false,
    }
}

/// The event of a line with the values `participant`, `form`, `kind`, `clauses`, `effective_at`.
///
/// # Errors
/// The first fault.
pub fn event(
    [participant, form, kind, clauses, effective]: [&str; 5],
    (ground, corrects): (Option<Ground>, Option<u64>),
    forms: &[ConsentForm],
    now: Timestamp,
) -> Result<NewConsent, ConsentRowFault> {
    let participant = ParticipantId::parse(participant).map_err(ConsentRowFault::Participant)?;
    // The bounds of a period belong to one statement of a document. A line of a sheet cannot name that statement.
    let kind = ConsentKind::parse(kind)
        .filter(|kind| !matches!(kind, ConsentKind::PeriodBegins | ConsentKind::PeriodEnds))
        .ok_or(ConsentRowFault::Kind)?;
    let form: Option<&ConsentForm> = match form {
        "" => None,
        id => Some(forms.iter().find(|f| f.id.as_str() == id).ok_or(ConsentRowFault::Form)?),
    };
    let asked = form.map(ConsentForm::clause_set);
    let all = clauses == "all";
    let clauses = if all {
        asked.unwrap_or_default()
    } else {
        ClauseSet::parse(clauses).map_err(ConsentRowFault::Clause)?
    };
    let kind = match kind {
        // A withdrawal with named clauses concerns those clauses. Without clauses, or with `all`, it concerns everything.
        ConsentKind::Withdrawn if !all && !clauses.is_empty() => ConsentKind::WithdrawnPartial,
        ConsentKind::WithdrawnPartial if !all && clauses.is_empty() => return Err(ConsentRowFault::ClausesNeeded),
        other => other,
    };
    if answers_a_form(kind) {
        let asked = asked.ok_or(ConsentRowFault::FormNeeded)?;
        if !asked.contains_all(clauses) {
            return Err(ConsentRowFault::ClauseNotAsked(clauses.minus(asked).joined()));
        }
    } else if ground.is_some() && kind != ConsentKind::Corrected {
        return Err(ConsentRowFault::GroundOfNothing);
    }
    if corrects.is_some() && kind != ConsentKind::Corrected {
        return Err(ConsentRowFault::NoCorrection);
    }
    let effective = if effective.is_empty() {
        now
    } else {
        Timestamp::parse(effective).map_err(ConsentRowFault::Effective)?
    };
    if kind == ConsentKind::Corrected && effective > now {
        return Err(ConsentRowFault::CorrectionLater);
    }
    // A ground in the sheet takes precedence over the ground of the form.
    let ground = ground.or(form.map(|f| f.particulars.ground)).unwrap_or_default();
    let form: Option<FormId> = form.map(|f| f.id.clone());
    Ok(NewConsent {
        participant,
        kind,
        form,
        clauses,
        effective,
        ground,
        corrects,
    })
}
