//! The steps of a request: authenticate, locate, decide, answer, audit. The endpoints of every standard use these steps.
//!
//! * `judge`: one decision. The decision's row is sent to the audit trail.
//! * `permit`: a permission for a population, a file, another resource or a write. A [`Permit`] withholds the data that was read under it until
//!   its audit row is written.
//! * `recheck`: a new decision while a stream is sent.
//! * `hand_out`: the audit row that names the participants of returned records.

mod file;
mod hand_out;
mod judge;
mod permit;
mod recheck;
mod write;

use std::time::Duration;

use actix_web::rt;
use gemj_catalogue::CatalogueError;

pub(crate) use super::refusal::Refusal;
pub(crate) use file::{OpenedFile, permit_bytes, permit_object, permit_slice};
pub(crate) use permit::{Granted, Permit, permit_cohort, permit_disclosure, permit_population, permit_thing, refuse_after, unanswered};
pub(crate) use recheck::permit_again;
pub(crate) use write::permit_write;

/// Maximum duration of a look-up before a decision.
const LOCATE_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits for a look-up before a decision, for five seconds at most.
///
/// # Errors
/// [`Refusal::Store`] if the database fails or does not answer in time.
pub(crate) async fn look_up<T>(looked: impl Future<Output = Result<T, CatalogueError>>) -> Result<T, Refusal> {
    let looked = rt::time::timeout(LOCATE_TIMEOUT, looked).await;
    looked.unwrap_or(Err(CatalogueError::Unavailable)).map_err(Refusal::Store)
}
