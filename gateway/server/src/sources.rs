//! The sources of a process's time and ids.

use std::path::Path;
use std::sync::Arc;

use gemj_model::{Clock, Entropy, SystemClock, SystemEntropy};

use crate::command::clock_in;

/// The sources of a process's time and ids. The binary always uses the machine's sources: no argument and no configuration selects others.
#[derive(Clone)]
pub struct Sources {
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// The source of the ids in answers.
    pub(crate) entropy: Arc<dyn Entropy>,
    is_machine: bool,
}

impl Sources {
    /// The machine's clock and the operating system's random numbers.
    #[must_use]
    pub fn machine() -> Self {
        Self {
            clock: SystemClock::default().shared(),
            entropy: SystemEntropy.shared(),
            is_machine: true,
        }
    }

    /// Other sources, for a test that runs the gateway inside its own process.
    #[must_use]
    pub fn given(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            clock,
            entropy,
            is_machine: false,
        }
    }

    /// The sources of commands on an installation: in a demo's folder, the demo's clock replaces the machine's clock.
    pub(crate) fn of(&self, config: &Path) -> Self {
        let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty());
        match self.is_machine {
            true => self.with_clock(clock_in(folder.unwrap_or(Path::new("."))).shared()),
            false => self.clone(),
        }
    }

    /// The same sources with another clock.
    pub(crate) fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self.clone() }
    }

    /// Whether the clock is the machine's, or a demo's clock with an offset from it.
    pub(crate) fn is_machine(&self) -> bool {
        self.is_machine
    }
}
