//! Parses one line of a consent sheet.

use gemj_catalogue::NewConsent;
use gemj_model::identifier::IdentifierError;
use gemj_model::{ClauseSet, ConsentForm, ConsentKind, FormId, Ground, ParticipantId, Timestamp};

/// Why a row of a consent sheet cannot be recorded. No text names a person.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConsentRowFault {
    /// The number of values in the row differs from the header.
    #[error("is not a line of {0} values")]
    Csv(usize),
    /// The row has a quotation mark that is not closed on the same line.
    #[error("has a quotation mark without another on the same line")]
    Quotes,
    /// The row has a word for a withdrawal in a column other than `kind`.
    #[error("contains a withdrawal in a column other than 'kind'")]
    Elsewhere,
    /// The row contains bytes that are not UTF-8.
    #[error("is not in UTF-8")]
    NotUtf8,
    /// The value of `participant` is not an identifier.
    #[error("'participant' {0}")]
    Participant(IdentifierError),
    /// The value of `kind` is unknown.
    #[error(
        "'kind' is unknown (given, proxy-given, assent, clause-changed, withdrawn, withdrawn-partial, expired, reconsent-due, died, corrected, legacy-equivalent or withdrawal-unclear)"
    )]
    Kind,
    /// The value of `form` is not a known form.
    #[error("'form' is not a known form")]
    Form,
    /// An event of this kind requires a form, but the row names none.
    #[error("'form' is needed for this kind")]
    FormNeeded,
    /// The value of `clauses` contains a word that is not a clause.
    #[error("'clauses': {0}")]
    Clause(gemj_model::consent::UnknownClause),
    /// The value of `clauses` contains clauses that the form does not contain.
    #[error("'clauses': the form does not ask about {0}")]
    ClauseNotAsked(String),
    /// An event of this kind requires clauses, but the row names none.
    #[error("'clauses' is needed for this kind")]
    ClausesNeeded,
    /// The value of `effective_at` is not a time.
    #[error("'effective_at' {0}")]
    Effective(gemj_model::clock::NotATime),
    /// The value of `ground` is unknown.
    #[error("'ground' is unknown (consent, opt-out-notice or ethics-waiver)")]
    Ground,
    /// The row states a ground for an event that permits nothing.
    #[error("'ground' is not allowed in an event of this kind")]
    GroundOfNothing,
    /// The value of `corrects` is not the number of an event.
    #[error("'corrects' is not the number of an event")]
    Corrects,
    /// The row has a value in `corrects`, but its event is not a correction.
    #[error("'corrects' is allowed only in events of the kind corrected")]
    NoCorrection,
    /// The row is a correction with a future effective time.
    #[error("'effective_at' is in the future: a correction takes effect when it is recorded")]
    CorrectionLater,
}

/// Parses the optional columns `ground` and `corrects`. An empty value is absent.
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
/// The first fault that is found.
pub fn event(
    [participant, form, kind, clauses, effective]: [&str; 5],
    (ground, corrects): (Option<Ground>, Option<u64>),
    forms: &[ConsentForm],
    now: Timestamp,
) -> Result<NewConsent, ConsentRowFault> {
    let participant = ParticipantId::parse(participant).map_err(ConsentRowFault::Participant)?;
    // The kinds for the bounds of a period are not accepted here. The bounds belong to one statement of a document, and a line of a sheet
    // cannot name that statement.
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
        // A withdrawal that names clauses withdraws these clauses. A withdrawal without clauses, or with `all`, withdraws everything.
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
