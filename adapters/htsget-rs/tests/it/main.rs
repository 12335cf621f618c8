//! Sends the same requests for the same files to our search and to the search of htsget-rs. samtools and bcftools give the expected
//! results.
#![allow(clippy::unwrap_used, missing_docs)]

mod cram;
mod grants;
mod kit;
mod materials;
mod post;
mod protocol;
mod reads;
mod variants;
