//! The second reading: makes the unit of one patient.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use super::content::{condition, observation, specimen, specimen_id};
use super::identity::{Identifier, one};
use super::index::{Index, Kind, Place, last_updated};
use super::names::address;
use super::record::{Content, Fault};
use super::source::{Refused, Sources};
use super::{MAX_PATIENT_VALUES, Options};
use crate::received_json::Node;
use crate::unit::{Field, LeftOutRule, Record, Unit, UnitAccount};

/// A patient of a call.
pub(super) struct Person {
    pub(super) number: Result<Identifier, Refused>,
    /// The indices of the Patient resources.
    pub(super) patients: Vec<usize>,
    /// The indices of the other resources.
    pub(super) resources: Vec<usize>,
}

impl Person {
    /// The places of all resources of the person.
    pub(super) fn places<'i>(&'i self, index: &'i Index) -> impl Iterator<Item = &'i Place> {
        let patients = self
            .patients
            .iter()
            .filter_map(|at| index.patients.get(*at))
            .map(|patient| &patient.place);
        let resources = self
            .resources
            .iter()
            .filter_map(|at| index.resources.get(*at))
            .map(|resource| &resource.place);
        patients.chain(resources)
    }
}

pub(super) struct Builder<'b> {
    pub(super) sources: Sources,
    pub(super) index: &'b Index,
    pub(super) options: &'b Options,
}

/// A resource that was read again.
struct Read {
    kind: Kind,
    node: Node,
    full_url: Option<String>,
    digest: [u8; 32],
    time: Option<String>,
}

impl Builder<'_> {
    /// The unit of a person.
    pub(super) fn unit(&mut self, person: &Person, locator: String) -> Result<Unit, Fault> {
        let number = person.number.clone().map_err(|(code, detail)| Fault(code, detail.to_owned()))?;
        let mut account = UnitAccount::default();
        let mut read = self.resources(person)?;
        read.sort_by_key(|resource| (resource.kind, resource.digest));
        let read = latest(read, &mut account)?;
        let mut records = Vec::new();
        for resource in read.iter().filter(|resource| resource.kind == Kind::Patient) {
            let record = patient(&resource.node, &number, &mut account)?;
            records.push(record);
        }
        for resource in &read {
            match resource.kind {
                Kind::Condition => condition(&resource.node, self.options, &mut account, &mut records)?,
                Kind::Observation => observation(&resource.node, self.options, &mut account, &mut records)?,
                Kind::Patient | Kind::Specimen => {}
            }
        }
        self.specimens(&read, &mut account, &mut records)?;
        let version = read.iter().filter_map(|resource| resource.time.clone()).max().unwrap_or_default();
        if let (Some(record), false) = (records.first_mut(), version.is_empty()) {
            record.fields.insert("@Time".to_owned(), Field::Value(version.clone()));
        }
        let mut digest = Sha256::new();
        read.iter().for_each(|resource| digest.update(resource.digest));
        Ok(Unit {
            locator,
            key: crate::hl7v2::key(&[&number.system, &number.value]),
            version,
            sha256: hex::encode(digest.finalize()),
            records,
            deleted: false,
            encoding: "utf-8",
            account,
        })
    }

    fn resources(&mut self, person: &Person) -> Result<Vec<Read>, Fault> {
        let patients = person.patients.iter().filter_map(|at| self.index.patients.get(*at));
        let resources = person.resources.iter().filter_map(|at| self.index.resources.get(*at));
        let mut places: Vec<(Place, Kind)> = patients
            .map(|patient| (patient.place, Kind::Patient))
            .chain(resources.map(|resource| (resource.place, resource.kind)))
            .collect();
        places.sort_by_key(|(place, _)| (place.file, place.offset));
        let changed = || Fault("file-changed", "a file was changed while it was read".to_owned());
        let mut read = Vec::new();
        let mut count = 0;
        for (place, kind) in places {
            let bytes = self.sources.part(place.file, place.offset, place.length).ok_or_else(changed)?;
            let node = Node::read(&bytes).map_err(|_| changed())?;
            count += node.count();
            if count > MAX_PATIENT_VALUES {
                return Err(Fault("too-large", "the resources of the patient have too many values".to_owned()));
            }
            let full_url = node.text("fullUrl").map(str::to_owned).filter(|_| place.container != 0);
            let node = match (place.container, node) {
                (0, node) => node,
                (_, Node::Object(mut members)) => members.remove("resource").ok_or_else(changed)?,
                _ => return Err(changed()),
            };
            let mut digest = Sha256::new();
            node.digest(&mut digest);
            let of_bundle = self
                .index
                .containers
                .get(place.container as usize)
                .and_then(|container| container.time.clone());
            read.push(Read {
                kind,
                time: last_updated(&node).max(of_bundle),
                full_url,
                digest: digest.finalize().into(),
                node,
            });
        }
        Ok(read)
    }

    /// Adds the specimens, each after its parent.
    fn specimens(&self, read: &[Read], account: &mut UnitAccount, records: &mut Vec<Record>) -> Result<(), Fault> {
        let names = SpecimenNames::new(read, self.options);
        let mut made = Vec::new();
        for resource in read.iter().filter(|resource| resource.kind == Kind::Specimen) {
            let Some(mut specimen) = specimen(&resource.node, self.options, account)? else {
                continue;
            };
            match resource.node.list("parent") {
                [] => {}
                [parent] => match names.parent(parent) {
                    Some(parent) => {
                        specimen.record.fields.insert("parent".to_owned(), Field::Value(parent));
                    }
                    None => account.leave_out(LeftOutRule::FieldNotAdmitted, "Specimen.parent"),
                },
                // The gateway stores one parent of a specimen.
                [_, _, ..] => account.leave_out(LeftOutRule::FieldNotAdmitted, "Specimen.parent"),
            }
            made.push(specimen);
        }
        let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, specimen) in made.iter().enumerate() {
            by_id.entry(specimen.id.clone()).or_default().push(at);
        }
        let parents: Vec<Option<usize>> = made
            .iter()
            .map(|specimen| match specimen.record.fields.get("parent") {
                Some(Field::Value(parent)) => by_id.get(parent).and_then(|all| all.first()).copied(),
                Some(Field::Null) | None => None,
            })
            .collect();
        let mut waiting: Vec<Option<Record>> = made.into_iter().map(|specimen| Some(specimen.record)).collect();
        for start in 0..waiting.len() {
            let mut chain = Vec::new();
            let mut next = Some(start);
            while let Some(at) = next.filter(|at| waiting.get(*at).is_some_and(Option::is_some)) {
                if chain.len() > parents.len() {
                    let detail = "a Specimen was made of itself, through its parents".to_owned();
                    return Err(Fault("aliquot-cycle", detail));
                }
                chain.push(at);
                next = parents.get(at).copied().flatten();
            }
            records.extend(chain.into_iter().rev().filter_map(|at| waiting.get_mut(at).and_then(Option::take)));
        }
        Ok(())
    }
}

