//! The gateway's slicer behind htsget-rs's own trait: [`GatewaySearch`] is an `htsget_search::HtsGet`, for everybody who runs htsget-rs and
//! wants exact slices, and for tests that ask both the same questions.
//!
//! Nothing protected is read without a [`gemj_access::Grant`], which whoever embeds this brings. The feature `upstream` turns the crate on;
//! `docs/decisions/0019-faults-of-htsget-rs.md` says why it is off, and what of htsget-rs stays as it is whoever searches.
#![cfg(feature = "upstream")]

mod block_urls;
mod failure;
mod question;
mod search;

pub use block_urls::BlockUrls;
pub use failure::{not_found, slice_failure};
pub use question::slice_request;
pub use search::{GatewaySearch, INLINE_BYTES};
