//! Joins samples and events to their donors, and makes one unit for each donor.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::MAX_SAMPLES;
use super::elements::{Content, Element, Elements, Fields, text};
use super::meaning::{self, Mark};
use crate::fhir::shown;
use crate::unit::{Field, Identity, LeftOutRule, Met, Record, Undecodable, Unit, UnitAccount};

/// An element that was read without a fault.
struct Read {
    locator: String,
    offset: Option<u64>,
    bytes: Vec<u8>,
    content: Content,
}

/// A donor with all samples and events of the donor, in the order of reading.
#[derive(Default)]
struct Donor {
    /// The data about the donor, from the list of donors and from the donors inside samples.
    statements: Vec<Statement>,
    samples: Vec<Read>,
    events: Vec<Read>,
    is_listed: bool,
}

struct Statement {
    locator: String,
    offset: Option<u64>,
    bytes: Vec<u8>,
    fields: Fields,
}

struct Fault(&'static str, String);

pub(super) fn units(elements: Elements, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let Elements {
        samples,
        donors,
        events,
        encoding,
        others,
        repairs,
    } = elements;
    for repair in repairs {
        give(Met::Repaired(repair))?;
    }
    for name in others {
        give(Met::LeftOut(LeftOutRule::FieldNotAdmitted, shown(&name).to_owned()))?;
    }
    let has_list = donors.is_some();
    let mut of: BTreeMap<String, Donor> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let mut enter = |of: &mut BTreeMap<String, Donor>, id: &str| {
        if !of.contains_key(id) {
            order.push(id.to_owned());
            of.insert(id.to_owned(), Donor::default());
        }
    };
    for element in donors.into_iter().flatten() {
        match named(element, "id", "bad-donor", "has no id") {
            Err(refused) => give(Met::Undecodable(refused))?,
            Ok((id, read)) => {
                enter(&mut of, &id);
                let donor = of.entry(id).or_default();
                donor.is_listed = true;
                donor.statements.push(Statement {
                    locator: read.locator,
                    offset: read.offset,
                    bytes: read.bytes,
                    fields: read.content.fields,
                });
            }
        }
    }
    for read in samples_of_donors(samples) {
        match read {
            Err(refused) => give(Met::Undecodable(refused))?,
            Ok((id, mut read)) => {
                enter(&mut of, &id);
                let donor = of.entry(id.clone()).or_default();
                let mut inline = std::mem::take(&mut read.content.donor);
                if !inline.is_empty() {
                    inline.entry("id".to_owned()).or_insert(Field::Value(id));
                    donor.statements.push(Statement {
                        locator: read.locator.clone(),
                        offset: read.offset,
                        bytes: Vec::new(),
                        fields: inline,
                    });
                }
                donor.samples.push(read);
            }
        }
    }
    for element in events {
        match named(element, "donorId", "event-without-donor", "has no donorId") {
            Err(refused) => give(Met::Undecodable(refused))?,
            Ok((id, read)) => {
                enter(&mut of, &id);
                of.entry(id).or_default().events.push(read);
            }
        }
    }
    let owners = owners(&of);
    for id in &order {
        let Some(donor) = of.get(id) else { continue };
        let locator = locator(donor);
        give(match unit(id, donor, has_list, &owners, &locator, encoding) {
            Ok(unit) => Met::Unit(unit),
            Err(Fault(reason_code, detail)) => Met::Undecodable(Undecodable {
                locator,
                reason_code,
                detail,
                identity: Identity::Key(id.clone()),
            }),
        })?;
    }
    ControlFlow::Continue(())
}

fn named(element: Element, member: &str, reason_code: &'static str, without: &'static str) -> Result<(String, Read), Undecodable> {
    let identity = Identity::Content(hex::encode(Sha256::digest(&element.bytes)));
    let refused = |reason_code, detail: &str| Undecodable {
        locator: element.locator.clone(),
        reason_code,
        detail: detail.to_owned(),
        identity: identity.clone(),
    };
    let content = element.content.map_err(|detail| refused("bad-element", detail))?;
    let id = text(&content.fields, member)
        .map(str::to_owned)
        .ok_or_else(|| refused(reason_code, without))?;
    let read = Read {
        locator: element.locator,
        offset: element.offset,
        bytes: element.bytes,
        content,
    };
    Ok((id, read))
}

/// Reads a sample and the id of its donor. The id is `donorId` or the id of the donor inside the sample. If both are present, they must be
/// equal.
fn sample(element: Element) -> Result<(String, Read), Undecodable> {
    let locator = element.locator.clone();
    let identity = Identity::Content(hex::encode(Sha256::digest(&element.bytes)));
    let refused = |reason_code, detail: &str| Undecodable {
        locator: locator.clone(),
        reason_code,
        detail: detail.to_owned(),
        identity: identity.clone(),
    };
    let (_, read) = named(element, "id", "bad-sample", "has no id")?;
    let (outer, inner) = (text(&read.content.fields, "donorId"), text(&read.content.donor, "id"));
    match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => Err(refused("donor-contradiction", "donorId is not the id of the donor inside")),
        (Some(id), _) | (None, Some(id)) => Ok((id.to_owned(), read)),
        (None, None) => Err(refused("sample-without-donor", "has no donorId")),
    }
}

