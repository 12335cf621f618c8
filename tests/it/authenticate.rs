mod banned;
pub(crate) mod bans;
mod brokers;
mod deny_list;
mod hostile_tokens;
mod oidc_provider;
mod oidc_provider_library;
pub(crate) mod removed_trust;
