//! Computes the forms under which the carrier index can contain an allele of a case report.

use gemj_model::{Allele, Assembly};
use gemj_objects::{ObjectError, ReferenceBases, ReferenceSequence};
use gemj_variants::leftmost;

use crate::service_error::ServiceError;
use crate::stores::Stores;

/// Each allele with its leftmost form, in the given order. The leftmost form is absent if it equals the allele, or if no reference of the
/// assembly is configured. The index contains an allele in one of the two forms. The form is the original one if the allele was loaded
/// before the reference was configured.
///
/// # Errors
/// The reference cannot be read.
pub(super) async fn leftmost_of(
    stores: &Stores,
    assembly: Assembly,
    alleles: impl IntoIterator<Item = Allele>,
) -> Result<Vec<(Allele, Option<Allele>)>, ServiceError> {
    let alleles: Vec<Allele> = alleles.into_iter().collect();
    let Some(reference) = stores.objects.reference(assembly).filter(|_| !alleles.is_empty()) else {
        return Ok(alleles.into_iter().map(|allele| (allele, None)).collect());
    };
    on_reference(reference, move |mut bases| {
        let shifted = alleles.into_iter().map(|allele| {
            let other = Some(leftmost(&allele, &mut bases)?.into_owned()).filter(|shifted| *shifted != allele);
            Ok((allele, other))
        });
        shifted.collect()
    })
    .await
}

/// Runs a read of the reference sequence on a thread where a file read may block.
pub(super) async fn on_reference<T: Send + 'static>(
    reference: ReferenceSequence,
    read: impl FnOnce(ReferenceBases) -> std::io::Result<T> + Send + 'static,
) -> Result<T, ServiceError> {
    let unreadable = || {
        ServiceError::Objects(ObjectError::Damaged {
            what: "the reference FASTA cannot be read",
        })
    };
    tokio::task::spawn_blocking(move || read(reference.bases()))
        .await
        .map_err(|_| unreadable())?
        .map_err(|_| unreadable())
}
