//! The thread that ingests the messages of all connections, one after another.

use anyhow::Context as _;
use gemj_adapters::hl7v2::mllp::Framed;
use gemj_services::ingest::{Answer, Listening};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// A part of a connection's stream, and the connection that waits for the answer.
pub(super) struct Job {
    pub(super) framed: Framed,
    pub(super) answer: oneshot::Sender<Answered>,
}

/// What became of a part of a stream.
pub(super) enum Answered {
    /// The part was a message. Everything that it changes is committed.
    Message(Answer),
    /// The part was no message, and is not acknowledged.
    Noted,
    /// The store failed. The message may be stored or not, so the sender must send it again.
    Failed,
}

/// Starts the thread. It ends when all senders are dropped, after it has ended its run.
pub(super) fn start(mut listening: Listening) -> (mpsc::Sender<Job>, JoinHandle<anyhow::Result<()>>) {
    let (sender, mut jobs) = mpsc::channel::<Job>(1);
    let thread = tokio::task::spawn_blocking(move || {
        while let Some(Job { framed, answer }) = jobs.blocking_recv() {
            // A connection that has ended no longer waits.
            let _ = answer.send(answered(&mut listening, &framed));
        }
        listening.close().context("the end of the run was not stored")
    });
    (sender, thread)
}

fn answered(listening: &mut Listening, framed: &Framed) -> Answered {
    let answer = match framed {
        Framed::Message(bytes) => listening.receive(bytes),
        Framed::Faulty(fault, head) => listening.refuse(*fault, head),
        Framed::Unfinished => {
            listening.note("unfinished");
            return Answered::Noted;
        }
        Framed::Outside => {
            listening.note("outside");
            return Answered::Noted;
        }
    };
    match answer {
        Ok(answer) => {
            if let Some(reason) = answer.reason {
                tracing::info!(
                    acknowledgement = answer.acknowledgement.as_str(),
                    reason,
                    "a message was not accepted"
                );
            }
            Answered::Message(answer)
        }
        Err(error) => {
            tracing::error!(%error, "a message was not stored; its sender must send it again");
            Answered::Failed
        }
    }
}