/// Reads the samples. A sample that is refused because of its donors or its species takes the samples with it that were made of it.
fn samples_of_donors(samples: Vec<Element>) -> Vec<Result<(String, Read), Undecodable>> {
    let mut children: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut refused: Vec<Option<(&'static str, &'static str)>> = Vec::new();
    for (at, element) in samples.iter().enumerate() {
        let content = element.content.as_ref().ok();
        if let Some(parent) = content.and_then(|content| text(&content.fields, "parentId")) {
            children.entry(parent).or_default().push(at);
        }
        refused.push(content.and_then(meaning::refusal));
    }
    let id = |at: usize| {
        let content = samples.get(at).and_then(|element| element.content.as_ref().ok());
        content.and_then(|content| text(&content.fields, "id"))
    };
    let mut waiting: Vec<usize> = (0..samples.len())
        .filter(|at| refused[*at].is_some_and(|(code, _)| code != "modifier-not-understood"))
        .collect();
    while let Some(at) = waiting.pop() {
        let code = refused[at].map_or("pooled-sample", |(code, _)| code);
        for child in id(at).and_then(|id| children.get(id)).into_iter().flatten() {
            if refused[*child].is_none() {
                refused[*child] = Some((code, "was made of a sample that is refused for this reason"));
                waiting.push(*child);
            }
        }
    }
    let judged = samples.into_iter().zip(refused);
    judged
        .map(|(element, refused)| match refused {
            Some((reason_code, detail)) => Err(Undecodable {
                identity: Identity::Place,
                locator: element.locator,
                reason_code,
                detail: detail.to_owned(),
            }),
            None => sample(element),
        })
        .collect()
}

/// For each sample id, the ids of the donors whose samples have it. A sample id that occurs twice has more than one entry.
fn owners(of: &BTreeMap<String, Donor>) -> HashMap<String, Vec<String>> {
    let mut owners: HashMap<String, Vec<String>> = HashMap::new();
    for (id, donor) in of {
        for sample in &donor.samples {
            owners.entry(id_of(sample).to_owned()).or_default().push(id.clone());
        }
    }
    owners
}

fn id_of(sample: &Read) -> &str {
    text(&sample.content.fields, "id").unwrap_or_default()
}

/// The place of the donor's first element in the feed.
fn locator(donor: &Donor) -> String {
    let statement = donor.statements.first().map(|s| &s.locator);
    let read = donor.samples.first().or(donor.events.first()).map(|r| &r.locator);
    statement.or(read).cloned().unwrap_or_default()
}

fn unit(
    id: &str,
    donor: &Donor,
    has_list: bool,
    owners: &HashMap<String, Vec<String>>,
    locator: &str,
    encoding: &'static str,
) -> Result<Unit, Fault> {
    if has_list && !donor.is_listed {
        return Err(Fault("unknown-donor", "is of a donor that is not in the list of donors".to_owned()));
    }
    let fields = person(id, donor)?;
    let is_void = match (meaning::void(&fields), meaning::excluded(&fields)) {
        (Mark::Unknown, _) | (_, Mark::Unknown) => {
            let detail = "has a mark of a deleted or excluded donor that is neither yes nor no".to_owned();
            return Err(Fault("modifier-not-understood", detail));
        }
        (_, Mark::Yes) => return Err(Fault("excluded-donor", "the donor is marked as excluded or withdrawn".to_owned())),
        (void, Mark::No) => void == Mark::Yes,
    };
    let mut account = UnitAccount::default();
    let samples = if is_void { Vec::new() } else { in_order(id, donor, owners)? };
    let mut records = vec![Record {
        kind: "donor".to_owned(),
        parent: None,
        offset: donor.statements.first().and_then(|s| s.offset),
        fields,
    }];
    for sample in samples {
        if meaning::void(&sample.content.fields) == Mark::Yes {
            account.leave_out(LeftOutRule::EnteredInError, "sample");
            continue;
        }
        if meaning::excluded(&sample.content.fields) == Mark::Yes {
            account.leave_out(LeftOutRule::NoResult, "sample");
            continue;
        }
        records.push(inside(0, "sample", sample.offset, &sample.content.fields));
        let at = records.len() - 1;
        for diagnosis in &sample.content.diagnoses {
            if meaning::void(diagnosis) == Mark::Yes {
                account.leave_out(LeftOutRule::EnteredInError, "contentDiagnosis");
                continue;
            }
            let mut record = inside(at, "contentDiagnosis", sample.offset, diagnosis);
            if let Some(member) = unread(&sample.content.fields, diagnosis) {
                record.fields.insert("@Unread".to_owned(), Field::Value(member.to_owned()));
            }
            records.push(record);
        }
    }
    let events = donor.events.iter().filter(|_| !is_void);
    records.extend(events.map(|event| inside(0, "event", event.offset, &event.content.fields)));
    Ok(Unit {
        locator: locator.to_owned(),
        key: id.to_owned(),
        version: String::new(),
        sha256: digest(donor),
        records,
        deleted: is_void,
        encoding,
        account,
    })
}

