//! Variants for a participant, a specimen and a file in the path. For participants with one file, the carrier index is the reference. For
//! participants with several files, bcftools is the reference. A file that cannot be read gives an error.
#![allow(clippy::unwrap_used)]

mod agreement;
mod listed;
mod refused;
mod reports;
mod specimens;
mod world;
