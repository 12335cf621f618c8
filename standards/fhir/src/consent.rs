//! A parser of Consents (FHIR R4 § Consent). It overlooks no part of a Consent, and never grants a permission by assumption.

mod provision;

use serde_json::Value;

use crate::Withheld;
use crate::reference::{Identifier, Reference, Target};

pub use provision::{Coding, Period, Permit};

/// The content of one Consent resource about one patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentStatement {
    /// The patient of the Consent.
    pub patient: ConsentPatient,
    /// The status of the Consent; `None` if the status is absent or unknown.
    pub status: Option<ConsentStatus>,
    /// The canonical URI of the consent form with its version: `policy.uri` if the Consent has exactly one, otherwise `None`.
    pub form: Option<String>,
    /// The `dateTime` of the consent or withdrawal, as received. It may be only a day. `None` if absent.
    pub at: Option<String>,
    /// The meaning of the Consent: a grant, a withdrawal, or unclear.
    pub kind: ConsentKind,
}

/// The patient of a Consent. At least one of `id` and `identifier` is present. If both are present, the caller must check that they agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentPatient {
    /// The logical id of a Patient on this server.
    pub id: Option<Withheld>,
    /// A patient number together with the system that assigned it.
    pub identifier: Option<Identifier>,
}

/// The status of a Consent: `Consent.status` (value set `consent-state-codes`, required binding).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsentStatus {
    /// The status `draft`: the Consent is not yet in force.
    Draft,
    /// The status `proposed`: the Consent is not yet in force.
    Proposed,
    /// The status `active`: the Consent is in force.
    Active,
    /// The status `rejected`: one or more of the parties rejected the Consent.
    Rejected,
    /// The status `inactive`: the Consent is no longer in force.
    Inactive,
    /// The status `entered-in-error`: the Consent was recorded by mistake.
    EnteredInError,
}

impl ConsentStatus {
    /// Parses the code of a Consent's status; `None` for any other text.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        match code {
            "draft" => Some(Self::Draft),
            "proposed" => Some(Self::Proposed),
            "active" => Some(Self::Active),
            "rejected" => Some(Self::Rejected),
            "inactive" => Some(Self::Inactive),
            "entered-in-error" => Some(Self::EnteredInError),
            _ => None,
        }
    }
}

/// The meaning of a Consent. Only an active Consent with a coded permit can be a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentKind {
    /// The Consent withdraws all uses or the uses that it names.
    Withdrawal(Withdrawn),
    /// The Consent grants uses. A denied code is not among the permits: a deny overrides a permit, unless the permit is an exception inside
    /// that deny.
    Grant {
        /// The permits of the Consent; never empty.
        permits: Vec<Permit>,
        /// The codes that the Consent denies.
        denies: Vec<Coding>,
    },
    /// The meaning cannot be determined. The caller must fail closed: an unclear Consent counts as no consent.
    Unclear(UnclearReason),
}

/// The extent of a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// The Consent withdraws all uses.
    All,
    /// The Consent withdraws the uses that these codes name.
    Codes(Vec<Coding>),
}

/// Why the meaning of a Consent is unclear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UnclearReason {
    /// The `status` is absent or unknown.
    #[error("the status is absent or unknown")]
    Status,
    /// The status is `draft` or `proposed`, so the Consent is not in force.
    #[error("the consent is not in force yet")]
    NotInForce,
    /// The status is `entered-in-error`. The erroneous content may have been a consent or a withdrawal.
    #[error("the consent was entered in error")]
    EnteredInError,
    /// The Consent contains, at any depth, a `modifierExtension` or `implicitRules`, which may reverse the meaning.
    #[error("a modifier extension is not understood")]
    ModifierExtension,
    /// The Consent is active and has no provision.
    #[error("an active consent has no provision")]
    NoProvision,
    /// An element of the provisions has the wrong structure.
    #[error("a provision cannot be read")]
    Malformed,
    /// A provision with codes, or a provision below the root, has neither the type deny nor the type permit.
    #[error("a provision has neither the type deny nor the type permit")]
    NoType,
    /// A concept has no coding with both system and code.
    #[error("a provision's code has no system and code")]
    NotCoded,
    /// The Consent has a permit without codes, and no deny makes its meaning clear.
    #[error("a permit names no code")]
    PermitWithoutCode,
    /// A code is permitted and also denied, and the extent of the deny is not clear.
    #[error("permits and denies cannot be separated")]
    PermitDenied,
    /// A permit has a condition: actor, action, label, purpose, class, data or the period of the data.
    #[error("a permit is conditional")]
    ConditionalPermit,
    /// The Consent has a permit, but more than one policy.
    #[error("a permit refers to more than one policy")]
    SeveralPolicies,
    /// The Consent has a permit, but an entry of `verification` does not state that the Consent was verified.
    #[error("the consent was not verified")]
    NotVerified,
    /// A concept has two codes of one system. A concept means one thing, and it is not known which of the codes is right.
    #[error("a code has two codings of one system")]
    AmbiguousCode,
}

/// Why a Consent cannot be assigned to one patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ConsentError {
    /// The value is not a Consent resource.
    #[error("not a Consent")]
    NotAConsent,
    /// The element `patient` is absent, or refers to no patient of this server (neither `Patient/id` nor an identifier with a system).
    #[error("the consent names no patient")]
    NoPatient,
    /// The element `patient` is a list.
    #[error("the consent names several patients")]
    SeveralPatients,
}

