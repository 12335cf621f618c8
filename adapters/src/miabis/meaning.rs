//! The members by which a biobank can state that a sample or a diagnosis is not what it seems to be.
//!
//! MIABIS has no member for these statements, so biobanks add members of their own. This module knows those with a certain meaning. A diagnosis
//! with any other member that the profile neither reads nor ignores is not understood (see `feed/modifiers.rs`).

use super::elements::{Content, Fields};
use crate::semantics::narrow;
use crate::unit::Field;

/// Members which state that an element does not count: deleted or entered in error.
const VOID: [&str; 7] = ["deleted", "isDeleted", "void", "voided", "enteredInError", "removed", "isRemoved"];
/// Members which state that an element is excluded, or that its donor withdrew it.
const EXCLUDED: [&str; 5] = ["excluded", "isExcluded", "withdrawn", "isWithdrawn", "negated"];
/// Members which state that a sample is of several donors.
const POOLED: [&str; 3] = ["pooled", "isPooled", "pool"];
/// Members with several donors or parents beside `donorId` and `parentId`.
const SEVERAL: [&str; 4] = ["donors", "donorIds", "parents", "parentIds"];
/// Members with the species of a sample. `source` is MIABIS's own.
const SPECIES: [&str; 5] = ["source", "sampleSource", "species", "organism", "taxonomy"];
/// Words for an animal, or for human tissue that grew in an animal.
const ANIMAL: [&str; 17] = [
    "xenograft",
    "pdx",
    "animal",
    "mouse",
    "murine",
    "canine",
    "bovine",
    "porcine",
    "zebrafish",
    "non-human",
    "nonhuman",
    "異種移植",
    "マウス",
    "ラット",
    "動物",
    "イヌ",
    "ブタ",
];
/// Words for tissue without the disease.
const NORMAL: [&str; 16] = [
    "normal",
    "healthy",
    "unaffected",
    "control",
    "adjacent",
    "non-neoplastic",
    "non-tumor",
    "non-tumour",
    "nontumor",
    "nontumour",
    "tumor-free",
    "tumour-free",
    "disease-free",
    "正常",
    "健常",
    "非腫瘍",
];

/// Whether the module reads the member of a sample or of a diagnosis.
pub(crate) fn is_read(member: &str) -> bool {
    let names: [&[&str]; 5] = [&VOID, &EXCLUDED, &POOLED, &SPECIES, &["@Unread"]];
    let plain = member.split_once('(').map_or(member, |(name, _)| name);
    names.into_iter().flatten().any(|name| *name == plain)
}

/// The meaning of a yes-or-no member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    No,
    Yes,
    Unknown,
}

/// Reads the members `names` together: the strongest mark counts.
fn mark(fields: &Fields, names: &[&str]) -> Mark {
    let mut found = Mark::No;
    for (name, field) in fields {
        let plain = name.split_once(['(', '.']).map_or(name.as_str(), |(plain, _)| plain);
        let Field::Value(text) = field else { continue };
        if !names.contains(&plain) {
            continue;
        }
        match narrow(text).trim().to_ascii_lowercase().as_str() {
            "false" | "0" | "no" | "n" => {}
            "true" | "1" | "yes" | "y" if found == Mark::No => found = Mark::Yes,
            "true" | "1" | "yes" | "y" => {}
            _ => found = Mark::Unknown,
        }
    }
    found
}

/// Whether an element is deleted or was entered in error.
pub(super) fn void(fields: &Fields) -> Mark {
    mark(fields, &VOID)
}

/// Whether an element is excluded or withdrawn.
pub(super) fn excluded(fields: &Fields) -> Mark {
    mark(fields, &EXCLUDED)
}

/// Why a sample is refused by itself: a reason code and the reason in words. `None` if it is of one human donor.
pub(super) fn refusal(content: &Content) -> Option<(&'static str, &'static str)> {
    let fields = &content.fields;
    let is_several = |member: &str| {
        fields.keys().any(|name| {
            let rest = name.strip_prefix(member);
            rest.is_some_and(|rest| rest.starts_with(['(', '.']))
        })
    };
    let names_several = SEVERAL.iter().any(|member| fields.contains_key(*member) || is_several(member));
    if content.has_donors || is_several("donorId") || is_several("parentId") || names_several || mark(fields, &POOLED) != Mark::No {
        return Some(("pooled-sample", "is of several donors, or was made of several samples"));
    }
    if content.donor.keys().any(|name| name.starts_with("id(")) {
        return Some(("pooled-sample", "is of several donors"));
    }
    let species = fields.iter().filter(|(name, _)| {
        let plain = name.split_once(['(', '.']).map_or(name.as_str(), |(plain, _)| plain);
        SPECIES.contains(&plain)
    });
    let is_human = |text: &str| {
        let text = narrow(text).trim().to_ascii_lowercase();
        matches!(text.as_str(), "human" | "homo sapiens" | "ヒト" | "9606" | "ncbitaxon:9606")
    };
    let kinds = fields.iter().filter(|(name, _)| {
        let plain = name.to_ascii_lowercase();
        plain.contains("type") || plain.starts_with("contentdiagnosis") || plain.contains("description")
    });
    let is_animal = |text: &str| contains_word(text, &ANIMAL);
    if species
        .into_iter()
        .any(|(_, field)| matches!(field, Field::Value(text) if !is_human(text)))
        || kinds
            .into_iter()
            .any(|(_, field)| matches!(field, Field::Value(text) if is_animal(text)))
    {
        return Some(("not-human", "is not certainly of a human: see its source, species and type"));
    }
    match (void(fields), excluded(fields)) {
        (Mark::Unknown, _) | (_, Mark::Unknown) => Some((
            "modifier-not-understood",
            "has a mark of a deleted or excluded sample that is neither yes nor no",
        )),
        _ => None,
    }
}

/// Whether the sample, or the text of the diagnosis, speaks of tissue without the disease.
pub(super) fn is_normal(sample: &Fields, diagnosis: &Fields) -> bool {
    let of_sample = sample.iter().filter(|(name, _)| {
        !matches!(name.as_str(), "id" | "donorId" | "parentId") && !name.starts_with("useAndAccessConditions") && !is_read(name)
    });
    let of_diagnosis = diagnosis.iter();
    of_sample
        .chain(of_diagnosis)
        .any(|(_, field)| matches!(field, Field::Value(text) if contains_word(text, &NORMAL)))
}

/// Whether a text contains one of the words. An ASCII word counts only as a whole word, so `abnormal` is not `normal`.
fn contains_word(text: &str, words: &[&str]) -> bool {
    let text = narrow(text).to_ascii_lowercase();
    words.iter().any(|word| {
        text.match_indices(word).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            !word.is_ascii() || before.is_none_or(|c| !c.is_ascii_alphanumeric())
        })
    })
}
