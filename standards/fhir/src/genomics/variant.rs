//! A Variant: an Observation which states that a genomic change is present (Genomics Reporting 3.0.0 § Variant).

use serde_json::{Value, json};

use super::{
    Allele, GENETICS, GenomicsError, HL7_LABORATORY, JP_LABORATORY, LOINC, ReferenceWindow, SourceClass, Spdi, UCUM, VARIANT_PROFILE,
    coding, concept, shown,
};
use crate::date::is_date_time;
use crate::reference::is_id;

/// The meaning of the column FILTER of a VCF record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filtering {
    /// FILTER is `PASS`.
    Passed,
    /// FILTER is `.`: no filter was applied.
    NotApplied,
    /// FILTER has any other value: the record failed a filter.
    Failed,
}

/// The zygosity of an allele (LOINC 53034-5, answer list LL381-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AllelicState {
    /// One of two copies has the allele.
    Heterozygous,
    /// Both copies have the allele.
    Homozygous,
    /// The only copy has the allele.
    Hemizygous,
    /// Some mitochondria have the allele.
    Heteroplasmic,
    /// All mitochondria have the allele.
    Homoplasmic,
}

impl AllelicState {
    /// The zygosity of the allele `alternate` (1 is the first ALT) in a genotype such as `1/1`, `0/1`, `1/2` or `./1`. A single `1` is
    /// hemizygous. `None` if the genotype does not contain the allele, or has more than two copies.
    #[must_use]
    pub fn of_genotype(alleles: &[Option<u32>], alternate: u32) -> Option<Self> {
        let carried = alleles.iter().filter(|allele| **allele == Some(alternate)).count();
        match (alleles.len(), carried) {
            (1, 1) => Some(Self::Hemizygous),
            (2, 1) => Some(Self::Heterozygous),
            (2, 2) => Some(Self::Homozygous),
            (_, _) => None,
        }
    }

    /// The zygosity of a mitochondrial allele: homoplasmic if at least 99 % of the reads have the allele, otherwise heteroplasmic.
    #[must_use]
    pub const fn of_mitochondrial_reads(reads: ReadDepth) -> Self {
        if reads.alternate as u64 * 100 >= reads.total as u64 * 99 {
            Self::Homoplasmic
        } else {
            Self::Heteroplasmic
        }
    }

    const fn term(self) -> (&'static str, &'static str) {
        match self {
            Self::Heterozygous => ("LA6706-1", "Heterozygous"),
            Self::Homozygous => ("LA6705-3", "Homozygous"),
            Self::Hemizygous => ("LA6707-9", "Hemizygous"),
            Self::Heteroplasmic => ("LA6703-8", "Heteroplasmic"),
            Self::Homoplasmic => ("LA6704-6", "Homoplasmic"),
        }
    }
}

/// The numbers of reads at a position, from the VCF fields AD and DP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadDepth {
    /// The number of reads with this alternate allele.
    pub alternate: u32,
    /// The number of all informative reads; at least 1.
    pub total: u32,
}

/// The content of a Variant: a genomic change that is present in a person.
#[derive(Clone, Copy)]
pub struct VariantObservation<'a> {
    /// The Observation's id.
    pub id: &'a str,
    /// The id of the Patient resource.
    pub patient_id: &'a str,
    /// The id of the Specimen resource; `None` if not stated.
    pub specimen_id: Option<&'a str>,
    /// The time when the specimen was collected or, if not known, sequenced: a `dateTime`.
    pub effective: &'a str,
    /// The genomic change.
    pub allele: &'a Allele,
    /// The result of the record's filters (column FILTER).
    pub filtering: Filtering,
    /// Whether the variant is germline or somatic.
    pub source_class: SourceClass,
    /// The zygosity from the genotype (GT); `None` if unknown. It is never rendered for somatic changes, even if present here.
    pub allelic_state: Option<AllelicState>,
    /// The numbers of reads, from AD and DP; `None` if not stated.
    pub read_depth: Option<ReadDepth>,
    /// The reference bases around an insertion or deletion, from which the SPDI expression is made. Without a window, an insertion or deletion
    /// has no variation-code.
    pub window: Option<ReferenceWindow<'a>>,
}

