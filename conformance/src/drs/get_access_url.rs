//! Checks of DRS's `GET /objects/{object_id}/access/{access_id}`, and of the bytes at the returned URL.

use md5::Md5;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::check::{Finding, Stop, fail, not_offered, skip};
use crate::client::{Ask, HttpAnswer};
use crate::shape;
use crate::target::Target;

use super::STANDARD;
use super::get_object::object;

/// The default limit for the size of a downloaded object, in bytes.
const MAXIMUM_BYTES: u64 = 256 << 20;

/// A URL for the bytes of an object, with the headers that a request for the bytes needs.
struct AccessUrl {
    url: Url,
    headers: Vec<(String, String)>,
}

impl AccessUrl {
    fn parse(value: &Value) -> Result<Self, Stop> {
        let url = Url::parse(shape::text(value, "/url")?).map_err(|_| Stop::Fail("the access URL is not a URL".to_owned()))?;
        let mut headers = Vec::new();
        for header in value.get("headers").and_then(Value::as_array).into_iter().flatten() {
            match header.as_str().and_then(|line| line.split_once(':')) {
                Some((name, value)) => headers.push((name.trim().to_owned(), value.trim().to_owned())),
                None => return fail("a header that is not \"Name: value\""),
            }
        }
        Ok(Self { url, headers })
    }

    fn ask<'t>(&self, target: &'t Target, shown: &str) -> Ask<'t> {
        let ask = target.client.ask("GET", self.url.clone()).shown_as(shown);
        self.headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value))
    }
}

/// The object in the settings, and the URL of its first access method that returns plain bytes over HTTP.
fn access_url(target: &Target) -> Result<(Value, AccessUrl), Stop> {
    let (id, object) = object(target)?;
    let methods = object.get("access_methods").and_then(Value::as_array).cloned().unwrap_or_default();
    for method in &methods {
        if !matches!(method["type"].as_str(), Some("https" | "s3" | "gs")) {
            continue;
        }
        let given = match method["access_id"].as_str() {
            Some(access_id) => {
                let answer = target.get(STANDARD, &["objects", id, "access", access_id]).send()?;
                if answer.status == 202 {
                    return skip("202: the bytes are not yet available");
                }
                AccessUrl::parse(&answer.json_200()?)?
            }
            None => AccessUrl::parse(shape::member(method, "/access_url")?)?,
        };
        if matches!(given.url.scheme(), "http" | "https") {
            return Ok((object, given));
        }
    }
    skip("no access method over HTTP")
}

/// The size that the object states. If the size exceeds the limit, the check is skipped.
fn size(target: &Target, object: &Value) -> Result<u64, Stop> {
    let size = shape::whole(object, "/size")?;
    let maximum = target.settings.drs.maximum_bytes.unwrap_or(MAXIMUM_BYTES);
    if size > maximum {
        return skip(format!("{size} bytes, above drs.maximum_bytes ({maximum})"));
    }
    Ok(size)
}

fn download(target: &Target, url: &AccessUrl, size: u64) -> Result<HttpAnswer, Stop> {
    // The limit is a little more than the stated size, so that an answer that is too large is detected and not read completely.
    let ask = url.ask(target, "(access URL)").at_most(size.saturating_add(1 << 16));
    match ask.send() {
        Err(Stop::Skip(_)) => fail(format!("more than the stated {size} bytes")),
        other => other,
    }
}

pub(super) fn bytes_match_checksum(target: &Target) -> Finding {
    let (object, url) = access_url(target)?;
    let size = size(target, &object)?;
    let answer = download(target, &url, size)?;
    if answer.status != 200 {
        return fail(format!("the access URL: {} {}", answer.status, answer.media_type()));
    }
    if answer.body.len() as u64 != size {
        return fail(format!("{} bytes, but {size} are stated", answer.body.len()));
    }
    let mut compared = Vec::new();
    for checksum in shape::list(&object, "/checksums")? {
        let computed = match shape::text(checksum, "/type")? {
            "sha-256" | "sha256" => hex::encode(Sha256::digest(&answer.body)),
            "md5" => hex::encode(Md5::digest(&answer.body)),
            _ => continue,
        };
        let kind = shape::text(checksum, "/type")?;
        if !computed.eq_ignore_ascii_case(shape::text(checksum, "/checksum")?) {
            return fail(format!("the {kind} differs from the stated one"));
        }
        compared.push(kind);
    }
    if compared.is_empty() {
        return skip("no checksum of type sha-256 or md5");
    }
    Ok(format!("{size} bytes, {}", compared.join(", ")))
}

pub(super) fn range(target: &Target) -> Finding {
    let (object, url) = access_url(target)?;
    let size = size(target, &object)?;
    if size < 10 {
        return skip("the object has fewer than ten bytes");
    }
    let answer = url
        .ask(target, "(access URL) Range: bytes=2-9")
        .header("Range", "bytes=2-9")
        .at_most(size + (1 << 16))
        .send()?;
    if answer.status == 200 {
        return not_offered("a range request returns the whole object, as RFC 9110 allows");
    }
    if answer.status != 206 {
        return fail(format!("the access URL with a range: {}", answer.status));
    }
    let expected = format!("bytes 2-9/{size}");
    match answer.header("Content-Range") {
        Some(range) if range == expected || range == "bytes 2-9/*" => {}
        Some(range) => return fail(format!("Content-Range {}", shape::short(range))),
        None => return fail("206 without Content-Range"),
    }
    let whole = download(target, &url, size)?;
    if whole.body.get(2..10) != Some(&answer.body[..]) {
        return fail("the bytes differ from those of the whole object");
    }
    Ok(expected)
}

pub(super) fn unknown_access_id(target: &Target) -> Finding {
    let (id, _) = object(target)?;
    let answer = target
        .get(STANDARD, &["objects", id, "access", "no-such-access-conformance"])
        .send()?;
    shape::msg_and_status_code(&answer.expect(&[404])?.json()?, 404)?;
    Ok(answer.described())
}
