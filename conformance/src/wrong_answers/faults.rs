//! For each check, wrong answers that must make the check fail.

mod beacon;
mod drs;
mod fhir;
mod htsget;
mod passport;
mod service_registry;
mod wes;

use serde_json::{Value, json};

use super::{Request, Response};
use crate::check::Standard;

type MakeWrong = Box<dyn Fn(&Request, &mut Response) + Send>;

/// One fault: a deviation from the right answers that one check must detect.
pub(super) struct Fault {
    pub(super) standard: Standard,
    pub(super) check: &'static str,
    pub(super) name: String,
    pub(super) make_wrong: MakeWrong,
}

/// The faults of one check, while the list is built.
struct Of {
    standard: Standard,
    check: &'static str,
    faults: Vec<Fault>,
}

fn of(standard: Standard, check: &'static str) -> Of {
    Of {
        standard,
        check,
        faults: Vec::new(),
    }
}

impl Of {
    fn with(mut self, name: impl Into<String>, make_wrong: impl Fn(&Request, &mut Response) + Send + 'static) -> Self {
        self.faults.push(Fault {
            standard: self.standard,
            check: self.check,
            name: name.into(),
            make_wrong: Box::new(make_wrong),
        });
        self
    }

    /// Adds a fault: in the answer at a path, the member at the JSON pointer has another value.
    fn set(self, path: &'static str, pointer: &'static str, value: Value) -> Self {
        let name = format!("{path} {pointer} = {value}");
        self.with(name, move |request, response| {
            if request.path == path {
                edit(response, pointer, Some(value.clone()));
            }
        })
    }

    /// Adds a fault: the answer at a path lacks the member at the JSON pointer.
    fn unset(self, path: &'static str, pointer: &'static str) -> Self {
        self.with(format!("{path} without {pointer}"), move |request, response| {
            if request.path == path {
                edit(response, pointer, None);
            }
        })
    }

    /// Adds a fault: every answer at a path is replaced by this answer.
    fn answer(self, path: &'static str, answer: Response) -> Self {
        self.with(format!("{path} is {}", answer.status), move |request, response| {
            if request.path == path {
                *response = answer.clone();
            }
        })
    }

    /// Adds a fault: answers at a path with the status `from` get the status `to` and keep their body.
    fn status(self, path: &'static str, from: u16, to: u16) -> Self {
        self.with(format!("{path} {from} becomes {to}"), move |request, response| {
            if request.path == path && response.status == from {
                response.status = to;
            }
        })
    }

    /// Adds a fault: a request for a DRS object for which `who` returns true is answered with 200, as if it carried the valid token.
    fn admit(self, name: &'static str, who: impl Fn(&Request) -> bool + Send + 'static) -> Self {
        self.with(name, move |request, response| {
            if request.path.contains("/objects/") && who(request) {
                *response = Response::json(200, &json!({}));
            }
        })
    }
}

fn edit(response: &mut Response, pointer: &str, value: Option<Value>) {
    let mut body: Value = serde_json::from_slice(&response.body).unwrap();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match (body.pointer_mut(parent), value) {
        (Some(Value::Object(members)), Some(value)) => drop(members.insert(last.to_owned(), value)),
        (Some(Value::Object(members)), None) => drop(members.remove(last)),
        (Some(Value::Array(items)), Some(value)) => items[last.parse::<usize>().unwrap()] = value,
        (Some(Value::Array(items)), None) => drop(items.remove(last.parse().unwrap())),
        _ => {}
    }
    response.body = body.to_string().into_bytes();
}

fn bearer(request: &Request) -> Option<&str> {
    request.header("authorization")?.strip_prefix("Bearer ")
}

fn html(status: u16) -> Response {
    Response::bytes(status, "text/html", b"<p>no</p>".to_vec())
}

/// The faults of all checks.
pub(super) fn all() -> Vec<Fault> {
    [
        service_registry::faults(),
        htsget::faults(),
        beacon::faults(),
        drs::faults(),
        passport::faults(),
        wes::faults(),
        fhir::faults(),
    ]
    .into_iter()
    .flatten()
    .flat_map(|of| of.faults)
    .collect()
}
