//! A copy of a configuration's text, in which each fault is replaced after it was found.

use std::collections::HashSet;

use crate::configuration::{Configuration, DEFAULT, Fault};

use super::places::Places;

/// The sections without which a configuration cannot be read.
const REQUIRED: [&str; 5] = ["server", "service", "database", "objects", "capabilities"];

/// Maximum number of faults that are reported for one file.
const MOST: usize = 100;

/// The copy of the text.
pub(super) struct Draft {
    lines: Vec<String>,
    /// The lines that the file does not have, from 0, in ascending order.
    added: Vec<usize>,
    faults: Vec<Fault>,
    /// The blocks (a header with its lines) of which a key was blanked, with the key. A missing key of these is no further fault.
    blanked: HashSet<(String, String)>,
    /// The sections of which a whole entry was blanked. Faults of references to these entries are not reported.
    dropped: HashSet<String>,
}

impl Draft {
    pub(super) fn new(text: &str) -> Self {
        Self {
            lines: text.lines().map(str::to_owned).collect(),
            added: Vec::new(),
            faults: Vec::new(),
            blanked: HashSet::new(),
            dropped: HashSet::new(),
        }
    }

    fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    pub(super) fn places(&self) -> Places {
        Places::new(&self.text(), self.added.clone())
    }

    pub(super) fn take_faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    /// Whether a fault of a rule only follows from an entry that this copy lacks.
    pub(super) fn explains(&self, fault: &Fault) -> bool {
        let follows = |section: &str, of: &str| fault.place.starts_with(section) && self.dropped.iter().any(|name| name.starts_with(of));
        follows("cohorts", "datasets") || follows("authentication.role", "authentication.issuer")
    }

    /// Reads the text. Each fault of a key is recorded and replaced, until the rest can be read. Absent if the text is not TOML, or has
    /// faults that cannot be replaced.
    pub(super) fn complete(&mut self) -> Option<Configuration> {
        for _ in 0..MOST {
            let text = self.text();
            let fault = match toml::from_str::<Configuration>(&text) {
                Ok(configuration) => return Some(configuration),
                Err(fault) => fault,
            };
            let offset = fault.span().map(|span| span.start);
            let line = offset.map(|offset| text.bytes().take(offset).filter(|byte| *byte == b'\n').count());
            if text.parse::<toml::Table>().is_err() {
                // The text is not TOML. The section above the line says nothing about the fault.
                self.faults.push(Fault {
                    place: String::new(),
                    what: fault.message().trim_end().replace('\n', ", "),
                    line: line.map(|line| line + 1),
                });
                return None;
            }
            self.record(&fault, &text, line);
            self.mend(fault.message(), line);
        }
        None
    }

    /// Records a fault, except if it only follows from an earlier one.
    fn record(&mut self, fault: &toml::de::Error, text: &str, line: Option<usize>) {
        let message = fault.message().trim_end().replace('\n', ", ");
        let section = line.map_or_else(String::new, |line| self.block(line).name);
        let what = match missing_key(&message) {
            Some(key) if REQUIRED.contains(&key) => format!("the section [{key}] is missing; `gemj-gateway config default` shows it"),
            Some(key) if self.blanked.contains(&(section.clone(), key.to_owned())) => return,
            Some(_) => format!("[{section}]: {message}; `gemj-gateway config default` explains it"),
            None => match line.and_then(|line| self.lines.get(line)).and_then(|line| key_of(line)) {
                Some(key) if section.is_empty() => format!("{key}: {message}"),
                Some(key) => format!("{section}.{key}: {message}"),
                None if section.is_empty() => message,
                None => format!("[{section}]: {message}"),
            },
        };
        let places = self.places();
        self.faults.push(Fault {
            place: section,
            what,
            line: fault.span().map(|span| places.line_of_offset(text, span.start)),
        });
    }

