//! Records of the default model, which are the contents of record-level answers.
//!
//! Each constructor requires the members that the schema requires. The other members are public fields or have a method that sets them
//! (`with_...`), and are absent until they are set. If a schema restricts a value (a CURIE, a date, a finite number, a non-empty list), the
//! value's type can hold only allowed values.

pub(crate) mod analysis;
pub(crate) mod biosample;
pub(crate) mod cohort;
pub(crate) mod dataset;
pub(crate) mod disease;
pub(crate) mod external_reference;
pub(crate) mod genomic_variant;
pub(crate) mod individual;
pub(crate) mod measurement;
pub(crate) mod ontology_term;
pub(crate) mod phenotypic_feature;
pub(crate) mod procedure;
pub(crate) mod run;
pub(crate) mod time;
pub(crate) mod treatment;
pub(crate) mod variant_key;

use serde::Serialize;

use self::analysis::Analysis;
use self::biosample::Biosample;
use self::cohort::Cohort;
use self::dataset::Dataset;
use self::genomic_variant::GenomicVariant;
use self::individual::Individual;
use self::run::Run;
use crate::entry_type::EntryType;

/// One record of a result set.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Record {
    /// A variant.
    GenomicVariant(Box<GenomicVariant>),
    /// A participant.
    Individual(Box<Individual>),
    /// A specimen.
    Biosample(Box<Biosample>),
    /// A sequencing run.
    Run(Box<Run>),
    /// An analysis.
    Analysis(Box<Analysis>),
}

/// One collection: a dataset or a cohort.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Collection {
    /// A dataset.
    Dataset(Box<Dataset>),
    /// A cohort.
    Cohort(Box<Cohort>),
}

impl Record {
    /// The entry type of the record.
    #[must_use]
    pub fn entry_type(&self) -> EntryType {
        match self {
            Self::GenomicVariant(_) => EntryType::GenomicVariant,
            Self::Individual(_) => EntryType::Individual,
            Self::Biosample(_) => EntryType::Biosample,
            Self::Run(_) => EntryType::Run,
            Self::Analysis(_) => EntryType::Analysis,
        }
    }
}

impl Collection {
    /// The entry type of the collection.
    #[must_use]
    pub fn entry_type(&self) -> EntryType {
        match self {
            Self::Dataset(_) => EntryType::Dataset,
            Self::Cohort(_) => EntryType::Cohort,
        }
    }
}

impl From<GenomicVariant> for Record {
    fn from(record: GenomicVariant) -> Self {
        Self::GenomicVariant(Box::new(record))
    }
}

impl From<Individual> for Record {
    fn from(record: Individual) -> Self {
        Self::Individual(Box::new(record))
    }
}

impl From<Biosample> for Record {
    fn from(record: Biosample) -> Self {
        Self::Biosample(Box::new(record))
    }
}

impl From<Run> for Record {
    fn from(record: Run) -> Self {
        Self::Run(Box::new(record))
    }
}

impl From<Analysis> for Record {
    fn from(record: Analysis) -> Self {
        Self::Analysis(Box::new(record))
    }
}

impl From<Dataset> for Collection {
    fn from(collection: Dataset) -> Self {
        Self::Dataset(Box::new(collection))
    }
}

impl From<Cohort> for Collection {
    fn from(collection: Cohort) -> Self {
        Self::Cohort(Box::new(collection))
    }
}
