//! Determines how an OBX segment enters a unit, from its status (OBX-11) and the type of its value (OBX-2).

use super::Delimiters;
use super::admitted::{has_no_components, left_out_type};
use super::segment::Segment;
use crate::semantics::narrow;
use crate::unit::LeftOutRule;

/// How an OBX segment enters a unit.
pub(super) enum Observation {
    /// The segment does not enter the unit.
    LeftOut(LeftOutRule),
    /// The segment enters the unit, and its value has this form.
    Kept(ValueForm),
}

/// The form of the value of an OBX segment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueForm {
    /// Each component of the value has its own name.
    Components,
    /// The value is one text. A delimiter inside the text was not escaped and is part of the text.
    Whole,
    /// The value is a structured number (type SN).
    StructuredNumber,
    /// The value does not enter the unit.
    LeftOut(LeftOutRule),
}

/// Decides by HL7 v2.5 table 0085 (status) and table 0440 (types). Only a status that certainly states an error or the absence of a result
/// leaves the segment out. A status that is not known is judged later, by the semantics of results.
pub(super) fn observation(segment: &Segment, delimiters: &Delimiters) -> Observation {
    let field = |wanted: usize| {
        let found = segment.fields(delimiters.field).find(|(number, _)| *number == wanted);
        found.map(|(_, text)| text).unwrap_or_default()
    };
    let code = |text: &str| narrow(text).trim().to_ascii_uppercase();
    match code(field(11)).as_str() {
        // "Deletes the OBX record" and "Post original as wrong, e.g., transmitted for wrong patient".
        "D" | "W" => Observation::LeftOut(LeftOutRule::EnteredInError),
        // "Results cannot be obtained for this observation".
        "X" => Observation::LeftOut(LeftOutRule::NoResult),
        // "Specimen in lab; results pending", "Not asked", "Order detail description only (no result)".
        "I" | "N" | "O" if !has_content(field(5), delimiters) => Observation::LeftOut(LeftOutRule::NoResult),
        _ => {
            let value_type = code(field(2));
            let first = value_type.split(delimiters.component).next().unwrap_or_default().trim();
            Observation::Kept(match left_out_type(first) {
                Some(rule) => ValueForm::LeftOut(rule),
                None if has_no_components(&value_type) => ValueForm::Whole,
                None if value_type == "SN" => ValueForm::StructuredNumber,
                None => ValueForm::Components,
            })
        }
    }
}

/// Whether a field contains anything except delimiters.
pub(super) fn has_content(text: &str, delimiters: &Delimiters) -> bool {
    let marks = [delimiters.component, delimiters.subcomponent, delimiters.repetition];
    !text.trim_matches(marks).is_empty()
}

/// The text of a structured number (HL7 v2.5 § 2.A.71: comparator, number, separator, number), without an equals sign: `>^100` is `>100`, and
/// `^1^:^128` is `1:128`. `None` if the value has other parts, or no first number.
pub(super) fn structured_number(text: &str, delimiters: &Delimiters) -> Option<String> {
    let parts: Vec<&str> = text.trim_end_matches(delimiters.component).split(delimiters.component).collect();
    let is_odd = |part: &&str| part.contains(delimiters.subcomponent) || *part == "\"\"";
    if parts.len() > 4 || parts.iter().any(is_odd) {
        return None;
    }
    let part = |at: usize| parts.get(at).map(|part| part.trim()).unwrap_or_default();
    match parts.as_slice() {
        [number] => Some((*number).to_owned()).filter(|number| !number.is_empty()),
        _ if part(1).is_empty() => None,
        // Without a separator, the two numbers would become one.
        _ if !COMPARATORS.contains(&part(0)) || !SEPARATORS.contains(&part(2)) || (part(2).is_empty() && !part(3).is_empty()) => None,
        _ => {
            let comparator = if part(0) == "=" { "" } else { part(0) };
            Some([comparator, part(1), part(2), part(3)].concat())
        }
    }
}

