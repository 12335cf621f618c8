//! The Upkeep: the key to maintenance work, whose output never leaves the stores.

/// A named maintenance job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// Reads the ledgers of consents and approvals to fold them into a policy view.
    FoldPolicy,
    /// Builds or merges segments of the carrier index.
    BuildSegments,
    /// Builds file indexes and checksums.
    IndexFiles,
    /// Appends to the audit trail and verifies it.
    Audit,
    /// Supervises workflow runs: reads and records their states and inputs.
    SuperviseRuns,
    /// Reads which participant an institution's own number belongs to. Feeds that name participants by these numbers need this job.
    ResolveNumbers,
    /// Stores which client assertions were already used.
    RememberAssertions,
    /// Compares new consent statements with the recorded statements. No statement is displayed.
    CompareConsent,
    /// Reads stored data for the operator's own lists.
    Inventory,
    /// Copies the database and the stored files to a back-up.
    BackUp,
    /// Counts stored records for the operators' monitoring. Only numbers by kind or state leave the stores, and no record.
    Monitor,
}

/// Permission for one maintenance job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upkeep {
    job: Job,
}

impl Upkeep {
    /// Makes the key for a job.
    #[must_use]
    pub fn of(job: Job) -> Self {
        Self { job }
    }

    /// The job that the key allows.
    #[must_use]
    pub fn job(self) -> Job {
        self.job
    }
}
