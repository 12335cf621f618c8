//! Reads the elements of a MIABIS file in JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::elements::{Budget, Content, Element, Elements};
use super::{MAX_ELEMENT_BYTES, MAX_FILE_BYTES, Refused};
use crate::decode::{is_utf16, utf16_text};
use crate::hl7v2::shown_name;
use crate::received_json::Node;
use crate::table::{bytes_of, repairs};

#[derive(Deserialize)]
struct Document<'d> {
    #[serde(borrow, default)]
    samples: Vec<&'d RawValue>,
    #[serde(borrow)]
    donors: Option<Vec<&'d RawValue>>,
    #[serde(borrow, default)]
    events: Vec<&'d RawValue>,
}

pub(super) fn open(path: &Path) -> Result<Elements, Refused> {
    let mut bytes = bytes_of(path, MAX_FILE_BYTES).map_err(|fault| Refused::table(path, fault))?;
    let mut encoding = "utf-8";
    if is_utf16(&bytes) {
        let text = utf16_text(&bytes).ok_or_else(|| Refused::new(path, "encoding", "is not valid UTF-16"))?;
        (bytes, encoding) = (text.into_bytes(), "utf-16");
    }
    let (begin, plain) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(plain) => (3, plain),
        None => (0, &bytes[..]),
    };
    let text = std::str::from_utf8(plain)
        .map_err(|e| Refused::new(path, "encoding", format!("is not UTF-8 at byte {}", begin + e.valid_up_to())))?;
    let is_list = text.trim_start().starts_with('[');
    let parsed = if is_list {
        serde_json::from_str(text).map(|samples| Document {
            samples,
            donors: None,
            events: Vec::new(),
        })
    } else {
        serde_json::from_str(text)
    };
    // The message of serde_json is not used, because it can repeat a value.
    let document: Document<'_> = parsed.map_err(|error| {
        let detail = format!(
            "is not JSON of samples, donors and events at line {}, column {}",
            error.line(),
            error.column()
        );
        Refused::new(path, "bad-json", detail)
    })?;
    let others = match is_list {
        true => Vec::new(),
        false => serde_json::from_str::<BTreeMap<String, IgnoredAny>>(text)
            .map(|members| {
                members
                    .into_keys()
                    .filter(|name| !matches!(name.as_str(), "samples" | "donors" | "events"))
                    .collect()
            })
            .unwrap_or_default(),
    };
    let name = shown_name(path);
    let mut budget = Budget::default();
    let mut elements = |list: &str, raws: Vec<&RawValue>| {
        let place = |at: usize| {
            if is_list {
                format!("{name}#[{at}]")
            } else {
                format!("{name}#{list}[{at}]")
            }
        };
        let mut elements = Vec::new();
        for (at, raw) in raws.into_iter().enumerate() {
            let element = element(place(at), text, raw, begin);
            budget.take(path, &element)?;
            elements.push(element);
        }
        Ok(elements)
    };
    Ok(Elements {
        samples: elements("samples", document.samples)?,
        donors: document.donors.map(|donors| elements("donors", donors)).transpose()?,
        events: elements("events", document.events)?,
        encoding,
        others,
        repairs: repairs(encoding, begin),
    })
}

fn element(locator: String, text: &str, raw: &RawValue, begin: usize) -> Element {
    // The raw text of an element is a slice of the document. The difference of the two pointers is the element's offset.
    let offset = (raw.get().as_ptr() as usize)
        .checked_sub(text.as_ptr() as usize)
        .map(|at| (at + begin) as u64);
    if raw.get().len() > MAX_ELEMENT_BYTES {
        return Element {
            locator,
            offset,
            bytes: Vec::new(),
            content: Err("is larger than 1 MiB"),
        };
    }
    let content = match Node::read(raw.get().as_bytes()) {
        Ok(Node::Object(members)) => Content::of(members),
        Ok(Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::List(_)) => Err("is not an object"),
        Err(_) => Err("has a duplicate member, or is nested too deeply"),
    };
    Element {
        locator,
        offset,
        bytes: raw.get().as_bytes().to_vec(),
        content,
    }
}
