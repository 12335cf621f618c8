//! Writes the biobank's feed: donors and samples with the attributes of MIABIS on the individual level, as JSON and as CSV.

use gemj_model::Sex;
use serde::Serialize;

use super::case::{CaseSpecimen, InstitutionCase, SpecimenKind};
use super::csv_row;
use crate::error::DemoError;

/// The content of the biobank's feed.
#[derive(Serialize)]
pub(super) struct Bank {
    pub(super) donors: Vec<Donor>,
    pub(super) samples: Vec<Sample>,
}

/// A donor of the biobank, with the member names of the JSON file.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Donor {
    pub(super) id: String,
    pub(super) sex: &'static str,
    /// The month of birth (year and month).
    pub(super) birth_date: String,
}

/// A sample of the biobank, with the member names of the JSON file.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sample {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) donor_id: Option<String>,
    pub(super) sample_type: &'static str,
    pub(super) creation_time: String,
    pub(super) content_diagnosis: Vec<Concept>,
    /// The storage class as in SPREC.
    pub(super) storage_temperature: &'static str,
    pub(super) anatomical_site: Concept,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parent_id: Option<String>,
}

/// A code with its code system and label.
#[derive(Clone, Serialize)]
pub(super) struct Concept {
    ontology: &'static str,
    code: &'static str,
    text: &'static str,
}

/// All donors and their samples in order of the donors' ids, which is not the order of the cases.
pub(super) fn bank(cases: &[InstitutionCase]) -> Bank {
    let mut cases: Vec<&InstitutionCase> = cases.iter().collect();
    cases.sort_by(|a, b| a.numbers.biobank.cmp(&b.numbers.biobank));
    Bank {
        donors: cases.iter().map(|case| donor(case)).collect(),
        samples: cases.iter().flat_map(|case| samples(case)).collect(),
    }
}

/// The donor for a case.
pub(super) fn donor(case: &InstitutionCase) -> Donor {
    Donor {
        id: case.numbers.biobank.clone(),
        sex: sex_word(case.sex),
        birth_date: case.born.to_string().chars().take(7).collect(),
    }
}

/// The value of MIABIS for a sex.
pub(super) fn sex_word(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "Female",
        Sex::Male => "Male",
        Sex::Other => "Undifferentiated",
        Sex::Unknown => "Unknown",
    }
}

/// The samples of a case.
pub(super) fn samples(case: &InstitutionCase) -> Vec<Sample> {
    case.specimens.iter().map(|specimen| sample(case, specimen)).collect()
}

fn sample(case: &InstitutionCase, specimen: &CaseSpecimen) -> Sample {
    let blood = ("UBERON:0000178", "blood");
    let (storage_temperature, (code, text)) = match specimen.kind {
        SpecimenKind::WholeBlood => ("-60 °C to -85 °C", blood),
        SpecimenKind::Dna => ("-18 °C to -35 °C", blood),
        SpecimenKind::TissueFfpe => ("RT", ("UBERON:0002097", "skin of body")),
    };
    let diagnosis = case.diagnoses.first().map(|diagnosis| Concept {
        ontology: "ICD-10",
        code: diagnosis.icd10,
        text: diagnosis.label,
    });
    Sample {
        id: specimen.id.as_str().to_owned(),
        donor_id: Some(case.numbers.biobank.clone()),
        sample_type: specimen.kind.label(),
        creation_time: specimen.collected.to_string(),
        content_diagnosis: diagnosis.into_iter().collect(),
        storage_temperature,
        anatomical_site: Concept {
            ontology: "UBERON",
            code,
            text,
        },
        parent_id: specimen.parent.as_ref().map(|id| id.as_str().to_owned()),
    }
}

/// The biobank's feed as JSON.
pub(super) fn encode(bank: &Bank) -> Result<Vec<u8>, DemoError> {
    Ok(serde_json::to_vec_pretty(bank)?)
}

/// The text of `donors.csv`.
pub(super) fn donors_csv(bank: &Bank) -> String {
    let mut text = csv_row(&["id", "sex", "birthDate"].map(str::to_owned));
    for donor in &bank.donors {
        text.push_str(&csv_row(&[donor.id.clone(), donor.sex.to_owned(), donor.birth_date.clone()]));
    }
    text
}

/// The text of `samples.csv`. Each member of a concept has its own column, named with a dot. A sample has at most one diagnosis.
pub(super) fn samples_csv(bank: &Bank) -> String {
    let mut text = csv_row(
        &[
            "id",
            "donorId",
            "sampleType",
            "creationTime",
            "contentDiagnosis.ontology",
            "contentDiagnosis.code",
            "contentDiagnosis.text",
            "storageTemperature",
            "anatomicalSite.ontology",
            "anatomicalSite.code",
            "anatomicalSite.text",
            "parentId",
        ]
        .map(str::to_owned),
    );
    for sample in &bank.samples {
        let diagnosis = sample.content_diagnosis.first();
        let of_diagnosis = |member: fn(&Concept) -> &'static str| diagnosis.map(member).unwrap_or_default();
        text.push_str(&csv_row(
            &[
                sample.id.as_str(),
                sample.donor_id.as_deref().unwrap_or_default(),
                sample.sample_type,
                &sample.creation_time,
                of_diagnosis(|c| c.ontology),
                of_diagnosis(|c| c.code),
                of_diagnosis(|c| c.text),
                sample.storage_temperature,
                sample.anatomical_site.ontology,
                sample.anatomical_site.code,
                sample.anatomical_site.text,
                sample.parent_id.as_deref().unwrap_or_default(),
            ]
            .map(str::to_owned),
        ));
    }
    text
}
