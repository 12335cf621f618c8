//! Checks one row by itself.

use gemj_model::{CodeLabel, CodeMapping, CodeTableKind, CodeTableRow, Equivalence, LabelStatus};
use thiserror::Error;

use super::layout::{Layout, is_text};
use super::system::{code, system};

/// Why a row is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowFault {
    /// The row has more or fewer cells than the header.
    #[error("has more or fewer cells than the header")]
    Cells,
    /// A cell has a line break or another control character.
    #[error("has a line break or a control character in a cell")]
    Control,
    /// A code system is neither a prefix nor a known address.
    #[error("names a code system that is neither a prefix of codes nor a known address")]
    System,
    /// A code does not have the form of its code system.
    #[error("has a code that does not have the form of its code system")]
    Code,
    /// The equivalence is no known word.
    #[error("has another equivalence than equal, wider, narrower, inexact or unmatched")]
    Equivalence,
    /// An unmatched code has a target, or another row has none.
    #[error("has a target code although it is unmatched, or has no target code although it is not")]
    Target,
    /// Source and target are one code.
    #[error("maps a code to itself")]
    SameCode,
    /// A text is too long, or a label is empty.
    #[error("has a text that is too long, or an empty label")]
    Text,
    /// The language is no tag.
    #[error("has a language that is no tag such as ja")]
    Language,
    /// The status is no known word.
    #[error("has another status than official or candidate")]
    Status,
    /// A row of a Babelon table without a translation.
    #[error("has no translation")]
    NotTranslated,
    /// A row of a Babelon table with another text than a label, such as a definition.
    #[error("is about another text than a label")]
    NotALabel,
    /// An earlier row states the same.
    #[error("states the same as an earlier row")]
    Duplicate,
    /// Another row states something else about the same code.
    #[error("contradicts another row, which is refused too")]
    Contradicts,
}

impl RowFault {
    /// The short stable code of the fault.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Control => "control-character",
            Self::System => "bad-system",
            Self::Code => "bad-code",
            Self::Equivalence => "bad-equivalence",
            Self::Target => "bad-target",
            Self::SameCode => "same-code",
            Self::Text => "bad-text",
            Self::Language => "bad-language",
            Self::Status => "bad-status",
            Self::NotTranslated => "not-translated",
            Self::NotALabel => "not-a-label",
            Self::Duplicate => "duplicate",
            Self::Contradicts => "contradicts",
        }
    }

    /// Whether the row has a mistake. A row of a Babelon table that states no label has none.
    #[must_use]
    pub fn is_mistake(self) -> bool {
        !matches!(self, Self::NotTranslated | Self::NotALabel)
    }
}

pub(super) fn parse(kind: CodeTableKind, layout: &Layout, cells: &csv::StringRecord) -> Result<CodeTableRow, RowFault> {
    if cells.len() != layout.width {
        return Err(RowFault::Cells);
    }
    if cells.iter().any(|cell| cell.contains(char::is_control)) {
        return Err(RowFault::Control);
    }
    let cell = |at: usize| {
        let column = layout.columns.get(at).copied().flatten();
        column.and_then(|column| cells.get(column)).unwrap_or_default().trim()
    };
    match kind {
        CodeTableKind::Map => mapping(cell).map(CodeTableRow::Mapping),
        CodeTableKind::Labels if layout.is_babelon => babelon(cell).map(CodeTableRow::Label),
        CodeTableKind::Labels => label(cell(0), cell(1), cell(2), cell(3), cell(4)).map(CodeTableRow::Label),
    }
}

fn mapping<'c>(cell: impl Fn(usize) -> &'c str) -> Result<CodeMapping, RowFault> {
    let equivalence = Equivalence::parse(cell(6)).ok_or(RowFault::Equivalence)?;
    let source = code(system(cell(0)).ok_or(RowFault::System)?, cell(1)).ok_or(RowFault::Code)?;
    let (target_system, target) = match (equivalence, cell(3), cell(4)) {
        (Equivalence::Unmatched, "", "") => (String::new(), String::new()),
        (Equivalence::Unmatched, named, "") => (system(named).ok_or(RowFault::System)?.to_owned(), String::new()),
        (Equivalence::Unmatched, _, _) => return Err(RowFault::Target),
        (_, _, "") => return Err(RowFault::Target),
        (_, named, local) => {
            let named = system(named).ok_or(RowFault::System)?;
            (named.to_owned(), code(named, local).ok_or(RowFault::Code)?)
        }
    };
    let is_display = |text: &str| text.is_empty() || is_text(text);
    if !is_display(cell(2)) || !is_display(cell(5)) {
        return Err(RowFault::Text);
    }
    if source == target {
        return Err(RowFault::SameCode);
    }
    Ok(CodeMapping {
        source,
        source_display: cell(2).to_owned(),
        target_system,
        target,
        target_display: cell(5).to_owned(),
        equivalence,
    })
}

/// A row of a Babelon table. Only the label (`rdfs:label`) is read. A row without a translation has the status `NOT_TRANSLATED`.
fn babelon<'c>(cell: impl Fn(usize) -> &'c str) -> Result<CodeLabel, RowFault> {
    let (subject, predicate, language, value, status) = (cell(0), cell(1), cell(2), cell(3), cell(4));
    if predicate != "rdfs:label" {
        return Err(RowFault::NotALabel);
    }
    if status == "NOT_TRANSLATED" {
        return Err(RowFault::NotTranslated);
    }
    let (prefix, _) = subject.split_once(':').ok_or(RowFault::Code)?;
    label(prefix, subject, language, value, status)
}

fn label(named: &str, local: &str, language: &str, text: &str, status: &str) -> Result<CodeLabel, RowFault> {
    let code = code(system(named).ok_or(RowFault::System)?, local).ok_or(RowFault::Code)?;
    if !is_language(language) {
        return Err(RowFault::Language);
    }
    if !is_text(text) {
        return Err(RowFault::Text);
    }
    Ok(CodeLabel {
        code,
        language: language.to_owned(),
        label: text.to_owned(),
        status: LabelStatus::parse(status).ok_or(RowFault::Status)?,
    })
}

/// Whether a text has the form of a language tag: words of 1 to 8 ASCII letters or digits, joined by `-`.
fn is_language(text: &str) -> bool {
    let is_word = |word: &str| (1..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (2..=35).contains(&text.len()) && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.split('-').all(is_word)
}
