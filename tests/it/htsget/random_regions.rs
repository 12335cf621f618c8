//! Random regions of every kind of file over HTTP, compared with samtools and bcftools on the original file. No record may be missing or additional.
//!
//! The test requests 100 regions of each file. `GEMJ_SLICE_REGIONS=500` selects the long run. The random numbers are the same in every run.

mod reads;
mod variants;

use std::sync::atomic::{AtomicUsize, Ordering};

use gemj_tests::Client;
use gemj_tests::htsget_client::fetch;
use gemj_tests::random::Random;
use serde_json::Value;

/// The number of concurrent requests.
const CLIENTS: usize = 4;

/// The maximum number of inline bytes in a ticket, before base64 (`data:`).
const MOST_INLINE_BYTES: usize = 64 * 1024;

/// The empty BGZF block at the end of a file (SAM specification § 4.1.2).
const BGZF_END: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// The container at the end of a file (CRAM 3.0 specification § 9.1).
const CRAM_END: [u8; 38] = [
    0x0f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 0x01, 0, 0x05, 0xbd, 0xd9, 0x4f, 0, 0x01, 0, 0x06,
    0x06, 0x01, 0, 0x01, 0, 0x01, 0, 0xee, 0x63, 0x01, 0x4b,
];

fn count() -> usize {
    std::env::var("GEMJ_SLICE_REGIONS").map_or(100, |count| count.parse().unwrap())
}

/// An interval of a contig, 0-based half-open.
#[derive(Clone, Debug)]
struct Stretch {
    contig: String,
    start: u64,
    end: u64,
}

impl Stretch {
    /// The query parameters of an htsget request for the interval.
    fn query(&self) -> String {
        let contig: String = self.contig.bytes().map(|b| format!("%{b:02X}")).collect();
        format!("referenceName={contig}&start={}&end={}", self.start, self.end)
    }

    /// The interval for htslib: 1-based closed, with braces around names that look like regions.
    fn of_htslib(&self) -> String {
        format!("{{{}}}:{}-{}", self.contig, self.start + 1, self.end)
    }
}

/// Regions near the records of a file: at a record, in its middle, next to it, of every width, and some regions without records.
fn stretches(what: &str, places: &[Stretch]) -> Vec<Stretch> {
    let mut random = Random::of(what);
    let widths = [1, 1, 2, 50, 1_000, 30_000, 1_000_000, 100_000_000];
    let one = |number: usize| {
        let at = random.of_these(places).clone();
        let width = *random.of_these(&widths);
        let start = match number % 8 {
            0 | 1 => at.start,
            // The region begins in the middle of a record, so the record starts before the region.
            2 | 3 => at.start + random.below(at.end - at.start),
            4 => at.end - 1,
            5 => at.end,
            6 => at.start.saturating_sub(width),
            _ => at.start.saturating_sub(random.below(5_000)),
        };
        let width = if number % 50 == 49 { 0 } else { width };
        Stretch {
            contig: at.contig,
            start,
            end: start + width,
        }
    };
    (0..count()).map(one).collect()
}

/// Calls `work` for each value, on several threads. If calls fail, the test fails with all of their messages.
fn each<T: Sync>(these: &[T], work: impl Fn(usize, &T) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let working: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let mut faults = Vec::new();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(one) = these.get(at) else { return faults };
                        faults.extend(work(at, one).err());
                    }
                })
            })
            .collect();
        working.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let shown: Vec<&String> = faults.iter().take(5).collect();
    assert!(
        faults.is_empty(),
        "{} of {} regions are wrong: {shown:#?}",
        faults.len(),
        these.len()
    );
}

/// The first fault in the form of a region's ticket. `None` if the form is correct.
fn fault_of(ticket: &Value, format: &str) -> Option<String> {
    let urls = ticket["htsget"]["urls"].as_array().unwrap();
    let classes: Vec<&str> = urls.iter().map(|url| url["class"].as_str().unwrap_or_default()).collect();
    if ticket["htsget"]["format"] != format {
        return Some(format!("format {}", ticket["htsget"]["format"]));
    }
    // The slice of a joint file is one block, so that a client never combines a header with a body of other columns.
    let is_one_block = classes == [""];
    let is_parts = classes.len() > 1 && classes[0] == "header" && classes[1..].iter().all(|class| *class == "body");
    if !is_one_block && !is_parts {
        return Some(format!("classes {classes:?}"));
    }
    let inline: usize = urls
        .iter()
        .filter_map(|url| url["url"].as_str().unwrap().strip_prefix("data:"))
        .map(|data| data.split_once(',').unwrap().1.len() / 4 * 3)
        .sum();
    (inline > MOST_INLINE_BYTES).then(|| format!("{inline} bytes inline"))
}

/// Fetches a region, and checks the ticket's form and the file's end marker.
fn fetched(client: &Client, token: &str, path: &str, format: &str, end: &[u8]) -> Result<Vec<u8>, String> {
    let reply = client.get(path, Some(token));
    if reply.status != 200 {
        return Err(format!("{path}: {}: {}", reply.status, reply.text()));
    }
    let ticket = reply.json();
    if let Some(fault) = fault_of(&ticket, format) {
        return Err(format!("{path}: {fault}"));
    }
    let bytes = fetch(client, &ticket);
    if !bytes.ends_with(end) {
        return Err(format!("{path}: {} bytes end without the marker", bytes.len()));
    }
    Ok(bytes)
}

/// Compares two texts of records. Returns an error with their first difference.
fn difference(region: &str, served: &str, wanted: &str) -> Result<(), String> {
    if served == wanted {
        return Ok(());
    }
    let cut = |line: &str| line.chars().take(90).collect::<String>();
    let at = served.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    let part = at.map(|at| (cut(served.lines().nth(at).unwrap()), cut(wanted.lines().nth(at).unwrap())));
    let (served, wanted) = (served.lines().count(), wanted.lines().count());
    Err(format!(
        "{region}: {served} records served, {wanted} wanted; the first that differs: {part:?}"
    ))
}
