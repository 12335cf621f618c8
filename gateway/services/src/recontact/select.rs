//! Selects the participants of a recontact request, at the moment of its approval.

use gemj_access::Grant;
use gemj_catalogue::RecontactRequest;
use gemj_model::{Ordinal, Origin};
use gemj_variants::CarrierReader;

use crate::service_error::ServiceError;

/// The germline carriers of the request's allele among the participants of the Grant (action `SelectForRecontact`), in order of ordinal.
/// The Grant contains members of the dataset who take part in the study and may be asked again. The list is also empty if the Grant does
/// not open the dataset.
///
/// # Errors
/// The carrier index fails.
pub async fn select(carriers: &CarrierReader, grant: &Grant, request: &RecontactRequest) -> Result<Vec<Ordinal>, ServiceError> {
    let content = &request.content;
    if grant.dataset(&content.dataset).is_none() {
        return Ok(Vec::new());
    }
    let found = carriers
        .exact(grant, &content.dataset, content.assembly, Origin::Germline, &content.allele)
        .await?;
    Ok(found.iter().map(Ordinal).collect())
}
