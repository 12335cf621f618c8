//! Alleles that a patient carries.

use gemj_access::CapabilityKey;
use gemj_model::{DataObject, Origin, Timestamp, Zygosity};
use gemj_objects::{Call, CallFilter};
use hl7_fhir::FhirError;
use hl7_fhir::genomics::{Allele, AllelicState, Chromosome, Filtering, ReadDepth, SourceClass, VariantObservation};
use serde_json::{Value, json};

use super::files::fhir_assembly;
use super::identity::variant_id;
use crate::fhir::instant;

/// What an Observation says of a call whose filters are not given out.
const UNFILTERED_NOTE: &str = "Read from a joint call set, whose site filters are not given out with one person's calls.";

/// One allele, and how it is carried.
pub(super) struct Carried {
    pub(super) allele: Allele,
    pub(super) origin: Origin,
    pub(super) filter: CallFilter,
    state: Option<AllelicState>,
    reads: Option<ReadDepth>,
    /// When the file was taken in, or the report.
    seen: Timestamp,
}

impl Carried {
    /// The alternative alleles of a call that the genotype has, without `*`, symbolic ones and what else is no sequence.
    pub(super) fn of_call(call: &Call, object: &DataObject, chromosome: Chromosome) -> Vec<Self> {
        let assembly = fhir_assembly(object.assembly);
        let carried = (1u32..)
            .zip(&call.alternates)
            .filter(|(number, _)| call.genotype.contains(&Some(*number)));
        carried
            .filter_map(|(number, alternate)| {
                let allele = Allele::parse(assembly, chromosome, call.position.0, &call.reference, alternate).ok()?;
                let reads = reads(call, number);
                let state = if chromosome.is_mitochondrial() {
                    reads.map(AllelicState::of_mitochondrial_reads)
                } else {
                    AllelicState::of_genotype(&call.genotype, number)
                };
                Some(Self {
                    allele,
                    origin: object.origin,
                    filter: call.filter,
                    state,
                    reads,
                    seen: object.created,
                })
            })
            .collect()
    }

    /// An allele that is known from a case report alone.
    pub(super) fn of_report(allele: Allele, origin: Origin, zygosity: Zygosity, recorded: Timestamp) -> Self {
        // How many mitochondria carry it is not what a report's zygosity says.
        let state = (!allele.chromosome().is_mitochondrial()).then_some(match zygosity {
            Zygosity::Heterozygous => AllelicState::Heterozygous,
            Zygosity::Homozygous => AllelicState::Homozygous,
            Zygosity::Hemizygous => AllelicState::Hemizygous,
        });
        Self {
            allele,
            origin,
            filter: CallFilter::NotApplied,
            state,
            reads: None,
            seen: recorded,
        }
    }

    /// The Observation's id.
    pub(super) fn id(&self, key: &CapabilityKey, patient_id: &str) -> String {
        variant_id(key, patient_id, &self.allele, self.origin)
    }

    /// The Observation.
    ///
    /// # Errors
    /// [`FhirError::Internal`]: what it is made of was checked before.
    pub(super) fn observation(&self, id: &str, patient_id: &str) -> Result<Value, FhirError> {
        let observation = VariantObservation {
            id,
            patient_id,
            specimen_id: None,
            effective: &instant(self.seen),
            allele: &self.allele,
            filtering: match self.filter {
                CallFilter::Passed => Filtering::Passed,
                CallFilter::NotApplied | CallFilter::Withheld => Filtering::NotApplied,
                CallFilter::Failed => Filtering::Failed,
            },
            source_class: source_class(self.origin),
            allelic_state: self.state,
            read_depth: self.reads,
            window: None,
        };
        let mut resource = observation.to_json().map_err(|_| FhirError::Internal)?;
        if self.filter == CallFilter::Withheld {
            resource["note"] = json!([{"text": UNFILTERED_NOTE}]);
        }
        Ok(resource)
    }
}

/// Germline or somatic, in FHIR's words.
pub(super) fn source_class(origin: Origin) -> SourceClass {
    match origin {
        Origin::Germline => SourceClass::Germline,
        Origin::Somatic => SourceClass::Somatic,
    }
}

/// Reads of an ALT, out of DP where it is told and not less, else out of all that AD counts.
fn reads(call: &Call, number: u32) -> Option<ReadDepth> {
    let depths = call.allele_depths.as_ref()?;
    let alternate = *depths.get(usize::try_from(number).ok()?)?;
    let counted = depths.iter().try_fold(0u32, |sum, depth| sum.checked_add(*depth))?;
    let total = call.read_depth.filter(|depth| *depth >= alternate).unwrap_or(counted);
    (total > 0).then_some(ReadDepth { alternate, total })
}
