//! Lists the members of a packet that are not stored, by path.
//!
//! The list begins with the whole document. A member is omitted from the list only if this module names it as stored. A new or
//! unexpected member is therefore in the list. A path contains only names of the specification, and `*` for each position of a list. Any other name is
//! `(unknown)`, because it could contain data.

use std::collections::{BTreeMap, BTreeSet};

use ga4gh_phenopackets::{Document, Expression, Phenopacket, unknown_field};
use serde_json::Value;

use super::map::{has_fact, is_action, is_stored_expression};
use super::member_names::NAMES;

/// The paths of the members that are stored, or that identify the packet, its version or its participant.
const STORED: [&str; 85] = [
    "/id",
    "/subject/sex",
    "/subject/taxonomy/id",
    "/phenotypicFeatures/*/type/id",
    "/phenotypicFeatures/*/type/label",
    "/phenotypicFeatures/*/excluded",
    "/diseases/*/term/id",
    "/diseases/*/term/label",
    "/diseases/*/excluded",
    "/diseases/*/diseaseStage/*/id",
    "/diseases/*/diseaseStage/*/label",
    "/diseases/*/clinicalTnmFinding/*/id",
    "/diseases/*/clinicalTnmFinding/*/label",
    "/diseases/*/primarySite/id",
    "/diseases/*/primarySite/label",
    "/diseases/*/laterality/id",
    "/diseases/*/laterality/label",
    "/measurements/*/assay/id",
    "/measurements/*/assay/label",
    "/measurements/*/value/quantity/value",
    "/measurements/*/value/quantity/unit/id",
    "/measurements/*/value/quantity/referenceRange/low",
    "/measurements/*/value/quantity/referenceRange/high",
    "/measurements/*/value/ontologyClass/id",
    "/measurements/*/value/ontologyClass/label",
    "/measurements/*/complexValue/typedQuantities/*/type/id",
    "/measurements/*/complexValue/typedQuantities/*/type/label",
    "/measurements/*/complexValue/typedQuantities/*/quantity/value",
    "/measurements/*/complexValue/typedQuantities/*/quantity/unit/id",
    "/measurements/*/complexValue/typedQuantities/*/quantity/referenceRange/low",
    "/measurements/*/complexValue/typedQuantities/*/quantity/referenceRange/high",
    "/measurements/*/procedure/code/id",
    "/measurements/*/procedure/code/label",
    "/medicalActions/*/procedure/code/id",
    "/medicalActions/*/procedure/code/label",
    "/medicalActions/*/procedure/bodySite/id",
    "/medicalActions/*/procedure/bodySite/label",
    "/medicalActions/*/treatment/agent/id",
    "/medicalActions/*/treatment/agent/label",
    "/medicalActions/*/treatment/routeOfAdministration/id",
    "/medicalActions/*/treatment/routeOfAdministration/label",
    "/medicalActions/*/treatment/drugType",
    "/medicalActions/*/treatment/doseIntervals/*/quantity/value",
    "/medicalActions/*/treatment/doseIntervals/*/quantity/unit/id",
    "/medicalActions/*/treatment/doseIntervals/*/scheduleFrequency/id",
    "/medicalActions/*/treatment/doseIntervals/*/scheduleFrequency/label",
    "/medicalActions/*/treatment/doseIntervals/*/interval/start",
    "/medicalActions/*/treatment/doseIntervals/*/interval/end",
    "/medicalActions/*/radiationTherapy/modality/id",
    "/medicalActions/*/radiationTherapy/modality/label",
    "/medicalActions/*/radiationTherapy/bodySite/id",
    "/medicalActions/*/radiationTherapy/bodySite/label",
    "/medicalActions/*/radiationTherapy/dosage",
    "/medicalActions/*/radiationTherapy/fractions",
    "/medicalActions/*/therapeuticRegimen/ontologyClass/id",
    "/medicalActions/*/therapeuticRegimen/ontologyClass/label",
    "/medicalActions/*/therapeuticRegimen/externalReference/id",
    "/medicalActions/*/therapeuticRegimen/externalReference/description",
    "/medicalActions/*/therapeuticRegimen/regimenStatus",
    "/medicalActions/*/treatmentTarget/id",
    "/medicalActions/*/treatmentTarget/label",
    "/medicalActions/*/treatmentIntent/id",
    "/medicalActions/*/treatmentIntent/label",
    "/medicalActions/*/responseToTreatment/id",
    "/medicalActions/*/responseToTreatment/label",
    "/medicalActions/*/adverseEvents/*/id",
    "/medicalActions/*/adverseEvents/*/label",
    "/medicalActions/*/treatmentTerminationReason/id",
    "/medicalActions/*/treatmentTerminationReason/label",
    "/interpretations/*/progressStatus",
    "/interpretations/*/diagnosis/disease/id",
    "/interpretations/*/diagnosis/disease/label",
    "/interpretations/*/diagnosis/genomicInterpretations/*/subjectOrBiosampleId",
    "/interpretations/*/diagnosis/genomicInterpretations/*/interpretationStatus",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/acmgPathogenicityClassification",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor/geneContext/valueId",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor/geneContext/symbol",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor/allelicState/id",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor/vcfRecord/genomeAssembly",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor/vcfRecord/chrom",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor/vcfRecord/pos",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor/vcfRecord/ref",
    "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor/vcfRecord/alt",
    "/metaData/phenopacketSchemaVersion",
    "/subject/timeAtLastEncounter/age/iso8601duration",
];

