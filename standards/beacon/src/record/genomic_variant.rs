//! Beacon records of variants.

use serde::Serialize;

use super::external_reference::ExternalReference;
use super::ontology_term::OntologyTerm;
use super::variant_key::{Alternate, VariantKey};
use crate::reference_name::refseq_accession;
use crate::variant_type::VariantType;

/// A variant record of Beacon (`genomicVariations/defaultSchema.json`). The variation is written as a `LegacyVariation`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GenomicVariant {
    variant_internal_id: String,
    variation: LegacyVariation,
    /// Other identifiers of the variant. The genomic HGVS name is set at construction if it needs no reference sequence.
    #[serde(skip_serializing_if = "Identifiers::is_empty")]
    pub identifiers: Identifiers,
    /// The effects of the variant on genes and proteins.
    #[serde(skip_serializing_if = "MolecularAttributes::is_empty")]
    pub molecular_attributes: MolecularAttributes,
    /// The cases in which the variant was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub case_level_data: Vec<CaseLevelVariant>,
    /// The known frequencies of the variant. A frequency with an unknown denominator is omitted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frequency_in_populations: Vec<FrequencyInPopulations>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct LegacyVariation {
    variant_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_bases: Option<String>,
    alternate_bases: String,
    location: SequenceLocation,
}

/// A VRS 1.3 `SequenceLocation`. Its inter-residue coordinates are equal to Beacon's coordinates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct SequenceLocation {
    r#type: &'static str,
    sequence_id: String,
    interval: SequenceInterval,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct SequenceInterval {
    r#type: &'static str,
    start: Number,
    end: Number,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Number {
    r#type: &'static str,
    value: u64,
}

/// Identifiers of a variant besides its internal id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identifiers {
    #[serde(rename = "genomicHGVSId", skip_serializing_if = "Option::is_none")]
    genomic_hgvs_id: Option<String>,
    /// HGVS names of the variant on transcripts.
    #[serde(rename = "transcriptHGVSIds", skip_serializing_if = "Vec::is_empty")]
    pub transcript_hgvs_ids: Vec<String>,
    /// HGVS names of the variant on proteins.
    #[serde(rename = "proteinHGVSIds", skip_serializing_if = "Vec::is_empty")]
    pub protein_hgvs_ids: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clinvar_variant_id: Option<String>,
    /// Identifiers of the variant in other databases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variant_alternative_ids: Vec<ExternalReference>,
}

/// The effects of a variant on genes and proteins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MolecularAttributes {
    /// The genes that the variant affects, by symbol or identifier.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gene_ids: Vec<String>,
    /// The changes of proteins in one-letter form (`V304*`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aminoacid_changes: Vec<String>,
    /// The consequences of the variant, as terms of the Sequence Ontology.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub molecular_effects: Vec<OntologyTerm>,
}

/// A variant in one participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseLevelVariant {
    biosample_id: String,
    /// The id of the participant; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<String>,
    /// The id of the sequencing run; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// The id of the analysis; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analysis_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zygosity: Option<OntologyTerm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allele_origin: Option<OntologyTerm>,
    /// The classifications of the variant for diseases of this participant; empty if none is stated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clinical_interpretations: Vec<ClinicalInterpretation>,
}

/// The classification of a variant for a disease (the schema's `PhenoClinicEffect`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClinicalInterpretation {
    condition_id: String,
    effect: OntologyTerm,
    clinical_relevance: ClinicalRelevance,
    /// Further statements about the interpretation. The schema has no member for them, but allows further members. Absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<InterpretationInfo>,
}

/// Statements of a case report about an interpretation, besides the class of the variant. The values are those of Phenopackets 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InterpretationInfo {
    /// The role of the variant in the diagnosis: `GenomicInterpretation.InterpretationStatus` of Phenopackets (`CAUSATIVE`).
    pub interpretation_status: &'static str,
    /// The progress of the interpretation: `Interpretation.ProgressStatus` of Phenopackets (`SOLVED`).
    pub progress_status: &'static str,
}

