//! The key to maintenance: work whose output never leaves the stores.

/// A named maintenance job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// Reading the ledgers to fold them into a policy view.
    FoldPolicy,
    /// Building or merging carrier index segments.
    BuildSegments,
    /// Building file indexes and checksums.
    IndexFiles,
    /// Appending to and verifying the audit trail.
    Audit,
    /// Supervising workflow runs: their states and their inputs.
    SuperviseRuns,
    /// Reading which number belongs to which participant, for feeds that name participants by institutions' numbers.
    ResolveNumbers,
    /// Storing which client assertions were used.
    RememberAssertions,
    /// Comparing new consent statements with the recorded ones. None of them is displayed.
    CompareConsent,
    /// Reading stored data for the operator's own lists.
    Inventory,
}

/// Permission for one maintenance job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upkeep {
    job: Job,
}

impl Upkeep {
    /// The key for a job.
    #[must_use]
    pub fn of(job: Job) -> Self {
        Self { job }
    }

    /// The job.
    #[must_use]
    pub fn job(self) -> Job {
        self.job
    }
}
