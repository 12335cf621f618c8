//! The Mandate: the key to writes.

use gemj_model::{DatasetId, Ordinal, SiteId, Timestamp};

use crate::action::Basis;

/// The kinds of write that a Mandate can allow.
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
    /// Record which participant an institution's own number belongs to.
    LinkNumbers,
    /// Register participants by an explicit list, before any data about them.
    RegisterParticipants,
    /// State that two participants are one person, or record what a person decided about this.
    MergeParticipants,
    /// FHIR: store a resource that a hospital sent about its own patient.
    WriteFhir,
    /// WES: submit a run.
    SubmitRun,
    /// WES: cancel a run.
    CancelRun,
    /// WES: record the progress of a run. Only the gateway itself does this.
    AdvanceRun,
    /// Airlock: release or reject an output.
    ReviewOutput,
    /// Recontact: request that participants are contacted again.
    RequestRecontact,
    /// Recontact: approve or refuse a request.
    DecideRecontact,
    /// Recontact: record a hospital's answer for its own patient.
    AnswerRecontact,
    /// Put a file on hold, release a file from hold, or unload a file.
    ChangeObjectStatus,
    /// Restore a back-up: write its files, seal its database, and lift the seal.
    Restore,
    /// Erase the data of a participant who withdrew.
    Purge,
    /// Make, renew or destroy the key with which the numbers of an institution are encrypted.
    KeepVault,
    /// Load or remove a code table.
    LoadCodeTable,
}

impl WriteAction {
    /// Every kind of write.
    pub const ALL: [Self; 23] = [
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
        Self::Restore,
        Self::RegisterParticipants,
        Self::MergeParticipants,
        Self::Purge,
        Self::KeepVault,
        Self::LoadCodeTable,
    ];

    /// The basis on which a caller, or the operator, may make this kind of write.
    #[must_use]
    pub fn basis(self) -> Basis {
        match self {
            Self::SubmitRun | Self::CancelRun | Self::RequestRecontact => Basis::Research,
            Self::WriteFhir | Self::RecordConsent | Self::AnswerRecontact => Basis::ParticipantService,
            Self::ReviewOutput | Self::DecideRecontact => Basis::Custody,
            Self::Load
            | Self::Ingest
            | Self::LoadOntology
            | Self::RecordApproval
            | Self::AcknowledgeNotice
            | Self::CreateRelease
            | Self::LinkNumbers
            | Self::AdvanceRun
            | Self::ChangeObjectStatus
            | Self::Restore
            | Self::RegisterParticipants
            | Self::MergeParticipants
            | Self::Purge
            | Self::KeepVault
            | Self::LoadCodeTable => Basis::Operation,
        }
    }

    /// The name of the write in the audit trail.
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
            Self::Restore => "restore",
            Self::RegisterParticipants => "register-participants",
            Self::MergeParticipants => "merge-participants",
            Self::Purge => "purge",
            Self::KeepVault => "keep-vault",
            Self::LoadCodeTable => "load-code-table",
        }
    }
}

/// The approvals, projects and end that a new run gets when it is submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// The approved projects under which the run works, sorted.
    pub projects: Vec<String>,
    /// The visa values of the approvals on which the run rests.
    pub approvals: Vec<String>,
    /// The earliest end of everything on which the run rests.
    pub not_after: Timestamp,
}

/// The scope of a Mandate. Stores write nothing outside the scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole installation. Only the operator and the gateway's own work have this scope.
    Everything,
    /// One patient, by ordinal.
    Patient(Ordinal),
    /// One hospital, without any patient: receipts of what the hospital sent, and alarms about it.
    Site(SiteId),
    /// One run that does not exist yet.
    NewRun(NewRun),
    /// One existing run, by id.
    Run(String),
    /// One dataset, and the ids of the approvals on which the write rests.
    Dataset(DatasetId, Vec<String>),
    /// One existing recontact request, by id.
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
    /// The operator's Mandate, on the basis `operation`. The operator is any person who can run the command line with the configured stores. The
    /// store that takes the Mandate writes the audit row.
    #[must_use]
    pub fn operator(action: WriteAction) -> Self {
        Self {
            actor: "operator".to_owned(),
            action,
            scope: Scope::Everything,
            decision: None,
        }
    }

    /// The Mandate for one part of a restore: the replay of a ledger tail records consent events, merges and approvals, and takes files out of use. Absent if this
    /// Mandate is not for a restore, or for any other write.
    #[must_use]
    pub fn part_of_restore(&self, action: WriteAction) -> Option<Self> {
        let is_part = matches!(
            action,
            WriteAction::RecordConsent | WriteAction::RecordApproval | WriteAction::ChangeObjectStatus | WriteAction::MergeParticipants
        );
        (self.action == WriteAction::Restore && is_part).then(|| Self { action, ..self.clone() })
    }

    /// The Mandate for one part of the erasure of a participant's data: the object store removes files, and the carrier index stores the segments that
    /// replace those with the participant's entries. Absent if this Mandate is not for an erasure, or for any other write.
    #[must_use]
    pub fn part_of_purge(&self, action: WriteAction) -> Option<Self> {
        let is_part = matches!(action, WriteAction::ChangeObjectStatus | WriteAction::Load);
        (self.action == WriteAction::Purge && is_part).then(|| Self { action, ..self.clone() })
    }

    /// The Mandate for the consents that a feed states beside its facts. Absent if this Mandate is not the operator's for `Ingest`.
    #[must_use]
    pub fn consents_of_feed(&self) -> Option<Self> {
        let is_ingest = self.action == WriteAction::Ingest && self.scope == Scope::Everything;
        is_ingest.then(|| Self {
            action: WriteAction::RecordConsent,
            ..self.clone()
        })
    }

    /// The Mandate for the merges that a feed states beside its facts. Absent if this Mandate is not the operator's for `Ingest`.
    #[must_use]
    pub fn merges_of_feed(&self) -> Option<Self> {
        let is_ingest = self.action == WriteAction::Ingest && self.scope == Scope::Everything;
        is_ingest.then(|| Self {
            action: WriteAction::MergeParticipants,
            ..self.clone()
        })
    }

    /// The Mandate of the gateway's own supervisor of runs, on the basis `operation`. The supervisor only
    /// records the progress of runs in the engines.
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

    /// The actor who writes: `operator`, `supervisor`, or a caller's pseudonym.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The write that the Mandate allows.
    #[must_use]
    pub fn action(&self) -> WriteAction {
        self.action
    }

    /// The scope of the Mandate.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The id of the decision that made the Mandate; absent on the basis `operation`.
    #[must_use]
    pub fn decision(&self) -> Option<crate::grant::DecisionId> {
        self.decision
    }

    /// Whether the Mandate's scope contains one patient.
    #[must_use]
    pub fn reaches_patient(&self, participant: Ordinal) -> bool {
        match &self.scope {
            Scope::Everything => true,
            Scope::Patient(own) => *own == participant,
            Scope::Site(_) | Scope::NewRun(_) | Scope::Run(_) | Scope::Dataset(..) | Scope::Recontact(_) => false,
        }
    }

    /// Whether the Mandate's scope contains a hospital itself: the receipts of what the hospital sent, and the alarms about it.
    #[must_use]
    pub fn reaches_site(&self, site: &SiteId) -> bool {
        match &self.scope {
            Scope::Everything => true,
            Scope::Site(own) => own == site,
            Scope::Patient(_) | Scope::NewRun(_) | Scope::Run(_) | Scope::Dataset(..) | Scope::Recontact(_) => false,
        }
    }
}
