//! The alleles that a patient carries, with their FHIR Observations.

use gemj_access::CapabilityKey;
use gemj_model::{DataObject, Origin, Reportable, Timestamp, Zygosity};
use gemj_objects::{Call, CallFilter};
use hl7_fhir::FhirError;
use hl7_fhir::genomics::{Allele, AllelicState, Chromosome, Filtering, ReadDepth, SourceClass, VariantObservation};
use serde_json::{Value, json};

use super::files::fhir_assembly;
use super::identity::variant_id;
use crate::fhir::instant;

/// The note of an Observation for a genotype whose filters are not returned.
const UNFILTERED_NOTE: &str = "Read from a joint call set, whose site filters are not returned with the calls of one person.";

/// One allele and its zygosity, filter and read depth in the patient.
pub(super) struct Carried {
    pub(super) allele: Allele,
    pub(super) origin: Origin,
    pub(super) filter: CallFilter,
    state: Option<AllelicState>,
    reads: Option<ReadDepth>,
    /// The time when the file or the report was ingested.
    seen: Timestamp,
}

/// The reservations about a finding. An Observation with a reservation is preliminary and states the reservation as a note.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reservations {
    /// The case report states the finding only as possibly related to the diagnosis.
    pub(super) is_candidate: bool,
    /// The interpretation in the case report from which the finding comes is not complete.
    pub(super) is_incomplete: bool,
    /// The evidence against the finding in the patient's own files.
    pub(super) files: FilesSay,
}

/// What the patient's own files show about an allele that a case report states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FilesSay {
    /// The files contain the allele, or no file could contain it, so nothing contradicts the report.
    #[default]
    NothingAgainst,
    /// A file could contain the allele, but no record contains it, and the files do not show the reference at all of its bases.
    NotConfirmed,
    /// A file contains the allele with failed filters.
    Failed,
    /// A file shows the reference at all bases of the allele.
    Reference,
}

impl Reservations {
    /// The reservations that the case report itself states, without evidence of the files.
    pub(super) fn of(how: Reportable) -> Self {
        Self {
            is_candidate: how.is_candidate,
            is_incomplete: !how.is_complete,
            files: FilesSay::NothingAgainst,
        }
    }

    /// Whether the finding has no reservation. Only then is the finding final.
    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }

    /// The notes of the Observation about these reservations.
    fn notes(self) -> Vec<&'static str> {
        let files = match self.files {
            FilesSay::NothingAgainst => None,
            FilesSay::NotConfirmed => Some(
                "Stated by a case report and not confirmed by the sequencing data: the patient's file has no call of the allele, and does not show the reference in its place.",
            ),
            FilesSay::Failed => {
                Some("Stated by a case report and not confirmed by the sequencing data: the file's record of it failed its filters.")
            }
            FilesSay::Reference => Some(
                "Stated by a case report and not confirmed by the sequencing data: the patient's file shows the reference in its place.",
            ),
        };
        let candidate = "Candidate: the case report interprets it to possibly be related to the diagnosis.";
        let incomplete = "The interpretation that states it is not complete.";
        let notes = [
            files,
            self.is_candidate.then_some(candidate),
            self.is_incomplete.then_some(incomplete),
        ];
        notes.into_iter().flatten().collect()
    }
}

impl Carried {
    /// The alleles of a VCF record that the patient's genotype contains. The allele `*`, symbolic alleles and other texts that are not a
    /// sequence are left out.
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

    /// An allele that only a case report states.
    pub(super) fn of_report(allele: Allele, origin: Origin, zygosity: Option<Zygosity>, recorded: Timestamp) -> Self {
        // A report's zygosity does not state the proportion of mitochondria with the allele.
        let state = zygosity
            .filter(|_| !allele.chromosome().is_mitochondrial())
            .map(|zygosity| match zygosity {
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

    /// The id of the Observation for this allele.
    pub(super) fn id(&self, key: &CapabilityKey, patient_id: &str) -> String {
        variant_id(key, patient_id, &self.allele, self.origin)
    }

    /// The Observation for this allele, as JSON.
    ///
    /// # Errors
    /// [`FhirError::Internal`] if a part is invalid. All parts were checked before.
    pub(super) fn observation(&self, id: &str, patient_id: &str, reservations: Reservations) -> Result<Value, FhirError> {
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
        let unfiltered = (self.filter == CallFilter::Withheld).then_some(UNFILTERED_NOTE);
        let notes: Vec<Value> = reservations
            .notes()
            .into_iter()
            .chain(unfiltered)
            .map(|text| json!({"text": text}))
            .collect();
        if !notes.is_empty() {
            resource["note"] = json!(notes);
        }
        if !reservations.is_none() {
            resource["status"] = json!("preliminary");
        }
        if reservations.files == FilesSay::Reference {
            // The report says that the allele is present, but the file says that it is absent: "Indeterminate" of LOINC's answer list
            // LL1971-2.
            resource["valueCodeableConcept"] =
                json!({"coding": [{"system": "http://loinc.org", "code": "LA11884-6", "display": "Indeterminate"}]});
        }
        Ok(resource)
    }
}

/// The FHIR source class of an origin.
pub(super) fn source_class(origin: Origin) -> SourceClass {
    match origin {
        Origin::Germline => SourceClass::Germline,
        Origin::Somatic => SourceClass::Somatic,
    }
}

/// The number of reads with an alternative allele, and the total number of reads. The total is DP if DP is present and not smaller than the
/// reads with the allele, otherwise the sum of AD.
fn reads(call: &Call, number: u32) -> Option<ReadDepth> {
    let depths = call.allele_depths.as_ref()?;
    let alternate = *depths.get(usize::try_from(number).ok()?)?;
    let counted = depths.iter().try_fold(0u32, |sum, depth| sum.checked_add(*depth))?;
    let total = call.read_depth.filter(|depth| *depth >= alternate).unwrap_or(counted);
    (total > 0).then_some(ReadDepth { alternate, total })
}
