//! Checks that dates exist in the calendar, in every element of the accepted types that contains a date.

use serde_json::Value;

use super::walk::{self, child};
use crate::date::{Precision, is_valid};
use crate::operation_outcome::{Issue, IssueCode};

/// The precision that an element requires, determined by its name and the name of the element around it. `None` if the element is not a date or
/// time.
fn precision(name: &str, within: &str) -> Option<Precision> {
    match name {
        "birthDate" | "valueDate" => Some(Precision::Date),
        "issued" | "lastUpdated" | "effectiveInstant" | "valueInstant" => Some(Precision::Instant),
        "deceasedDateTime" | "effectiveDateTime" | "valueDateTime" | "collectedDateTime" | "timeDateTime" | "authoredOn"
        | "lastModified" | "receivedTime" | "dateTime" | "verificationDate" | "start" | "end" | "creation" | "event" => {
            Some(Precision::DateTime)
        }
        // `Annotation.time` is a dateTime. In other elements `time` is a time of day.
        "time" if within == "note" => Some(Precision::DateTime),
        _ => None,
    }
}

pub(super) fn check(resource: &Value, issues: &mut Vec<Issue>) {
    walk::objects(resource, &mut |place| {
        for (name, member) in place.members {
            let Some(precision) = precision(name, place.name) else { continue };
            let texts = match member {
                Value::String(text) => vec![text.as_str()],
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
            };
            if !texts.into_iter().all(|text| is_valid(text, precision)) {
                let text = match precision {
                    Precision::Date => "not a date of the calendar",
                    Precision::DateTime => "not a date of the calendar, or a time without seconds or zone",
                    Precision::Instant => "not a moment of the calendar with seconds and zone",
                };
                issues.push(Issue::error(IssueCode::Value, text).at(child(place.path, name)));
            }
        }
    });
}