/// Parses a Consent. If the meaning is in doubt, the result is a withdrawal or "unclear", never a grant. An unknown status, a modifier
/// extension, and provisions that are not a tree of objects always make it unclear. Otherwise the rules depend on `status`:
///
/// * `inactive`, `rejected`: the result is a withdrawal of the codes in the Consent. It is a withdrawal of all uses if the Consent has no
///   codes, or has a provision without codes. A deny without codes that only groups inner provisions does not count as a provision without
///   codes.
/// * `entered-in-error`, `draft`, `proposed`: the result is unclear.
/// * `active`: provisions are read at every depth. A provision without own codes applies to the codes of the provision around it. A permit
///   inside a deny is an exception to that deny. Every other deny of the same code overrides the permit. If permits remain, the result is a
///   grant, or unclear if a permit is conditional, the Consent has several policies, or it was not verified. If the Consent has only
///   denies, the result is a withdrawal. If the Consent has no provision, the result is unclear. If any provision is a permit, the result
///   is never a withdrawal of all uses.
///
/// # Errors
/// [`ConsentError`] if the Consent cannot be assigned to one patient.
pub fn read(consent: &Value) -> Result<ConsentStatement, ConsentError> {
    if consent.get("resourceType").and_then(Value::as_str) != Some("Consent") {
        return Err(ConsentError::NotAConsent);
    }
    let patient = patient(consent.get("patient"))?;
    let at = consent.get("dateTime").and_then(Value::as_str).map(str::to_owned);
    let forms = policies(consent);
    let form = match &forms[..] {
        [form] => Some((*form).to_owned()),
        _ => None,
    };
    let status = consent.get("status").and_then(Value::as_str).and_then(ConsentStatus::parse);
    let said = status.ok_or(UnclearReason::Status).and_then(|status| kind(consent, status));
    let kind = match said {
        Ok(ConsentKind::Grant { .. }) if policy_count(consent) > 1 => ConsentKind::Unclear(UnclearReason::SeveralPolicies),
        Ok(ConsentKind::Grant { .. }) if !is_verified(consent) => ConsentKind::Unclear(UnclearReason::NotVerified),
        Ok(kind) => kind,
        Err(reason) => ConsentKind::Unclear(reason),
    };
    Ok(ConsentStatement {
        patient,
        status,
        form,
        at,
        kind,
    })
}

fn patient(element: Option<&Value>) -> Result<ConsentPatient, ConsentError> {
    let element = element.ok_or(ConsentError::NoPatient)?;
    if element.is_array() {
        return Err(ConsentError::SeveralPatients);
    }
    let reference = Reference::read(element).ok_or(ConsentError::NoPatient)?;
    // A reference to anything else than a Patient of this server is rejected, even if the element also has an identifier. The reference may
    // mean another person.
    let id = match (element.get("reference"), reference.target) {
        (None, _) => None,
        (Some(_), Some(Target::Relative { resource_type, id })) if *resource_type == *"Patient" => Some(id),
        (Some(_), _) => return Err(ConsentError::NoPatient),
    };
    let identifier = reference.identifier.filter(|identifier| identifier.system.is_some());
    if id.is_none() && identifier.is_none() {
        return Err(ConsentError::NoPatient);
    }
    Ok(ConsentPatient { id, identifier })
}

fn policies(consent: &Value) -> Vec<&str> {
    let policies = consent.get("policy").and_then(Value::as_array);
    policies
        .into_iter()
        .flatten()
        .filter_map(|policy| policy.get("uri")?.as_str())
        .collect()
}

/// The number of policies of a Consent, counted in `policy` and `policyRule`.
fn policy_count(consent: &Value) -> usize {
    let policies = consent.get("policy").and_then(Value::as_array).map_or(0, Vec::len);
    policies + usize::from(consent.get("policyRule").is_some())
}

/// Whether every entry of `verification` states that the Consent was verified. True if there is no entry.
fn is_verified(consent: &Value) -> bool {
    let verifications = consent.get("verification").and_then(Value::as_array);
    let said = |verification: &Value| verification.get("verified").and_then(Value::as_bool);
    verifications
        .into_iter()
        .flatten()
        .all(|verification| said(verification) == Some(true))
}

/// Whether `value` contains, at any depth, an element that may change the meaning of the elements around it (FHIR R4 § 2.1.0.1.1 isModifier).
fn has_modifier(value: &Value) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| name == "modifierExtension" || name == "implicitRules" || has_modifier(value)),
        Value::Array(items) => items.iter().any(has_modifier),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn kind(consent: &Value, status: ConsentStatus) -> Result<ConsentKind, UnclearReason> {
    match status {
        ConsentStatus::Draft | ConsentStatus::Proposed => return Err(UnclearReason::NotInForce),
        ConsentStatus::EnteredInError => return Err(UnclearReason::EnteredInError),
        ConsentStatus::Active | ConsentStatus::Rejected | ConsentStatus::Inactive => {}
    }
    if has_modifier(consent) {
        return Err(UnclearReason::ModifierExtension);
    }
    let root = consent.get("provision");
    if status != ConsentStatus::Active {
        return Ok(ConsentKind::Withdrawal(match root {
            None => Withdrawn::All,
            Some(root) => provision::all_codes(root)?,
        }));
    }
    provision::active(root.ok_or(UnclearReason::NoProvision)?)
}
