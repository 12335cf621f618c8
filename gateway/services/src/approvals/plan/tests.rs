#![allow(clippy::unwrap_used)]

mod cases;
mod histories;
mod world;
