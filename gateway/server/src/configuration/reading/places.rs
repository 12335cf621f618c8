//! The lines of the keys of a configuration file.

use toml_edit::{Document, Item, Table};

/// The document with the positions of its keys.
pub(super) struct Places {
    /// Absent if the text is not TOML.
    document: Option<Document<String>>,
    /// The lines of the text that the file does not have, from 0, in ascending order.
    added: Vec<usize>,
}

impl Places {
    pub(super) fn new(text: &str, added: Vec<usize>) -> Self {
        Self {
            document: Document::parse(text.to_owned()).ok(),
            added,
        }
    }

    /// The line of a path of keys (`datasets[2].data_use`), from 1. If the last keys are absent, the line of the nearest entry above them.
    pub(super) fn line(&self, place: &str) -> Option<usize> {
        let document = self.document.as_ref()?;
        if place.is_empty() {
            return None;
        }
        let mut at = None;
        let mut item = document.as_item();
        for step in place.split('.') {
            let (key, index) = match step.split_once('[') {
                Some((key, index)) => (key, index.trim_end_matches(']').parse::<usize>().ok()),
                None => (step, None),
            };
            let Some(found) = item.get(key) else { break };
            // The position of a key is more exact than the position of its value, which can be a table with several lines.
            at = position_of_key(item, key).or_else(|| found.span().map(|span| span.start)).or(at);
            item = found;
            if let Some(index) = index {
                let Some(element) = found.get(index) else { break };
                at = element.span().map(|span| span.start).or(at);
                item = element;
            }
        }
        at.map(|offset| self.line_of_offset(document.raw(), offset))
    }

    /// The line of a position in the text, from 1. An added line has the number of the line before it.
    pub(super) fn line_of_offset(&self, text: &str, offset: usize) -> usize {
        let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
        (line + 1)
            .saturating_sub(self.added.iter().filter(|added| **added <= line).count())
            .max(1)
    }
}

fn position_of_key(item: &Item, key: &str) -> Option<usize> {
    let of_table = |table: &Table| match table.get(key) {
        // The key of a table with a header may have its position in another header.
        Some(Item::Value(_)) => table.key(key).and_then(toml_edit::Key::span).map(|span| span.start),
        _ => None,
    };
    match item {
        Item::Table(table) => of_table(table),
        Item::Value(toml_edit::Value::InlineTable(table)) => table.key(key).and_then(toml_edit::Key::span).map(|span| span.start),
        _ => None,
    }
}
