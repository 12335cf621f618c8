//! Sequencing runs.

use serde::Serialize;
use serde_json::{Map, Value};

use super::ontology_term::OntologyTerm;
use super::time::Date;

/// `runs/defaultSchema.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    id: String,
    biosample_id: String,
    run_date: Date,
    /// Whose specimen it was; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<String>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_layout: Option<LibraryLayout>,
    /// Such as RANDOM; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_selection: Option<String>,
    /// Such as GENEPIO:0001966, "genomic source"; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_source: Option<OntologyTerm>,
    /// Such as WGS; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub library_strategy: Option<String>,
    /// Such as Illumina; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Such as OBI:0002630, "Illumina NovaSeq 6000"; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_model: Option<OntologyTerm>,
    /// Anything else.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

/// How fragments were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LibraryLayout {
    /// From both ends.
    Paired,
    /// From one end.
    Single,
}

impl Run {
    /// A run of a specimen on a day. The schema requires the day: a run of which it is not known cannot be listed.
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
