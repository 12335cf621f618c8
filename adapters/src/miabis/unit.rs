//! Joins samples and events to their donors, and makes one unit for each donor.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::MAX_SAMPLES;
use super::elements::{Content, Element, Elements, Fields, text};
use crate::unit::{Met, Record, Undecodable, Unit, UnitAccount};

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
        repairs,
    } = elements;
    for repair in repairs {
        give(Met::Repaired(repair))?;
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
    for element in samples {
        match sample(element) {
            Err(refused) => give(Met::Undecodable(refused))?,
            Ok((id, mut read)) => {
                enter(&mut of, &id);
                let donor = of.entry(id.clone()).or_default();
                let mut inline = std::mem::take(&mut read.content.donor);
                if !inline.is_empty() {
                    inline.entry("id".to_owned()).or_insert(crate::unit::Field::Value(id));
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
            }),
        })?;
    }
    ControlFlow::Continue(())
}

fn named(element: Element, member: &str, reason_code: &'static str, without: &'static str) -> Result<(String, Read), Undecodable> {
    let refused = |reason_code, detail: &str| Undecodable {
        locator: element.locator.clone(),
        reason_code,
        detail: detail.to_owned(),
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
    let refused = |reason_code, detail: &str| Undecodable {
        locator: locator.clone(),
        reason_code,
        detail: detail.to_owned(),
    };
    let (_, read) = named(element, "id", "bad-sample", "has no id")?;
    let (outer, inner) = (text(&read.content.fields, "donorId"), text(&read.content.donor, "id"));
    match (outer, inner) {
        (Some(outer), Some(inner)) if outer != inner => Err(refused("donor-contradiction", "donorId is not the id of the donor inside")),
        (Some(id), _) | (None, Some(id)) => Ok((id.to_owned(), read)),
        (None, None) => Err(refused("sample-without-donor", "has no donorId")),
    }
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
    let samples = in_order(id, donor, owners)?;
    let mut records = vec![Record {
        kind: "donor".to_owned(),
        parent: None,
        offset: donor.statements.first().and_then(|s| s.offset),
        fields,
    }];
    for sample in samples {
        records.push(inside(0, "sample", sample.offset, &sample.content.fields));
        let at = records.len() - 1;
        records.extend(
            sample
                .content
                .diagnoses
                .iter()
                .map(|d| inside(at, "contentDiagnosis", sample.offset, d)),
        );
    }
    records.extend(
        donor
            .events
            .iter()
            .map(|event| inside(0, "event", event.offset, &event.content.fields)),
    );
    Ok(Unit {
        locator: locator.to_owned(),
        key: id.to_owned(),
        version: String::new(),
        sha256: digest(donor),
        records,
        deleted: false,
        encoding,
        account: UnitAccount::default(),
    })
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
    let mut person = Fields::from([("id".to_owned(), crate::unit::Field::Value(id.to_owned()))]);
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
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&Read> = donor.samples.iter().collect();
    let here: BTreeSet<&str> = waiting.iter().map(|sample| id_of(sample)).collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let before = ordered.len();
        // A parent that is not in the feed is a sample of an earlier delivery, so the sample does not wait for it.
        waiting.retain(|sample| {
            let parent = text(&sample.content.fields, "parentId");
            let ready = parent.is_none_or(|parent| !here.contains(parent) || placed.contains(parent));
            if ready {
                placed.insert(id_of(sample));
                ordered.push(*sample);
            }
            !ready
        });
        if ordered.len() == before {
            let detail = format!("{} was made of itself, through its parents", waiting[0].locator);
            return Err(Fault("aliquot-cycle", detail));
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
