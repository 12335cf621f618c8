//! Beacon v2: counting under a Grant.

mod answer;
pub mod collections;
pub mod filtering_terms;
mod filters;
mod g_variants;
mod individuals;
pub mod question;
#[expect(dead_code, reason = "record answers are rendered by the answers to come")]
mod records;
mod tiers;
mod variant_query;

pub use answer::{Answer, Finding};
pub use g_variants::g_variants;
pub use individuals::individuals;