/// The paths of times that are stored in every form of a time element.
const ONSETS: [&str; 6] = [
    "/phenotypicFeatures/*/onset",
    "/diseases/*/onset",
    "/measurements/*/timeObserved",
    "/medicalActions/*/procedure/performed",
    "/medicalActions/*/therapeuticRegimen/startTime",
    "/medicalActions/*/therapeuticRegimen/endTime",
];
/// The forms of a time element that are stored as one text, as paths below the time element.
const TIMES: [&str; 9] = [
    "/age/iso8601duration",
    "/ageRange/start/iso8601duration",
    "/ageRange/end/iso8601duration",
    "/gestationalAge/weeks",
    "/gestationalAge/days",
    "/ontologyClass/id",
    "/timestamp",
    "/interval/start",
    "/interval/end",
];
const VARIANT: &str = "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor";

/// How often each member of the packet is not stored, by path. `stored` contains the findings that are stored with an allele: the position of the
/// interpretation, and of the finding in the interpretation.
pub(super) fn not_stored(document: &Document, packet: &Phenopacket, stored: &BTreeSet<(usize, usize)>) -> BTreeMap<String, u64> {
    let mut walk = Walk::new(packet, stored, None);
    walk.value(document.as_value(), "");
    walk.counts
}

/// How often each member of the packet is stored, by path. A value that states nothing (an empty text, null) does not count.
pub(super) fn stored(document: &Document, packet: &Phenopacket, stored: &BTreeSet<(usize, usize)>) -> BTreeMap<String, u64> {
    let mut walk = Walk::new(packet, stored, Some(BTreeMap::new()));
    walk.value(document.as_value(), "");
    walk.kept.unwrap_or_default()
}

/// How often each member of a document occurs, by path. The document is a refused packet, or a `Family` or `Cohort` without its packets, of which no member is
/// stored.
pub(super) fn all(document: &Document) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    count_leaves(document.as_value(), "", &mut counts);
    counts
}

fn count_leaves(value: &Value, path: &str, counts: &mut BTreeMap<String, u64>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                count_leaves(member, &format!("{path}/{}", shown_name(name)), counts);
            }
        }
        Value::Array(items) => {
            for item in items {
                count_leaves(item, &format!("{path}/*"), counts);
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
            *counts.entry(path.to_owned()).or_default() += u64::from(!is_empty(value));
        }
    }
}

