//! Finds the documents in a file of YAML.
//!
//! Documents are separated by a line that begins with `---` or `...`. YAML allows these markers nowhere inside a document ("c-forbidden", YAML
//! 1.2.2 § 9.1.2), so the lines are found without reading the documents. A faulty document is therefore refused by itself.

use std::io::{self, BufRead};
use std::ops::ControlFlow;

use ga4gh_phenopackets::{Document, MAX_YAML_BYTES, from_yaml};

use super::{Item, Refusal, Take, lines, refusal, too_large, unknown};

/// Reads the documents of a file. Empty documents are not counted.
pub(super) fn read(reader: &mut dyn BufRead, take: &mut Take<'_>) -> io::Result<ControlFlow<()>> {
    let limit = MAX_YAML_BYTES as u64;
    let mut file = Yaml {
        take,
        waiting: None,
        next_at: 0,
    };
    let mut text = Text::default();
    while let Some(line) = lines::next(reader, limit)? {
        let ends = is_marker(&line.bytes, b"...");
        let is_between = ends || is_marker(&line.bytes, b"---");
        if is_between && !text.has_only_comments() && file.document(std::mem::take(&mut text)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if !ends {
            text.add(line);
        }
    }
    if file.document(text).is_break() {
        return Ok(ControlFlow::Break(()));
    }
    Ok(file.end())
}

/// Whether a line is a marker: the three characters at its start, alone or before white space.
pub(super) fn is_marker(line: &[u8], marker: &[u8]) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

/// The text of a document while its lines are read.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    is_too_large: bool,
    has_content: bool,
}

impl Text {
    fn add(&mut self, line: lines::Line) {
        let is_comment = line.bytes.trim_ascii().is_empty() || matches!(line.bytes.first(), Some(b'#' | b'%'));
        self.has_content |= !is_comment;
        self.is_too_large |= line.is_too_long || self.bytes.len() + line.bytes.len() > MAX_YAML_BYTES;
        if self.is_too_large {
            self.bytes = Vec::new();
        } else {
            self.bytes.extend(line.bytes);
        }
    }

    /// Whether the text has only blank lines, comments and directives. They belong to the next document.
    fn has_only_comments(&self) -> bool {
        !self.has_content
    }
}

struct Yaml<'r, 't> {
    take: &'r mut Take<'t>,
    /// The first document waits until it is known whether another one follows, because only then it has a position.
    waiting: Option<Result<Document, Refusal>>,
    next_at: u64,
}

impl Yaml<'_, '_> {
    fn document(&mut self, text: Text) -> ControlFlow<()> {
        let read = match text.is_too_large {
            true => Err(too_large(MAX_YAML_BYTES as u64)),
            false if text.has_only_comments() => return ControlFlow::Continue(()),
            false => match from_yaml(&text.bytes) {
                Ok(Some(document)) => Ok(document),
                Ok(None) => return ControlFlow::Continue(()),
                Err(error) => Err(refusal(&error)),
            },
        };
        if self.next_at == 0 && self.waiting.is_none() {
            self.waiting = Some(read);
            return ControlFlow::Continue(());
        }
        if let Some(first) = self.waiting.take() {
            self.give(first)?;
        }
        self.give(read)
    }

    fn give(&mut self, read: Result<Document, Refusal>) -> ControlFlow<()> {
        let at = Some(self.next_at);
        self.next_at += 1;
        (self.take)(Item::Document {
            at,
            inside: String::new(),
            read,
        })
    }

    /// Passes on the only document of the file. A file without a document is refused, so that no file is passed over silently.
    fn end(self) -> ControlFlow<()> {
        match self.waiting {
            Some(read) => (self.take)(Item::Document {
                at: None,
                inside: String::new(),
                read,
            }),
            None if self.next_at == 0 => (self.take)(Item::Rest(unknown("YAML without a document"))),
            None => ControlFlow::Continue(()),
        }
    }
}
