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
    /// Seeing workflow runs through: their states, and what they were given.
    SuperviseRuns,
    /// Reading whose number is whose, for feeds that name people by institutions' numbers.
    ResolveNumbers,
    /// Remembering which client assertions were used.
    RememberAssertions,
    /// Comparing new consent statements with the recorded ones. None of them is displayed.
    CompareConsent,
    /// Reading what is stored for the operator's own lists.
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

    /// Which job.
    #[must_use]
    pub fn job(self) -> Job {
        self.job
    }
}