impl VariantObservation<'_> {
    /// Renders the Observation resource. It has the status `final`, the value Present, and the three categories that the profiles of HL7 and JP
    /// Core together require. Its coordinates are 0-based, and the resource states this (LA30100-4).
    ///
    /// # Errors
    /// [`GenomicsError`] if an id, a time or the read depth is not valid, or if the record failed its filters.
    pub fn to_json(&self) -> Result<Value, GenomicsError> {
        if self.filtering == Filtering::Failed {
            return Err(GenomicsError::Filtered);
        }
        if ![Some(self.id), Some(self.patient_id), self.specimen_id]
            .into_iter()
            .flatten()
            .all(is_id)
        {
            return Err(GenomicsError::NotAnId);
        }
        if !is_date_time(self.effective) {
            return Err(GenomicsError::NotATime);
        }
        if self
            .read_depth
            .is_some_and(|reads| reads.total == 0 || reads.alternate > reads.total)
        {
            return Err(GenomicsError::ReadDepth);
        }
        let categories = [JP_LABORATORY, HL7_LABORATORY, GENETICS].map(|(system, code)| concept(system, code));
        let mut resource = json!({
            "resourceType": "Observation",
            "id": self.id,
            "meta": {"profile": [VARIANT_PROFILE]},
            "status": "final",
            "category": categories,
            "code": {
                "coding": [{"system": LOINC, "code": "69548-6", "display": "Genetic variant assessment"}],
                "text": "Genetic variant assessment",
            },
            "subject": {"reference": format!("Patient/{}", self.patient_id)},
            "effectiveDateTime": self.effective,
            "valueCodeableConcept": shown(LOINC, "LA9633-4", "Present"),
            "component": self.components(),
        });
        if let Some(specimen) = self.specimen_id {
            resource["specimen"] = json!({"reference": format!("Specimen/{specimen}")});
        }
        Ok(resource)
    }

    fn components(&self) -> Vec<Value> {
        let allele = self.allele;
        let of_concept = |code: &str, value: Value| component(code, "valueCodeableConcept", value);
        let (change, change_label) = allele.change_type().term();
        let (source, source_label) = self.source_class.term();
        let assembly = allele.assembly();
        let mut components = vec![
            of_concept("62374-4", shown(LOINC, assembly.loinc(), assembly.as_str())),
            of_concept("48013-7", concept("http://www.ncbi.nlm.nih.gov/refseq", &allele.accession())),
            component("81254-5", "valueRange", json!({"low": {"value": allele.start()}})),
            of_concept("92822-6", shown(LOINC, "LA30100-4", "0-based interval counting")),
            component("69547-8", "valueString", json!(allele.reference())),
            component("69551-0", "valueString", json!(allele.alternate())),
            of_concept("48019-4", shown("http://www.sequenceontology.org", change, change_label)),
            of_concept("48002-0", shown(LOINC, source, source_label)),
        ];
        if let Some(code) = allele.chromosome().loinc() {
            components.push(of_concept(
                "48000-4",
                shown(LOINC, code, &format!("Chromosome {}", allele.chromosome().name())),
            ));
        }
        if let Some(state) = self.allelic_state
            && self.source_class == SourceClass::Germline
        {
            let (code, label) = state.term();
            components.push(of_concept("53034-5", shown(LOINC, code, label)));
        }
        if let Some(reads) = self.read_depth {
            let quantity = |value: Value| json!({"value": value, "system": UCUM, "code": "1"});
            components.push(component("81258-6", "valueQuantity", quantity(fraction(reads))));
            components.push(component("82121-5", "valueQuantity", quantity(json!(reads.alternate))));
        }
        if let Some(spdi) = Spdi::canonical(allele, self.window) {
            components.push(of_concept(
                "81252-9",
                concept("https://api.ncbi.nlm.nih.gov/variation/v0/", &spdi.to_string()),
            ));
        }
        components
    }
}

/// The fraction of the reads that have the allele, rounded to four decimals.
fn fraction(reads: ReadDepth) -> Value {
    let ten_thousandths = (f64::from(reads.alternate) / f64::from(reads.total) * 10_000.0).round();
    json!(ten_thousandths / 10_000.0)
}

fn component(code: &str, name: &str, value: Value) -> Value {
    let mut component = json!({"code": {"coding": [coding(LOINC, code)]}});
    component[name] = value;
    component
}
