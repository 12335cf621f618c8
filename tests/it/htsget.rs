mod get_block;
pub(crate) mod headers;
pub(crate) mod made;
mod ordinary_clients;
mod protocol;
mod random_regions;
mod search_read_id;
mod search_variant_id;
