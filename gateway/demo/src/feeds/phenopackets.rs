//! Writes Phenopackets v2, one for each member of a dataset. The members of JSON objects are in a fixed order. Packets contain no name and
//! no birthday.

use gemj_model::Sex;
use serde::Serialize;

use crate::error::DemoError;
use crate::programme::hpo::{Feature, label};
use crate::programme::person::{CANCER, EXPORTED, RARE_DISEASE};
use crate::programme::reference::REGIONS;
use crate::programme::{Person, Programme};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Phenopacket<'a> {
    id: &'a str,
    subject: Subject<'a>,
    phenotypic_features: Vec<PhenotypicFeature>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    biosamples: Vec<Biosample<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    interpretations: Vec<Interpretation<'a>>,
    diseases: Vec<Disease>,
    meta_data: MetaData<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Subject<'a> {
    id: &'a str,
    time_at_last_encounter: TimeElement,
    sex: &'static str,
}

#[derive(Serialize)]
struct TimeElement {
    age: Age,
}

#[derive(Serialize)]
struct Age {
    iso8601duration: String,
}

#[derive(Clone, Copy, Serialize)]
struct OntologyClass {
    id: &'static str,
    label: &'static str,
}

#[derive(Serialize)]
struct PhenotypicFeature {
    r#type: OntologyClass,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    excluded: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    onset: Option<TimeElement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Biosample<'a> {
    id: String,
    individual_id: &'a str,
    sampled_tissue: OntologyClass,
}

