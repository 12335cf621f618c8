//! CRAM 3.0 and 3.1 records, decoded without resolving their bases and written again.
//!
//! A slice of a CRAM file keeps every record's features, tags and read group as they are, in containers of its own, with the part of the
//! embedded reference that the records need. So a reader computes the same bases, MD and NM from it as from the whole file, whether or not
//! the reference is known here. noodles decodes blocks. Records are decoded here because a filter needs the mates' links and the features,
//! and blocks are encoded here (`compress`) because noodles exports no encoder.

pub(crate) mod alignment;
pub(crate) mod bam;
pub(crate) mod bases;
pub(crate) mod bits;
mod codec_sizes;
pub(crate) mod compress;
pub(crate) mod compression;
pub(crate) mod container;
pub(crate) mod crai;
pub(crate) mod encoding;
pub(crate) mod header;
pub(crate) mod index;
pub(crate) mod mates;
mod names;
mod not_packed;
pub(crate) mod num;
pub(crate) mod record;
pub(crate) mod reference;
pub(crate) mod slice;
pub(crate) mod trim;
mod unpack;
pub(crate) mod write;
