//! Checks the forms of codes. A correct form does not prove that the code exists. The ontologies list the codes that exist.

use thiserror::Error;

/// The maximum length of a code, in bytes.
const MAX_CODE_BYTES: usize = 255;

/// Why a text is refused as a code.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotACode {
    /// The text does not have the form of an ICD-10 code.
    #[error("does not have the form of an ICD-10 code (a letter, two digits, up to two more after a dot)")]
    Icd10,
    /// The text does not have the form of a JLAC10 code.
    #[error("does not have the form of a JLAC10 code of 17 or 15 places")]
    Jlac10,
    /// The text does not have the form of an HPO term.
    #[error("is not HP: and seven digits")]
    Hpo,
    /// The text does not have the form of a CURIE.
    #[error("is not a prefix, a colon and a code without spaces")]
    Curie,
}

/// Parses an ICD-10 code and writes it with its dot: `K297` and `K29.7` become `K29.7`, and `K29` is unchanged. A code with the sign of a
/// dagger-asterisk pair is refused, because the sign is not a part of the code.
///
/// # Errors
/// [`NotACode::Icd10`] for any other text.
pub fn icd10(text: &str) -> Result<String, NotACode> {
    let upper = text.to_ascii_uppercase();
    let bytes = upper.as_bytes();
    let (Some(category), Some(rest)) = (bytes.get(..3), bytes.get(3..)) else {
        return Err(NotACode::Icd10);
    };
    if !(category[0].is_ascii_uppercase() && category[1..].iter().all(u8::is_ascii_digit)) {
        return Err(NotACode::Icd10);
    }
    let detail = match rest {
        [] => return Ok(upper),
        [b'.', detail @ ..] => detail,
        detail => detail,
    };
    // All bytes are ASCII at this point, so the slices begin and end between characters.
    if !(1..=2).contains(&detail.len()) || !detail.iter().all(u8::is_ascii_digit) {
        return Err(NotACode::Icd10);
    }
    Ok(format!("{}.{}", &upper[..3], &upper[upper.len() - detail.len()..]))
}

/// Accepts a JLAC10 code: analyte (a digit, a letter, three digits), identification (4 digits), specimen (3), method (3) and, in a code of 17
/// places, result (2).
///
/// # Errors
/// [`NotACode::Jlac10`] for any other text.
pub fn jlac10(text: &str) -> Result<String, NotACode> {
    let good = matches!(text.len(), 15 | 17)
        && text.bytes().enumerate().all(|(at, byte)| match at {
            1 => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit(),
        });
    good.then(|| text.to_owned()).ok_or(NotACode::Jlac10)
}

/// Accepts a term of the Human Phenotype Ontology, as a CURIE.
///
/// # Errors
/// [`NotACode::Hpo`] for any other text.
pub fn hpo(text: &str) -> Result<String, NotACode> {
    let digits = text.strip_prefix("HP:").ok_or(NotACode::Hpo)?;
    let good = digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.to_owned()).ok_or(NotACode::Hpo)
}

/// Accepts a CURIE: a prefix, a colon and a code. The prefix begins with a letter and contains ASCII letters, digits, `.`, `_` and `-`. The
/// code contains no white space.
///
/// # Errors
/// [`NotACode::Curie`] for any other text.
pub fn curie(text: &str) -> Result<String, NotACode> {
    let (prefix, code) = text.split_once(':').ok_or(NotACode::Curie)?;
    let good = prefix.starts_with(|c: char| c.is_ascii_alphabetic())
        && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !code.is_empty()
        && text.len() <= MAX_CODE_BYTES
        && !code.chars().any(|c| c.is_whitespace() || c.is_control());
    good.then(|| text.to_owned()).ok_or(NotACode::Curie)
}
