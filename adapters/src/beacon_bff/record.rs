//! The members of the Beacon v2 default model that are read, that are known and not stored, and that are unknown.

use std::collections::BTreeMap;

use crate::fhir::shown;
use crate::received_json::Node;
use crate::unit::{Field, LeftOutRule, Record, UnitAccount};

/// One kind of record: the paths that become fields, and the members that the model defines and the gateway does not store. A path in `read` also
/// admits nothing below it.
pub(super) struct Shape {
    pub(super) kind: &'static str,
    pub(super) read: &'static [&'static str],
    pub(super) known: &'static [&'static str],
}

pub(super) const INDIVIDUAL: Shape = Shape {
    kind: "individual",
    read: &["id", "sex.id", "sex.label"],
    known: &[
        "diseases",
        "phenotypicFeatures",
        "measures",
        "ethnicity",
        "exposures",
        "geographicOrigin",
        "info",
        "interventionsOrProcedures",
        "karyotypicSex",
        "pedigrees",
        "treatments",
        "sex",
    ],
};

pub(super) const DISEASE: Shape = Shape {
    kind: "disease",
    read: &[
        "diseaseCode.id",
        "diseaseCode.label",
        "ageOfOnset.age.iso8601duration",
        "ageOfOnset.iso8601duration",
        "ageOfOnset.ageGroup.id",
        "ageOfOnset.id",
        "familyHistory",
        "excluded",
    ],
    known: &["ageOfOnset", "severity", "stage", "notes"],
};

pub(super) const FEATURE: Shape = Shape {
    kind: "phenotypicFeature",
    read: &[
        "featureType.id",
        "featureType.label",
        "excluded",
        "onset.age.iso8601duration",
        "onset.iso8601duration",
        "onset.ageGroup.id",
        "onset.id",
        "modifiers.id",
        "modifiers.label",
    ],
    known: &["onset", "severity", "evidence", "notes", "resolution"],
};

pub(super) const MEASURE: Shape = Shape {
    kind: "measure",
    read: &[
        "assayCode.id",
        "assayCode.label",
        "date",
        "excluded",
        "measurementValue.value",
        "measurementValue.unit.id",
        "measurementValue.unit.label",
        "measurementValue.units.id",
        "measurementValue.units.label",
        "measurementValue.quantity.value",
        "measurementValue.quantity.unit.id",
        "measurementValue.quantity.unit.label",
        "measurementValue.id",
        "measurementValue.label",
    ],
    known: &["measurementValue", "observationMoment", "procedure", "notes"],
};

pub(super) const BIOSAMPLE: Shape = Shape {
    kind: "biosample",
    read: &[
        "id",
        "individualId",
        "sampleOriginType.id",
        "sampleOriginType.label",
        "sampleOriginDetail.id",
        "collectionDate",
    ],
    known: &[
        "sampleOriginType",
        "sampleOriginDetail",
        "biosampleStatus",
        "collectionMoment",
        "diagnosticMarkers",
        "histologicalDiagnosis",
        "info",
        "measurements",
        "notes",
        "obtentionProcedure",
        "pathologicalStage",
        "pathologicalTnmFinding",
        "phenotypicFeatures",
        "sampleProcessing",
        "sampleStorage",
        "tumorGrade",
        "tumorProgression",
    ],
};

/// Members of an ontology term.
const TERM: [&str; 2] = ["id", "label"];

/// Makes the record of a node. Each member that does not enter it is counted.
pub(super) fn record(node: &Node, shape: &Shape, parent: Option<usize>, account: &mut UnitAccount) -> Record {
    let mut record = Record {
        kind: shape.kind.to_owned(),
        parent,
        offset: None,
        fields: BTreeMap::new(),
    };
    if let Node::Object(members) = node {
        for (name, value) in members {
            take(value, name, name, shape, &mut record, account);
        }
        let has_ended = members.get("resolution").is_some_and(|end| *end != Node::Null);
        if has_ended && shape.kind == FEATURE.kind {
            record.fields.insert("resolution".to_owned(), Field::Value("ended".to_owned()));
        }
    } else {
        unread(&mut record);
    }
    record
}

/// Marks that a member can change the meaning of the record and is not understood.
fn unread(record: &mut Record) {
    record.fields.insert(
        "@Unread".to_owned(),
        Field::Value("(a member that the model does not define)".to_owned()),
    );
}

/// Adds a value under its field name, with the numbers of repetitions, if the list has its path, without them.
fn take(value: &Node, path: &str, field: &str, shape: &Shape, record: &mut Record, account: &mut UnitAccount) {
    let first = path.split('.').next().unwrap_or(path);
    let is_lists = matches!(path, "diseases" | "phenotypicFeatures" | "measures") && shape.kind == INDIVIDUAL.kind;
    if is_lists || matches!(value, Node::Null) {
        return;
    }
    let is_around = shape
        .read
        .iter()
        .any(|read| read.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
    match value {
        Node::Object(members) if is_around => {
            for (name, inner) in members {
                take(inner, &format!("{path}.{name}"), &format!("{field}.{name}"), shape, record, account);
            }
        }
        Node::List(items) if is_around || shape.read.contains(&path) => {
            for (at, item) in items.iter().enumerate() {
                let field = if at == 0 {
                    field.to_owned()
                } else {
                    format!("{field}({})", at + 1)
                };
                take(item, path, &field, shape, record, account);
            }
        }
        Node::Text(text) | Node::Number(text) if shape.read.contains(&path) => {
            if !text.trim().is_empty() {
                record.fields.insert(field.to_owned(), Field::Value(text.clone()));
            }
        }
        Node::Bool(flag) if shape.read.contains(&path) => {
            record.fields.insert(field.to_owned(), Field::Value(flag.to_string()));
        }
        _ => {
            let is_free = matches!(first, "info" | "notes");
            let rule = if is_free {
                LeftOutRule::FreeText
            } else {
                LeftOutRule::FieldNotAdmitted
            };
            let names: Vec<&str> = path.split('.').map(shown).collect();
            account.leave_out(rule, format!("{}.{}", shape.kind, names.join(".")));
            // The label of a term around a value, and the other parts of a known member, do not change the meaning.
            let is_known =
                shape.known.contains(&first) || (path != first && path.rsplit('.').next().is_some_and(|last| TERM.contains(&last)));
            if !is_known {
                unread(record);
            }
        }
    }
}
