//! The functions through which a profile can pass a value.

use std::collections::BTreeMap;

use gemj_model::FactStatus;

use super::expression::Yields;
use super::text::{CallText, FunctionText};
use crate::semantics::{DateFormat, curie, hpo, icd10, jlac10, parse_date, parse_sex, repairs_of_date};
use crate::unit::Repair;

/// The names of all functions, for error texts.
pub(super) const KNOWN: &str = "icd10, jlac10, hpo, orpha, curie, sex, join-words, storage-class, {date}, {prefix}, {map}, {split}";

/// A function applied to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Function {
    /// Returns the ICD-10 code with its dot.
    Icd10,
    /// Accepts a JLAC10 code of 17 or 15 places.
    Jlac10,
    /// Accepts a term of HPO, as a CURIE.
    Hpo,
    /// Returns an ORPHAcode (`ORPHA:` or `ORPHA` before the number, or the number alone) as a CURIE.
    Orpha,
    /// Accepts a CURIE as received.
    Curie,
    /// Accepts a word for sex, and returns the gateway's word for it.
    Sex,
    /// Joins English words into one word in which each begins with a capital letter: `Whole blood` becomes `WholeBlood`.
    JoinWords,
    /// Accepts a storage temperature class of MIABIS, as received.
    StorageClass,
    /// Accepts a date of one of these formats.
    Date(Vec<DateFormat>),
    /// Puts a prefix before the value. The result must be a CURIE.
    Prefix(String),
    /// Replaces a code of the site by a code of the gateway. A code that is not in the table is refused.
    Map(BTreeMap<String, String>),
    /// Splits the value and returns the part at one position.
    Split {
        /// The separator between parts.
        at: String,
        /// The position of the part, counted from 1.
        part: usize,
    },
}

/// Why a function refuses a value: a stable code, and the expected form in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotTaken(pub(crate) &'static str, pub(crate) &'static str);

impl Function {
    pub(super) fn compile(text: &FunctionText) -> Option<Self> {
        Some(match text {
            FunctionText::Word(word) => match word.as_str() {
                "icd10" => Self::Icd10,
                "jlac10" => Self::Jlac10,
                "hpo" => Self::Hpo,
                "orpha" => Self::Orpha,
                "curie" => Self::Curie,
                "sex" => Self::Sex,
                "join-words" => Self::JoinWords,
                "storage-class" => Self::StorageClass,
                _ => return None,
            },
            FunctionText::Call(CallText::Date(words)) => Self::Date(words.iter().map(|w| DateFormat::parse(w)).collect::<Option<_>>()?),
            FunctionText::Call(CallText::Prefix(prefix)) => Self::Prefix(prefix.clone()),
            FunctionText::Call(CallText::Map(map)) => Self::Map(map.clone()),
            FunctionText::Call(CallText::Split { at, part }) => Self::Split {
                at: at.clone(),
                part: *part,
            },
        })
    }

    /// The kind of value that the function always returns.
    pub(super) fn yields(&self) -> Yields {
        match self {
            Self::Hpo | Self::Orpha | Self::Curie | Self::Prefix(_) => Yields::Code,
            Self::Sex => Yields::Sex,
            Self::StorageClass => Yields::Storage,
            Self::Date(_) => Yields::Date,
            Self::Map(map) if map.values().all(|v| is_status(v)) => Yields::Status,
            Self::Map(map) if map.values().all(|v| is_sex(v)) => Yields::Sex,
            Self::Map(map) if map.values().all(|v| curie(v).is_ok()) => Yields::Code,
            Self::Map(_) | Self::Icd10 | Self::Jlac10 | Self::JoinWords | Self::Split { .. } => Yields::Text,
        }
    }

