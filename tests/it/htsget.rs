mod get_block;
mod ordinary_clients;
mod regional_approval;
mod search_read_id;
mod search_variant_id;
