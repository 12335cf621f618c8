//! The record of one request and its answer: its id, its decisions and the steps of its work. The access log and the traces are made of it.
//!
//! The record belongs to the task of the request, so that a decision is noted without a further parameter in every handler. It holds no caller, no
//! participant and no text of the request.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::time::Instant;

use actix_web::http::header::HeaderMap;
use gemj_access::DecisionId;

use super::request_id::RequestId;
use crate::traces::{Step, StepName, TraceContext, Traces};

/// The most decisions and the most steps that one record notes. A request with more (for example a dry run over many datasets) keeps the first ones.
const MOST_NOTES: usize = 16;

tokio::task_local! {
    static CURRENT: Rc<Exchange>;
}

/// The record of one request and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) id: RequestId,
    pub(crate) began: Instant,
    decisions: RefCell<Vec<DecisionId>>,
    /// The trace of the request. Absent if the request is not traced.
    pub(crate) trace: Option<TraceContext>,
    steps: RefCell<Vec<Step>>,
    /// The status of the answer. Absent until the request is answered.
    pub(crate) status: Cell<Option<u16>>,
}

impl Exchange {
    pub(crate) fn begin(headers: &HeaderMap, traces: &Traces) -> Rc<Self> {
        Rc::new(Self {
            id: RequestId::of(headers),
            began: Instant::now(),
            decisions: RefCell::default(),
            trace: traces.context(headers),
            steps: RefCell::default(),
            status: Cell::new(None),
        })
    }

    /// Runs the work of the request. [`decided`] and [`timed`] note in this record while it runs.
    pub(crate) async fn during<T>(self: Rc<Self>, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// The decisions of the request, in order. Empty if nothing was decided.
    pub(crate) fn decisions(&self) -> Vec<DecisionId> {
        self.decisions.borrow().clone()
    }

    /// The steps of the request, in the order of their ends. Empty if the request is not traced.
    pub(crate) fn take_steps(&self) -> Vec<Step> {
        self.steps.take()
    }
}

/// Notes a decision in the record of the request whose task calls this function. Work outside a request notes nothing.
pub(crate) fn decided(decision: DecisionId) {
    let _ = CURRENT.try_with(|exchange| {
        let mut decisions = exchange.decisions.borrow_mut();
        if decisions.len() < MOST_NOTES && !decisions.contains(&decision) {
            decisions.push(decision);
        }
    });
}

/// Waits for a step of a request. If the request is traced, the step becomes a child span.
pub(crate) async fn timed<T>(name: StepName, work: impl Future<Output = T>) -> T {
    let traced = CURRENT.try_with(|exchange| exchange.trace.is_some().then(|| Rc::clone(exchange)));
    let Ok(Some(exchange)) = traced else { return work.await };
    let began = Instant::now();
    let done = work.await;
    let mut steps = exchange.steps.borrow_mut();
    if steps.len() < MOST_NOTES {
        steps.push(Step {
            name,
            began,
            ended: Instant::now(),
        });
    }
    done
}
