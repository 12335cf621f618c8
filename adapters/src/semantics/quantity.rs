//! Parses numbers with their bounds (such as `<0.1`), as laboratories write them.

use gemj_model::fact::Comparator;

use super::narrow;

/// A number as received, with its bound (such as `<`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The bound; `None` if the number is an exact value.
    pub comparator: Option<Comparator>,
    /// The decimal number, with its digits as received: `1.10` stays `1.10`.
    pub number: String,
}

/// The signs of a bound before a number, the longer signs first.
const BEFORE: [(&str, Comparator); 8] = [
    ("<=", Comparator::AtMost),
    (">=", Comparator::AtLeast),
    ("≤", Comparator::AtMost),
    ("≦", Comparator::AtMost),
    ("≥", Comparator::AtLeast),
    ("≧", Comparator::AtLeast),
    ("<", Comparator::Less),
    (">", Comparator::More),
];

/// The signs of a bound after a number. In `100<`, the value is greater than 100.
const AFTER: [(&str, Comparator); 13] = [
    ("<=", Comparator::AtLeast),
    (">=", Comparator::AtMost),
    ("≤", Comparator::AtLeast),
    ("≦", Comparator::AtLeast),
    ("≥", Comparator::AtMost),
    ("≧", Comparator::AtMost),
    ("<", Comparator::More),
    (">", Comparator::Less),
    ("以上", Comparator::AtLeast),
    ("以下", Comparator::AtMost),
    ("未満", Comparator::Less),
    ("ミマン", Comparator::Less),
    ("超", Comparator::More),
];

/// Parses a number with an optional bound: `0.1`, `<0.1`, `>= 200`, `100<`, `５以上`. `None` for every other text: a range, a fraction, a power, a
/// titre, a number with a mark, a thousands separator, a bound on both sides.
#[must_use]
pub fn parse_quantity(text: &str) -> Option<Quantity> {
    let text = narrow(text);
    let text = text.trim();
    if let Some(number) = decimal(text) {
        return Some(Quantity { comparator: None, number });
    }
    let before = BEFORE.iter().find_map(|(sign, c)| text.strip_prefix(sign).map(|rest| (*c, rest)));
    let after = || AFTER.iter().find_map(|(sign, c)| text.strip_suffix(sign).map(|rest| (*c, rest)));
    let (comparator, rest) = before.or_else(after)?;
    decimal(rest.trim()).map(|number| Quantity {
        comparator: Some(comparator),
        number,
    })
}

fn decimal(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (unsigned, None),
    };
    let digits = |part: &str| !part.is_empty() && part.len() <= 30 && part.bytes().all(|b| b.is_ascii_digit());
    (digits(whole) && fraction.is_none_or(digits)).then(|| text.to_owned())
}
