mod store_fails;
mod verify;
