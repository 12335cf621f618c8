//! Beacon v2: answers about a population, limited to what a Grant allows.

mod answer;
mod answer_context;
mod answering;
mod case_specimens;
pub mod collections;
pub mod filtering_terms;
mod filters;
mod frequencies;
mod g_variants;
mod handovers;
mod interpretations;
mod kept_spelling;
mod listing;
mod named_variant;
mod narrowed;
mod own_files;
mod public_rule;
pub mod question;
pub(crate) mod records;
mod requested_intervals;
#[cfg(test)]
mod terms_fixture;
pub mod test_mode;
mod things;
mod variant_query;
mod variant_records;

pub use answer::{Answered, BeaconFinding, Finding, FoundSet, Listed, ToldOf, WITHOUT_NAMES};
pub use answer_context::{AnswerContext, Described, Places};
pub use answering::{answer, count};
pub use public_rule::PublicRule;
