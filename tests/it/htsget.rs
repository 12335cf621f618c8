mod get_block;
mod ordinary_clients;
mod search_read_id;
mod search_variant_id;
