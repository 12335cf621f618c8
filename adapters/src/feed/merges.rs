//! Reads the merge messages of an HL7 feed (ADT^A18, A34, A40). A merge is stated to the sink, which opens a case for a person's review. Everything else
//! that changes the numbers of patients stays in quarantine.

use std::ops::ControlFlow;

use gemj_model::fact::Committed;
use gemj_model::{StatedMerge, StatedMergeOutcome};

use super::map::Refusal;
use super::{Run, agreement};
use crate::accounting::{content_mark, place_mark};
use crate::hl7v2::merge_event::{MergeEvent, MergeFault, MergeKind, merge_event};
use crate::hl7v2::{Hl7Fault, digest, plain};
use crate::target::half;

/// The merge that a message states, or why the pair of its numbers is not certain. `None` for a message that is not a merge. A link and an unlink
/// have no meaning for the gateway's merges: a link leaves both numbers in use, and an unlink does not name the merge that it ends.
fn merge_of(bytes: &[u8]) -> Option<Result<MergeEvent, MergeFault>> {
    // Every merge has a segment MRG, and few messages have one.
    if !plain(bytes).ok()?.bytes.windows(3).any(|window| window == b"MRG") {
        return None;
    }
    match merge_event(bytes) {
        Ok(event) if event.kind == MergeKind::Merge => Some(Ok(event)),
        Ok(_) => None,
        Err(
            fault @ (MergeFault::NotOnePair
            | MergeFault::NoNumber
            | MergeFault::NumberNotCertain
            | MergeFault::SameNumber
            | MergeFault::NoMessageId),
        ) => Some(Err(fault)),
        // The reader of messages states these faults.
        Err(MergeFault::Message(_) | MergeFault::NotAMerge | MergeFault::NotSupported) => None,
    }
}

impl Run<'_> {
    /// States the merge of a message. `None` if the message is not a merge, and is read as any other message.
    pub(super) fn merge(&mut self, bytes: &[u8], locator: &str) -> Option<ControlFlow<()>> {
        let found = merge_of(bytes)?;
        let sha256 = digest(bytes);
        let refusal = match found {
            Err(fault) => Refusal::new(fault.code(), fault.to_string()),
            Ok(event) => {
                self.sink.received(&content_mark(&sha256));
                self.sink.received(&place_mark(locator));
                *self.accounting.encodings.entry(event.encoding).or_default() += 1;
                self.accounting.add_account(&event.account);
                match self.state(event, &sha256, locator) {
                    Ok(flow) => return Some(flow),
                    Err(refusal) => refusal,
                }
            }
        };
        let Refusal { reason_code, detail } = refusal;
        self.accounting
            .quarantine_marked(content_mark(&sha256), locator.to_owned(), reason_code, detail);
        Some(ControlFlow::Continue(()))
    }

    fn state(&mut self, event: MergeEvent, sha256: &str, locator: &str) -> Result<ControlFlow<()>, Refusal> {
        if self.target.latest_version().is_some_and(|latest| event.time > latest) {
            let detail = "the time of the message is more than a day in the future";
            return Err(Refusal::new("future-version", detail));
        }
        agreement::check_merge(self.profile, self.target.site(), &event)?;
        let statement = StatedMerge {
            survivor: event.survivor.number,
            prior: event.prior.number,
            message: event.message_id,
            stated: event.stated,
        };
        let Ok(outcome) = self.sink.merge(statement) else {
            self.failed_at = Some(locator.to_owned());
            return Ok(ControlFlow::Break(()));
        };
        let (name, committed) = match outcome {
            StatedMergeOutcome::Opened(_) => ("opened", Committed::New),
            StatedMergeOutcome::Duplicate(_) => ("known", Committed::Duplicate),
            StatedMergeOutcome::OnePerson => ("one-person", Committed::Duplicate),
            StatedMergeOutcome::UnknownSurvivor => {
                let detail = "no participant is linked to the surviving number (PID-3); link it, and send the message again";
                return Err(Refusal::new("merge-unknown-survivor", detail));
            }
            StatedMergeOutcome::UnknownPrior => {
                let detail = "no participant is linked to the prior number (MRG-1); if it is linked later, send the message again";
                return Err(Refusal::new("merge-unknown-prior", detail));
            }
            StatedMergeOutcome::OtherSite => {
                let detail = "the merge concerns a participant of another site too; only the operator opens such a case";
                return Err(Refusal::new("merge-other-site", detail));
            }
            StatedMergeOutcome::NotRecorded => {
                let fault = Hl7Fault::ChangesNumbers;
                return Err(Refusal::new(fault.code(), fault.to_string()));
            }
        };
        let is_repeated = !self.contents.insert(half(&["merge", sha256]));
        self.accounting.take(committed, is_repeated);
        *self.accounting.merges.entry(name).or_default() += 1;
        Ok(ControlFlow::Continue(()))
    }
}
