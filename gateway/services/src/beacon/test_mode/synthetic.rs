//! The synthetic people and their records.

use ga4gh_beacon::{
    AlleleOrigin, Analysis, BeaconRequest, Biosample, CaseLevelVariant, Cohort, CohortType, Collection, Dataset, Date, EntryType,
    GenomicVariant, Individual, OntologyTerm, PhenotypicFeature, Record, Run, Sex, VariantKey, Zygosity,
};

use super::matching;

/// The id of the synthetic dataset. The id itself states that the data is synthetic.
pub(super) const DATASET: &str = "synthetic-test-data";
/// The id of the synthetic cohort.
pub(super) const COHORT: &str = "synthetic-test-cohort";

/// A synthetic person.
pub(super) struct Person {
    /// The number at the end of the ids of the person, and of the person's specimen and files.
    pub(super) number: &'static str,
    pub(super) sex: Sex,
    /// The terms of the person's phenotypic features, with labels.
    pub(super) features: &'static [(&'static str, &'static str)],
    /// The ids of the person's variants. The second value is whether the person is homozygous for the variant.
    pub(super) variants: &'static [(&'static str, bool)],
}

const SEIZURE: (&str, &str) = ("HP:0001250", "Seizure");
const ATAXIA: (&str, &str) = ("HP:0001251", "Ataxia");

/// The synthetic people, in order of id.
pub(super) const PEOPLE: &[Person] = &[
    Person {
        number: "1",
        sex: Sex::Female,
        features: &[SEIZURE],
        variants: &[("GRCh38.22.16050074.16050075.A.G", false)],
    },
    Person {
        number: "2",
        sex: Sex::Male,
        features: &[SEIZURE, ATAXIA],
        variants: &[
            ("GRCh38.22.16050074.16050075.A.G", true),
            ("GRCh38.22.16051452.16051453.A.C", false),
        ],
    },
    Person {
        number: "3",
        sex: Sex::Female,
        features: &[],
        variants: &[("GRCh38.22.16051452.16051453.A.C", false)],
    },
];

impl Person {
    /// The id of the person, or of the person's specimen, run or analysis; absent for other entry types.
    pub(super) fn id(&self, of: EntryType) -> Option<String> {
        let kind = match of {
            EntryType::Individual => "person",
            EntryType::Biosample => "sample",
            EntryType::Run => "run",
            EntryType::Analysis => "analysis",
            EntryType::GenomicVariant | EntryType::Dataset | EntryType::Cohort => return None,
        };
        Some(format!("synthetic-{kind}-{}", self.number))
    }

    pub(super) fn individual(&self) -> Option<Record> {
        let mut record = Individual::new(&self.id(EntryType::Individual)?, self.sex);
        let terms = self.features.iter().filter_map(|(id, label)| OntologyTerm::parse(id, Some(label)));
        record.phenotypic_features = terms.map(PhenotypicFeature::new).collect();
        Some(record.into())
    }

    pub(super) fn biosample(&self) -> Option<Record> {
        let status = OntologyTerm::parse("EFO:0009655", Some("abnormal sample"))?;
        let origin = OntologyTerm::parse("OBI:0000655", Some("blood specimen"))?;
        let mut record = Biosample::new(&self.id(EntryType::Biosample)?, status, origin);
        record.individual_id = self.id(EntryType::Individual);
        Some(record.into())
    }

    pub(super) fn run(&self) -> Option<Record> {
        let mut record = Run::new(
            &self.id(EntryType::Run)?,
            &self.id(EntryType::Biosample)?,
            Date::parse("2026-01-01")?,
        );
        record.individual_id = self.id(EntryType::Individual);
        Some(record.into())
    }

    pub(super) fn analysis(&self) -> Option<Record> {
        let mut record = Analysis::new(
            &self.id(EntryType::Analysis)?,
            Date::parse("2026-01-02")?,
            "none: the data is synthetic",
        );
        record.biosample_id = self.id(EntryType::Biosample);
        record.individual_id = self.id(EntryType::Individual);
        record.run_id = self.id(EntryType::Run);
        Some(record.into())
    }
}

/// The matching variants of these people, without duplicates, in order of id.
pub(super) fn variants(people: &[&Person], request: &BeaconRequest, of: Option<(EntryType, &str)>) -> Vec<Record> {
    let mut ids: Vec<&str> = people.iter().flat_map(|person| person.variants.iter().map(|(id, _)| *id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let keys = ids
        .into_iter()
        .filter_map(VariantKey::parse)
        .filter(|key| matching::is_variant(key, request, of));
    keys.map(|key| variant(&key, people)).collect()
}

fn variant(key: &VariantKey, people: &[&Person]) -> Record {
    let id = key.to_string();
    let mut record = GenomicVariant::new(key);
    for person in people {
        let Some((_, is_homozygous)) = person.variants.iter().find(|(of, _)| *of == id) else {
            continue;
        };
        let zygosity = if *is_homozygous {
            Zygosity::Homozygous
        } else {
            Zygosity::Heterozygous
        };
        let biosample = person.id(EntryType::Biosample).unwrap_or_default();
        let mut case = CaseLevelVariant::new(&biosample)
            .with_zygosity(zygosity)
            .with_allele_origin(AlleleOrigin::Germline);
        case.individual_id = person.id(EntryType::Individual);
        record.case_level_data.push(case);
    }
    record.into()
}

pub(super) fn dataset() -> Collection {
    let mut dataset = Dataset::new(DATASET, "Synthetic test data");
    dataset.description = Some("Synthetic people, for trying out a client (testMode)".to_owned());
    dataset.into()
}

pub(super) fn cohort() -> Collection {
    let mut cohort = Cohort::new(COHORT, "Synthetic test cohort", CohortType::StudyDefined);
    cohort.cohort_size = Some(PEOPLE.len() as u64);
    cohort.into()
}
