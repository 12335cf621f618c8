//! Queries that the gateway forwards to partners.

mod dialects;
pub(crate) mod fake_partner;
mod get_g_variants;
