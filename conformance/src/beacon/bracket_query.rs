//! A check of Beacon bracket queries, which give a range for the start and a range for the end of a variant.

use serde_json::Value;

use crate::check::{Finding, Stop, fail, not_offered, skip};
use crate::shape;
use crate::target::Target;

use super::test_variant::TestVariant;

/// Sends a bracket query and returns the answer's `exists`. If the server rejects bracket queries, the check ends as "not offered".
fn exists(target: &Target, question: &TestVariant, start: &str, end: &str) -> Result<bool, Stop> {
    let answer = question.ask_at(target, "boolean", start).query("end", end).send()?;
    if matches!(answer.status, 400 | 501) {
        return not_offered(format!("a bracket query is refused: {}", answer.described()));
    }
    let value: Value = answer.json_200()?;
    shape::boolean(&value, "/responseSummary/exists")
}

pub(super) fn upper_bounds_exclusive(target: &Target) -> Finding {
    let question = TestVariant::of(target)?;
    let Some(start) = question.substitution_start() else {
        return skip("needs one base for another at a position above 0 in beacon.start, reference_bases and alternate_bases");
    };
    let by_sequence = question.ask(target, "boolean").send()?.json_200()?;
    let expected = shape::boolean(&by_sequence, "/responseSummary/exists")?;
    let (before, end, behind) = (start - 1, start + 1, start + 2);
    let precise = exists(target, &question, &format!("{start},{end}"), &format!("{end},{behind}"))?;
    if precise != expected {
        return fail(format!("exists {precise} for precise brackets, but {expected} by its bases"));
    }
    let short_start = exists(target, &question, &format!("{before},{start}"), &format!("{end},{behind}"))?;
    let short_end = exists(target, &question, &format!("{start},{end}"), &format!("{start},{end}"))?;
    match (expected, short_start, short_end) {
        (_, false, false) if expected => Ok("precise edges match, bounds are exclusive".to_owned()),
        (_, false, false) => skip("needs an existing variant: without a match the bounds cannot be checked"),
        (_, true, _) => fail("start[1] is treated as inclusive"),
        (_, _, true) => fail("end[1] is treated as inclusive"),
    }
}
