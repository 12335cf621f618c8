//! Reads a partner's answer, which is not trusted. Only the existence, the count and the granularity are used.

use serde_json::Value;

/// The maximum size of a partner's response, in bytes.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// The largest accepted count. All JSON parsers represent integers up to 2^53 exactly.
const MAX_COUNT: u64 = 1 << 53;

/// The answer of one member of the federation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MemberFinding {
    /// Whether the member found any match.
    pub exists: bool,
    /// The number of matches; absent if the member returned only whether a match exists.
    pub count: Option<u64>,
    /// The precision of the count (Beacon 2.2.0 `countPrecision`); absent if not stated.
    pub precision: Option<&'static str>,
}

/// Whether the result sets of an answer state a match.
fn has_results(answer: &Value) -> bool {
    let sets = answer.pointer("/response/resultSets").and_then(Value::as_array);
    sets.into_iter().flatten().any(|set| {
        let says = set.get("exists").and_then(Value::as_bool) == Some(true);
        says || set.get("resultsCount").and_then(Value::as_u64).is_some_and(|count| count > 0)
    })
}

/// Whether a partner reports that it received no parameters. The partner then did not understand the form, and answered a wider query.
pub(super) fn lost_the_parameters(body: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    match answer.pointer("/meta/receivedRequestSummary/requestParameters") {
        Some(Value::Object(members)) => members
            .values()
            .all(|member| member.as_object().is_some_and(serde_json::Map::is_empty)),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => false,
    }
}

/// Parses a partner's answer; absent if the answer is invalid or contradicts itself. `counts` is whether the caller requested a count.
pub(super) fn read(body: &[u8], counts: bool) -> Option<MemberFinding> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let summary = answer.get("responseSummary")?.as_object()?;
    let granularity = answer.get("meta")?.get("returnedGranularity")?.as_str()?;
    if answer.get("error").is_some() {
        return None;
    }
    let exists = summary.get("exists")?.as_bool()?;
    // A count must agree with `exists` at every granularity. Some products report their smallest count instead of 0.
    let number = summary.get("numTotalResults").filter(|number| !number.is_null());
    let number = number.map(|number| number.as_u64().ok_or(())).transpose().ok()?;
    if !exists && (number.is_some_and(|n| n > 0) || has_results(&answer)) {
        return None;
    }
    let count = match (granularity, summary.get("numTotalResults")) {
        ("boolean", _) => None,
        ("count" | "record" | "aggregated", Some(number)) => Some(number.as_u64().filter(|n| *n <= MAX_COUNT)?),
        ("count", None) => return None,
        ("record" | "aggregated", None) => None,
        _ => return None,
    };
    if count.is_some_and(|n| (n > 0) != exists) {
        return None;
    }
    let precision = match summary.get("countPrecision").map(Value::as_str) {
        None => None,
        Some(Some(word)) => Some(["exact", "imprecise", "rounded"].into_iter().find(|known| *known == word)?),
        Some(None) => return None,
    };
    let count = count.filter(|_| counts);
    Some(MemberFinding {
        exists,
        count,
        precision: precision.filter(|_| count.is_some()),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn answer(granularity: &str, summary: Value) -> Option<MemberFinding> {
        read(
            json!({"meta": {"returnedGranularity": granularity}, "responseSummary": summary})
                .to_string()
                .as_bytes(),
            true,
        )
    }

    #[test]
    fn answers_of_every_granularity_are_read() {
        let found = |exists, count, precision| Some(MemberFinding { exists, count, precision });
        assert_eq!(answer("boolean", json!({"exists": true})), found(true, None, None));
        assert_eq!(answer("boolean", json!({"exists": false})), found(false, None, None));
        assert_eq!(
            answer("boolean", json!({"exists": true, "numTotalResults": 3})),
            found(true, None, None)
        );
        assert_eq!(
            answer("count", json!({"exists": true, "numTotalResults": 3})),
            found(true, Some(3), None)
        );
        assert_eq!(
            answer("count", json!({"exists": true, "numTotalResults": 10, "countPrecision": "rounded"})),
            found(true, Some(10), Some("rounded"))
        );
        assert_eq!(
            answer("record", json!({"exists": true, "numTotalResults": 3})),
            found(true, Some(3), None)
        );
        let body = json!({"meta": {"returnedGranularity": "count"}, "responseSummary": {"exists": true, "numTotalResults": 3}});
        assert_eq!(
            read(body.to_string().as_bytes(), false),
            found(true, None, None),
            "a count that was not requested"
        );
    }

    #[test]
    fn invalid_and_contradictory_answers_are_rejected() {
        for (granularity, summary) in [
            ("boolean", json!({})),
            ("boolean", json!({"exists": "true"})),
            ("boolean", json!({"exists": 1})),
            ("boolean", json!(null)),
            ("count", json!({"exists": true})),
            ("count", json!({"exists": false, "numTotalResults": 3})),
            ("boolean", json!({"exists": false, "numTotalResults": 3})),
            (
                "record",
                json!({"exists": false, "numTotalResults": 10, "countPrecision": "rounded"}),
            ),
            ("boolean", json!({"exists": true, "numTotalResults": "many"})),
            ("count", json!({"exists": true, "numTotalResults": 0})),
            ("count", json!({"exists": true, "numTotalResults": -1})),
            ("count", json!({"exists": true, "numTotalResults": 1.5})),
            ("count", json!({"exists": true, "numTotalResults": u64::MAX})),
            ("count", json!({"exists": true, "numTotalResults": 3, "countPrecision": "<script>"})),
            ("everything", json!({"exists": true})),
        ] {
            assert_eq!(answer(granularity, summary.clone()), None, "{granularity} {summary}");
        }
        for body in ["", "no", "[]", "null", "{\"responseSummary\":{\"exists\":true}}"] {
            assert_eq!(read(body.as_bytes(), true), None, "{body}");
        }
        let sets = json!({"meta": {"returnedGranularity": "boolean"}, "responseSummary": {"exists": false},
            "response": {"resultSets": [{"id": "d", "exists": true, "resultsCount": 2}]}});
        assert_eq!(read(sets.to_string().as_bytes(), true), None);
        let error = json!({"meta": {"returnedGranularity": "boolean"}, "responseSummary": {"exists": false}, "error": {"errorCode": 500}});
        assert_eq!(read(error.to_string().as_bytes(), true), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body: Vec<u8>, position in 0_usize..200, byte: u8) {
            let _ = read(&body, true);
            let mut good = json!({"meta": {"returnedGranularity": "count"}, "responseSummary": {"exists": true, "numTotalResults": 3}})
                .to_string()
                .into_bytes();
            let at = position % good.len();
            good[at] = byte;
            let _ = read(&good, true);
        }
    }
}
