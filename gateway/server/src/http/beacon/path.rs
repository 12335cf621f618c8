//! What the path of a request says: which endpoint of the specification it is, and whose id stands in it.

use actix_web::{FromRequest as _, HttpRequest, web};
use ga4gh_beacon::{BeaconError, BeaconRequest, Endpoint, EntryType};
use gemj_model::DatasetId;

use crate::http::routes::template_of;

/// Where Beacon is, below the gateway's address.
pub(super) const ROOT: &str = "/beacon";

/// An endpoint, and the id in its path.
pub(super) struct Path {
    pub(super) endpoint: &'static Endpoint,
    id: Option<String>,
}

impl Path {
    /// Of a request to a path of the route table. Absent for one that is no endpoint's.
    pub(super) async fn of(request: &HttpRequest) -> Option<Self> {
        let template = request.match_pattern()?;
        let endpoint = Endpoint::of(template_of(&template).strip_prefix(ROOT)?)?;
        let id = match endpoint.nested_in() {
            // A text that is no id takes the way of one that nothing has.
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

    /// The thing in the path: of its entry type, by its id.
    pub(super) fn thing(&self) -> Option<(EntryType, &str)> {
        self.endpoint.nested_in().zip(self.id.as_deref())
    }
}

/// The datasets that a question is about, by name; none is every one that the caller may ask. Those of the path and those of the parameters must have
/// one in common.
///
/// # Errors
/// [`BeaconError::Contradiction`] where they have none, [`BeaconError::InvalidValue`] for a name that no dataset can have.
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
            other: "the path, which is about other datasets",
        });
    }
    Ok(both)
}
