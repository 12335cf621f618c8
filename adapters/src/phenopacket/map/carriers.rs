//! Finds the alleles that the subject of a packet carries.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ga4gh_phenopackets::{Biosample, GenomicInterpretation, GenomicInterpretationCall, Phenopacket, VariationDescriptor, VcfRecord};
use gemj_model::carrier::NotAnAllele;
use gemj_model::coordinates::OneBased;
use gemj_model::{Allele, Assembly, CarrierObservation, Contig, Origin, ParticipantId, SpelledAllele};
use thiserror::Error;

use super::super::zygosity::zygosity;
use super::{interpretation, names, secondary};

/// The alleles of a packet's subject, as observations.
pub(super) struct Carriers {
    /// The observations, each allele once, in the order of reading.
    pub(super) observations: Vec<CarrierObservation>,
    /// The number of findings that state no countable allele.
    pub(super) not_counted: u64,
    /// The findings that are stored with an allele: the position of the interpretation, and of the finding in the interpretation.
    pub(super) stored: BTreeSet<(usize, usize)>,
}

/// Why a finding causes the refusal of its whole packet.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("/interpretations/{interpretation}/diagnosis/genomicInterpretations/{finding}: {fault}")]
pub(in crate::phenopacket) struct FindingError {
    interpretation: usize,
    finding: usize,
    fault: FindingFault,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
enum FindingFault {
    #[error("subjectOrBiosampleId is neither the subject nor one of the subject's biosamples")]
    OtherSubject,
    #[error("subjectOrBiosampleId names more than one of the subject and the biosamples")]
    AmbiguousSample,
    #[error("vcfRecord/genomeAssembly {0}")]
    Assembly(gemj_model::assembly::UnknownAssembly),
    #[error("vcfRecord/chrom is not a chromosome of the human assemblies")]
    Contig,
    #[error("vcfRecord/chrom chrM of hg19 is not the sequence of GRCh37's MT")]
    Mitochondrion,
    #[error("vcfRecord {0}")]
    Allele(NotAnAllele),
    #[error("allelicState is not a known zygosity")]
    AllelicState,
    #[error("the same allele has a different zygosity elsewhere in the packet")]
    Contradiction,
}

impl FindingError {
    pub(super) fn code(&self) -> &'static str {
        match self.fault {
            FindingFault::OtherSubject => "other-subject",
            FindingFault::AmbiguousSample => "ambiguous-biosample",
            FindingFault::Assembly(_) => "unknown-assembly",
            FindingFault::Contig | FindingFault::Mitochondrion => "unknown-contig",
            FindingFault::Allele(_) => "bad-allele",
            FindingFault::AllelicState => "unknown-allelic-state",
            FindingFault::Contradiction => "contradiction",
        }
    }
}

/// Reads every finding of a packet. A rejected finding is still a carried allele, because only its role as the cause of the disease was
/// rejected. Each interpretation that states an allele adds its conclusion to the observation of that allele.
pub(super) fn carriers(packet: &Phenopacket, participant: &ParticipantId) -> Result<Carriers, FindingError> {
    let mut found = Carriers {
        observations: Vec::new(),
        not_counted: 0,
        stored: BTreeSet::new(),
    };
    let mut biosamples: HashMap<&str, Vec<&Biosample>> = HashMap::new();
    for biosample in &packet.biosamples {
        biosamples.entry(&biosample.id).or_default().push(biosample);
    }
    let mut at_key: BTreeMap<_, usize> = BTreeMap::new();
    let diseases = interpretation::Diseases::of(packet);
    for (i, interpretation) in packet.interpretations.iter().enumerate() {
        let is_secondary = secondary::is_called_secondary(interpretation);
        let findings = interpretation.diagnosis.iter().flat_map(|d| &d.genomic_interpretations);
        for (j, finding) in findings.enumerate() {
            let here = |fault| FindingError {
                interpretation: i,
                finding: j,
                fault,
            };
            let origin = origin(packet, &biosamples, finding).map_err(here)?;
            let Some(descriptor) = descriptor(finding) else { continue };
            // A member that the specification does not define can state that the finding was not made.
            if interpretation.has_unknown || finding.has_unknown {
                found.not_counted += 1;
                continue;
            }
            let Some((assembly, allele)) = allele(descriptor).map_err(here)? else {
                found.not_counted += 1;
                continue;
            };
            let zygosity = match &descriptor.allelic_state {
                Some(state) => Some(zygosity(&state.id).ok_or(FindingFault::AllelicState).map_err(here)?),
                None => None,
            };
            found.stored.insert((i, j));
            let concluded = interpretation::of(&diseases, interpretation, is_secondary, finding);
            let names = names::of(descriptor);
            match at_key.get(&(assembly, origin, allele.clone())) {
                Some(earlier) => {
                    let observation = &mut found.observations[*earlier];
                    match (observation.zygosity, zygosity) {
                        (Some(one), Some(other)) if one != other => return Err(here(FindingFault::Contradiction)),
                        (None, stated) => observation.zygosity = stated,
                        (Some(_), _) => {}
                    }
                    add_new(&mut observation.interpretations, [concluded]);
                    add_new(&mut observation.names, names);
                }
                None => {
                    at_key.insert((assembly, origin, allele.clone()), found.observations.len());
                    found.observations.push(CarrierObservation {
                        participant: participant.clone(),
                        assembly,
                        origin,
                        allele,
                        zygosity,
                        spelled: descriptor.vcf_record.as_ref().map(spelled),
                        interpretations: vec![concluded],
                        names,
                    });
                }
            }
        }
    }
    Ok(found)
}

