//! The entry types of the default model.

/// An entry type of the Beacon v2 default model (`beaconConfiguration.json`, `entryTypes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryType {
    /// Variants: path `g_variants`, entity `genomicVariant`.
    GenomicVariant,
    /// Participants: path `individuals`, entity `individual`.
    Individual,
    /// Specimens: path `biosamples`, entity `biosample`.
    Biosample,
    /// Sequencing runs: path `runs`, entity `run`.
    Run,
    /// Analyses of runs: path `analyses`, entity `analysis`.
    Analysis,
    /// Datasets (a collection): path `datasets`, entity `dataset`.
    Dataset,
    /// Cohorts (a collection): path `cohorts`, entity `cohort`.
    Cohort,
}

impl EntryType {
    /// All entry types of the default model.
    pub const ALL: [Self; 7] = [
        Self::GenomicVariant,
        Self::Individual,
        Self::Biosample,
        Self::Run,
        Self::Analysis,
        Self::Dataset,
        Self::Cohort,
    ];

    /// The id of the entity, as in `meta.returnedSchemas[].entityType`.
    #[must_use]
    pub fn entity_id(self) -> &'static str {
        match self {
            Self::GenomicVariant => "genomicVariant",
            Self::Individual => "individual",
            Self::Biosample => "biosample",
            Self::Run => "run",
            Self::Analysis => "analysis",
            Self::Dataset => "dataset",
            Self::Cohort => "cohort",
        }
    }

    /// The segment of the path below the Beacon's root.
    #[must_use]
    pub fn path_segment(self) -> &'static str {
        match self {
            Self::GenomicVariant => "g_variants",
            Self::Individual => "individuals",
            Self::Biosample => "biosamples",
            Self::Run => "runs",
            Self::Analysis => "analyses",
            Self::Dataset => "datasets",
            Self::Cohort => "cohorts",
        }
    }

    /// The folder of the default model that contains the schema of this entity.
    pub(crate) fn model_folder(self) -> &'static str {
        match self {
            Self::GenomicVariant => "genomicVariations",
            Self::Individual | Self::Biosample | Self::Run | Self::Analysis | Self::Dataset | Self::Cohort => self.path_segment(),
        }
    }

    /// The id of the default model's schema for this entry type.
    #[must_use]
    pub fn default_schema(self) -> &'static str {
        match self {
            Self::GenomicVariant => "ga4gh-beacon-variant-v2.0.0",
            Self::Individual => "ga4gh-beacon-individual-v2.0.0",
            Self::Biosample => "ga4gh-beacon-biosample-v2.0.0",
            Self::Run => "ga4gh-beacon-run-v2.0.0",
            Self::Analysis => "ga4gh-beacon-analysis-v2.0.0",
            Self::Dataset => "ga4gh-beacon-dataset-v2.0.0",
            Self::Cohort => "ga4gh-beacon-cohort-v2.0.0",
        }
    }

    /// Whether a schema's id refers to the default model of this entry type, in any version 2 (`ga4gh-beacon-variant-v2.1.0`).
    #[must_use]
    pub fn is_default_schema(self, id: &str) -> bool {
        let unversioned = |id: &str| {
            id.rsplit_once("-v")
                .map(|(name, version)| (name.to_owned(), version.starts_with("2.")))
        };
        unversioned(id).is_some_and(|(name, is_2)| is_2 && unversioned(self.default_schema()).is_some_and(|(own, _)| own == name))
    }

    /// Parses the `scope` of a filter. Accepted are the entity id, the path segment and the folder name, in singular and plural. `None` for any
    /// other text.
    #[must_use]
    pub fn parse_scope(text: &str) -> Option<Self> {
        match text {
            "genomicVariant" | "genomicVariants" | "genomicVariation" | "genomicVariations" | "g_variant" | "g_variants" => {
                Some(Self::GenomicVariant)
            }
            "individual" | "individuals" => Some(Self::Individual),
            "biosample" | "biosamples" => Some(Self::Biosample),
            "run" | "runs" => Some(Self::Run),
            "analysis" | "analyses" => Some(Self::Analysis),
            "dataset" | "datasets" => Some(Self::Dataset),
            "cohort" | "cohorts" => Some(Self::Cohort),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entity_id_and_path_segment_parses() {
        for entry in EntryType::ALL {
            assert_eq!(EntryType::parse_scope(entry.entity_id()), Some(entry));
            assert_eq!(EntryType::parse_scope(entry.path_segment()), Some(entry));
        }
        assert_eq!(EntryType::parse_scope("Individual"), None);
    }
}
