//! Beacon records of analyses of sequencing runs.

use serde::Serialize;
use serde_json::{Map, Value};

use super::time::Date;

/// An analysis record of Beacon (`analyses/defaultSchema.json`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Analysis {
    id: String,
    analysis_date: Date,
    pipeline_name: String,
    /// A description of the pipeline; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline_ref: Option<String>,
    /// The id of the run that was analysed; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The id of the specimen; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biosample_id: Option<String>,
    /// The id of the participant; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<String>,
    /// The name of the aligner; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aligner: Option<String>,
    /// The name of the variant caller; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_caller: Option<String>,
    /// Further properties of the analysis.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub info: Map<String, Value>,
}

impl Analysis {
    /// An analysis by a pipeline on a day. The schema requires the day and the pipeline.
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
