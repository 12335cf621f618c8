//! The clock and the source of ids that a process uses.

use std::path::Path;
use std::sync::Arc;

use gemj_model::{Clock, Entropy, SystemClock, SystemEntropy};

use crate::command::clock_in;

/// The clock and the source of ids of a process. The binary always uses the machine's clock and random numbers. No argument and no
/// configuration selects others.
#[derive(Clone)]
pub struct Sources {
    /// The clock for decisions and answers.
    pub(crate) clock: Arc<dyn Clock>,
    /// The source of the random ids in answers.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The version of the program, with the revision of its source if the build knows it.
    pub(crate) version: &'static str,
    is_machine: bool,
}

impl Sources {
    /// The machine's clock and the operating system's random numbers.
    #[must_use]
    pub fn machine() -> Self {
        Self {
            clock: SystemClock::default().shared(),
            entropy: SystemEntropy.shared(),
            version: env!("CARGO_PKG_VERSION"),
            is_machine: true,
        }
    }

    /// Names the version with the revision of the source, which only the binary knows.
    #[must_use]
    pub fn with_version(self, version: &'static str) -> Self {
        Self { version, ..self }
    }

    /// A clock and a source of ids that a test supplies, when the test runs the gateway inside its own process.
    #[must_use]
    pub fn given(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            clock,
            entropy,
            version: env!("CARGO_PKG_VERSION"),
            is_machine: false,
        }
    }

    /// The sources that a command uses for an installation. In a demo's folder, the demo's clock replaces the machine's clock.
    pub(crate) fn of(&self, config: &Path) -> Self {
        let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty());
        match self.is_machine {
            true => self.with_clock(clock_in(folder.unwrap_or(Path::new("."))).shared()),
            false => self.clone(),
        }
    }

    /// Returns sources with this clock and with the unchanged source of ids.
    pub(crate) fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self.clone() }
    }

    /// Whether the time comes from the machine's clock, also if a demo adds an offset to it. Only a test supplies another clock.
    pub(crate) fn is_machine(&self) -> bool {
        self.is_machine
    }
}
