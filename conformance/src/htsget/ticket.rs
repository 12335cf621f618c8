//! Reads an htsget ticket and fetches its data blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use url::Url;

use crate::check::{Stop, fail, skip};
use crate::client::{Ask, HttpAnswer};
use crate::genomic_file::{self, GenomicFile};
use crate::settings::needed;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

/// The maximum number of bytes that are fetched for one ticket.
const MAXIMUM_BYTES: u64 = 128 << 20;
/// The maximum number of redirects that are followed for one data block.
const MAXIMUM_REDIRECTS: usize = 5;
/// The maximum number of data blocks that are fetched for one ticket.
const MAXIMUM_BLOCKS: usize = 10_000;

/// The htsget id in the settings: the id of reads if the settings name one, otherwise the id of variants.
pub(super) struct Subject<'t> {
    pub(super) datatype: &'static str,
    pub(super) id: &'t str,
}

pub(super) fn subject(target: &Target) -> Result<Subject<'_>, Stop> {
    let settings = &target.settings.htsget;
    match (&settings.reads_id, &settings.variants_id) {
        (Some(id), _) => Ok(Subject { datatype: "reads", id }),
        (None, Some(id)) => Ok(Subject { datatype: "variants", id }),
        (None, None) => skip("needs htsget.reads_id or htsget.variants_id"),
    }
}

/// Begins a request for the htsget id in the settings. If `with_format` is true and the settings name a format, the request names the format.
pub(super) fn ask<'t>(target: &'t Target, method: &'static str, with_format: bool) -> Result<Ask<'t>, Stop> {
    let subject = subject(target)?;
    let segments: Vec<&str> = std::iter::once(subject.datatype).chain(subject.id.split('/')).collect();
    let ask = target.ask(method, STANDARD, &segments);
    Ok(match &target.settings.htsget.format {
        Some(format) if with_format => ask.query("format", format),
        _ => ask,
    })
}

/// The region in the settings: reference name, start and end (0-based half-open).
pub(super) fn region(target: &Target) -> Result<(&str, u32, u32), Stop> {
    let settings = &target.settings.htsget;
    let name = needed(&settings.reference_name, "htsget.reference_name")?;
    let start = needed(&settings.start, "htsget.start")?;
    let end = needed(&settings.end, "htsget.end")?;
    Ok((name, *start, *end))
}

/// Begins a GET request for the region in the settings.
pub(super) fn ask_region(target: &Target) -> Result<Ask<'_>, Stop> {
    let (name, start, end) = region(target)?;
    let ask = ask(target, "GET", true)?.query("referenceName", name);
    Ok(ask.query("start", &start.to_string()).query("end", &end.to_string()))
}

/// One data block of a ticket: an entry of `urls`.
pub(super) struct Block {
    url: Url,
    headers: Vec<(String, String)>,
}

/// A ticket whose form the specification allows.
pub(super) struct Ticket {
    pub(super) format: String,
    pub(super) blocks: Vec<Block>,
}

/// Reads a ticket from an answer. If the specification does not allow the ticket's form, the check fails.
pub(super) fn read(answer: &HttpAnswer) -> Result<Ticket, Stop> {
    let value = answer.json_200()?;
    if value.as_object().is_none_or(|members| members.len() != 1) {
        return fail("the ticket has other keys than htsget");
    }
    let format = value
        .pointer("/htsget/format")
        .map_or(Ok("BAM"), |_| shape::text(&value, "/htsget/format"))?;
    let urls = shape::list(&value, "/htsget/urls")?;
    let mut blocks = Vec::new();
    let mut classed = 0;
    for entry in urls {
        let url = Url::parse(shape::text(entry, "/url")?).map_err(|_| Stop::Fail("a URL that is not absolute".to_owned()))?;
        if !matches!(url.scheme(), "http" | "https" | "data") {
            return fail(format!("a URL of scheme {}", url.scheme()));
        }
        let mut headers = Vec::new();
        if let Some(given) = entry.get("headers") {
            let given = given
                .as_object()
                .ok_or_else(|| Stop::Fail("headers that are not an object".to_owned()))?;
            for (name, value) in given {
                let value = value
                    .as_str()
                    .ok_or_else(|| Stop::Fail("a header that is not a string".to_owned()))?;
                headers.push((name.clone(), value.to_owned()));
            }
        }
        if let Some(class) = entry.get("class") {
            if class != "header" && class != "body" {
                return fail("a class that is neither header nor body");
            }
            classed += 1;
        }
        blocks.push(Block { url, headers });
    }
    if classed != 0 && classed != blocks.len() {
        return fail("class on some URLs and not on others");
    }
    if blocks.is_empty() {
        return fail("no URL; even an empty result is a file");
    }
    let format = format.to_owned();
    Ok(Ticket { format, blocks })
}