/// Adds to `list` those items of `new` that the list does not contain yet.
fn add_new<T: PartialEq>(list: &mut Vec<T>, new: impl IntoIterator<Item = T>) {
    for item in new {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

fn spelled(record: &VcfRecord) -> SpelledAllele {
    SpelledAllele {
        position: OneBased(record.pos.0),
        reference: record.reference.clone(),
        alternate: record.alternate.clone(),
    }
}

/// The variant of a finding; `None` if the finding names only a gene, or neither a variant nor a gene.
fn descriptor(finding: &GenomicInterpretation) -> Option<&VariationDescriptor> {
    match &finding.call {
        Some(GenomicInterpretationCall::Variant(variant)) => variant.variation_descriptor.as_ref(),
        Some(GenomicInterpretationCall::Gene(_)) | None => None,
    }
}

/// Whether the finding is germline or somatic. It is an error if the finding belongs to another person, or if its id has two meanings: a biosample
/// with the id of the subject, or two biosamples with one id, could be a tumour.
fn origin(
    packet: &Phenopacket,
    biosamples: &HashMap<&str, Vec<&Biosample>>,
    finding: &GenomicInterpretation,
) -> Result<Origin, FindingFault> {
    let id = finding.subject_or_biosample_id.as_str();
    let named = biosamples.get(id).map_or(&[][..], Vec::as_slice);
    match (id == packet.subject.id, named) {
        (true, []) => Ok(Origin::Germline),
        (true, [_, ..]) | (false, [_, _, ..]) => Err(FindingFault::AmbiguousSample),
        (false, [biosample]) if biosample.individual_id.as_ref().is_some_and(|of| *of != packet.subject.id) => {
            Err(FindingFault::OtherSubject)
        }
        (false, [biosample]) if biosample.is_of_tumour() => Ok(Origin::Somatic),
        (false, [_]) => Ok(Origin::Germline),
        (false, []) => Err(FindingFault::OtherSubject),
    }
}

/// The assembly and the allele of a variant; `None` if the variant states no countable allele.
fn allele(descriptor: &VariationDescriptor) -> Result<Option<(Assembly, Allele)>, FindingFault> {
    let Some(record) = &descriptor.vcf_record else { return Ok(None) };
    let assembly = Assembly::parse(&record.genome_assembly).map_err(FindingFault::Assembly)?;
    let contig = contig(record)?;
    let end = info_end(&record.info);
    if record.alternate.starts_with('<') && end.is_none() {
        return Ok(None);
    }
    match Allele::from_vcf(&contig, OneBased(record.pos.0), &record.reference, &record.alternate, end) {
        Ok(allele) => Ok(Some((assembly, allele))),
        Err(NotAnAllele::NoAlternative | NotAnAllele::Breakend) => Ok(None),
        Err(fault @ (NotAnAllele::Same | NotAnAllele::BadBase | NotAnAllele::BadPosition)) => Err(FindingFault::Allele(fault)),
    }
}

/// The chromosome of a VCF record. A case report with any other contig name (an accession, a patch) is refused, because no request could find
/// an allele under that name.
fn contig(record: &VcfRecord) -> Result<Contig, FindingFault> {
    let contig = Contig(record.chrom.clone()).canonical();
    let name = contig.as_str();
    let autosome = !name.starts_with(['0', '+']) && name.parse::<u8>().is_ok_and(|n| (1..=22).contains(&n));
    if !autosome && !matches!(name, "X" | "Y" | "MT") {
        return Err(FindingFault::Contig);
    }
    if name == "MT" && record.chrom == "chrM" && record.genome_assembly.to_ascii_lowercase().starts_with("hg19") {
        return Err(FindingFault::Mitochondrion);
    }
    Ok(contig)
}

/// The position INFO/END, 1-based; `None` if it is missing or is not a number.
fn info_end(info: &str) -> Option<OneBased> {
    info.split(';')
        .find_map(|field| field.strip_prefix("END="))
        .and_then(|end| end.parse().ok())
        .map(OneBased)
}
