//! Drafts a profile from a sample of an SS-MIX2 storage: the built-in profile, with the facilities of the storage, and the fields of the sample that it does not
//! mention. No value is copied, except the facilities (MSH-4.1) and the names of known code systems.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use gemj_model::DatasetId;

use crate::feed::trial;
use crate::profile::Profile;
use crate::ssmix2;
use crate::target::Target;
use crate::unit::{Field, Met};

use super::propose::listed;
use super::write::{decisions as comments, head, quoted};
use super::{Coverage, Draft, DraftError, Origin};

const BUILT_IN: &str = include_str!("../../../schemas/mapping-profiles/ss-mix2.yaml");
/// The maximum number of facilities of a profile.
const MAX_FACILITIES: usize = 64;
/// The fields that name the code system of a code.
const SYSTEMS: [&str; 5] = ["PRB-3.3", "PRB-10.3", "OBX-3.3", "OBX-5.3", "OBX-6.3"];
/// The code systems that a draft names. Any other text of these fields can be something else than a code system.
const KNOWN: [&str; 15] = [
    "JC10", "JC11", "I10", "MDCDX2", "L", "LN", "ISO+", "UCUM", "HOT", "HOT9", "YJ", "JLAC10", "JLAC11", "ICD10", "MEDIS",
];

pub(super) fn draft(feed: &Path, origin: &Origin<'_>) -> Result<Draft, DraftError> {
    let found = facilities(feed);
    let systems = systems(feed);
    let body = |facilities: &[String]| {
        let members = BUILT_IN.lines().skip_while(|line| !line.starts_with("participant:"));
        let listed: Vec<String> = facilities.iter().map(|facility| quoted(facility)).collect();
        let facilities = match listed.is_empty() {
            true => String::new(),
            false => format!("facilities: [{}]\n", listed.join(", ")),
        };
        format!(
            "{}{facilities}\n{}\n",
            head("ss-mix2", origin),
            members.collect::<Vec<_>>().join("\n")
        )
    };
    let text = body(&found.stated);
    let profile = Profile::parse(&text)?;
    let (Ok(dataset), site) = (DatasetId::parse("draft"), origin.site.clone()) else {
        return Err(DraftError::NoStorage);
    };
    let target = Target::new(dataset, site, origin.namespace).ok_or(DraftError::NoStorage)?;
    let accounting = trial(&[feed.to_owned()], &profile, &target)
        .map_err(|_| DraftError::NoStorage)?
        .accounting;
    if accounting.fields.is_empty() {
        return Err(DraftError::NoStorage);
    }
    let mut coverage = Coverage::default();
    let mut undecided = Vec::new();
    for (name, field) in &accounting.fields {
        match (field.unknown, field.mapped) {
            (1.., _) => {
                coverage.undecided += 1;
                undecided.push(name.clone());
            }
            (0, 1..) => coverage.mapped += 1,
            (0, 0) => coverage.ignored += 1,
        }
    }
    let decisions = decisions(&found, &systems, &undecided, accounting.quarantined.len());
    let mut whole = "# A draft, made from a sample of an SS-MIX2 storage. A person must decide about it before it is used.\n".to_owned();
    whole += &format!(
        "# coverage: {} fields: {} read, {} ignored with a reason, {} undecided\n",
        accounting.fields.len(),
        coverage.mapped,
        coverage.ignored,
        coverage.undecided
    );
    whole += &comments(&decisions);
    whole += &text;
    for name in &undecided {
        whole += &format!("# undecided: {} - the built-in profile does not mention it\n", quoted(name));
    }
    Profile::parse(&whole)?;
    Ok(Draft {
        text: whole,
        coverage,
        decisions,
    })
}

/// The facilities of a storage.
#[derive(Default)]
struct Facilities {
    /// The facilities with the form of a code, and an empty text if messages name none.
    stated: Vec<String>,
    /// Whether a facility has another form, or there are too many.
    is_incomplete: bool,
}

fn facilities(feed: &Path) -> Facilities {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut is_incomplete = false;
    let _ = ssmix2::facilities(feed, &mut |facility| {
        let facility = facility.unwrap_or_default();
        let is_code = facility.len() <= 30 && facility.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if !is_code || (found.len() >= MAX_FACILITIES && !found.contains(&facility)) {
            is_incomplete = true;
        } else {
            found.insert(facility);
        }
        ControlFlow::Continue(())
    });
    Facilities {
        stated: found.into_iter().collect(),
        is_incomplete,
    }
}

/// How often each code system is named, by the field and the name of the system.
fn systems(feed: &Path) -> BTreeMap<(String, String), u64> {
    let mut systems = BTreeMap::new();
    let _ = ssmix2::read(feed, &mut |met| {
        if let Met::Unit(unit) = met {
            for record in &unit.records {
                for name in SYSTEMS {
                    if let Some(Field::Value(text)) = record.fields.get(name) {
                        *systems.entry((name.to_owned(), shown(text.trim()))).or_default() += 1;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    });
    systems
}

/// The name of a code system: a known one, a table of HL7 or JAHIS, or a local one (`99` and letters or digits).
fn shown(system: &str) -> String {
    let digits = |prefix: &str| {
        system
            .strip_prefix(prefix)
            .is_some_and(|rest| (1..=6).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_local = system
        .strip_prefix("99")
        .is_some_and(|rest| (1..=4).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    match KNOWN.contains(&system) || digits("HL7") || digits("JHSD") || is_local {
        true => system.to_owned(),
        false => "(another text)".to_owned(),
    }
}

fn decisions(found: &Facilities, systems: &BTreeMap<(String, String), u64>, undecided: &[String], refused: usize) -> Vec<String> {
    let mut decisions = vec!["confirm that PID-3.1 is the number of the person in the sheet of `link`".to_owned()];
    match found.stated.iter().any(String::is_empty) {
        true => decisions.push("messages of the sample name no facility (MSH-4.1), and the draft accepts that; confirm it".to_owned()),
        false => decisions.push(format!(
            "confirm that all these facilities are of the site: {}",
            listed(&found.stated)
        )),
    }
    if found.is_incomplete {
        decisions.push("the sample has facilities that are no codes, or too many facilities; they are not in the draft".to_owned());
    }
    for ((field, system), count) in systems {
        decisions.push(format!(
            "{field} has the code system {system} ({count} times); state what the rules make of its codes"
        ));
    }
    if !undecided.is_empty() {
        decisions.push(format!(
            "undecided (the built-in profile does not mention it): {}",
            listed(undecided)
        ));
    }
    if refused > 0 {
        decisions.push(format!(
            "{refused} messages or files of the sample are refused; `map dry-run` with the draft shows the reasons"
        ));
    }
    decisions.push("a draft contains no rules about consent; add them if the feed states consents".to_owned());
    decisions
}
