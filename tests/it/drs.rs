mod get_access_url;
pub(crate) mod get_object;
