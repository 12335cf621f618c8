//! Reads the records inside a statement that only contain modifiers: ZPR and ZPD of a diagnosis, and the records that a profile names.

use std::collections::BTreeMap;

use super::modifiers::Found;
use crate::profile::ModifierRule;
use crate::semantics::{Modifier, in_name, is_tooth, modifier};
use crate::unit::{Field, Record};

/// What a field of a record of modifiers contains.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Modifier,
    /// A name of the diagnosis.
    Name,
    /// The tooth of a diagnosis.
    Tooth,
    /// The number of the record among the records of its kind.
    Number,
    /// Text that can say more than a modifier. It counts only if it certainly changes the status.
    Other,
}

/// The modifiers in a record. `label` is the name of the diagnosis. A record with values of which none is a modifier is not understood, unless the
/// values state nothing about the status.
pub(super) fn of_record(record: &Record, rules: &[&ModifierRule], label: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut has_modifier = false;
    let mut has_unread = false;
    for (name, texts) in repetitions(record) {
        let field = name.split_once('(').map_or(name, |(field, _)| field);
        let is_asked = rules.iter().any(|rule| rule.asks(&record.kind, name));
        let mut add = |modifier| {
            found.push(Found {
                field: format!("{} {field}", record.kind),
                modifier,
            });
        };
        match content(&record.kind, field, &texts, is_asked) {
            Content::Number => {}
            Content::Modifier => {
                has_modifier = true;
                add(modifier(texts));
            }
            Content::Tooth if names_a_tooth(&texts) => {}
            Content::Tooth => add(Modifier::Unknown),
            Content::Name => {
                has_unread |= label.trim().is_empty() || !texts.contains(&label.trim());
                add(certain(&texts));
                texts.iter().for_each(|text| add(in_name(text)));
            }
            Content::Other => {
                has_unread = true;
                add(certain(&texts));
            }
        }
    }
    if has_unread && !has_modifier && !repeats_the_name(record, label) {
        found.push(Found {
            field: format!("{} (no modifier in its place)", record.kind),
            modifier: Modifier::Unknown,
        });
    }
    found
}

/// The content of a field by SS-MIX2 1.2 (standardized storage, PPR^ZD1): ZPR-1 are the modifiers before the name, ZPR-2 is the name, ZPR-3 are the
/// modifiers after it, ZPR-4 to -6 are the same in the codes for exchange, ZPR-7 is a comment, and ZPD-2 is the tooth. A field that the
/// specification does not define can be a modifier.
fn content(record: &str, field: &str, texts: &[&str], is_asked: bool) -> Content {
    match (record, field) {
        // Some systems number the segments in their first field.
        ("ZPR", "ZPR-1") | ("ZPD", "ZPD-1") if is_number(texts) => Content::Number,
        _ if is_asked => Content::Modifier,
        ("ZPR", "ZPR-2" | "ZPR-5") => Content::Name,
        ("ZPR", "ZPR-7") => Content::Other,
        ("ZPD", "ZPD-2") => Content::Tooth,
        ("ZPR" | "ZPD", _) => Content::Modifier,
        _ => Content::Other,
    }
}

/// The modifier of texts that count only if they certainly change the status.
fn certain(texts: &[&str]) -> Modifier {
    match modifier(texts.iter().copied()) {
        Modifier::Unknown => Modifier::Neutral,
        said => said,
    }
}

/// Whether the texts are the number of a segment. Codes of modifiers have four digits or more.
fn is_number(texts: &[&str]) -> bool {
    matches!(texts, [text] if (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a field names a tooth and nothing else. The code of the tooth and the name of the code system are not read.
fn names_a_tooth(texts: &[&str]) -> bool {
    let mut names = texts.iter().filter(|text| !text.is_ascii()).peekable();
    names.peek().is_some() && names.all(|name| is_tooth(name)) && !matches!(modifier(texts.iter().copied()), Modifier::Says(_))
}

/// The texts of each repetition of each field, with the name of the repetition (`ZPR-3(2)`), without empty texts.
fn repetitions(record: &Record) -> BTreeMap<&str, Vec<&str>> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, field) in &record.fields {
        let (repetition, component) = name.split_once('.').unwrap_or((name, ""));
        // A field with one component has two names, and counts once.
        let is_twin = component == "1" && record.fields.contains_key(repetition);
        if let Field::Value(text) = field
            && !is_twin
            && !text.trim().is_empty()
        {
            found.entry(repetition).or_default().push(text.trim());
        }
    }
    found
}

/// Whether every name in a record is the name of the diagnosis. A name is the second component of a coded field. A record with a text outside coded fields does
/// not only repeat the name.
fn repeats_the_name(record: &Record, label: &str) -> bool {
    let mut has_name = false;
    record.fields.iter().all(|(name, field)| match (field, name.split_once('.')) {
        (Field::Null, _) => true,
        (Field::Value(text), Some((_, "2"))) => {
            has_name = true;
            !label.trim().is_empty() && text.trim() == label.trim()
        }
        (Field::Value(_), Some((_, "1" | "3"))) => true,
        (Field::Value(_), Some(_) | None) => false,
    }) && has_name
}
