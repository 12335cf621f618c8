//! Information about the gateway's decisions: the codes of refusals, the access that a passport gives, and the recipients of a patient's data.

mod denials;
mod disclosures;
pub(crate) mod explain;
mod remedies;

pub(crate) use denials::get_denials;
pub(crate) use disclosures::get_disclosures;
pub(crate) use explain::{get_explain, post_explain};
pub(crate) use remedies::Remedy;
