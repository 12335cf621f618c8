//! The content of a packet that is kept for its export, without the identifiers of persons.
//!
//! Only members that the specification defines are kept. Of these, the rules of this module remove or replace the members that name a person. The
//! table of `docs/decisions/0097-packets-are-kept-for-export.md` names each rule; the names are in the comments below.

use ga4gh_phenopackets::Document;
use gemj_model::PartialDate;
use serde_json::{Map, Value};

/// The neutral id of the subject in kept content. The export replaces it with the id of the participant.
const SUBJECT: &str = "@subject";

/// The prefixes of external references that are kept: they name a publication, and no person.
const PUBLICATIONS: [&str; 4] = ["PMID:", "PMC:", "DOI:", "doi:"];

/// The content of a packet that is kept, as JSON.
pub(super) fn kept(document: &Document) -> Vec<u8> {
    let mut packet = document.defined_members();
    let subject = text(packet.pointer("/subject/id"));
    if let Value::Object(members) = &mut packet {
        // Rules packet-id and file.
        members.remove("id");
        members.remove("files");
        if let Some(Value::Object(subject)) = members.get_mut("subject") {
            keep_subject(subject);
        }
        let ids = list(members, "biosamples").map_or_else(Vec::new, |samples| keep_samples(samples, &subject));
        for (at, interpretation) in list(members, "interpretations").into_iter().flatten().enumerate() {
            keep_interpretation(interpretation, at, &subject, &ids);
        }
        if let Some(Value::Object(meta)) = members.get_mut("metaData") {
            keep_meta_data(meta);
        }
    }
    // Serialising a JSON value does not fail.
    serde_json::to_vec(&packet).unwrap_or_default()
}

/// The packet of kept content, with the id of the participant. `number` distinguishes several packets of one participant, counted from 1. `None`
/// if the content is not that of a packet.
#[must_use]
pub fn exported(content: &[u8], participant: &str, number: usize) -> Option<Value> {
    let mut packet: Value = serde_json::from_slice(content).ok()?;
    let id = match number {
        1 => participant.to_owned(),
        number => format!("{participant}-{number}"),
    };
    let members = packet.as_object_mut()?;
    members.insert("id".to_owned(), Value::from(id));
    let subject = members.entry("subject").or_insert_with(|| Value::Object(Map::new()));
    subject.as_object_mut()?.insert("id".to_owned(), Value::from(participant));
    for sample in list(members, "biosamples").into_iter().flatten() {
        for name in ["id", "individualId", "derivedFromId"] {
            give_id(sample, name, participant);
        }
    }
    for interpretation in list(members, "interpretations").into_iter().flatten() {
        give_id(interpretation, "id", participant);
        for finding in findings(interpretation).into_iter().flatten() {
            give_id(finding, "subjectOrBiosampleId", participant);
        }
    }
    Some(packet)
}

/// Replaces a neutral id by an id of the participant.
fn give_id(object: &mut Value, name: &str, participant: &str) {
    if let Some(Value::String(id)) = object.get_mut(name) {
        *id = match id.strip_prefix('@') {
            Some("subject") => participant.to_owned(),
            Some(rest) => format!("{participant}-{rest}"),
            None => return,
        };
    }
}

fn keep_subject(subject: &mut Map<String, Value>) {
    // Rules subject-id and alternate-ids.
    subject.remove("id");
    subject.remove("alternateIds");
    // Rule birth-month: the day of birth is not kept. A member of this type must be a moment.
    let born = text(subject.get("dateOfBirth"));
    match born.get(..7).filter(|month| PartialDate::parse(month).is_ok()) {
        Some(month) => subject.insert("dateOfBirth".to_owned(), Value::from(format!("{month}-01T00:00:00Z"))),
        None => subject.remove("dateOfBirth"),
    };
}

/// Keeps the specimens of the subject, with neutral ids. Returns the earlier and the neutral id of each.
fn keep_samples(samples: &mut Vec<Value>, subject: &str) -> Vec<(String, String)> {
    // Rule other-person: a specimen of a relative is governed by the relative's own consent.
    samples.retain(|sample| {
        let owner = text(sample.get("individualId"));
        owner.is_empty() || owner == subject
    });
    let ids: Vec<(String, String)> = samples
        .iter()
        .enumerate()
        .map(|(at, sample)| (text(sample.get("id")), format!("@biosample-{}", at + 1)))
        .collect();
    for (at, sample) in samples.iter_mut().enumerate() {
        let Value::Object(sample) = sample else { continue };
        // Rule biosample-id.
        sample.insert("id".to_owned(), Value::from(ids[at].1.clone()));
        if sample.contains_key("individualId") {
            sample.insert("individualId".to_owned(), Value::from(SUBJECT));
        }
        let parent = text(sample.get("derivedFromId"));
        match ids.iter().find(|(id, _)| *id == parent) {
            Some((_, neutral)) if !parent.is_empty() => sample.insert("derivedFromId".to_owned(), Value::from(neutral.clone())),
            Some(_) | None => sample.remove("derivedFromId"),
        };
        // Rule file.
        sample.remove("files");
    }
    ids
}

fn keep_interpretation(interpretation: &mut Value, at: usize, subject: &str, samples: &[(String, String)]) {
    if let Value::Object(members) = interpretation
        && members.contains_key("id")
    {
        // Rule interpretation-id.
        members.insert("id".to_owned(), Value::from(format!("@interpretation-{}", at + 1)));
    }
    // Rule other-person: a packet with a finding of another person is refused, so only findings of other specimens remain to be removed.
    let neutral = |finding: &Value| {
        let of = text(finding.get("subjectOrBiosampleId"));
        if of == subject {
            return Some(SUBJECT.to_owned());
        }
        samples.iter().find(|(id, _)| *id == of).map(|(_, neutral)| neutral.clone())
    };
    let Some(findings) = findings(interpretation) else { return };
    findings.retain(|finding| text(finding.get("subjectOrBiosampleId")).is_empty() || neutral(finding).is_some());
    for finding in findings {
        // Rule finding-of.
        if let Some(neutral) = neutral(finding)
            && let Value::Object(finding) = finding
        {
            finding.insert("subjectOrBiosampleId".to_owned(), Value::from(neutral));
        }
    }
}

fn keep_meta_data(meta: &mut Map<String, Value>) {
    // Rule author.
    meta.remove("createdBy");
    meta.remove("submittedBy");
    for update in list(meta, "updates").into_iter().flatten() {
        if let Value::Object(update) = update {
            update.remove("updatedBy");
        }
    }
    // Rule external-reference.
    if let Some(references) = list(meta, "externalReferences") {
        references.retain(|reference| {
            let id = text(reference.get("id"));
            PUBLICATIONS.iter().any(|prefix| id.starts_with(prefix))
        });
    }
}

/// The findings of an interpretation; absent if it has no list of findings.
fn findings(interpretation: &mut Value) -> Option<&mut Vec<Value>> {
    interpretation.pointer_mut("/diagnosis/genomicInterpretations")?.as_array_mut()
}

/// The list of a member; absent if the member is absent or no list.
fn list<'m>(members: &'m mut Map<String, Value>, name: &str) -> Option<&'m mut Vec<Value>> {
    members.get_mut(name)?.as_array_mut()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}