/// The clinical relevance of a variant (`clinicalRelevance`), in the five classes of the American College of Medical Genetics and Genomics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClinicalRelevance {
    /// Class 1: benign.
    Benign,
    /// Class 2: likely benign.
    #[serde(rename = "likely benign")]
    LikelyBenign,
    /// Class 3: uncertain significance.
    #[serde(rename = "uncertain significance")]
    UncertainSignificance,
    /// Class 4: likely pathogenic.
    #[serde(rename = "likely pathogenic")]
    LikelyPathogenic,
    /// Class 5: pathogenic.
    Pathogenic,
}

impl ClinicalInterpretation {
    /// The classification of a variant for a disease. The disease is written both as the condition and as the effect.
    #[must_use]
    pub fn new(disease: OntologyTerm, clinical_relevance: ClinicalRelevance) -> Self {
        Self {
            condition_id: disease.id().to_owned(),
            effect: disease,
            clinical_relevance,
            info: None,
        }
    }
}

/// The zygosity of a variant: how many of the participant's chromosomes carry the allele.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zygosity {
    /// One of two chromosomes carries the allele (GENO:0000135).
    Heterozygous,
    /// Both chromosomes carry the allele (GENO:0000136).
    Homozygous,
    /// The only chromosome carries the allele (GENO:0000134).
    Hemizygous,
}

/// Whether an allele is germline or somatic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlleleOrigin {
    /// The allele is germline (SO:0001778).
    Germline,
    /// The allele is somatic (SO:0001777).
    Somatic,
}

/// The frequencies of a variant, from one source.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FrequencyInPopulations {
    source: String,
    source_reference: String,
    /// The version of the source of the frequencies; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    frequencies: Vec<PopulationFrequency>,
}

/// The frequency of a variant in one population.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PopulationFrequency {
    population: String,
    allele_frequency: f64,
    /// The number of counted alleles (AC). The schema does not contain this member and the following members, but allows further members.
    allele_count: u64,
    /// The number of called alleles (AN).
    allele_number: u64,
    #[serde(flatten)]
    people: Option<CalledPeople>,
}

/// The numbers of participants from which a frequency was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CalledPeople {
    /// The number of participants with at least one called copy at the variant's place. Their called copies are AN, the denominator of the
    /// frequency.
    pub called_individuals: u64,
    /// The number of all participants whom the query covers, with or without called copies.
    pub covered_individuals: u64,
}

impl GenomicVariant {
    /// A variant record without further properties.
    ///
    /// For a symbolic allele, `variantType` is the symbol in upper case. The schema requires `alternateBases`. This member is empty for a
    /// deletion, and `.` (not stated) for every other symbol.
    #[must_use]
    pub fn new(key: &VariantKey) -> Self {
        let (variant_type, alternate_bases) = match key.put() {
            Alternate::Spelt(put) => (spelt_type(key.reference(), put).to_owned(), put.clone()),
            Alternate::Symbol(symbol) => {
                let symbol = symbol.to_ascii_uppercase();
                let is_deletion = symbol == "DEL" || symbol.starts_with("DEL:");
                (symbol, if is_deletion { "" } else { "." }.to_owned())
            }
        };
        let is_stated = matches!(key.put(), Alternate::Spelt(_)) || !key.reference().is_empty();
        let number = |value| Number { r#type: "Number", value };
        Self {
            variant_internal_id: key.to_string(),
            variation: LegacyVariation {
                variant_type,
                reference_bases: is_stated.then(|| key.reference().to_owned()),
                alternate_bases,
                location: SequenceLocation {
                    r#type: "SequenceLocation",
                    sequence_id: format!("refseq:{}", refseq_accession(key.reference_name(), key.assembly())),
                    interval: SequenceInterval {
                        r#type: "SequenceInterval",
                        start: number(key.start().0),
                        end: number(key.end().0),
                    },
                },
            },
            identifiers: Identifiers {
                genomic_hgvs_id: key.hgvs(),
                ..Identifiers::default()
            },
            molecular_attributes: MolecularAttributes::default(),
            case_level_data: Vec::new(),
            frequency_in_populations: Vec::new(),
        }
    }
}

/// The `variantType` of an allele whose bases are known.
fn spelt_type(reference: &str, alternate: &str) -> &'static str {
    let kind = match (reference.len(), alternate.len()) {
        (1, 1) => VariantType::Snv,
        (taken, put) if taken == put => VariantType::Mnv,
        (0, _) => VariantType::Insertion,
        (_, 0) => VariantType::Deletion,
        (_, _) => VariantType::Indel,
    };
    kind.as_str()
}

