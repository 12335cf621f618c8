//! Reads required members of JSON answers, by JSON pointer. If a member is missing or has the wrong form, the check fails.

use serde_json::Value;

use crate::check::{Stop, fail};

/// Returns the member at a JSON pointer, of any type.
pub(crate) fn member<'v>(value: &'v Value, pointer: &str) -> Result<&'v Value, Stop> {
    value.pointer(pointer).ok_or_else(|| Stop::Fail(format!("{pointer} is missing")))
}

/// Returns the member at a JSON pointer, which must be a non-empty string.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> Result<&'v str, Stop> {
    match member(value, pointer)?.as_str() {
        Some(text) if !text.is_empty() => Ok(text),
        Some(_) => fail(format!("{pointer} is empty")),
        None => fail(format!("{pointer} is not a string")),
    }
}

/// Requires that the member at a JSON pointer is exactly this string.
pub(crate) fn is_text(value: &Value, pointer: &str, expected: &str) -> Result<(), Stop> {
    match text(value, pointer)? {
        found if found == expected => Ok(()),
        found => fail(format!("{pointer} is \"{}\"", short(found))),
    }
}

/// Returns the member at a JSON pointer, which must be an array.
pub(crate) fn list<'v>(value: &'v Value, pointer: &str) -> Result<&'v Vec<Value>, Stop> {
    let found = member(value, pointer)?.as_array();
    found.ok_or_else(|| Stop::Fail(format!("{pointer} is not an array")))
}

/// Returns the member at a JSON pointer, which must be a Boolean.
pub(crate) fn boolean(value: &Value, pointer: &str) -> Result<bool, Stop> {
    let found = member(value, pointer)?.as_bool();
    found.ok_or_else(|| Stop::Fail(format!("{pointer} is not true or false")))
}

/// Returns the member at a JSON pointer, which must be a whole number that is not negative.
pub(crate) fn whole(value: &Value, pointer: &str) -> Result<u64, Stop> {
    let found = member(value, pointer)?.as_u64();
    found.ok_or_else(|| Stop::Fail(format!("{pointer} is not a whole number")))
}

/// Requires that the member at a JSON pointer is an RFC 3339 date and time.
pub(crate) fn instant(value: &Value, pointer: &str) -> Result<(), Stop> {
    match text(value, pointer)?.parse::<jiff::Timestamp>() {
        Ok(_) => Ok(()),
        Err(_) => fail(format!("{pointer} is not an RFC 3339 date-time")),
    }
}

/// Requires the members of GA4GH Service Info 1.0.0. If `artifact` is given, the type must be this artifact of `org.ga4gh`.
pub(crate) fn service(value: &Value, artifact: Option<&str>) -> Result<(), Stop> {
    for pointer in [
        "/id",
        "/name",
        "/version",
        "/type/group",
        "/type/artifact",
        "/type/version",
        "/organization/name",
        "/organization/url",
    ] {
        text(value, pointer)?;
    }
    let Some(artifact) = artifact else { return Ok(()) };
    is_text(value, "/type/group", "org.ga4gh")?;
    is_text(value, "/type/artifact", artifact)
}

/// Requires the error form `{msg, status_code}` of DRS and WES. The code must equal the status of the answer.
pub(crate) fn msg_and_status_code(value: &Value, status: u16) -> Result<(), Stop> {
    text(value, "/msg")?;
    match whole(value, "/status_code")? {
        code if code == u64::from(status) => Ok(()),
        code => fail(format!("status {status} with /status_code {code}")),
    }
}

/// The first 60 characters of a text, for the report.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
