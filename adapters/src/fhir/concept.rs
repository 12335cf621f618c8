//! Reads codes (CodeableConcept, R4 § 2.24.0.6). One coding is chosen by the order of the profile's systems; the others are counted.

use super::record::{Content, Fault};
use crate::received_json::Node;
use crate::unit::LeftOutRule;

/// A code system that the profile names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// The name of the system in fields, for example `icd10` in `code.icd10`.
    pub name: String,
    /// The URIs by which resources name the system.
    pub uris: Vec<String>,
}

/// One coding with a code.
struct Coding<'n> {
    rank: usize,
    is_not_selected: bool,
    system: &'n str,
    code: &'n str,
    display: Option<&'n str>,
}

/// Adds the fields of a concept: `<path>.<name of the system>` or, for a system that the profile does not name, `<path>.local` with the text
/// `<system>|<code>`; and `<path>.display` and `<path>.text`. Returns every name of the concept, for words that change its meaning.
///
/// Systems are tried in the order of the profile. Within one system, a coding that a user selected comes first, then the order of the codes, so
/// that the order of the list does not matter.
pub(super) fn concept<'n>(node: &'n Node, path: &str, systems: &[System], content: &mut Content<'_>) -> Result<Vec<&'n str>, Fault> {
    content.others(node, path, &["coding", "text"]);
    let mut names: Vec<&str> = node.text("text").into_iter().collect();
    let mut codings = Vec::new();
    let mut display_only = None;
    for coding in node.list("coding") {
        content.others(coding, &format!("{path}.coding"), &["system", "code", "display", "userSelected"]);
        let display = coding.text("display");
        names.extend(display);
        let Some(code) = coding.text("code") else {
            display_only = display_only.or(display);
            continue;
        };
        let system = coding.text("system").unwrap_or_default();
        codings.push(Coding {
            rank: systems
                .iter()
                .position(|known| known.uris.iter().any(|uri| uri == system))
                .unwrap_or(systems.len()),
            is_not_selected: coding.get("userSelected") != Some(&Node::Bool(true)),
            system,
            code: code.trim(),
            display,
        });
    }
    codings.sort_by_key(|coding| {
        (
            coding.rank,
            coding.is_not_selected,
            coding.system,
            coding.code,
            coding.display.is_none(),
        )
    });
    codings.dedup_by_key(|coding| (coding.rank, coding.system, coding.code));
    if let Some(chosen) = codings.first() {
        match systems.get(chosen.rank) {
            Some(system) => content.field(&format!("{path}.{}", system.name), chosen.code)?,
            None => content.field(&format!("{path}.local"), &format!("{}|{}", chosen.system, chosen.code))?,
        }
    }
    for _ in codings.iter().skip(1) {
        content.leave_out(LeftOutRule::OtherCoding, &format!("{path}.coding"));
    }
    let display = codings.first().map_or(display_only, |chosen| chosen.display);
    if let Some(display) = display {
        content.field(&format!("{path}.display"), display)?;
    }
    if let Some(text) = node.text("text") {
        content.field(&format!("{path}.text"), text)?;
    }
    Ok(names)
}
