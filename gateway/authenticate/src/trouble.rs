//! Where and why an endpoint of an issuer could not be used. Errors name the host, so that the operator can find the cause.

use std::sync::{Mutex, PoisonError};

use crate::fetch::FetchFault;

/// The host at fault, and the fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) fault: FetchFault,
    /// The host that did not answer, or that is not allowed. Empty if a file is at fault, or if no host is known.
    pub(crate) host: String,
}

/// The trouble at the last use of one endpoint.
#[derive(Default)]
pub(crate) struct LastTrouble(Mutex<Option<Trouble>>);

impl LastTrouble {
    /// Records the trouble of a failed use.
    pub(crate) fn failed(&self, fault: FetchFault, host: impl Into<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Trouble { fault, host: host.into() });
    }

    /// The trouble of the last failed use; absent if no use failed.
    pub(crate) fn get(&self) -> Option<Trouble> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
