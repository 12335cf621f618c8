//! Beacon records of sequencing runs.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ontology_term::OntologyTerm;
use super::time::Date;

/// A sequencing run record of Beacon (`runs/defaultSchema.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    id: String,
    biosample_id: String,
    run_date: Date,
    /// The id of the participant of the specimen; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<String>,
    /// Whether the fragments are sequenced from one or both ends; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_layout: Option<LibraryLayout>,
    /// The library selection, such as RANDOM; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_selection: Option<String>,
    /// The library source, such as GENEPIO:0001966, "genomic source"; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_source: Option<OntologyTerm>,
    /// The library strategy, such as WGS; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_strategy: Option<String>,
    /// The sequencing platform, such as Illumina; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The model of the platform, such as OBI:0002630, "Illumina NovaSeq 6000"; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_model: Option<OntologyTerm>,
    /// Further properties of the run.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// The layout of a sequencing library: the ends from which fragments are sequenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LibraryLayout {
    /// Fragments are sequenced from both ends.
    Paired,
    /// Fragments are sequenced from one end.
    Single,
}

impl Run {
    /// A run of a specimen on a day. The schema requires the day, so a run without a known day cannot be listed.
    #[must_use]
    pub fn new(id: &str, biosample_id: &str, run_date: Date) -> Self {
        Self {
            id: id.to_owned(),
            biosample_id: biosample_id.to_owned(),
            run_date,
            individual_id: None,
            library_layout: None,
            library_selection: None,
            library_source: None,
            library_strategy: None,
            platform: None,
            platform_model: None,
            info: Map::new(),
        }
    }
}