/// The comparators of a structured number (SN.1).
const COMPARATORS: [&str; 7] = ["", "=", ">", "<", ">=", "<=", "<>"];
/// The separators and suffixes of a structured number (SN.3).
const SEPARATORS: [&str; 6] = ["", "-", "+", "/", ".", ":"];

/// A unit with its powers escaped, if an unescaped `^` divides a power in it (`10^3/uL`, `10^3/uL^10^3/uL^99XYZ`, `mL/min/1.73m^2`). `None` if it has
/// no such power.
pub(super) fn escaped_powers(text: &str, delimiters: &Delimiters) -> Option<String> {
    let mut parts = text.split(delimiters.component).peekable();
    let mut escaped = String::new();
    let mut is_divided = false;
    while let Some(part) = parts.next() {
        escaped.push_str(part);
        match parts.peek() {
            Some(next) if is_power(part, next) => {
                escaped.extend([delimiters.escape, 'S', delimiters.escape]);
                escaped.extend(parts.next());
                is_divided = true;
                if parts.peek().is_some() {
                    escaped.push(delimiters.component);
                }
            }
            Some(_) => escaped.push(delimiters.component),
            None => {}
        }
    }
    is_divided.then_some(escaped)
}

/// Whether two components are a base and its exponent: a power of ten, or of a metre.
fn is_power(base: &str, exponent: &str) -> bool {
    let of_ten = exponent.strip_prefix('-').unwrap_or(exponent);
    let of_metre = exponent.strip_prefix(['2', '3']);
    // The names of local code systems begin with 99.
    let is_code_system = exponent.starts_with("99");
    (base.ends_with("10") && of_ten.starts_with(|c: char| c.is_ascii_digit()) && !is_code_system)
        || (base.ends_with('m') && of_metre.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structured_number_is_joined_from_its_parts() {
        for (received, joined) in [
            (">^100", Some(">100")),
            ("<=^0.1", Some("<=0.1")),
            ("=^5", Some("5")),
            ("^5", Some("5")),
            ("5", Some("5")),
            ("^1^:^128", Some("1:128")),
            ("^2^+", Some("2+")),
            ("^0^-^1", Some("0-1")),
            ("<>^3", Some("<>3")),
            ("^^-^5", None),
            (">", Some(">")),
            (">^", Some(">")),
            ("^1^:^128^x", None),
            ("^1&2", None),
            ("^10^^5", None),
            ("5^10", None),
            ("^1^0", None),
            ("-^5", None),
            ("^\"\"", None),
        ] {
            assert_eq!(structured_number(received, &Delimiters::default()).as_deref(), joined, "{received}");
        }
    }

    #[test]
    fn a_power_that_was_divided_is_joined() {
        for (received, joined) in [
            ("10^3/uL", Some(r"10\S\3/uL")),
            ("x10^3/uL^x10^3/uL^99XYZ", Some(r"x10\S\3/uL^x10\S\3/uL^99XYZ")),
            ("10^3/uL^thousand^99XYZ", Some(r"10\S\3/uL^thousand^99XYZ")),
            ("U1^10^6/L^99XYZ", Some(r"U1^10\S\6/L^99XYZ")),
            ("10^-3mol", Some(r"10\S\-3mol")),
            ("mL/min/1.73m^2", Some(r"mL/min/1.73m\S\2")),
            ("kg/m^2^kg/m^2^ISO+", Some(r"kg/m\S\2^kg/m\S\2^ISO+")),
            ("mg/dL^mg/dL^ISO+", None),
            ("g^gram^99XYZ", None),
            ("L10^x10^99XYZ", None),
            ("mm^3mm^99XYZ", None),
            ("", None),
        ] {
            assert_eq!(escaped_powers(received, &Delimiters::default()).as_deref(), joined, "{received}");
        }
    }
}
