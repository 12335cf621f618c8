//! What a Consent says, read so that nothing in it is missed and nothing is granted by guess (FHIR R4 § Consent).

mod provision;

use serde_json::Value;

use crate::Withheld;
use crate::reference::{Identifier, Reference, Target};

pub use provision::{Coding, Period, Permit};

/// What one Consent resource says of one patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentStatement {
    /// Who consents or withdraws.
    pub patient: ConsentPatient,
    /// The status; absent where it is not told or unknown.
    pub status: Option<ConsentStatus>,
    /// The canonical URI of the form and its version: `policy.uri`, where there is exactly one.
    pub form: Option<String>,
    /// `dateTime` as received, when it was given or withdrawn; may be of a day only. Absent where not told.
    pub at: Option<String>,
    /// What it says.
    pub kind: ConsentKind,
}

/// The patient of a Consent. At least one of the two is there; where both are, the caller sees that they agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentPatient {
    /// The logical id of a Patient on this server.
    pub id: Option<Withheld>,
    /// A patient number with its system.
    pub identifier: Option<Identifier>,
}

/// `Consent.status` (value set `consent-state-codes`, required binding).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsentStatus {
    /// `draft`.
    Draft,
    /// `proposed`.
    Proposed,
    /// `active`.
    Active,
    /// `rejected`.
    Rejected,
    /// `inactive`.
    Inactive,
    /// `entered-in-error`.
    EnteredInError,
}

impl ConsentStatus {
    /// The status of that code.
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

/// What a Consent says. There is no reading by which anything but an active Consent with a coded permit grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentKind {
    /// It takes back.
    Withdrawal(Withdrawn),
    /// It gives. What is denied is not among the permits any more: a deny beats a permit, unless the permit is an exception inside it.
    Grant {
        /// What is permitted; never empty.
        permits: Vec<Permit>,
        /// What is denied beside it.
        denies: Vec<Coding>,
    },
    /// It cannot be told what it says: the caller fails closed, and takes it as no consent at all.
    Unclear(UnclearReason),
}

/// How much a withdrawal takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// Everything.
    All,
    /// What these codes name.
    Codes(Vec<Coding>),
}

/// Why a Consent is unclear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UnclearReason {
    /// `status` is absent or unknown.
    #[error("the status is absent or unknown")]
    Status,
    /// `draft` or `proposed`.
    #[error("the consent is not in force yet")]
    NotInForce,
    /// `entered-in-error`: what it said may have been the consent or the withdrawal.
    #[error("the consent was entered in error")]
    EnteredInError,
    /// A `modifierExtension`, which may turn the meaning round.
    #[error("a modifier extension is not understood")]
    ModifierExtension,
    /// Active without a provision.
    #[error("an active consent has no provision")]
    NoProvision,
    /// An element of the provisions is not of its shape.
    #[error("a provision cannot be read")]
    Malformed,
    /// A provision with codes or below the root says neither deny nor permit.
    #[error("a provision says neither deny nor permit")]
    NoType,
    /// A code without a coding of system and code.
    #[error("a provision's code has no system and code")]
    NotCoded,
    /// A permit that names nothing, and no deny beside it.
    #[error("a permit names no code")]
    PermitWithoutCode,
    /// Something is permitted, and denied in a way that leaves open how much of it.
    #[error("what is permitted and what is denied cannot be told apart")]
    PermitDenied,
    /// A permit that holds only for some actor, action, label, purpose, class or data.
    #[error("a permit is conditional")]
    ConditionalPermit,
    /// A permit under more than one policy.
    #[error("a permit refers to more than one policy")]
    SeveralPolicies,
    /// A permit that is said not to have been verified.
    #[error("the consent was not verified")]
    NotVerified,
    /// One concept with two codes of one system: it names one thing, and which cannot be known.
    #[error("a code has two codings of one system")]
    AmbiguousCode,
}

/// Why a Consent is not of one patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ConsentError {
    /// The value is no Consent.
    #[error("not a Consent")]
    NotAConsent,
    /// `patient` is absent, or points to nobody here (neither `Patient/id` nor an identifier with a system).
    #[error("the consent names no patient")]
    NoPatient,
    /// `patient` is a list.
    #[error("the consent names several patients")]
    SeveralPatients,
}

/// Reads a Consent. Rules, each on the side of withdrawal or doubt:
///
/// * `inactive`, `rejected`: withdrawal of the codes it names; of everything if it names none or has a provision without codes.
/// * `entered-in-error`, `draft`, `proposed`: unclear.
/// * `active`: provisions are read at every depth. A provision without codes of its own speaks of those around it. A permit inside a deny is
///   an exception to it; every other deny of the same beats it. Where permits are left after the denies it is a grant; where there are only
///   denies a withdrawal; without any provision unclear. A document that permits anything is never a withdrawal of everything.
///
/// # Errors
/// [`ConsentError`] if it is not of one patient.
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
    // A reference that is there and points elsewhere is somebody else, whatever the identifier says.
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

/// How many policies a Consent refers to, by `policy` and `policyRule`.
fn policy_count(consent: &Value) -> usize {
    let policies = consent.get("policy").and_then(Value::as_array).map_or(0, Vec::len);
    policies + usize::from(consent.get("policyRule").is_some())
}

/// Whether nothing in it says that it was not verified.
fn is_verified(consent: &Value) -> bool {
    let verifications = consent.get("verification").and_then(Value::as_array);
    let said = |verification: &Value| verification.get("verified").and_then(Value::as_bool);
    verifications
        .into_iter()
        .flatten()
        .all(|verification| said(verification) == Some(true))
}

/// Whether an element that may turn the meaning of what is around it stands anywhere in a value (FHIR R4 § 2.1.0.1.1 isModifier).
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
