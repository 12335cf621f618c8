//! A GenomicReport: the DiagnosticReport that combines the genomic findings (Genomics Reporting 3.0.0 § Genomic Report).

use serde_json::{Value, json};

use super::{GENETICS, GENOMIC_REPORT_PROFILE, GenomicsError, HL7_LABORATORY, LOINC, concept};
use crate::date::{is_date_time, is_instant};
use crate::reference::is_id;

/// The values of `DiagnosticReport.status` that this crate writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportStatus {
    /// The status `preliminary`: the report may still change.
    Preliminary,
    /// The status `final`: the report is complete.
    Final,
    /// `amended`: the findings changed after the report was final.
    Amended,
    /// `corrected`: the report contained an error.
    Corrected,
}

impl ReportStatus {
    /// The code of the status in the JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preliminary => "preliminary",
            Self::Final => "final",
            Self::Amended => "amended",
            Self::Corrected => "corrected",
        }
    }
}

/// The content of a genomic report about one person.
#[derive(Clone, Copy)]
pub struct GenomicReport<'a> {
    /// The DiagnosticReport's id.
    pub id: &'a str,
    /// The report number, as the system and value of an identifier; `None` if the report has no number.
    pub identifier: Option<(&'a str, &'a str)>,
    /// The status of the report.
    pub status: ReportStatus,
    /// The id of the Patient resource.
    pub patient_id: &'a str,
    /// The ids of the Specimen resources.
    pub specimen_ids: &'a [&'a str],
    /// The time to which the findings refer, a `dateTime`.
    pub effective: &'a str,
    /// The time when the report was issued, an `instant`.
    pub issued: &'a str,
    /// The ids of the Observation resources that the report contains.
    pub result_ids: &'a [&'a str],
    /// The conclusion of the report as text; `None` if absent.
    pub conclusion: Option<&'a str>,
}

impl GenomicReport<'_> {
    /// Renders the DiagnosticReport resource.
    ///
    /// # Errors
    /// [`GenomicsError`] if an id or a time is not valid.
    pub fn to_json(&self) -> Result<Value, GenomicsError> {
        let mut ids = [self.id, self.patient_id]
            .into_iter()
            .chain(self.specimen_ids.iter().chain(self.result_ids).copied());
        if !ids.all(is_id) {
            return Err(GenomicsError::NotAnId);
        }
        if !is_date_time(self.effective) || !is_instant(self.issued) {
            return Err(GenomicsError::NotATime);
        }
        let references = |resource_type: &str, ids: &[&str]| {
            let reference = |id: &&str| json!({"reference": format!("{resource_type}/{id}")});
            ids.iter().map(reference).collect::<Vec<_>>()
        };
        let categories = [GENETICS, HL7_LABORATORY].map(|(system, code)| concept(system, code));
        let mut resource = json!({
            "resourceType": "DiagnosticReport",
            "id": self.id,
            "meta": {"profile": [GENOMIC_REPORT_PROFILE]},
            "status": self.status.as_str(),
            "category": categories,
            "code": {
                "coding": [{"system": LOINC, "code": "51969-4", "display": "Genetic analysis report"}],
                "text": "Genetic analysis report",
            },
            "subject": {"reference": format!("Patient/{}", self.patient_id)},
            "effectiveDateTime": self.effective,
            "issued": self.issued,
        });
        if let Some((system, value)) = self.identifier {
            resource["identifier"] = json!([{"system": system, "value": value}]);
        }
        // FHIR does not allow empty arrays.
        for (name, references) in [
            ("specimen", references("Specimen", self.specimen_ids)),
            ("result", references("Observation", self.result_ids)),
        ] {
            if !references.is_empty() {
                resource[name] = json!(references);
            }
        }
        if let Some(conclusion) = self.conclusion.filter(|text| !text.trim().is_empty()) {
            resource["conclusion"] = json!(conclusion);
        }
        Ok(resource)
    }
}