#[derive(Serialize)]
struct Disease {
    term: OntologyClass,
    onset: TimeElement,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Interpretation<'a> {
    id: String,
    progress_status: &'static str,
    diagnosis: Diagnosis<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Diagnosis<'a> {
    disease: OntologyClass,
    genomic_interpretations: [GenomicInterpretation<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GenomicInterpretation<'a> {
    subject_or_biosample_id: &'a str,
    interpretation_status: &'static str,
    variant_interpretation: VariantInterpretation<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VariantInterpretation<'a> {
    acmg_pathogenicity_classification: &'static str,
    therapeutic_actionability: &'static str,
    variation_descriptor: VariationDescriptor<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VariationDescriptor<'a> {
    id: String,
    gene_context: GeneContext,
    vcf_record: VcfRecord<'a>,
    molecule_context: &'static str,
    allelic_state: OntologyClass,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GeneContext {
    value_id: &'static str,
    symbol: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VcfRecord<'a> {
    genome_assembly: &'static str,
    chrom: &'static str,
    /// The position of the variant, 1-based as in VCF. 64-bit integers are strings in the JSON form of Protocol Buffers.
    pos: String,
    r#ref: &'a str,
    alt: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetaData<'a> {
    created: String,
    created_by: &'static str,
    submitted_by: &'a str,
    resources: Vec<Resource>,
    phenopacket_schema_version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    id: &'static str,
    name: &'static str,
    url: &'static str,
    version: &'static str,
    namespace_prefix: &'static str,
    iri_prefix: &'static str,
}

/// The packet of a participant in one dataset. If a participant is in both datasets, each packet contains all features, but only the
/// diagnosis of its dataset. Only a packet of the rare disease dataset contains an interpretation.
pub(super) fn encode(programme: &Programme, person: &Person, dataset: &str) -> Result<Vec<u8>, DemoError> {
    let oncology = |id: &str| id.starts_with("MONDO:") && id != "MONDO:0005453";
    let belongs = |cancer: bool| !(person.in_cancer && person.in_rare_disease) || cancer == (dataset == CANCER);
    let diagnosis = person.diagnosis.filter(|d| belongs(oncology(d.id)));
    let diseases = diagnosis
        .iter()
        .map(|d| Disease {
            term: OntologyClass { id: d.id, label: d.label },
            onset: age_in_months(d.onset_months),
        })
        .collect();
    let files = &programme.files;
    let has_files = [&files.vcf, &files.joint, &files.panel]
        .iter()
        .any(|list| list.contains(&person.index));
    let packet = Phenopacket {
        id: &person.id,
        subject: Subject {
            id: &person.id,
            time_at_last_encounter: age_in_months(12 * person.born.years_until(EXPORTED)),
            sex: match person.sex {
                Sex::Female => "FEMALE",
                Sex::Male => "MALE",
                Sex::Other => "OTHER_SEX",
                Sex::Unknown => "UNKNOWN_SEX",
            },
        },
        phenotypic_features: person.features.iter().map(phenotypic_feature).collect(),
        biosamples: has_files
            .then(|| Biosample {
                id: person.specimen(),
                individual_id: &person.id,
                sampled_tissue: OntologyClass {
                    id: "UBERON:0000178",
                    label: "blood",
                },
            })
            .into_iter()
            .collect(),
        interpretations: interpretation(programme, person, dataset).into_iter().collect(),
        diseases,
        meta_data: MetaData {
            created: format!("{EXPORTED}T00:00:00Z"),
            created_by: "gemj-demo",
            submitted_by: person.hospital.site(),
            resources: resources(),
            phenopacket_schema_version: "2.0",
        },
    };
    Ok(serde_json::to_vec_pretty(&packet)?)
}

fn phenotypic_feature(feature: &Feature) -> PhenotypicFeature {
    PhenotypicFeature {
        r#type: OntologyClass {
            id: feature.term,
            label: label(feature.term),
        },
        excluded: feature.excluded,
        onset: feature.onset_months.map(age_in_months),
    }
}

fn interpretation<'a>(programme: &'a Programme, person: &'a Person, dataset: &str) -> Option<Interpretation<'a>> {
    let diagnosis = person.diagnosis?;
    let site = &programme.sites[person.causal_site.filter(|_| dataset == RARE_DISEASE)?];
    let gene = REGIONS[site.region];
    let allelic_state = if site.is_on_x() && person.is_male() {
        OntologyClass {
            id: "GENO:0000134",
            label: "hemizygous",
        }
    } else if programme.genotype(person, site) == crate::programme::genotypes::Genotype::Diploid(1, 1) {
        OntologyClass {
            id: "GENO:0000136",
            label: "homozygous",
        }
    } else {
        OntologyClass {
            id: "GENO:0000135",
            label: "heterozygous",
        }
    };
    Some(Interpretation {
        id: format!("{}-interpretation-1", person.id),
        progress_status: "SOLVED",
        diagnosis: Diagnosis {
            disease: OntologyClass {
                id: diagnosis.id,
                label: diagnosis.label,
            },
            genomic_interpretations: [GenomicInterpretation {
                subject_or_biosample_id: &person.id,
                interpretation_status: "CAUSATIVE",
                variant_interpretation: VariantInterpretation {
                    acmg_pathogenicity_classification: "PATHOGENIC",
                    therapeutic_actionability: "UNKNOWN_ACTIONABILITY",
                    variation_descriptor: VariationDescriptor {
                        id: format!("{}-variant-1", person.id),
                        gene_context: GeneContext {
                            value_id: gene.hgnc,
                            symbol: gene.gene,
                        },
                        vcf_record: VcfRecord {
                            genome_assembly: "GRCh38",
                            chrom: site.contig_name(),
                            pos: site.position.0.to_string(),
                            r#ref: &site.reference,
                            alt: &site.alternates[0],
                        },
                        molecule_context: "genomic",
                        allelic_state,
                    },
                },
            }],
        },
    })
}

fn age_in_months(months: u16) -> TimeElement {
    let iso8601duration = match (months / 12, months % 12) {
        (0, m) => format!("P{m}M"),
        (y, 0) => format!("P{y}Y"),
        (y, m) => format!("P{y}Y{m}M"),
    };
    TimeElement {
        age: Age { iso8601duration },
    }
}

fn resources() -> Vec<Resource> {
    vec![
        Resource {
            id: "hp",
            name: "human phenotype ontology",
            url: "http://purl.obolibrary.org/obo/hp.owl",
            version: "demo-subset",
            namespace_prefix: "HP",
            iri_prefix: "http://purl.obolibrary.org/obo/HP_",
        },
        Resource {
            id: "mondo",
            name: "Mondo Disease Ontology",
            url: "http://purl.obolibrary.org/obo/mondo.owl",
            version: "demo-subset",
            namespace_prefix: "MONDO",
            iri_prefix: "http://purl.obolibrary.org/obo/MONDO_",
        },
        Resource {
            id: "omim",
            name: "Online Mendelian Inheritance in Man",
            url: "https://www.omim.org",
            version: "demo-subset",
            namespace_prefix: "OMIM",
            iri_prefix: "https://www.omim.org/entry/",
        },
    ]
}
