//! The budget of questions of registered callers.

use gemj_catalogue::QueryBudgetError;
use gemj_services::beacon::question;

use crate::http::flow::{Permit, Refusal};
use crate::http::gateway::Gateway;
use crate::http::limits::TooMany;

/// Charges a question to whoever asks it, where questions are counted. Nothing may be answered before it is.
pub(crate) async fn charge(gateway: &Gateway, permit: &Permit, question: &str) -> Result<(), Refusal> {
    let Some(budget) = gateway.query_budget else {
        return Ok(());
    };
    if !question::is_counted(&permit.grant) {
        return Ok(());
    }
    let digest = question::digest(
        &gateway.key,
        &permit.grant,
        &permit.caller.affiliations,
        question,
        gateway.clock.now(),
    );
    let charged = gateway.stores.catalogue.charge_question(&digest, budget).await;
    charged.map_err(|error| match error {
        QueryBudgetError::Exceeded { retry_after_s, .. } => TooMany { retry_after_s }.into(),
        QueryBudgetError::Catalogue(error) => error.into(),
    })
}
