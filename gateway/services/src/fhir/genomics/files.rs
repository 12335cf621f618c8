//! Reads a patient's variant files, chromosome by chromosome.

use gemj_access::Grant;
use gemj_model::{Assembly, Contig, DataObject, Interval, Ordinal};
use gemj_objects::{Call, CallsError, SliceError, SliceRegion};
use hl7_fhir::genomics::{Assembly as FhirAssembly, Chromosome};
use hl7_fhir::{FhirError, Issue, IssueCode};

use crate::ServiceError;
use crate::fhir::FhirFailure;
use crate::stores::Stores;

/// The assembly in FHIR's form.
pub(super) fn fhir_assembly(assembly: Assembly) -> FhirAssembly {
    match assembly {
        Assembly::GRCh37 => FhirAssembly::GRCh37,
        Assembly::GRCh38 => FhirAssembly::GRCh38,
    }
}

/// Whether a file is read with its filters. If the Grant does not cover all participants of the file, the file is redacted and read without
/// filters.
pub(super) fn tells_filters(grant: &Grant, object: &DataObject) -> bool {
    grant.covers_all(&object.dataset, object.samples.iter().map(|sample| sample.participant))
}

/// The names of a chromosome's contigs in a file, as the file spells them. The list is empty if the file has no contig of the chromosome.
///
/// # Errors
/// The file cannot be read.
pub(super) async fn contigs(
    stores: &Stores,
    grant: &Grant,
    object: &DataObject,
    chromosome: Chromosome,
) -> Result<Vec<Contig>, FhirFailure> {
    let mut known = Vec::new();
    for name in spellings(object.assembly, chromosome) {
        let region = stretch(&Contig(name.clone()), Interval::WHOLE);
        match stores.objects.check_regions(grant, object, &[region]).await {
            Ok(()) => known.push(Contig(name)),
            Err(SliceError::UnknownContig) => {}
            Err(error) => return Err(failure(error.into())),
        }
    }
    Ok(known)
}

/// The contig names that mean a chromosome's RefSeq sequence. In UCSC's hg19, `chrM` is a different mitochondrial sequence from NC_012920.1
/// of GRCh37, so the name is not accepted there.
fn spellings(assembly: Assembly, chromosome: Chromosome) -> Vec<String> {
    if !chromosome.is_mitochondrial() {
        let name = chromosome.name();
        return vec![format!("chr{name}"), name];
    }
    let names: &[&str] = match assembly {
        Assembly::GRCh37 => &["MT", "chrMT"],
        Assembly::GRCh38 => &["chrM", "MT", "M", "chrMT"],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// An interval of a contig, as a region for the slicer.
pub(super) fn stretch(contig: &Contig, interval: Interval) -> SliceRegion {
    SliceRegion::Contig {
        contig: contig.clone(),
        interval,
    }
}

/// The patient's VCF records in the given regions of a file.
///
/// # Errors
/// 400 `too-costly` for more records than one read may return; the file cannot be read.
pub(super) async fn calls(
    stores: &Stores,
    grant: &Grant,
    object: &DataObject,
    participant: Ordinal,
    regions: &[SliceRegion],
) -> Result<Vec<Call>, FhirFailure> {
    stores.objects.calls(grant, object, participant, regions).await.map_err(failure)
}

/// The error 400 for a request that would be too costly.
pub(super) fn too_costly(text: &str) -> FhirFailure {
    FhirError::invalid(Issue::error(IssueCode::TooCostly, text).at("http.ranges")).into()
}

fn failure(error: CallsError) -> FhirFailure {
    match error {
        CallsError::TooLarge => too_costly("the ranges contain too many records; request smaller ranges"),
        CallsError::Slice(SliceError::NotCovered) => ServiceError::NotFound.into(),
        CallsError::Slice(SliceError::Object(error)) => ServiceError::Objects(error).into(),
        // These errors cannot occur: the contigs were checked before, and a slice of variants needs no reference.
        CallsError::Slice(
            SliceError::UnknownContig
            | SliceError::NotReads
            | SliceError::NotConverted
            | SliceError::ReferenceNeeded
            | SliceError::OutsideRegions,
        ) => FhirError::Internal.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_chromosome_has_two_spellings_and_chrm_of_hg19_is_not_the_mitochondrion_of_grch37() {
        let of = |assembly, name| spellings(assembly, Chromosome::parse(name).unwrap());
        assert_eq!(of(Assembly::GRCh38, "X"), ["chrX", "X"]);
        assert_eq!(of(Assembly::GRCh37, "17"), ["chr17", "17"]);
        assert!(of(Assembly::GRCh38, "M").contains(&"chrM".to_owned()));
        assert!(!of(Assembly::GRCh37, "M").contains(&"chrM".to_owned()));
    }
}
