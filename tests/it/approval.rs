//! The commands `approval record|import|revoke|list|expiring|notice`.

mod expiring;
mod import;
mod record;
pub(crate) mod rems;
