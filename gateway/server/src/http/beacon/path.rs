//! The path of a Beacon request: the endpoint of the specification, and the id in the path.

use actix_web::{FromRequest as _, HttpRequest, web};
use ga4gh_beacon::{BeaconError, BeaconRequest, Endpoint, EntryType};
use gemj_model::DatasetId;

use crate::http::routes::template_of;

/// The path of the Beacon root, below the gateway's address.
pub(super) const ROOT: &str = "/beacon";

/// A Beacon endpoint, and the id in the path of the request.
pub(super) struct Path {
    pub(super) endpoint: &'static Endpoint,
    id: Option<String>,
}

impl Path {
    /// The endpoint of a request to a path of the route table. Absent if the path is not a Beacon endpoint.
    pub(super) async fn of(request: &HttpRequest) -> Option<Self> {
        let template = request.match_pattern()?;
        let endpoint = Endpoint::of(template_of(&template).strip_prefix(ROOT)?)?;
        let id = match endpoint.nested_in() {
            // An id that cannot be decoded is treated like an unknown id.
            Some(_) => Some(
                web::Path::<String>::extract(request)
                    .await
                    .map(web::Path::into_inner)
                    .unwrap_or_default(),
            ),
            None => None,
        };
        Some(Self { endpoint, id })
    }

    /// The entry type and the id of the entry in the path.
    pub(super) fn thing(&self) -> Option<(EntryType, &str)> {
        self.endpoint.nested_in().zip(self.id.as_deref())
    }
}

/// The datasets that a query names. An empty list means every dataset that the caller may use. If both the path and the parameters name
/// datasets, the result contains only the datasets that both name.
///
/// # Errors
/// [`BeaconError::Contradiction`] if the path and the parameters have no dataset in common, [`BeaconError::InvalidValue`] for an id that is not
/// well-formed.
pub(super) fn datasets(asked: &BeaconRequest, of_path: Option<Vec<DatasetId>>) -> Result<Vec<DatasetId>, BeaconError> {
    let named = asked.datasets.iter().map(|id| DatasetId::parse(id)).collect::<Result<Vec<_>, _>>();
    let named = named.map_err(|_| BeaconError::InvalidValue {
        name: "datasets",
        expected: "ids of datasets",
    })?;
    let Some(of_path) = of_path else { return Ok(named) };
    if named.is_empty() {
        return Ok(of_path);
    }
    let both: Vec<DatasetId> = of_path.into_iter().filter(|id| named.contains(id)).collect();
    if both.is_empty() {
        return Err(BeaconError::Contradiction {
            name: "datasets",
            other: "the path, which names other datasets",
        });
    }
    Ok(both)
}
