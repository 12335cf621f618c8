//! Beacon v2: counting under a Grant.

mod answer;
pub mod filtering_terms;
mod filters;
mod g_variants;
mod individuals;
pub mod question;
mod tiers;
mod variant_query;

pub use answer::{Answer, Finding};
pub use g_variants::g_variants;
pub use individuals::individuals;