/// Fetches all data blocks as a client does, and concatenates them. The caller's token is not sent; only the headers in the ticket are sent.
pub(super) fn fetch(target: &Target, ticket: &Ticket) -> Result<Vec<u8>, Stop> {
    let count = ticket.blocks.len();
    if count > MAXIMUM_BLOCKS {
        return skip(format!("{count} blocks are not fetched"));
    }
    let mut joined = Vec::new();
    for (place, block) in ticket.blocks.iter().enumerate() {
        let shown = format!("(block {} of {count})", place + 1);
        let bytes = fetch_block(target, block, &shown)?;
        if joined.len() as u64 + bytes.len() as u64 > MAXIMUM_BYTES {
            return skip(format!("more than {MAXIMUM_BYTES} bytes; a smaller region is needed"));
        }
        joined.extend(bytes);
    }
    Ok(joined)
}

fn fetch_block(target: &Target, block: &Block, shown: &str) -> Result<Vec<u8>, Stop> {
    if block.url.scheme() == "data" {
        let encoded = block.url.path().split_once(";base64,").map(|(_, data)| data);
        let decoded = encoded.and_then(|data| BASE64.decode(data).ok());
        return decoded.ok_or_else(|| Stop::Fail("a data: URL that is not base64".to_owned()));
    }
    let mut url = block.url.clone();
    for _ in 0..=MAXIMUM_REDIRECTS {
        let mut ask = target.client.ask("GET", url.clone()).shown_as(shown).at_most(MAXIMUM_BYTES);
        // If a redirect leads to another origin, the request does not carry the ticket's headers, because they are meant only for the first origin.
        if url.origin() == block.url.origin() {
            for (name, value) in &block.headers {
                ask = ask.header(name, value);
            }
        }
        let answer = ask.send()?;
        let moved = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        let place = answer.header("Location").and_then(|place| url.join(place).ok());
        match (moved, place) {
            (true, Some(place)) if matches!(place.scheme(), "http" | "https") => url = place,
            _ if matches!(answer.status, 200 | 206) => return Ok(answer.body),
            _ => return fail(format!("{shown}: {} {}", answer.status, answer.media_type())),
        }
    }
    fail(format!("{shown}: more than {MAXIMUM_REDIRECTS} redirects"))
}

/// Fetches the data blocks of a ticket and reads the concatenated file.
pub(super) fn file(target: &Target, ticket: &Ticket) -> Result<GenomicFile, Stop> {
    let bytes = fetch(target, ticket)?;
    genomic_file::read(&ticket.format, &bytes).map_err(|malformed| Stop::Fail(format!("{}: {malformed}", ticket.format)))
}

/// Requires that an answer has this status and an htsget error of this kind (`htsget.error`). Returns the body.
pub(super) fn error(answer: &HttpAnswer, status: u16, kind: &str) -> Result<Value, Stop> {
    let value = answer.expect(&[status])?.json()?;
    shape::is_text(&value, "/htsget/error", kind)?;
    shape::member(&value, "/htsget/message")?;
    Ok(value)
}
