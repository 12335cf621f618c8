//! Variants below a person, a specimen and a file: what the carrier index says of people with one file, what bcftools says of those with several, and
//! errors where a file cannot be read.
#![allow(clippy::unwrap_used)]

mod agreement;
mod listed;
mod refused;
mod reports;
mod specimens;
mod world;
