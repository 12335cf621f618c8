//! Analyses of runs.

use serde::Serialize;
use serde_json::{Map, Value};

use super::time::Date;

/// `analyses/defaultSchema.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    id: String,
    analysis_date: Date,
    pipeline_name: String,
    /// Where the pipeline is described; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_ref: Option<String>,
    /// The run analysed; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The specimen; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biosample_id: Option<String>,
    /// Whose it is; absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<String>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligner: Option<String>,
    /// Absent is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_caller: Option<String>,
    /// Anything else.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

impl Analysis {
    /// An analysis on a day by a pipeline, both of which the schema requires.
    #[must_use]
    pub fn new(id: &str, analysis_date: Date, pipeline_name: &str) -> Self {
        Self {
            id: id.to_owned(),
            analysis_date,
            pipeline_name: pipeline_name.to_owned(),
            pipeline_ref: None,
            run_id: None,
            biosample_id: None,
            individual_id: None,
            aligner: None,
            variant_caller: None,
            info: Map::new(),
        }
    }
}