impl Identifiers {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The genomic HGVS name of the variant; `None` if not known.
    #[must_use]
    pub fn genomic_hgvs_id(&self) -> Option<&str> {
        self.genomic_hgvs_id.as_deref()
    }

    /// Adds the number of the variant in ClinVar.
    #[must_use]
    pub fn with_clinvar(mut self, variation: u64) -> Self {
        self.clinvar_variant_id = Some(format!("clinvar:{variation}"));
        self
    }
}

impl MolecularAttributes {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl CaseLevelVariant {
    /// The id of the specimen.
    #[must_use]
    pub fn biosample_id(&self) -> &str {
        &self.biosample_id
    }

    /// The occurrence of a variant in a specimen.
    #[must_use]
    pub fn new(biosample_id: &str) -> Self {
        Self {
            biosample_id: biosample_id.to_owned(),
            individual_id: None,
            run_id: None,
            analysis_id: None,
            zygosity: None,
            allele_origin: None,
            clinical_interpretations: Vec::new(),
        }
    }

    /// Adds the zygosity of the variant in the specimen.
    #[must_use]
    pub fn with_zygosity(mut self, zygosity: Zygosity) -> Self {
        self.zygosity = Some(match zygosity {
            Zygosity::Heterozygous => OntologyTerm::known("GENO:0000135", "heterozygous"),
            Zygosity::Homozygous => OntologyTerm::known("GENO:0000136", "homozygous"),
            Zygosity::Hemizygous => OntologyTerm::known("GENO:0000134", "hemizygous"),
        });
        self
    }

    /// Adds whether the allele is germline or somatic.
    #[must_use]
    pub fn with_allele_origin(mut self, origin: AlleleOrigin) -> Self {
        self.allele_origin = Some(match origin {
            AlleleOrigin::Germline => OntologyTerm::known("SO:0001778", "germline variant"),
            AlleleOrigin::Somatic => OntologyTerm::known("SO:0001777", "somatic variant"),
        });
        self
    }
}

impl FrequencyInPopulations {
    /// The frequencies from one source. `None` if the list is empty, because the schema does not allow an empty list.
    #[must_use]
    pub fn try_new(source: &str, source_reference: &str, frequencies: Vec<PopulationFrequency>) -> Option<Self> {
        (!frequencies.is_empty()).then(|| Self {
            source: source.to_owned(),
            source_reference: source_reference.to_owned(),
            version: None,
            frequencies,
        })
    }
}

impl PopulationFrequency {
    /// The frequency in a population: the number of counted alleles divided by the number of called alleles. `None` if no allele was called, or
    /// if more alleles were counted than called.
    #[must_use]
    pub fn try_new(population: &str, alleles_count: u64, called_count: u64) -> Option<Self> {
        (called_count > 0 && alleles_count <= called_count).then(|| Self {
            population: population.to_owned(),
            #[allow(clippy::cast_precision_loss, reason = "counts of people's chromosomes are far below 2^53")]
            allele_frequency: alleles_count as f64 / called_count as f64,
            allele_count: alleles_count,
            allele_number: called_count,
            people: None,
        })
    }

    /// Adds the numbers of participants from which the frequency was computed.
    #[must_use]
    pub fn with_people(mut self, people: CalledPeople) -> Self {
        self.people = Some(people);
        self
    }
}
