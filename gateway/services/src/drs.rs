//! DRS: descriptions of files, and the way to their bytes.

mod get_access_url;
mod get_object;

pub use get_access_url::{ACCESS_ID, get_access_url};
pub use get_object::get_object;
