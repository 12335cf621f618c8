mod ends;
mod store_fails;
mod verify;
