//! The reads that a caller can request. This file fixes the one basis of each read.

/// The basis on which an action can be allowed. A right under one basis gives no right under another basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Research: requires visas, approvals, data use conditions and research clauses.
    Research,
    /// Care: a registered hospital client reads data of the hospital's own patients.
    Care,
    /// Participant service: the participant's own hospital does the work of consent and recontact.
    ParticipantService,
    /// Custody: stewards, committees and auditors of the programme.
    Custody,
    /// Operation: the command line and the gateway's own workers.
    Operation,
}

impl Basis {
    /// The name of the basis in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Research => "research",
            Self::Care => "care",
            Self::ParticipantService => "participant-service",
            Self::Custody => "custody",
            Self::Operation => "operation",
        }
    }
}

/// A read that a caller requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Beacon: whether participants carry alleles, and how often the alleles occur.
    AskVariants,
    /// Beacon: how many participants match filters.
    AskIndividuals,
    /// htsget: a ticket or a slice of reads.
    SliceReads,
    /// htsget: a ticket or a slice of variants.
    SliceVariants,
    /// DRS: an object's description.
    DescribeObject,
    /// DRS: a whole file's bytes.
    FetchObject,
    /// WES: a whole file as the input of a workflow. The file's bytes stay inside the research environment.
    ComputeOnObject,
    /// WES: the state and log of a run.
    ReadRun,
    /// WES: a released output of a run.
    ReadRunOutput,
    /// Recontact: the outcome of a request, as numbers.
    ReadRecontact,
    /// FHIR: genomic findings of a hospital's own patient, made for the hospital's record.
    ReadGenomicFindings,
    /// FHIR: resources that a hospital sent about its own patient (Observation, Specimen, DiagnosticReport).
    ReadClinicalRecord,
    /// FHIR: a hospital's own patient as a participant of the programme: Patient, Consent, Task.
    ReadPatient,
    /// The recipients of data of a hospital's own patient. This list is the disclosure statement that a participant may request.
    ReadDisclosures,
    /// Airlock: read a run's output that waits for review.
    ReviewRunOutput,
    /// Recontact: read a recontact request that waits for approval.
    ReviewRecontact,
    /// Recontact: the participants that a request concerns at the moment of its approval. No caller sees these participants; their hospitals receive
    /// the tasks.
    SelectForRecontact,
    /// Files on hold: the files, the start of each hold, and the findings of the checks on the files' columns. No participant is named.
    ReadHeldObjects,
}

impl Action {
    /// Every action that a caller can request.
    pub const ALL: [Self; 18] = [
        Self::AskVariants,
        Self::AskIndividuals,
        Self::SliceReads,
        Self::SliceVariants,
        Self::DescribeObject,
        Self::FetchObject,
        Self::ComputeOnObject,
        Self::ReadRun,
        Self::ReadRunOutput,
        Self::ReadRecontact,
        Self::ReadGenomicFindings,
        Self::ReadClinicalRecord,
        Self::ReadPatient,
        Self::ReadDisclosures,
        Self::ReviewRunOutput,
        Self::ReviewRecontact,
        Self::SelectForRecontact,
        Self::ReadHeldObjects,
    ];

    /// The only basis on which the action can be allowed.
    #[must_use]
    pub fn basis(self) -> Basis {
        match self {
            Self::AskVariants
            | Self::AskIndividuals
            | Self::SliceReads
            | Self::SliceVariants
            | Self::DescribeObject
            | Self::FetchObject
            | Self::ComputeOnObject
            | Self::ReadRun
            | Self::ReadRunOutput
            | Self::ReadRecontact => Basis::Research,
            Self::ReadGenomicFindings | Self::ReadClinicalRecord => Basis::Care,
            Self::ReadPatient | Self::ReadDisclosures => Basis::ParticipantService,
            Self::ReviewRunOutput | Self::ReviewRecontact | Self::SelectForRecontact | Self::ReadHeldObjects => Basis::Custody,
        }
    }

    /// The name of the action in the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AskVariants => "ask-variants",
            Self::AskIndividuals => "ask-individuals",
            Self::SliceReads => "slice-reads",
            Self::SliceVariants => "slice-variants",
            Self::DescribeObject => "describe-object",
            Self::FetchObject => "fetch-object",
            Self::ComputeOnObject => "compute-on-object",
            Self::ReadRun => "read-run",
            Self::ReadRunOutput => "read-run-output",
            Self::ReadRecontact => "read-recontact",
            Self::ReadGenomicFindings => "read-genomic-findings",
            Self::ReadClinicalRecord => "read-clinical-record",
            Self::ReadPatient => "read-patient",
            Self::ReadDisclosures => "read-disclosures",
            Self::ReviewRunOutput => "review-run-output",
            Self::ReviewRecontact => "review-recontact",
            Self::SelectForRecontact => "select-for-recontact",
            Self::ReadHeldObjects => "read-held-objects",
        }
    }
}
