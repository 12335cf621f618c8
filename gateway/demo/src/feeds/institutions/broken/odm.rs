//! Writes the broken copies of the study's ODM feed: broken subjects, and a file that ends too early.

use super::super::case::InstitutionCase;
use super::super::odm::{Group, Subject, encode, subject};
use super::{COPIED, Expected};

const FEED: &str = "odm";

/// The ODM snapshot with broken subjects. Each fault is added to `expected`.
pub(super) fn subjects(cases: &[InstitutionCase; COPIED], expected: &mut Vec<Expected>) -> String {
    let mut subjects: Vec<Subject> = cases.iter().take(8).map(subject).collect();
    let mut is_broken = |subject: &Subject, reason| {
        expected.push(Expected {
            feed: FEED,
            hint: format!("subjects.xml SubjectKey {}", subject.key),
            reason,
        });
    };
    set(&mut subjects[3], "IT.SEX", "3");
    is_broken(&subjects[3], "a sex that is not in the code list");
    let labs: Vec<&mut Group> = subjects[4].groups.iter_mut().filter(|g| g.oid == "IG.LB").collect();
    labs.into_iter().for_each(|group| group.repeat = Some(1));
    is_broken(&subjects[4], "the same repeat key of IG.LB twice");
    set(&mut subjects[5], "IT.DX.DATE", "2025-02-30");
    is_broken(&subjects[5], "a diagnosis on 30 February");
    subjects[6].key = "EDC-9999".to_owned();
    is_broken(&subjects[6], "a subject key that is not in the linkage");
    encode(&subjects)
}

/// An ODM snapshot of two subjects. The file ends within the second subject.
pub(super) fn truncated(cases: &[InstitutionCase; COPIED], expected: &mut Vec<Expected>) -> String {
    let subjects: Vec<Subject> = cases.iter().skip(8).map(subject).collect();
    let mut text = encode(&subjects);
    let second = text.rfind("<SubjectData ").unwrap_or(0);
    let end = text[second..].find("</ItemGroupData>").map_or(second, |at| second + at);
    text.truncate(end);
    expected.push(Expected {
        feed: FEED,
        hint: "truncated.xml".to_owned(),
        reason: "the file breaks off inside its second subject",
    });
    text
}

fn set(subject: &mut Subject, oid: &str, value: &str) {
    let mut items = subject.groups.iter_mut().flat_map(|g| g.items.iter_mut());
    if let Some((_, found)) = items.find(|(o, _)| *o == oid) {
        value.clone_into(found);
    }
}
