//! Decimal numbers, compared as written, without rounding.

use std::cmp::Ordering;

/// A decimal number, kept as digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// The digits before the decimal point, without leading zeros.
    whole: String,
    /// The digits after the decimal point, without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// Parses a decimal number such as `-12`, `0.10`, `+3` or `1e-7`; absent for any other text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let plain;
        let digits = match digits.split_once(['e', 'E']) {
            Some((digits, power)) => {
                plain = shifted(digits, power)?;
                plain.as_str()
            }
            None => digits,
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let good = |part: &str| !part.is_empty() && part.len() <= 128 && part.bytes().all(|b| b.is_ascii_digit());
        if !good(whole) || !good(fraction) {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0').to_owned(), fraction.trim_end_matches('0').to_owned());
        Some(Self {
            // The number zero has no sign.
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }
}

/// The number `digits` times ten to the `power`, written without a power of ten. Both the input and the result can have a decimal point.
/// `None` if `digits` is not a number, or if `power` is not between -60 and 60.
fn shifted(digits: &str, power: &str) -> Option<String> {
    let power: i32 = power.parse().ok().filter(|power| (-60..=60).contains(power))?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let good = |part: &str| !part.is_empty() && part.len() <= 128 && part.bytes().all(|b| b.is_ascii_digit());
    if !good(whole) || !good(fraction) {
        return None;
    }
    let zeros = "0".repeat(power.unsigned_abs() as usize);
    Some(if power < 0 {
        let padded = format!("{zeros}{whole}");
        let (whole, moved) = padded.split_at(padded.len() - zeros.len());
        format!("0{whole}.{moved}{fraction}")
    } else {
        let padded = format!("{fraction}{zeros}");
        let (moved, fraction) = padded.split_at(zeros.len());
        format!("{whole}{moved}.{fraction}0")
    })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            let whole = a.whole.len().cmp(&b.whole.len()).then_with(|| a.whole.cmp(&b.whole));
            // The digits after the decimal point are compared as text, so `1` (0.1) is more than `09` (0.09).
            whole.then_with(|| a.fraction.cmp(&b.fraction))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self, other),
            (true, true) => size(other, self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn decimals_have_the_order_of_their_thousandths(a in -99_999i64..99_999, b in -99_999i64..99_999) {
            let text = |n: i64| format!("{}{}.{:03}", if n < 0 { "-" } else { "" }, n.abs() / 1000, n.abs() % 1000);
            let of = |n| Decimal::parse(&text(n)).unwrap();
            prop_assert_eq!(of(a).cmp(&of(b)), a.cmp(&b));
        }
    }

    #[test]
    fn spellings_of_one_number_are_equal_and_other_texts_are_not_parsed() {
        for (a, b) in [
            ("1.10", "1.1"),
            ("007", "7"),
            ("-0", "0.00"),
            ("+3", "3.0"),
            ("1e3", "1000"),
            ("0.0000001", "1e-7"),
            ("-12.5E+1", "-125"),
            ("120e-2", "1.2"),
        ] {
            assert_eq!(Decimal::parse(a), Decimal::parse(b), "{a} {b}");
        }
        for bad in [
            "", "-", ".", "1.", ".5", "1e", "e3", "1e3.5", "1e61", "0x1", "1,000", "١", "NaN", "1.2.3",
        ] {
            assert!(Decimal::parse(bad).is_none(), "{bad}");
        }
    }
}
