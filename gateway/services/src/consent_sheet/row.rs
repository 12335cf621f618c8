//! One line of a consent sheet.

use gemj_catalogue::NewConsent;
use gemj_model::identifier::IdentifierError;
use gemj_model::{ClauseSet, ConsentForm, ConsentKind, FormId, Ground, ParticipantId, Timestamp};

/// Why a row cannot be recorded. No text names a person.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConsentRowFault {
    /// Another number of values than the header.
    #[error("is not a line of {0} values")]
    Csv(usize),
    /// A quotation mark that is not closed on its line.
    #[error("has a quotation mark without another on the same line")]
    Quotes,
    /// A word of withdrawal where none belongs.
    #[error("speaks of a withdrawal in another column than 'kind'")]
    Elsewhere,
    /// Bytes that are no text.
    #[error("is not in UTF-8")]
    NotUtf8,
    /// The participant is no identifier.
    #[error("'participant' {0}")]
    Participant(IdentifierError),
    /// A kind that there is not.
    #[error(
        "'kind' is not understood (given, proxy-given, assent, clause-changed, withdrawn, withdrawn-partial, expired, reconsent-due, died, corrected, legacy-equivalent or withdrawal-unclear)"
    )]
    Kind,
    /// A form that is not known.
    #[error("'form' is not a known form")]
    Form,
    /// An event that needs a form.
    #[error("'form' is needed for this kind")]
    FormNeeded,
    /// A word that is no clause.
    #[error("'clauses': {0}")]
    Clause(gemj_model::consent::UnknownClause),
    /// Clauses that the form does not ask about.
    #[error("'clauses': the form does not ask about {0}")]
    ClauseNotAsked(String),
    /// Clauses that have to be named.
    #[error("'clauses' is needed for this kind")]
    ClausesNeeded,
    /// A time that is none.
    #[error("'effective_at' {0}")]
    Effective(gemj_model::clock::NotATime),
    /// A ground that there is not.
    #[error("'ground' is not understood (consent, opt-out-notice or ethics-waiver)")]
    Ground,
    /// A ground of an event that opens nothing.
    #[error("'ground' has no place in an event of this kind")]
    GroundOfNothing,
    /// A number that is none.
    #[error("'corrects' is not the number of an event")]
    Corrects,
    /// A correction that is called something else.
    #[error("'corrects' has its place in events of the kind corrected alone")]
    NoCorrection,
    /// A correction that is to hold later.
    #[error("'effective_at' is in the future: a correction holds from its recording")]
    CorrectionLater,
}

/// Reads the columns that a sheet may lack. Empty ground is absent.
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

/// What the values of a line say: `participant`, `form`, `kind`, `clauses`, `effective_at`.
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
    // The bounds of a period belong to the answer of a document; a line of a sheet cannot say which answer it means.
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
        // A withdrawal of named clauses is of those; of none, or of all, of everything.
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
    // A form that rests on something else than consent says so itself; the sheet may say otherwise.
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