/// The member because of which a diagnosis of a sample is not understood; `None` if there is none.
fn unread(sample: &Fields, diagnosis: &Fields) -> Option<&'static str> {
    match (meaning::void(diagnosis), meaning::excluded(diagnosis)) {
        (Mark::Unknown, _) => Some("deleted"),
        (_, Mark::Yes | Mark::Unknown) => Some("excluded"),
        _ => meaning::is_normal(sample, diagnosis).then_some("(normal tissue)"),
    }
}

fn inside(parent: usize, kind: &str, offset: Option<u64>, fields: &Fields) -> Record {
    Record {
        kind: kind.to_owned(),
        parent: Some(parent),
        offset,
        fields: fields.clone(),
    }
}

/// The fields of the donor, joined from all data about the donor. Contradictions are a fault.
fn person(id: &str, donor: &Donor) -> Result<Fields, Fault> {
    let mut person = Fields::from([("id".to_owned(), Field::Value(id.to_owned()))]);
    for statement in &donor.statements {
        for (name, field) in &statement.fields {
            if person.get(name).is_some_and(|known| known != field) {
                let detail = format!("{} states a different {name} for the same donor", statement.locator);
                return Err(Fault("donor-contradiction", detail));
            }
            person.insert(name.clone(), field.clone());
        }
    }
    Ok(person)
}

/// The donor's samples in an order in which each sample comes after its parent. Apart from this, the order of reading is kept.
fn in_order<'d>(id: &str, donor: &'d Donor, owners: &HashMap<String, Vec<String>>) -> Result<Vec<&'d Read>, Fault> {
    if donor.samples.len() > MAX_SAMPLES {
        return Err(Fault("too-many-samples", format!("has more than {MAX_SAMPLES} samples")));
    }
    for sample in &donor.samples {
        if owners.get(id_of(sample)).is_some_and(|owners| owners.len() > 1) {
            return Err(Fault("sample-id-twice", format!("{} has the id of another sample", sample.locator)));
        }
        let of = text(&sample.content.fields, "parentId").and_then(|parent| owners.get(parent));
        if of.is_some_and(|owners| owners.iter().any(|owner| owner != id)) {
            let detail = format!("{} was made of a sample of another donor", sample.locator);
            return Err(Fault("parent-of-another-donor", detail));
        }
    }
    let at: HashMap<&str, usize> = donor.samples.iter().enumerate().map(|(at, sample)| (id_of(sample), at)).collect();
    // A parent that is not in the feed is a sample of an earlier delivery, so the sample does not wait for it.
    let parent = |of: usize| {
        let parent = donor.samples.get(of).and_then(|sample| text(&sample.content.fields, "parentId"));
        parent.and_then(|parent| at.get(parent)).copied()
    };
    let mut is_placed = vec![false; donor.samples.len()];
    let mut ordered = Vec::new();
    for start in 0..donor.samples.len() {
        let mut chain = Vec::new();
        let mut next = Some(start).filter(|start| !is_placed[*start]);
        while let Some(of) = next {
            if chain.len() > donor.samples.len() {
                let detail = format!("{} was made of itself, through its parents", donor.samples[start].locator);
                return Err(Fault("aliquot-cycle", detail));
            }
            chain.push(of);
            next = parent(of).filter(|parent| !is_placed[*parent]);
        }
        for of in chain.into_iter().rev() {
            is_placed[of] = true;
            ordered.push(&donor.samples[of]);
        }
    }
    Ok(ordered)
}

/// The digest of the donor's elements as received. The elements are sorted. Neither the order of a list nor the data of another donor changes
/// the digest.
fn digest(donor: &Donor) -> String {
    let statements = donor.statements.iter().map(|s| ("donor", &s.bytes));
    let samples = donor.samples.iter().map(|s| ("sample", &s.bytes));
    let events = donor.events.iter().map(|e| ("event", &e.bytes));
    let mut parts: Vec<(&str, &Vec<u8>)> = statements.chain(samples).chain(events).collect();
    parts.sort();
    let mut digest = Sha256::new();
    for (kind, bytes) in parts {
        digest.update(format!("{kind}:{}:", bytes.len()));
        digest.update(bytes);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
