//! Our search and htsget-rs's own, asked the same of the same files. samtools and bcftools say what is right.
#![allow(clippy::unwrap_used, missing_docs)]

mod cram;
mod grants;
mod kit;
mod materials;
mod post;
mod protocol;
mod reads;
mod variants;
