//! Ingests one HL7 message that a sender waits for, and states how the message is acknowledged.

use std::collections::{HashMap, HashSet};

use gemj_model::{FactSink, Linkage};

use super::Run;
use crate::accounting::{Accounting, IngestError, content_mark};
use crate::hl7v2::mllp::{Acknowledgement, FrameFault};
use crate::hl7v2::{Hl7Fault, digest, read_bytes};
use crate::profile::{Format, Profile};
use crate::target::Target;

/// What became of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestedMessage {
    /// What became of the message's units. A message with results has one unit for each result.
    pub accounting: Accounting,
    /// How the message is acknowledged after its units are committed.
    pub acknowledgement: Acknowledgement,
    /// The code of the first fault; `None` if the message is accepted. It contains nothing of the message.
    pub reason: Option<&'static str>,
}

/// The place of a message in reports. A message of a connection has no name, and no file has this one.
const LOCATOR: &str = "mllp/message";

/// The code of a message of a kind that the gateway does not read.
const NOT_READ: &str = "message-not-read";

/// Whether messages can be received one by one with this profile: its format is HL7, and it states no consents. A consent is recorded in a transaction
/// of its own, so the units of a message with consents could not be committed together.
#[must_use]
pub fn reads_messages(profile: &Profile) -> bool {
    profile.format() == Format::SsMix2 && profile.consents.is_empty()
}

/// Ingests one HL7 message as [`super::ingest`] ingests a file with it. `profile` is the profile of the target's site
/// ([`Profile::of_site`]).
///
/// * `AA`: every unit is committed, or was stored before, or is older than the stored version, or was left out by a rule.
/// * `AE`: the message, or one of its results, is in quarantine. A person must look at it.
/// * `AR`: the kind or the processing id of the message (MSH-9, MSH-11) is not accepted. Sending it again changes nothing.
///
/// # Errors
/// [`IngestError::Store`] if the sink failed or the numbers could not be read. The message is then not acknowledged as accepted.
pub fn ingest_message(
    bytes: &[u8],
    profile: &Profile,
    target: &Target,
    linkage: &dyn Linkage,
    sink: &mut dyn FactSink,
) -> Result<IngestedMessage, IngestError> {
    let mut run = Run {
        profile,
        target,
        linkage,
        sink,
        accounting: Accounting::default(),
        seen: HashMap::new(),
        contents: HashSet::new(),
        failed_at: None,
    };
    // Reading stops early only if the store failed.
    if run.merge(bytes, LOCATOR).is_none() {
        let _ = read_bytes(bytes, LOCATOR, &mut |met| run.met(met));
    }
    match run.failed_at {
        Some(unit) => Err(IngestError::Store {
            unit,
            accounting: Box::new(run.accounting),
        }),
        None => Ok(answered(run.accounting)),
    }
}

fn answered(accounting: Accounting) -> IngestedMessage {
    let refused = accounting.quarantined.iter().chain(&accounting.results_refused).next();
    let reason = refused.map(|refused| refused.reason_code);
    let (acknowledgement, reason) = match reason {
        Some(reason) if reason == Hl7Fault::NotProduction.code() => (Acknowledgement::Reject, Some(reason)),
        Some(reason) => (Acknowledgement::Error, Some(reason)),
        None if !accounting.ignored.is_empty() => (Acknowledgement::Reject, Some(NOT_READ)),
        None => (Acknowledgement::Accept, None),
    };
    IngestedMessage {
        accounting,
        acknowledgement,
        reason,
    }
}

/// The result for a message that could not be read from its frame. `head` are its first bytes, which only identify it.
#[must_use]
pub fn refuse_message(fault: FrameFault, head: &[u8]) -> IngestedMessage {
    let mut accounting = Accounting::default();
    accounting.quarantine_marked(content_mark(&digest(head)), LOCATOR.to_owned(), fault.code(), fault.to_string());
    answered(accounting)
}
