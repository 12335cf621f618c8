//! Spans in the wire format of OTLP 1 (`opentelemetry/proto/trace/v1/trace.proto`), encoded as Protocol Buffers. The numbers of the fields are those
//! of the official `.proto` files. Only the few messages of a span are needed, so that no generated code and no further crate is needed.

/// The name of the instrumentation in every export.
const SCOPE: &str = "gemj-gateway";

/// The kind of a span.
#[derive(Clone, Copy, Debug)]
pub(super) enum SpanKind {
    Internal,
    Server,
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub(super) enum Attribute {
    Text(String),
    Number(i64),
}

/// One span.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) name: &'static str,
    pub(super) kind: SpanKind,
    pub(super) began_unix_ns: u64,
    pub(super) ended_unix_ns: u64,
    pub(super) is_error: bool,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
}

/// An `ExportTraceServiceRequest` with the spans of one service.
pub(super) fn request(service: &str, spans: &[Span]) -> Vec<u8> {
    let mut resource = Message::default();
    for (name, value) in [("service.name", service), ("service.version", env!("CARGO_PKG_VERSION"))] {
        resource.message(1, &attribute(name, &Attribute::Text(value.to_owned())));
    }
    let mut scope = Message::default();
    scope.bytes(1, SCOPE.as_bytes());
    scope.bytes(2, env!("CARGO_PKG_VERSION").as_bytes());
    let mut of_scope = Message::default();
    of_scope.message(1, &scope);
    for one in spans {
        of_scope.message(2, &span(one));
    }
    let mut of_resource = Message::default();
    of_resource.message(1, &resource);
    of_resource.message(2, &of_scope);
    let mut request = Message::default();
    request.message(1, &of_resource);
    request.0
}

fn span(span: &Span) -> Message {
    let mut message = Message::default();
    message.bytes(1, &span.trace.to_be_bytes());
    message.bytes(2, &span.id.to_be_bytes());
    if let Some(parent) = span.parent {
        message.bytes(4, &parent.to_be_bytes());
    }
    message.bytes(5, span.name.as_bytes());
    let kind = match span.kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
    };
    message.number(6, kind);
    message.fixed64(7, span.began_unix_ns);
    message.fixed64(8, span.ended_unix_ns);
    for (name, value) in &span.attributes {
        message.message(9, &attribute(name, value));
    }
    if span.is_error {
        let mut status = Message::default();
        // STATUS_CODE_ERROR
        status.number(3, 2);
        message.message(15, &status);
    }
    message
}

/// A `KeyValue`.
fn attribute(name: &str, value: &Attribute) -> Message {
    let mut any = Message::default();
    match value {
        Attribute::Text(text) => any.bytes(1, text.as_bytes()),
        Attribute::Number(number) => any.number(3, number.cast_unsigned()),
    }
    let mut message = Message::default();
    message.bytes(1, name.as_bytes());
    message.message(2, &any);
    message
}

/// An encoded message (protobuf.dev § Encoding).
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(0x80 | (number & 0x7f) as u8);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn tag(&mut self, field: u64, wire: u64) {
        self.varint(field << 3 | wire);
    }

    fn number(&mut self, field: u64, number: u64) {
        self.tag(field, 0);
        self.varint(number);
    }

    fn fixed64(&mut self, field: u64, number: u64) {
        self.tag(field, 1);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.tag(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn message(&mut self, field: u64, message: &Self) {
        self.bytes(field, &message.0);
    }
}
