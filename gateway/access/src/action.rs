//! What a caller wants to do. Each action has exactly one basis, fixed here.

/// The ground on which an action can be allowed. None opens another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// Visas, approvals, data use conditions and research clauses.
    Research,
    /// A registered hospital client for its own patients.
    Care,
    /// The own hospital's consent and recontact work.
    ParticipantService,
    /// Stewards, committees and auditors.
    Custody,
    /// The command line and the gateway's own workers.
    Operation,
}

impl Basis {
    /// The word used in the audit trail.
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

/// A read that a caller asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Beacon: whether and how often alleles are carried.
    AskVariants,
    /// Beacon: how many people match filters.
    AskIndividuals,
    /// htsget: a ticket or a slice of reads.
    SliceReads,
    /// htsget: a ticket or a slice of variants.
    SliceVariants,
    /// DRS: an object's description.
    DescribeObject,
    /// DRS: a whole file's bytes.
    FetchObject,
    /// WES: a whole file as the input of a workflow; its bytes stay inside.
    ComputeOnObject,
    /// WES: the state and log of a run.
    ReadRun,
    /// WES: a released output of a run.
    ReadRunOutput,
    /// Recontact: what became of a request, in numbers.
    ReadRecontact,
    /// FHIR: genomic findings of a hospital's own patient, made for its record.
    ReadGenomicFindings,
    /// FHIR: what a hospital sent of its own patient (Observation, Specimen, DiagnosticReport).
    ReadClinicalRecord,
    /// FHIR: a hospital's own patient as a person of the programme: Patient, Consent, Task.
    ReadPatient,
    /// Who received a hospital's own patient's data: the statement that the participant may ask for.
    ReadDisclosures,
    /// Airlock: an output that waits for review.
    ReviewRunOutput,
    /// Recontact: a request that waits for approval.
    ReviewRecontact,
    /// Recontact: who is meant by a request at the moment of its approval. Nobody sees them; their hospitals get a task each.
    SelectForRecontact,
    /// Files on hold: which, since when, and what the checks found of their columns. No participant is named.
    ReadHeldObjects,
}

impl Action {
    /// Every action.
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

    /// The one basis on which it can be allowed.
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

    /// The word used in the audit trail.
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
