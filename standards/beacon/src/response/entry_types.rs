//! `GET /entry_types`: the entry types of the instance.

use std::collections::BTreeMap;

use serde::Serialize;

use super::meta::InformationalMeta;
use crate::entry_type::EntryType;
use crate::record::ontology_term::OntologyTerm;

/// The URL of the folder with the default model's schemas.
const MODELS: &str = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/models/json/beacon-v2-default-model";

/// The answer of `/entry_types` (`beaconEntryTypesResponse.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryTypesResponse {
    meta: InformationalMeta,
    response: EntryTypes,
}

/// The payload of the answer (`configuration/entryTypesSchema.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryTypes {
    entry_types: BTreeMap<&'static str, EntryTypeDefinition>,
}

/// The description of one entry type of the default model (`configuration/entryTypeDefinition.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryTypeDefinition {
    id: &'static str,
    name: &'static str,
    part_of_specification: &'static str,
    ontology_term_for_this_type: OntologyTerm,
    default_schema: SchemaReference,
    additionally_supported_schemas: [SchemaReference; 0],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    a_collection_of: Vec<BasicElement>,
    non_filtered_queries_allowed: bool,
    /// A description of the entry type in this Beacon; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct SchemaReference {
    id: &'static str,
    name: String,
    reference_to_schema_definition: String,
    schema_version: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct BasicElement {
    id: &'static str,
    name: &'static str,
}

impl BasicElement {
    fn of(entry: EntryType, name: &'static str) -> Self {
        Self {
            id: entry.entity_id(),
            name,
        }
    }
}

/// The name, ontology term and label of an entry type, as in `beaconConfiguration.json` of the default model.
fn described(entry: EntryType) -> (&'static str, &'static str, &'static str) {
    match entry {
        EntryType::GenomicVariant => ("Genomic Variants", "ENSGLOSSARY:0000092", "Variant"),
        EntryType::Individual => ("Individual", "NCIT:C25190", "Person"),
        EntryType::Biosample => ("Biological Sample", "NCIT:C70699", "Biospecimen"),
        EntryType::Run => ("Sequencing run", "NCIT:C148088", "Sequencing run"),
        EntryType::Analysis => ("Bioinformatics analysis", "edam:operation_2945", "Analysis"),
        EntryType::Dataset => ("Dataset", "NCIT:C47824", "Data set"),
        EntryType::Cohort => ("Cohort", "NCIT:C61512", "Cohort"),
    }
}

impl EntryTypeDefinition {
    /// The description of an entry type. `non_filtered_queries_allowed` states whether queries without restrictions are allowed.
    #[must_use]
    pub fn of(entry: EntryType, non_filtered_queries_allowed: bool) -> Self {
        let (name, term, label) = described(entry);
        Self {
            id: entry.entity_id(),
            name,
            part_of_specification: "Beacon v2.1.1",
            ontology_term_for_this_type: OntologyTerm::known(term, label),
            default_schema: SchemaReference {
                id: entry.default_schema(),
                name: format!("Default schema of {}", entry.path_segment()),
                reference_to_schema_definition: format!("{MODELS}/{}/defaultSchema.json", entry.model_folder()),
                schema_version: "v2.0.0",
            },
            additionally_supported_schemas: [],
            a_collection_of: match entry {
                EntryType::Dataset => vec![BasicElement::of(EntryType::GenomicVariant, "Genomic Variants")],
                EntryType::Cohort => vec![BasicElement::of(EntryType::Individual, "Individuals")],
                EntryType::GenomicVariant | EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis => {
                    Vec::new()
                }
            },
            non_filtered_queries_allowed,
            description: None,
        }
    }
}

impl EntryTypes {
    /// A list of at least one entry type, because the schema requires one.
    pub(super) fn of(first: EntryTypeDefinition, others: Vec<EntryTypeDefinition>) -> Self {
        let definitions = std::iter::once(first).chain(others);
        Self {
            entry_types: definitions.map(|definition| (definition.id, definition)).collect(),
        }
    }
}

impl EntryTypesResponse {
    /// The answer with the entry types of this Beacon. The schema requires at least one.
    #[must_use]
    pub fn new(beacon_id: &str, first: EntryTypeDefinition, others: Vec<EntryTypeDefinition>) -> Self {
        Self {
            meta: InformationalMeta::new(beacon_id),
            response: EntryTypes::of(first, others),
        }
    }
}
