//! Tests of variants for a participant, a specimen or a file in the path. For participants with one file, the expected variants come from
//! the carrier index. For participants with several files, they come from bcftools. A file that cannot be read gives an error.
#![allow(clippy::unwrap_used)]

mod agreement;
mod listed;
mod refused;
mod reports;
mod specimens;
mod world;
