//! The key to writes.

use gemj_model::{DatasetId, Ordinal, Timestamp};

/// What a write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriteAction {
    /// Register files and their variants.
    Load,
    /// Take in facts.
    Ingest,
    /// Append consent events.
    RecordConsent,
    /// Replace an ontology release.
    LoadOntology,
    /// Record or revoke approvals.
    RecordApproval,
    /// Note that a holder of data has acted on a withdrawal notice.
    AcknowledgeNotice,
    /// Make a release of a dataset.
    CreateRelease,
    /// Record whose number is whose.
    LinkNumbers,
    /// FHIR: keep a resource that a hospital sent of its own patient.
    WriteFhir,
    /// WES: submit a run.
    SubmitRun,
    /// WES: cancel a run.
    CancelRun,
    /// WES: what the gateway itself records of a run under way.
    AdvanceRun,
    /// Airlock: release or reject an output.
    ReviewOutput,
    /// Recontact: ask for participants to be asked again.
    RequestRecontact,
    /// Recontact: approve or refuse a request.
    DecideRecontact,
    /// Recontact: a hospital's answer for its own patient.
    AnswerRecontact,
    /// Hold a file, release it, or take it out.
    ChangeObjectStatus,
}

impl WriteAction {
    /// Every write.
    pub const ALL: [Self; 17] = [
        Self::Load,
        Self::Ingest,
        Self::RecordConsent,
        Self::LoadOntology,
        Self::RecordApproval,
        Self::CreateRelease,
        Self::LinkNumbers,
        Self::WriteFhir,
        Self::SubmitRun,
        Self::CancelRun,
        Self::AdvanceRun,
        Self::ReviewOutput,
        Self::RequestRecontact,
        Self::DecideRecontact,
        Self::AnswerRecontact,
        Self::ChangeObjectStatus,
        Self::AcknowledgeNotice,
    ];

    /// The word used in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Ingest => "ingest",
            Self::RecordConsent => "record-consent",
            Self::LoadOntology => "load-ontology",
            Self::RecordApproval => "record-approval",
            Self::AcknowledgeNotice => "acknowledge-notice",
            Self::CreateRelease => "create-release",
            Self::LinkNumbers => "link-numbers",
            Self::WriteFhir => "write-fhir",
            Self::SubmitRun => "submit-run",
            Self::CancelRun => "cancel-run",
            Self::AdvanceRun => "advance-run",
            Self::ReviewOutput => "review-output",
            Self::RequestRecontact => "request-recontact",
            Self::DecideRecontact => "decide-recontact",
            Self::AnswerRecontact => "answer-recontact",
            Self::ChangeObjectStatus => "change-object-status",
        }
    }
}

/// What a new run rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// The approved projects, in order.
    pub projects: Vec<String>,
    /// Visa values of the approvals.
    pub approvals: Vec<String>,
    /// The earliest end of all that it rests on.
    pub not_after: Timestamp,
}

/// How far a mandate reaches. Stores write nothing outside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole installation: the operator and the gateway's own work.
    Everything,
    /// One patient.
    Patient(Ordinal),
    /// One new run.
    NewRun(NewRun),
    /// One run that is there.
    Run(String),
    /// One dataset, and the ids of the approvals that the write rests on.
    Dataset(DatasetId, Vec<String>),
    /// One request to ask participants again.
    Recontact(String),
}

/// Permission for one kind of write, for one actor, in one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    actor: String,
    action: WriteAction,
    scope: Scope,
    decision: Option<crate::grant::DecisionId>,
}

impl Mandate {
    /// The mandate of whoever can run the command line on the configured stores: the operator, on the basis `operation`. The write is
    /// audited by the store that takes the mandate.
    #[must_use]
    pub fn operator(action: WriteAction) -> Self {
        Self {
            actor: "operator".to_owned(),
            action,
            scope: Scope::Everything,
            decision: None,
        }
    }

    /// The mandate of the gateway's own supervisor of runs, on the basis `operation`: it records what the engines did, and nothing else.
    #[must_use]
    pub fn supervisor() -> Self {
        Self {
            actor: "supervisor".to_owned(),
            action: WriteAction::AdvanceRun,
            scope: Scope::Everything,
            decision: None,
        }
    }

    pub(crate) fn of_caller(actor: &str, action: WriteAction, scope: Scope, decision: crate::grant::DecisionId) -> Self {
        Self {
            actor: actor.to_owned(),
            action,
            scope,
            decision: Some(decision),
        }
    }

    /// Who writes: `operator`, `supervisor`, or a caller's pseudonym.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// What it allows.
    #[must_use]
    pub fn action(&self) -> WriteAction {
        self.action
    }

    /// How far it reaches.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The decision that it came from; absent on the basis `operation`.
    #[must_use]
    pub fn decision(&self) -> Option<crate::grant::DecisionId> {
        self.decision
    }

    /// Whether it reaches one patient.
    #[must_use]
    pub fn reaches_patient(&self, participant: Ordinal) -> bool {
        match &self.scope {
            Scope::Everything => true,
            Scope::Patient(own) => *own == participant,
            Scope::NewRun(_) | Scope::Run(_) | Scope::Dataset(..) | Scope::Recontact(_) => false,
        }
    }
}