    fn mend(&mut self, message: &str, line: Option<usize>) {
        if let Some(key) = missing_key(message) {
            if REQUIRED.contains(&key) {
                return self.append_section(key);
            }
            match line.map(|line| self.block(line)) {
                Some(block) if !block.name.is_empty() => match default_value(&block.name, key) {
                    Some(value) if block.header.is_some() => self.insert(block.first + 1, format!("{key} = {value}")),
                    _ => self.drop_block(&block),
                },
                _ => {}
            }
            return;
        }
        let Some(line) = line else { return };
        let block = self.block(line);
        let is_header = block.header.is_some() && line == block.first;
        if is_header {
            return self.drop_block(&block);
        }
        // A value can have several lines. The statement begins at the nearest line with an equals sign at or above the fault.
        let first = (block.first..=line)
            .rev()
            .find(|at| key_of(&self.lines[*at]).is_some())
            .unwrap_or(line);
        let key = key_of(&self.lines[first]).unwrap_or_default();
        let kept = self.lines.clone();
        for last in line..=block.last {
            for at in first..=last {
                self.lines[at].clear();
            }
            if self.text().parse::<toml::Table>().is_ok() {
                self.blanked.insert((block.name, key));
                return;
            }
        }
        self.lines = kept;
        self.drop_block(&block);
    }

    /// Blanks a block with the blocks below it.
    fn drop_block(&mut self, block: &Block) {
        let below = format!("{}.", block.name);
        let mut at = block.first;
        while at < self.lines.len() {
            let inside = at <= block.last || header_name(&self.lines[at]).is_some_and(|name| name.starts_with(&below));
            if at > block.last && header_name(&self.lines[at]).is_some() && !inside {
                break;
            }
            self.lines[at].clear();
            at += 1;
        }
        self.dropped.insert(block.name.clone());
        if REQUIRED.contains(&block.name.as_str()) {
            self.append_section(&block.name.clone());
        }
    }

    fn append_section(&mut self, section: &str) {
        let Some(lines) = default_section(section) else { return };
        for line in std::iter::once(format!("[{section}]")).chain(lines) {
            self.insert(self.lines.len(), line);
        }
    }

    fn insert(&mut self, at: usize, line: String) {
        for added in self.added.iter_mut().filter(|added| **added >= at) {
            *added += 1;
        }
        self.added.push(at);
        self.added.sort_unstable();
        self.lines.insert(at, line);
    }

    /// The block of a line: the nearest header above it, and the lines to the next header.
    fn block(&self, line: usize) -> Block {
        let line = line.min(self.lines.len().saturating_sub(1));
        let first = (0..=line)
            .rev()
            .find(|at| self.lines.get(*at).is_some_and(|line| header_name(line).is_some()));
        // The text of an empty file has no line at all.
        let after = (line + 1..self.lines.len()).find(|at| header_name(&self.lines[*at]).is_some());
        let name = first.and_then(|at| header_name(&self.lines[at]));
        Block {
            name: name.clone().unwrap_or_default(),
            header: name,
            first: first.unwrap_or(0),
            last: after.unwrap_or(self.lines.len()).saturating_sub(1),
        }
    }
}

/// A header with its lines, or the lines before the first header.
struct Block {
    name: String,
    header: Option<String>,
    first: usize,
    last: usize,
}

/// The name in a header line: `server` of `[server]`, `datasets` of `[[datasets]]`.
fn header_name(line: &str) -> Option<String> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let inner = match line.strip_prefix("[[") {
        Some(rest) => rest.strip_suffix("]]")?,
        None => line.strip_prefix('[')?.strip_suffix(']')?,
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!inner.trim().is_empty() && inner.trim().chars().all(is_name)).then(|| inner.trim().to_owned())
}

/// The key of a line `key = value`.
fn key_of(line: &str) -> Option<String> {
    let (key, _) = line.split_once('=')?;
    let key = key.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"');
    (!key.is_empty() && key.chars().all(is_name)).then(|| key.to_owned())
}

/// The key that serde reports as missing.
fn missing_key(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

fn default_value(section: &str, key: &str) -> Option<String> {
    let default: toml::Table = DEFAULT.parse().ok()?;
    Some(default.get(section)?.get(key)?.to_string())
}

fn default_section(section: &str) -> Option<Vec<String>> {
    let default: toml::Table = DEFAULT.parse().ok()?;
    let table = default.get(section)?.as_table()?;
    Some(table.iter().map(|(key, value)| format!("{key} = {value}")).collect())
}
