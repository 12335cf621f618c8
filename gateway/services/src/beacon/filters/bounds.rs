//! Ranges of possible values. If a value is known only to be within a range, a comparison with the value is true, false or undecided.

use ga4gh_beacon::Operator;

/// The range of possible values. If an end is absent, the range is open on that side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bounds<T> {
    pub(super) low: Option<End<T>>,
    pub(super) high: Option<End<T>>,
}

/// One end of a range of possible values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End<T> {
    pub(super) at: T,
    /// Whether the value can be equal to the end of the range.
    pub(super) included: bool,
}

impl<T: Ord + Clone> Bounds<T> {
    /// The range of a value that is known exactly.
    pub(super) fn exactly(value: T) -> Self {
        Self {
            low: Some(End::included(value.clone())),
            high: Some(End::included(value)),
        }
    }

    /// Whether the comparison `value operator than` is true for every possible value of the range. `Some(false)`: it is false for every
    /// possible value. `None`: undecided.
    pub(super) fn is(&self, operator: Operator, than: &T) -> Option<bool> {
        let below = |orequal| {
            self.high
                .as_ref()
                .is_some_and(|end| end.at < *than || (end.at == *than && (orequal || !end.included)))
        };
        let above = |orequal| {
            self.low
                .as_ref()
                .is_some_and(|end| end.at > *than || (end.at == *than && (orequal || !end.included)))
        };
        let verdict = |yes: bool, no: bool| match (yes, no) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        };
        match operator {
            Operator::Less => verdict(below(false), above(true)),
            Operator::LessOrEqual => verdict(below(true), above(false)),
            Operator::Greater => verdict(above(false), below(true)),
            Operator::GreaterOrEqual => verdict(above(true), below(false)),
            Operator::Equal => verdict(below(true) && above(true), below(false) || above(false)),
            Operator::Not => self.is(Operator::Equal, than).map(|equal| !equal),
        }
    }
}

impl<T> End<T> {
    pub(super) fn included(at: T) -> Self {
        Self { at, included: true }
    }

    pub(super) fn excluded(at: T) -> Self {
        Self { at, included: false }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn end() -> impl Strategy<Value = Option<(i32, bool)>> {
        proptest::option::of((0..8i32, any::<bool>()))
    }

    proptest! {
        /// The test doubles the ends, so that odd numbers are values between two neighbouring ends. The tested values from -2 to 18 include
        /// values below and above every end.
        #[test]
        fn a_verdict_is_decided_only_if_all_possible_values_agree(low in end(), high in end(), than in 0..8i32) {
            let bounds = Bounds {
                low: low.map(|(at, included)| End { at: 2 * at, included }),
                high: high.map(|(at, included)| End { at: 2 * at, included }),
            };
            let than = 2 * than;
            let possible: Vec<i32> = (-2..=18)
                .filter(|v| low.is_none_or(|(at, included)| *v > 2 * at || (included && *v == 2 * at)))
                .filter(|v| high.is_none_or(|(at, included)| *v < 2 * at || (included && *v == 2 * at)))
                .collect();
            prop_assume!(!possible.is_empty());
            for operator in [
                Operator::Equal, Operator::Not, Operator::Less, Operator::Greater, Operator::LessOrEqual, Operator::GreaterOrEqual,
            ] {
                let says: std::collections::BTreeSet<bool> = possible.iter().map(|v| match operator {
                    Operator::Equal => *v == than,
                    Operator::Not => *v != than,
                    Operator::Less => *v < than,
                    Operator::Greater => *v > than,
                    Operator::LessOrEqual => *v <= than,
                    Operator::GreaterOrEqual => *v >= than,
                }).collect();
                let expected = if says.len() == 1 { says.first().copied() } else { None };
                prop_assert_eq!(bounds.is(operator, &than), expected, "{:?} {:?} {}", &bounds, operator, than);
            }
        }
    }
}