/// The ids of a patient's specimens by the names with which a resource can refer to them. A name of several specimens has several ids.
struct SpecimenNames {
    by_url: HashMap<String, BTreeSet<Option<String>>>,
    by_tail: HashMap<String, BTreeSet<Option<String>>>,
}

impl SpecimenNames {
    fn new(read: &[Read], options: &Options) -> Self {
        let mut names = Self {
            by_url: HashMap::new(),
            by_tail: HashMap::new(),
        };
        for resource in read.iter().filter(|resource| resource.kind == Kind::Specimen) {
            let id = specimen_id(&resource.node, &options.specimen).ok();
            let own = own_name(&resource.node);
            match &resource.full_url {
                Some(url) => {
                    names.by_url.entry(url.clone()).or_default().insert(id.clone());
                    // A relative name is that of the address or, for an entry without an address on a server, of the resource.
                    let tails = [address(url).map(|(_, tail)| tail.to_owned()), own];
                    for tail in tails.into_iter().flatten() {
                        names.by_url.entry(tail).or_default().insert(id.clone());
                    }
                }
                None => {
                    if let Some(own) = own {
                        names.by_tail.entry(own).or_default().insert(id);
                    }
                }
            }
        }
        names
    }

    /// The id of a specimen's parent; `None` if the parent is not among the specimens of the patient, or not certain.
    fn parent(&self, reference: &Node) -> Option<String> {
        let name = reference.text("reference").unwrap_or_default();
        let tail = address(name).map_or(name, |(_, tail)| tail);
        let found = self.by_url.get(name).into_iter().chain(self.by_tail.get(tail)).flatten();
        let mut ids: BTreeSet<Option<String>> = found.cloned().collect();
        if ids.is_empty() {
            ids.insert(reference.get("identifier").and_then(one).map(|identifier| identifier.value));
        }
        match ids.len() {
            1 => ids.pop_first().flatten(),
            _ => None,
        }
    }
}

fn own_name(node: &Node) -> Option<String> {
    Some(format!("{}/{}", node.text("resourceType")?, node.text("id")?))
}

/// The latest version of each resource. Equal resources count once. If two contents of one resource have no order, the patient is refused.
fn latest(read: Vec<Read>, account: &mut UnitAccount) -> Result<Vec<Read>, Fault> {
    let mut by_name: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    let mut kept: Vec<Read> = Vec::new();
    for resource in read {
        // The resources are sorted, so equal ones follow one another. A resource without a name cannot be told from an equal one.
        if let Some(last) = kept
            .last_mut()
            .filter(|last| last.kind == resource.kind && last.digest == resource.digest)
        {
            account.leave_out(LeftOutRule::SupersededFile, resource.kind.name());
            last.time = last.time.take().max(resource.time);
            continue;
        }
        let name = resource.full_url.clone().or_else(|| own_name(&resource.node));
        let Some(name) = name else {
            kept.push(resource);
            continue;
        };
        let next = kept.len();
        let at = *by_name.entry((resource.kind, name)).or_insert(next);
        match kept.get_mut(at) {
            None => kept.push(resource),
            Some(known) if known.time == resource.time || known.time.is_none() || resource.time.is_none() => {
                let detail = format!("two versions of one {} have no time that puts them in order", resource.kind.name());
                return Err(Fault("same-resource", detail));
            }
            Some(known) => {
                account.leave_out(LeftOutRule::SupersededFile, resource.kind.name());
                if known.time < resource.time {
                    *known = resource;
                }
            }
        }
    }
    Ok(kept)
}

fn patient(node: &Node, number: &Identifier, account: &mut UnitAccount) -> Result<Record, Fault> {
    let mut content = Content::new("Patient", account);
    content.resource(node, &["identifier", "gender", "birthDate", "active"])?;
    let others = node
        .list("identifier")
        .iter()
        .filter(|identifier| one(identifier).as_ref() != Some(number))
        .count();
    for _ in 0..others {
        content.leave_out(LeftOutRule::IdentifierField, "identifier");
    }
    content.field("number", &number.value)?;
    for name in ["gender", "birthDate"] {
        if let Some(text) = node.text(name) {
            content.field(name, text)?;
        }
    }
    Ok(content.record(None))
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Patient => "Patient",
            Self::Condition => "Condition",
            Self::Observation => "Observation",
            Self::Specimen => "Specimen",
        }
    }
}
