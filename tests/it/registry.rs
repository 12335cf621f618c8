mod get_services;
pub(crate) mod official;
