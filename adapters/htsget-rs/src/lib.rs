//! The gateway's slicer behind the trait of htsget-rs: [`GatewaySearch`] is an `htsget_search::HtsGet`. Users of htsget-rs get exact
//! slices, and tests can send both implementations the same requests.
//!
//! No protected data is read without a [`gemj_access::Grant`], which the embedding program supplies. The feature `upstream` turns the crate
//! on. `docs/decisions/0019-faults-of-htsget-rs.md` states why the feature is off by default, and which faults of htsget-rs remain with
//! every search.
#![cfg(feature = "upstream")]

mod block_urls;
mod failure;
mod question;
mod search;

pub use block_urls::BlockUrls;
pub use failure::{not_found, slice_failure};
pub use question::slice_request;
pub use search::{GatewaySearch, INLINE_BYTES};
