//! The budget of Beacon queries of registered callers.

use gemj_catalogue::QueryBudgetError;
use gemj_services::beacon::question;

use crate::http::flow::{Granted, Refusal};
use crate::http::gateway::Gateway;
use crate::http::refusal::SpentBudget;

/// Charges a query to the caller's budget, if the caller's queries are counted. The charge is made before the query is answered. Descriptions
/// of datasets and cohorts and filtering terms are not charged, and stay available when the budget is spent.
pub(crate) async fn charge(gateway: &Gateway, permit: &Granted, question: &str) -> Result<(), Refusal> {
    let Some(budget) = gateway.query_budget else {
        return Ok(());
    };
    if !permit.grant.counts_questions() {
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
        QueryBudgetError::Exceeded { questions, retry_after_s } => SpentBudget {
            explanation: format!(
                "the budget of {questions} different questions in {} s is spent: none remains; the first of them leaves the window in {retry_after_s} s. \
                 Filtering terms, the descriptions of datasets and cohorts, and questions to partners are still answered",
                budget.window_s
            ),
            retry_after_s,
        }
        .into(),
        QueryBudgetError::Catalogue(error) => error.into(),
    })
}
