//! Observes every request: one line of the access log, the metrics and the trace of its answer. A request counts as in progress until its body ended.

pub(crate) mod access_log;
pub(crate) mod exchange;
pub(crate) mod request_id;
pub(crate) mod traceparent;

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use bytes::Bytes;

use super::drain::InProgress;
use super::gateway::Gateway;
use super::metrics::operation::{Operation, operation_of};
use access_log::{AccessLine, End};
use exchange::Exchange;

/// Observes a request. The answer gets the id of the request as a header.
pub(crate) async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<ObservedBody>, Error> {
    let Some(gateway) = request.app_data::<web::Data<Gateway>>().cloned() else {
        return Ok(next.call(request).await?.map_body(|_, body| ObservedBody {
            body: body.boxed(),
            observed: None,
        }));
    };
    let is_head = request.method() == Method::HEAD;
    let template = request.match_pattern().unwrap_or_default();
    let operation = operation_of(request.method(), &template);
    let exchange = Exchange::begin(request.headers(), &gateway.traces);
    let is_stopping = gateway.drain.is_stopping();
    let mut observed = Observed {
        _in_progress: gateway.drain.begin(),
        gateway,
        exchange: Rc::clone(&exchange),
        operation,
        ready: None,
        bytes: 0,
        end: End::Abandoned,
    };
    let answered = Rc::clone(&exchange).during(next.call(request)).await;
    let mut response = match answered {
        Ok(response) => response,
        Err(error) => {
            observed.answered(error.as_response_error().status_code());
            observed.end = End::Whole;
            return Err(error);
        }
    };
    observed.answered(response.status());
    if let Ok(value) = HeaderValue::from_str(&exchange.id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static(request_id::HEADER), value);
    }
    if is_stopping {
        // The client then sends its next request over another connection, which reaches another replica.
        response
            .response_mut()
            .head_mut()
            .set_connection_type(actix_web::http::ConnectionType::Close);
    }
    Ok(response.map_body(|_, body| {
        let body = body.boxed();
        let expected = if is_head { BodySize::None } else { body.size() };
        observed.expects(expected);
        ObservedBody {
            body,
            observed: Some(observed),
        }
    }))
}

/// The body of an observed answer. The fields are dropped in their order: a stream writes its last audit row before the request counts as ended.
pub(crate) struct ObservedBody {
    body: BoxBody,
    observed: Option<Observed>,
}

impl MessageBody for ObservedBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_next(context);
        if let (Poll::Ready(chunk), Some(observed)) = (&polled, &mut self.observed) {
            match chunk {
                Some(Ok(chunk)) => observed.sent(chunk.len() as u64),
                Some(Err(_)) => observed.end = End::Aborted,
                None => observed.end = End::Whole,
            }
        }
        polled
    }
}

/// An observed request. When it is dropped, its line is logged and its metrics are counted.
struct Observed {
    gateway: web::Data<Gateway>,
    exchange: Rc<Exchange>,
    operation: Operation,
    /// The time until the head of the answer was ready. Absent if the request was abandoned before.
    ready: Option<Duration>,
    bytes: u64,
    end: End,
    /// Declared last, so that the request counts as in progress until its line is logged.
    _in_progress: InProgress,
}

impl Observed {
    fn answered(&mut self, status: StatusCode) {
        self.ready = Some(self.exchange.began.elapsed());
        self.exchange.status.set(Some(status.as_u16()));
        self.end = End::Aborted;
    }

    /// An answer without a body, or with an empty one, is whole when its head is ready: the server then drops the body unread.
    fn expects(&mut self, size: BodySize) {
        if matches!(size, BodySize::None | BodySize::Sized(0)) {
            self.end = End::Whole;
        }
    }

    fn sent(&mut self, bytes: u64) {
        self.bytes += bytes;
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let took = self.exchange.began.elapsed();
        let status = self.exchange.status.get();
        let metrics = &self.gateway.metrics;
        match (status, self.ready) {
            (Some(status), Some(ready)) => metrics.count_answer(self.operation, status, ready, self.bytes, self.end == End::Aborted),
            _ => metrics.count_abandoned(self.operation),
        }
        self.gateway.access_log.write(&AccessLine {
            exchange: &self.exchange,
            operation: self.operation.name(),
            ready: self.ready,
            took,
            bytes: self.bytes,
            end: self.end,
        });
        self.gateway.traces.record(&self.exchange, self.operation, took);
    }
}
