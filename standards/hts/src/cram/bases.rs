//! The reference bases of a slice. They come from the slice itself, or from a configured FASTA file whose sequence is verified.

use std::collections::HashMap;

use super::compression::CompressionHeader;
use super::slice::DecodedSlice;
use crate::error::{FormatError, FormatResult};
use crate::reference::Reference;
use crate::sam_header::SamHeader;

/// The number of bases in one read from a FASTA file.
const PAGE_BASES: u64 = 1 << 16;

/// The maximum number of pages in the cache. It has space for the pages at the current position and for pages after a skipped region.
const MOST_PAGES: usize = 64;

const NOT_CONFIGURED: FormatError = FormatError::Record("its reference sequence is not configured");
const ANOTHER: FormatError = FormatError::Record("the configured reference differs from the reference of the file");
const BEYOND: FormatError = FormatError::Record("a read extends beyond the slice's reference");

/// A cache of pages of a FASTA file, by contig and page number. Several slices share the cache.
#[derive(Default)]
pub struct Pages {
    pages: HashMap<(usize, u64), Vec<u8>>,
}

/// Where the reference bases of a slice come from.
enum Origin<'a> {
    Embedded(&'a [u8]),
    Fasta(&'a Reference),
    Nowhere,
}

/// The reference bases of a slice. Positions are 0-based.
pub struct Bases<'a> {
    origin: Origin<'a>,
    header: &'a SamHeader,
    slice: &'a DecodedSlice,
    pages: &'a mut Pages,
    /// The number of the contig whose sequence in the FASTA file was last verified.
    verified: Option<usize>,
}

impl<'a> Bases<'a> {
    /// Finds the reference bases of a slice. `None` if the slice's records store all their bases and need no reference.
    pub fn of(
        slice: &'a DecodedSlice,
        compression: &CompressionHeader,
        header: &'a SamHeader,
        reference: Option<&'a Reference>,
        pages: &'a mut Pages,
    ) -> Option<Self> {
        let origin = match (&slice.reference, reference) {
            (Some(embedded), _) if slice.header.contig >= 0 => Origin::Embedded(embedded),
            _ if !compression.reference_required => return None,
            (_, Some(reference)) => Origin::Fasta(reference),
            (_, None) => Origin::Nowhere,
        };
        Some(Self {
            origin,
            header,
            slice,
            pages,
            verified: None,
        })
    }

    /// The length of a contig, as the header states it.
    pub(crate) fn contig_length(&self, contig: usize) -> FormatResult<i64> {
        let length = self.header.contigs.get(contig).and_then(|c| c.length);
        let length = length.ok_or(FormatError::Record("a contig that the header does not have"))?;
        i64::try_from(length).map_err(|_| FormatError::Header("an impossible contig"))
    }

    /// The exclusive end of the reference bases that the slice may use. For a slice of one contig, the slice's header states this end.
    fn end(&self, contig: usize) -> FormatResult<i64> {
        let length = self.contig_length(contig)?;
        if self.slice.header.contig < 0 {
            return Ok(length);
        }
        let last = i64::from(self.slice.header.start) + i64::from(self.slice.header.span) - 1;
        Ok(last.min(length))
    }

    /// Appends the reference bases `[start, start + count)` of a contig to `out`.
    pub(crate) fn append(&mut self, contig: usize, start: i64, count: i64, out: &mut Vec<u8>) -> FormatResult<()> {
        if count <= 0 {
            return Ok(());
        }
        let end = start.checked_add(count).ok_or(BEYOND)?;
        if start < 0 || end > self.end(contig)? {
            return Err(BEYOND);
        }
        match self.origin {
            Origin::Embedded(bases) => {
                let from = start - (i64::from(self.slice.header.start) - 1);
                let range = usize::try_from(from).map_err(|_| BEYOND)?..usize::try_from(from + count).map_err(|_| BEYOND)?;
                out.extend_from_slice(bases.get(range).ok_or(BEYOND)?);
                Ok(())
            }
            Origin::Fasta(reference) => {
                self.verify(reference, contig)?;
                self.append_pages(reference, contig, start as u64, end as u64, out)
            }
            Origin::Nowhere => Err(NOT_CONFIGURED),
        }
    }

    /// The reference base at the position `at`; `N` after the end of the slice's reference.
    pub(crate) fn base(&mut self, contig: usize, at: i64) -> FormatResult<u8> {
        if at >= self.end(contig)? {
            return Ok(b'N');
        }
        let mut base = Vec::with_capacity(1);
        self.append(contig, at, 1, &mut base)?;
        Ok(base[0])
    }

    fn append_pages(&mut self, reference: &Reference, contig: usize, start: u64, end: u64, out: &mut Vec<u8>) -> FormatResult<()> {
        let length = self.contig_length(contig)? as u64;
        let mut at = start;
        while at < end {
            let number = at / PAGE_BASES;
            let page_start = number * PAGE_BASES;
            if !self.pages.pages.contains_key(&(contig, number)) {
                let name = &self.header.contigs[contig].name;
                let count = PAGE_BASES.min(length - page_start);
                let page = reference.bases(name, page_start + 1, count)?.ok_or(ANOTHER)?;
                if self.pages.pages.len() >= MOST_PAGES {
                    self.pages.pages.clear();
                }
                self.pages.pages.insert((contig, number), page);
            }
            let page = &self.pages.pages[&(contig, number)];
            let to = end.min(page_start + page.len() as u64);
            if to <= at {
                return Err(ANOTHER);
            }
            out.extend_from_slice(&page[(at - page_start) as usize..(to - page_start) as usize]);
            at = to;
        }
        Ok(())
    }

    /// Checks, once for each slice and contig, that the FASTA file has the sequence with which the records were written.
    fn verify(&mut self, reference: &Reference, contig: usize) -> FormatResult<()> {
        if self.verified == Some(contig) {
            return Ok(());
        }
        if !is_reference_of(reference, self.header, contig, &self.slice.header)? {
            return Err(ANOTHER);
        }
        self.verified = Some(contig);
        Ok(())
    }
}

/// Whether a configured reference has the sequence with which a slice of this contig was written. The check uses the slice's checksum, or the
/// header's checksum if the slice has none. A sequence that neither checksum confirms is not used, because a wrong sequence would give wrong
/// bases.
///
/// # Errors
/// [`FormatError::Io`] if the reference cannot be read.
pub fn is_reference_of(reference: &Reference, header: &SamHeader, contig: usize, slice: &super::slice::SliceHeader) -> FormatResult<bool> {
    let Some(known) = header.contigs.get(contig) else {
        return Ok(false);
    };
    if reference.length(&known.name) != known.length {
        return Ok(false);
    }
    let length = known.length.unwrap_or(0);
    if slice.contig >= 0 && slice.reference_md5 != [0; 16] {
        let (Ok(start), Ok(span)) = (u64::try_from(slice.start), u64::try_from(slice.span)) else {
            return Ok(false);
        };
        // A slice may end after the end of its contig. The checksum then covers only the existing bases.
        let span = span.min((length + 1).saturating_sub(start));
        return Ok(reference.md5(&known.name, start, span)? == Some(slice.reference_md5));
    }
    match &known.md5 {
        None => Ok(false),
        Some(md5) => Ok(reference.contig_md5(&known.name)?.is_some_and(|found| hex::encode(found) == *md5)),
    }
}
