//! Gives one JSON document to all spellings of a packet that the proto3 JSON mapping treats alike.
//!
//! Two tools can write one packet differently: a value of an enumeration as name or number, a 64-bit number as text or number, a default value
//! as such or not at all. After this step the documents are equal, so that the same packet gives the same facts and the same digest in every
//! form.
//!
//! A value that the specification does not allow stays as written, so that the packet is refused at its place. Times stay as written too, because
//! their offset is the local time of the institution.

use serde_json::{Map, Number, Value};

use crate::schema::{Field, Kind, message};

/// The largest whole number that a floating-point number of 64 bits represents exactly.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// The document in its one spelling. `of` is the name of its message.
pub(crate) fn canonical(value: Value, of: &'static str) -> Value {
    let Value::Object(members) = value else { return value };
    let known = message(of);
    let mut result = Map::new();
    for (name, value) in members {
        let Some(field) = known.by_name(&name) else {
            result.insert(name, value);
            continue;
        };
        let value = match (field.is_repeated, value) {
            (true, Value::Array(items)) => Value::Array(items.into_iter().map(|item| single(item, field.kind)).collect()),
            (true, value) => value,
            (false, value) => single(value, field.kind),
        };
        if !is_default(&value, field) {
            result.insert(field.name.to_owned(), value);
        }
    }
    Value::Object(result)
}

fn single(value: Value, kind: Kind) -> Value {
    match (kind, value) {
        (Kind::Message(of), value) => canonical(value, of),
        (Kind::Enumeration(values), Value::Number(number)) => match number.as_u64().and_then(|n| values.name(n)) {
            Some(name) => Value::from(name),
            None => Value::Number(number),
        },
        (Kind::Signed | Kind::Unsigned { .. }, Value::String(text)) => match whole(&text) {
            Some(number) => Value::from(number),
            None => Value::String(text),
        },
        (Kind::Signed | Kind::Unsigned { .. }, Value::Number(number)) => Value::Number(integral(number)),
        (Kind::Double, Value::Number(number)) => number
            .as_f64()
            .and_then(Number::from_f64)
            .map_or(Value::Number(number), Value::Number),
        (_, value) => value,
    }
}

/// A number in decimal digits, as proto3 writes 64-bit numbers; `None` if the text is anything else, also with a zero before other digits.
fn whole(text: &str) -> Option<u64> {
    let is_plain = text == "0" || !text.starts_with('0');
    (is_plain && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// A whole number that was written with a decimal point or an exponent (`1.0`, `1e3`), as a whole number.
fn integral(number: Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && (0.0..=MAX_EXACT).contains(&float) && float.fract() == 0.0 => {
            // The range was checked, so the conversion is exact.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let whole = float as u64;
            Number::from(whole)
        }
        _ => number,
    }
}

/// Whether a value is the default value of its member, which means the same as its absence.
fn is_default(value: &Value, field: &Field) -> bool {
    if field.is_repeated {
        // A list of packets, even an empty one, shows that the document is a `Family` or `Cohort`.
        return field.kind != Kind::Message("Phenopacket") && value.as_array().is_some_and(Vec::is_empty);
    }
    if field.is_alternative {
        return false;
    }
    match (field.kind, value) {
        (Kind::Text, Value::String(text)) => text.is_empty(),
        (Kind::Bool, Value::Bool(flag)) => !flag,
        (Kind::Signed | Kind::Unsigned { .. } | Kind::Double, Value::Number(number)) => number.as_f64() == Some(0.0),
        (Kind::Enumeration(values), Value::String(name)) => values.is_default(name),
        (Kind::TextMap, Value::Object(members)) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::ANY_DOCUMENT;

    #[test]
    fn spellings_that_mean_the_same_become_equal() {
        let one = json!({"id": "p", "subject": {"id": "s", "sex": 1, "karyotypicSex": "UNKNOWN_KARYOTYPE"}, "diseases": [],
            "phenotypicFeatures": [{"type": {"id": "HP:1", "label": ""}, "excluded": false,
                                    "onset": {"gestationalAge": {"weeks": "33", "days": 0}}}],
            "measurements": [{"value": {"quantity": {"value": 37}}}]});
        let other = json!({"id": "p", "subject": {"id": "s", "sex": "FEMALE"},
            "phenotypicFeatures": [{"type": {"id": "HP:1"}, "onset": {"gestationalAge": {"weeks": 33.0}}}],
            "measurements": [{"value": {"quantity": {"value": 37.0}}}]});
        assert_eq!(canonical(one, ANY_DOCUMENT), canonical(other, ANY_DOCUMENT));
    }

    #[test]
    fn values_that_are_not_allowed_and_unknown_members_stay_as_written() {
        let document = json!({"id": 7, "subject": {"sex": 9, "taxonomy": [], "x": 0}, "diseases": {}, "phenotypicFeatures": [{"excluded": "no"}],
            "interpretations": [{"onset": "", "y": []}], "metaData": {"created": "2024-01-01T00:00:00+09:00"}});
        assert_eq!(canonical(document.clone(), ANY_DOCUMENT), document);
        for text in ["", "007", "-1", "1.0", " 1", "99999999999999999999"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }
}
