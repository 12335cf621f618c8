//! The fields and records that a profile deliberately does not read.

/// One entry of the list of ignored content: a kind of record, some fields, or both, with the reason why they are not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ignore {
    pub(crate) record: Option<String>,
    pub(crate) field: Option<String>,
    pub(crate) reason: String,
}

impl Ignore {
    /// Whether the entry applies to a field. A pattern without the number of a repetition (`PID-3.1`) also applies to every repetition
    /// (`PID-3(2).1`).
    pub(crate) fn covers(&self, record: &str, field: &str) -> bool {
        let record_meant = self.record.as_deref().is_none_or(|pattern| matches(pattern, record));
        let field_meant = self
            .field
            .as_deref()
            .is_none_or(|pattern| matches(pattern, field) || matches(pattern, &without_repetition(field)));
        record_meant && field_meant
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => text.len() >= before.len() + after.len() && text.starts_with(before) && text.ends_with(after),
        None => pattern == text,
    }
}

fn without_repetition(field: &str) -> String {
    match (field.find('('), field.find(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &field[..open], &field[close + 1..]),
        _ => field.to_owned(),
    }
}
