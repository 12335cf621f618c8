//! Writes donors and samples of MIABIS on FHIR 1.3 (FHIR R4): `Patient.ndjson` and `Specimen.ndjson`.

use std::path::Path;

use gemj_model::{PartialDate, Sex, SiteId, SpecimenStatement};
use serde_json::{Map, Value, json};

use super::ExportFailure;
use super::account::{Account, LeftOut};
use super::cases::{CaseWriter, ReturnedCase};
use super::files::{Layout, RecordFile};

const DONOR: &str = "https://fhir.bbmri-eric.eu/StructureDefinition/miabis-sample-donor";
const SAMPLE: &str = "https://fhir.bbmri-eric.eu/StructureDefinition/miabis-sample";
const STORAGE: &str = "https://fhir.bbmri-eric.eu/StructureDefinition/miabis-sample-storage-temperature-extension";
const STORAGE_CODES: &str = "https://fhir.bbmri-eric.eu/CodeSystem/miabis-storage-temperature-cs";
/// The spelling `samply` is that of the implementation guide.
const KINDS: &str = "https://fhir.bbmri-eric.eu/CodeSystem/miabis-detailed-samply-type-cs";

/// The code systems with their prefixes in CURIEs. `true`: the code of FHIR is the whole CURIE.
const SYSTEMS: [(&str, &str, bool); 3] = [
    ("MIABIS", KINDS, false),
    ("SNOMEDCT", "http://snomed.info/sct", false),
    ("UBERON", "http://purl.obolibrary.org/obo/uberon.owl", true),
];

pub(super) struct Files {
    patients: RecordFile,
    specimens: RecordFile,
    /// The prefixes with which the built-in profile marks the institution's own codes of kinds and body sites.
    own_codes: [String; 2],
}

impl Files {
    pub(super) fn create(folder: &Path, site: &SiteId) -> Result<Self, ExportFailure> {
        Ok(Self {
            patients: RecordFile::create(folder, "Patient.ndjson", Layout::Lines)?,
            specimens: RecordFile::create(folder, "Specimen.ndjson", Layout::Lines)?,
            own_codes: [format!("{}.code:", site.as_str()), format!("{}.site:", site.as_str())],
        })
    }
}

impl CaseWriter for Files {
    fn add(&mut self, case: &ReturnedCase, account: &mut Account) -> Result<(), ExportFailure> {
        account.leave_out(LeftOut::NotOfABank, case.person.facts.len() as u64);
        let (kept, without_kind): (Vec<_>, Vec<_>) = case.specimens.iter().partition(|specimen| has_kind(specimen));
        account.leave_out(LeftOut::NoKind, without_kind.len() as u64);
        if kept.is_empty() {
            // A donor is the source of a sample.
            return Ok(());
        }
        self.patients.add(&patient(case))?;
        for specimen in &kept {
            let resource = self.specimen(case, specimen, &kept, account);
            self.specimens.add(&resource)?;
        }
        account.participants += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, account: &mut Account) -> Result<(), ExportFailure> {
        for file in [self.patients, self.specimens] {
            let (name, count) = file.finish()?;
            account.files.insert(name.to_owned(), count);
        }
        Ok(())
    }
}

/// The profile requires `Specimen.type`.
fn has_kind(specimen: &SpecimenStatement) -> bool {
    !specimen.kind_code.is_empty() || !specimen.kind_label.is_empty()
}

fn patient(case: &ReturnedCase) -> Value {
    let id = case.names.person();
    let gender = match case.person.sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
        Sex::Unknown => "unknown",
    };
    let mut patient = json!({
        "resourceType": "Patient",
        "id": id,
        "meta": { "profile": [DONOR] },
        "identifier": [{ "value": id }],
        "gender": gender,
    });
    insert(
        &mut patient,
        "birthDate",
        case.person.born.as_ref().map(PartialDate::as_str).map(Value::from),
    );
    patient
}

impl Files {
    fn specimen(&self, case: &ReturnedCase, specimen: &SpecimenStatement, kept: &[&SpecimenStatement], account: &mut Account) -> Value {
        let id = case.names.specimen(&specimen.id).unwrap_or_default();
        let mut resource = json!({
            "resourceType": "Specimen",
            "id": id,
            "meta": { "profile": [SAMPLE] },
            "identifier": [{ "value": id }],
            "type": self.concept(&specimen.kind_code, &specimen.kind_label, account),
            "subject": { "reference": format!("Patient/{}", case.names.person()) },
        });
        let parent = specimen
            .parent
            .as_ref()
            .filter(|parent| kept.iter().any(|other| other.id == **parent));
        account.leave_out(LeftOut::Parent, u64::from(specimen.parent.is_some() && parent.is_none()));
        let parent = parent.and_then(|parent| case.names.specimen(parent));
        insert(
            &mut resource,
            "parent",
            parent.map(|parent| json!([{ "reference": format!("Specimen/{parent}") }])),
        );
        let mut collection = json!({});
        let collected = specimen.collected.as_ref().map(PartialDate::as_str);
        insert(&mut collection, "collectedDateTime", collected.map(Value::from));
        let site = specimen.body_site.as_deref().map(|site| self.concept(site, "", account));
        insert(&mut collection, "bodySite", site.filter(|site| *site != json!({})));
        insert(
            &mut resource,
            "collection",
            Some(collection).filter(|collection| *collection != json!({})),
        );
        let storage = specimen.storage.as_deref().map(|class| {
            json!([{ "extension": [{ "url": STORAGE, "valueCodeableConcept": { "coding": [{ "system": STORAGE_CODES, "code": class }] } }] }])
        });
        insert(&mut resource, "processing", storage);
        account.leave_out(LeftOut::Detail, specimen.steps.len() as u64);
        resource
    }

    /// A `CodeableConcept`. A code of a system without a URI is left out, apart from the institution's own codes, which have no system.
    fn concept(&self, code: &str, text: &str, account: &mut Account) -> Value {
        let mut concept = Map::new();
        let coding = match code.split_once(':') {
            Some((prefix, local)) => {
                let known = SYSTEMS.iter().find(|(name, _, _)| *name == prefix);
                let own = self.own_codes.iter().find_map(|own| code.strip_prefix(own.as_str()));
                match (known, own) {
                    (Some((_, system, is_whole)), _) => Some(json!({ "system": system, "code": if *is_whole { code } else { local } })),
                    (None, Some(own)) => Some(json!({ "code": own })),
                    (None, None) => None,
                }
            }
            None => None,
        };
        if coding.is_none() && !code.is_empty() {
            account.leave_out(LeftOut::NoSystem, 1);
            // The text of the type is then the code, so that the sample has a type.
            concept.insert("text".to_owned(), Value::from(if text.is_empty() { code } else { text }));
        } else if !text.is_empty() {
            concept.insert("text".to_owned(), Value::from(text));
        }
        if let Some(coding) = coding {
            concept.insert("coding".to_owned(), json!([coding]));
        }
        Value::Object(concept)
    }
}

/// Adds a member, if there is a value.
fn insert(object: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(members), Some(value)) = (object.as_object_mut(), value) {
        members.insert(name.to_owned(), value);
    }
}
