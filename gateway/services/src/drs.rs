//! GA4GH DRS: descriptions of files, and access to their bytes.

mod get_access_url;
mod get_object;
mod name;

pub use get_access_url::{Access, get_access_url, get_htsget_url};
pub use get_object::get_object;
pub use name::file_name;
