//! The numbers of quality metrics.

use super::DeliveryFault;

/// The values that a metric can have.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    AtLeastZero,
    Percent,
}

/// A metric in words; `None` if it is not stated. The number stays as it was sent.
pub(super) fn metric(column: &'static str, text: &str, name: &str, bound: Bound) -> Result<Option<String>, DeliveryFault> {
    if text.is_empty() {
        return Ok(None);
    }
    let is_plain = text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number = text.parse::<f64>().ok().filter(|_| is_plain);
    let (is_good, expected) = match bound {
        Bound::AtLeastZero => (number.is_some(), "a decimal number"),
        Bound::Percent => (number.is_some_and(|number| number <= 100.0), "a decimal number from 0 to 100"),
    };
    match is_good {
        true => Ok(Some(format!("{name} {text}"))),
        false => Err(DeliveryFault::Value { column, expected }),
    }
}