    /// Applies the function to `text`, which has no white space at its ends.
    pub(crate) fn apply(&self, text: &str) -> Result<String, NotTaken> {
        let bad_code = |error: crate::semantics::NotACode| match error {
            crate::semantics::NotACode::Icd10 => NotTaken("bad-code", "does not have the form of an ICD-10 code"),
            crate::semantics::NotACode::Jlac10 => NotTaken("bad-code", "does not have the form of a JLAC10 code"),
            crate::semantics::NotACode::Hpo => NotTaken("bad-code", "is not HP: and seven digits"),
            crate::semantics::NotACode::Curie => NotTaken("bad-code", "is not a prefix, a colon and a code without spaces"),
        };
        match self {
            Self::Icd10 => icd10(text).map_err(bad_code),
            Self::Jlac10 => jlac10(text).map_err(bad_code),
            Self::Hpo => hpo(text).map_err(bad_code),
            Self::Orpha => orpha(text).ok_or(NotTaken("bad-code", "is not an ORPHAcode")),
            Self::Curie => curie(text).map_err(bad_code),
            Self::Sex => parse_sex(text)
                .map(|sex| sex.as_str().to_owned())
                .ok_or(NotTaken("unknown-code", "is not a known word for sex")),
            Self::JoinWords => join_words(text).ok_or(NotTaken("bad-code", "is not English words")),
            Self::StorageClass => is_storage_class(text)
                .then(|| text.to_owned())
                .ok_or(NotTaken("unknown-code", "is not a storage temperature class of MIABIS")),
            Self::Date(formats) => match parse_date(text, formats) {
                Ok(date) => Ok(date.as_str().to_owned()),
                Err(crate::semantics::NotThatDate::Format) => Err(NotTaken("bad-date", "is not a date in an expected format")),
                Err(crate::semantics::NotThatDate::Calendar) => Err(NotTaken("bad-date", "is not a date of the calendar")),
                Err(crate::semantics::NotThatDate::Era) => Err(NotTaken("bad-date", "is outside its era")),
            },
            Self::Prefix(prefix) => {
                curie(&format!("{prefix}{text}")).map_err(|_| NotTaken("bad-code", "cannot follow a prefix (spaces, or too long)"))
            }
            Self::Map(map) => map
                .get(text)
                .cloned()
                .ok_or(NotTaken("unknown-code", "is not in the profile's table")),
            Self::Split { at, part } => match text.split(at.as_str()).nth(part - 1).map(str::trim) {
                Some(found) if !found.is_empty() => Ok(found.to_owned()),
                Some(_) | None => Err(NotTaken("bad-value", "has fewer parts than the profile expects")),
            },
        }
    }
}

impl Function {
    /// The repairs with which [`Function::apply`] accepts a text.
    pub(super) fn repairs(&self, text: &str) -> Vec<Repair> {
        match self {
            Self::Date(formats) => repairs_of_date(text, formats),
            Self::Icd10
            | Self::Jlac10
            | Self::Hpo
            | Self::Orpha
            | Self::Curie
            | Self::Sex
            | Self::JoinWords
            | Self::StorageClass
            | Self::Prefix(_)
            | Self::Map(_)
            | Self::Split { .. } => Vec::new(),
        }
    }
}

/// The status that a word in a profile names; `None` for an unknown word.
pub(crate) fn status(word: &str) -> Option<FactStatus> {
    FactStatus::parse(word)
}

pub(super) fn is_status(word: &str) -> bool {
    status(word).is_some()
}

pub(super) fn is_sex(word: &str) -> bool {
    matches!(word, "male" | "female" | "other" | "unknown")
}

fn orpha(text: &str) -> Option<String> {
    let digits = text.strip_prefix("ORPHA").unwrap_or(text);
    let digits = digits.strip_prefix(':').unwrap_or(digits);
    let good = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| format!("ORPHA:{digits}"))
}

fn join_words(text: &str) -> Option<String> {
    let words = text.split([' ', '_', '-', '(', ')', ',', '/']).filter(|word| !word.is_empty());
    let joined: String = words
        .map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            first.to_ascii_uppercase() + rest
        })
        .collect();
    let good = !joined.is_empty() && joined.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then_some(joined)
}

/// Whether a text is a storage class of MIABIS 3 individual level, "Storage temperature": room temperature, three ranges, liquid nitrogen,
/// other.
fn is_storage_class(text: &str) -> bool {
    let plain: String = text
        .replace(['−', '–'], "-")
        .chars()
        .filter(|c| !c.is_whitespace() && !['°', 'C', '℃', ',', '.'].contains(c))
        .collect::<String>()
        .to_ascii_lowercase();
    matches!(
        plain.as_str(),
        "rt" | "roomtemperature" | "2to10" | "-18to-35" | "-60to-85" | "ln" | "liquidnitrogen" | "lnliquidnitrogen" | "other"
    )
}