/// The name of a member if the specification defines it, or the number of a protobuf field that the specification does not have.
fn shown_name(name: &str) -> &str {
    if NAMES.contains(&name) || unknown_field(name).is_some() {
        name
    } else {
        "(unknown)"
    }
}

struct Walk<'w> {
    stored: &'w BTreeSet<(usize, usize)>,
    packet: &'w Phenopacket,
    /// The position of the interpretation that the walk has entered.
    interpretation: usize,
    counts: BTreeMap<String, u64>,
    /// The members that are stored, if they are asked for.
    kept: Option<BTreeMap<String, u64>>,
}

impl<'w> Walk<'w> {
    fn new(packet: &'w Phenopacket, stored: &'w BTreeSet<(usize, usize)>, kept: Option<BTreeMap<String, u64>>) -> Self {
        Self {
            stored,
            packet,
            interpretation: 0,
            counts: BTreeMap::new(),
            kept,
        }
    }

    fn value(&mut self, value: &Value, path: &str) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    self.value(member, &format!("{path}/{}", shown_name(name)));
                }
            }
            Value::Array(items) => {
                let path = format!("{path}/*");
                for (at, item) in items.iter().enumerate() {
                    match self.is_dropped_whole(item, &path, at) {
                        true => self.count(&path),
                        false => self.value(item, &path),
                    }
                }
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {
                if !is_stored(value, path) {
                    self.count(path);
                } else if let Some(kept) = self.kept.as_mut().filter(|_| !is_empty(value)) {
                    *kept.entry(path.to_owned()).or_default() += 1;
                }
            }
        }
    }

    fn count(&mut self, path: &str) {
        *self.counts.entry(path.to_owned()).or_default() += 1;
    }

    /// Whether an item of a list is not stored at all, although other items of the list are. The conclusions of a packet are stored only with
    /// alleles, so an interpretation or a finding without a countable allele is not stored.
    fn is_dropped_whole(&mut self, item: &Value, path: &str, at: usize) -> bool {
        match path {
            "/interpretations/*" => {
                self.interpretation = at;
                self.stored.range((at, 0)..=(at, usize::MAX)).next().is_none()
            }
            "/interpretations/*/diagnosis/genomicInterpretations/*" => !self.stored.contains(&(self.interpretation, at)),
            "/measurements/*" => !self.packet.measurements.get(at).is_some_and(has_fact),
            "/measurements/*/complexValue/typedQuantities/*" => item.get("type").is_none() || item.get("quantity").is_none(),
            "/medicalActions/*" => !self.packet.medical_actions.get(at).is_some_and(is_action),
            _ => path.strip_prefix(VARIANT) == Some("/expressions/*") && !is_stored_notation(item),
        }
    }
}

fn is_stored_notation(expression: &Value) -> bool {
    let text = |name: &str| expression.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    is_stored_expression(&Expression {
        syntax: text("syntax"),
        value: text("value"),
    })
}

fn is_stored(value: &Value, path: &str) -> bool {
    let is_time = |of: &str| path.strip_prefix(of).is_some_and(|rest| TIMES.contains(&rest));
    let in_variant = path.strip_prefix(VARIANT).is_some_and(|rest| match rest {
        "/expressions/*/syntax" | "/expressions/*/value" => true,
        // Of INFO, only the end of a symbolic allele is stored.
        "/vcfRecord/info" => value
            .as_str()
            .is_none_or(|info| info.split(';').all(|part| part.is_empty() || part.starts_with("END="))),
        _ => false,
    });
    let is_range_of_age = ["start", "end"]
        .iter()
        .any(|end| path == format!("/subject/timeAtLastEncounter/ageRange/{end}/iso8601duration"));
    STORED.contains(&path) || in_variant || is_range_of_age || ONSETS.iter().any(|onset| is_time(onset)) || is_empty(value)
}

/// Whether a value states nothing: proto3 treats an empty text like an absent text.
fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str().is_some_and(str::is_empty)
}
