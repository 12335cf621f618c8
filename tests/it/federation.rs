//! Questions passed on to partners.

mod fake_partner;
mod get_g_variants;
