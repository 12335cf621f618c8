//! The key to writes.

use gemj_model::{DatasetId, Ordinal, Timestamp};

/// The kinds of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WriteAction {
    /// Register files and their variants.
    Load,
    /// Ingest facts.
    Ingest,
    /// Append consent events.
    RecordConsent,
    /// Replace an ontology release.
    LoadOntology,
    /// Record or revoke approvals.
    RecordApproval,
    /// Record that a holder of data has acted on a withdrawal notice.
    AcknowledgeNotice,
    /// Make a release of a dataset.
    CreateRelease,
    /// Record which number of an institution belongs to which participant.
    LinkNumbers,
    /// FHIR: store a resource that a hospital sent about its own patient.
    WriteFhir,
    /// WES: submit a run.
    SubmitRun,
    /// WES: cancel a run.
    CancelRun,
    /// WES: record the progress of a run; the gateway itself does this.
    AdvanceRun,
    /// Airlock: release or reject an output.
    ReviewOutput,
    /// Recontact: request that participants are asked again.
    RequestRecontact,
    /// Recontact: approve or refuse a request.
    DecideRecontact,
    /// Recontact: a hospital's answer for its own patient.
    AnswerRecontact,
    /// Hold a file, release it, or unload it.
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

/// The approvals on which a new run rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// The approved projects, in order.
    pub projects: Vec<String>,
    /// Visa values of the approvals.
    pub approvals: Vec<String>,
    /// The earliest end of everything on which the run rests.
    pub not_after: Timestamp,
}

/// The scope of a mandate. Stores write nothing outside the scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole installation: for the operator and for the gateway's own work.
    Everything,
    /// One patient.
    Patient(Ordinal),
    /// One new run.
    NewRun(NewRun),
    /// One existing run.
    Run(String),
    /// One dataset, and the ids of the approvals that the write rests on.
    Dataset(DatasetId, Vec<String>),
    /// One recontact request.
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
    /// The operator's mandate, on the basis `operation`. The operator is the person who can run the command line on the configured stores. The store
    /// that takes the mandate audits the write.
    #[must_use]
    pub fn operator(action: WriteAction) -> Self {
        Self {
            actor: "operator".to_owned(),
            action,
            scope: Scope::Everything,
            decision: None,
        }
    }

    /// The mandate of the gateway's own supervisor of runs, on the basis `operation`. The supervisor records what the engines did, and nothing else.
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

    /// The actor: `operator`, `supervisor`, or a caller's pseudonym.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The write that the mandate allows.
    #[must_use]
    pub fn action(&self) -> WriteAction {
        self.action
    }

    /// The scope of the mandate.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The decision that made the mandate; absent on the basis `operation`.
    #[must_use]
    pub fn decision(&self) -> Option<crate::grant::DecisionId> {
        self.decision
    }

    /// Whether the scope contains one patient.
    #[must_use]
    pub fn reaches_patient(&self, participant: Ordinal) -> bool {
        match &self.scope {
            Scope::Everything => true,
            Scope::Patient(own) => *own == participant,
            Scope::NewRun(_) | Scope::Run(_) | Scope::Dataset(..) | Scope::Recontact(_) => false,
        }
    }
}
