//! Pages, and which result sets are listed.

use serde_json::Value;

use crate::check::{Finding, Stop, fail, not_offered, skip};
use crate::shape;
use crate::target::Target;

use super::question::{Question, granularity};

/// Each result set's records of one page, told apart by their ids; and the summary.
struct Page {
    sets: Vec<(String, Vec<String>)>,
    summary: Value,
}

fn page(target: &Target, question: &Question, skip: &str, limit: &str) -> Result<Page, Stop> {
    let ask = question.ask_around(target, "record").query("skip", skip).query("limit", limit);
    let value = ask.send()?.json_200()?;
    if granularity(&value)? != "record" {
        return not_offered("no records are given to this caller");
    }
    let mut sets = Vec::new();
    for set in shape::list(&value, "/response/resultSets")? {
        let mut ids = Vec::new();
        for record in shape::list(set, "/results")? {
            ids.push(shape::text(record, "/variantInternalId")?.to_owned());
        }
        sets.push((shape::text(set, "/id")?.to_owned(), ids));
    }
    let summary = shape::member(&value, "/responseSummary")?.clone();
    Ok(Page { sets, summary })
}

/// What a set has on a page; nothing where it is not listed.
fn of<'p>(page: &'p Page, set: &str) -> &'p [String] {
    page.sets.iter().find(|(id, _)| id == set).map_or(&[], |(_, ids)| ids.as_slice())
}

pub(super) fn skip_counts_pages(target: &Target) -> Finding {
    let question = Question::of(target)?;
    let four = page(target, &question, "0", "4")?;
    if four.sets.iter().all(|(_, ids)| ids.len() < 2) {
        return skip("needs a place in beacon.start around which there are two variants");
    }
    let (first, second) = (page(target, &question, "0", "2")?, page(target, &question, "1", "2")?);
    for (set, ids) in &four.sets {
        let at = ids.len().min(2);
        if of(&first, set) != &ids[..at] {
            return fail("skip=0&limit=2 does not begin as skip=0&limit=4 does");
        }
        if of(&second, set) != &ids[at..] {
            return fail("skip=1&limit=2 is not what follows the first two: skip counts pages");
        }
    }
    if first.summary != four.summary || second.summary != four.summary {
        return fail("responseSummary changes with the page");
    }
    Ok("skip counts pages, the summary is of the whole".to_owned())
}

/// The sets listed, and whether each exists.
fn listed(value: &Value) -> Result<Vec<(String, bool)>, Stop> {
    let sets = shape::list(value, "/response/resultSets")?;
    let one = |set| Ok((shape::text(set, "/id")?.to_owned(), shape::boolean(set, "/exists")?));
    sets.iter().map(one).collect()
}

pub(super) fn include_resultset_responses(target: &Target) -> Finding {
    let question = Question::of(target)?;
    let ask = |include: &str| {
        let ask = question.ask(target, "record").query("includeResultsetResponses", include);
        ask.send()?.json_200()
    };
    let all = ask("ALL")?;
    if all.pointer("/response/resultSets").is_none() {
        return not_offered("no result sets are given to this caller");
    }
    let sets = listed(&all)?;
    for (include, wanted) in [("HIT", Some(true)), ("MISS", Some(false)), ("NONE", None)] {
        let value = ask(include)?;
        let expected: Vec<_> = sets.iter().filter(|(_, exists)| Some(*exists) == wanted).cloned().collect();
        let found = match value.pointer("/response/resultSets") {
            // Without a set the section itself may be left out.
            None if expected.is_empty() => Vec::new(),
            _ => listed(&value)?,
        };
        if found != expected {
            return fail(format!(
                "{include} lists {} sets, where {} of ALL's {} are meant",
                found.len(),
                expected.len(),
                sets.len()
            ));
        }
        if value.pointer("/responseSummary") != all.pointer("/responseSummary") {
            return fail(format!("responseSummary changes with {include}: it is of the whole query"));
        }
    }
    Ok(format!("{} sets, each where it belongs", sets.len()))
}
