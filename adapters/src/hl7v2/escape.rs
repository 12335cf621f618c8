//! Escape sequences in HL7 texts (HL7 v2.5 § 2.7).

use encoding_rs::{Encoding, UTF_8};

use super::Delimiters;

/// Replaces the escape sequences of a text: `\F\ \S\ \T\ \R\ \E\` become delimiters, `\.br\` becomes a line end, `\H\` and `\N\`
/// (highlighting) are removed, and `\Xhh..\` becomes bytes in UTF-8. An unknown sequence stays unchanged.
#[must_use]
pub fn unescape(text: &str, delimiters: &Delimiters) -> String {
    unescape_in(text, delimiters, UTF_8)
}

/// Replaces the escape sequences of a text as [`unescape`] does, but decodes the bytes of `\Xhh..\` in the message's encoding.
pub(super) fn unescape_in(text: &str, delimiters: &Delimiters, encoding: &'static Encoding) -> String {
    let mark = delimiters.escape;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        out.push_str(before);
        let meaning = after
            .split_once(mark)
            .and_then(|(sequence, following)| meaning(sequence, delimiters, encoding).map(|meaning| (meaning, following)));
        rest = match meaning {
            Some((meaning, following)) => {
                out.push_str(&meaning);
                following
            }
            None => {
                out.push(mark);
                after
            }
        };
    }
    out.push_str(rest);
    out
}

fn meaning(sequence: &str, delimiters: &Delimiters, encoding: &'static Encoding) -> Option<String> {
    let one = |mark: char| Some(mark.to_string());
    match sequence {
        "F" => one(delimiters.field),
        "S" => one(delimiters.component),
        "T" => one(delimiters.subcomponent),
        "R" => one(delimiters.repetition),
        "E" => one(delimiters.escape),
        ".br" => one('\n'),
        "H" | "N" => Some(String::new()),
        _ => hexadecimal(sequence.strip_prefix('X')?, encoding),
    }
}

/// The text that hexadecimal digits encode. `None` if the digits are not hexadecimal, or if they give a control character other than a tab or a
/// line end.
fn hexadecimal(digits: &str, encoding: &'static Encoding) -> Option<String> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let bytes: Option<Vec<u8>> = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect();
    let bytes = bytes?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?;
    let clean = !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    clean.then(|| text.into_owned())
}

/// Replaces delimiters by escape sequences, and line ends by `\.br\`. This is the inverse of [`unescape`].
#[must_use]
pub fn escape(text: &str, delimiters: &Delimiters) -> String {
    let mark = delimiters.escape;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let sequence = match c {
            c if c == delimiters.field => "F",
            c if c == delimiters.component => "S",
            c if c == delimiters.subcomponent => "T",
            c if c == delimiters.repetition => "R",
            c if c == mark => "E",
            '\n' => ".br",
            c => {
                out.push(c);
                continue;
            }
        };
        out.push(mark);
        out.push_str(sequence);
        out.push(mark);
    }
    out
}
