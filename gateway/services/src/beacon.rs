//! Beacon v2: answers about a population, limited to what a Grant allows.

mod answer;
mod answering;
mod asked_from;
mod asking;
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
mod records;
#[cfg(test)]
mod terms_fixture;
pub mod test_mode;
mod things;
mod variant_query;
mod variant_records;

pub use answer::{Answer, Answered, Finding, FoundSet, Listed, ToldOf, WITHOUT_NAMES};
pub use answering::{answer, count};
pub use asking::{Asking, Described, Places};
pub use public_rule::PublicRule;
