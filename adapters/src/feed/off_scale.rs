//! Reads the flags `<` and `>` of a result (OBX-8): the value is beyond the scale of the instrument, so its number is a bound.

use gemj_model::MeasuredValue;
use gemj_model::fact::Comparator;

use super::modifiers::{Found, flags_of_result};
use super::statements::Place;
use crate::profile::{CoreModifiers, FactRule};
use crate::semantics::{Modifier, OffScale, off_scale};

/// The value with the bound that its flags state. If the value is not a number, or has another bound than the flags, an effect is added to `found`
/// which makes the fact not understood.
pub(super) fn bounded(place: &Place<'_>, made: &FactRule, value: MeasuredValue, found: &mut Vec<Found>) -> MeasuredValue {
    let scale = match made.core == CoreModifiers::Result {
        true => off_scale(&flags_of_result(place)),
        false => OffScale::No,
    };
    let (bounded, is_understood) = apply(scale, value);
    if !is_understood {
        found.push(Found {
            field: "OBX OBX-8".to_owned(),
            modifier: Modifier::Unknown,
        });
    }
    bounded
}

/// The value with its bound, and whether the flag and the value agree.
fn apply(scale: OffScale, value: MeasuredValue) -> (MeasuredValue, bool) {
    use Comparator::{AtLeast, AtMost, Less, More};
    let bound = match scale {
        OffScale::No => return (value, true),
        OffScale::Both => return (value, false),
        OffScale::Below => Less,
        OffScale::Above => More,
    };
    match value {
        MeasuredValue::Quantity { comparator, number, unit } => {
            let (comparator, agrees) = match (comparator, scale) {
                (None, _) => (Some(bound), true),
                (Some(Less | AtMost), OffScale::Below) | (Some(More | AtLeast), OffScale::Above) => (comparator, true),
                (Some(_), _) => (comparator, false),
            };
            (MeasuredValue::Quantity { comparator, number, unit }, agrees)
        }
        value @ (MeasuredValue::Coded { .. } | MeasuredValue::Text(_)) => (value, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_off_the_scale_is_a_bound_and_a_contradiction_is_not_understood() {
        let number = |comparator| MeasuredValue::Quantity {
            comparator,
            number: "0.1".to_owned(),
            unit: "g/L".to_owned(),
        };
        use Comparator::{AtMost, Less, More};
        for (scale, before, after, agrees) in [
            (OffScale::No, None, None, true),
            (OffScale::Below, None, Some(Less), true),
            (OffScale::Above, None, Some(More), true),
            (OffScale::Below, Some(AtMost), Some(AtMost), true),
            (OffScale::Above, Some(Less), Some(Less), false),
            (OffScale::Both, None, None, false),
        ] {
            assert!(apply(scale, number(before)) == (number(after), agrees), "{scale:?}");
        }
        let text = MeasuredValue::Text("1:128".to_owned());
        assert!(apply(OffScale::Above, text.clone()) == (text, false));
    }
}
