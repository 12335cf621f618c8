//! Queries that the gateway forwards to partners.

mod dialects;
mod fake_partner;
mod get_g_variants;
