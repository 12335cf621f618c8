//! CRAM 3.0 and 3.1: decodes records without resolving their bases, and writes them again.
//!
//! A record in a new container has the same features, tags and read group as in the file, unless the client excludes tags or columns. If the
//! file embeds its reference, the new container embeds the part that its records need. A reader therefore computes the same bases, MD and NM
//! from the new container as from the file, even if the writer of the container does not have the reference.
//!
//! noodles decodes the blocks. This crate decodes the records, because a filter needs the links between mates and the features. This crate also
//! encodes the blocks (`compress`), because noodles exports no encoder.

pub mod alignment;
pub mod bam;
pub mod bases;
pub mod bits;
mod codec_sizes;
pub mod compress;
pub mod compression;
pub mod container;
pub mod crai;
pub mod encoding;
pub mod header;
pub mod index;
pub mod mates;
mod names;
mod not_packed;
pub mod num;
pub mod record;
pub mod slice;
pub mod trim;
mod unpack;
pub mod write;
