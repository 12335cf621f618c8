//! The CRAM index (CRAM 3.1 § 12): gzip-compressed lines, one per slice and contig.

use std::collections::BTreeMap;
use std::io::{self, Read, Write as _};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::format_error::{FormatError, FormatResult};

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CraiLine {
    /// -1 for unplaced reads.
    pub(crate) contig: i32,
    /// 1-based.
    pub(crate) start: i64,
    pub(crate) span: i64,
    /// Where the container begins in the file.
    pub(crate) container: u64,
    /// Where the slice begins behind the container header.
    pub(crate) landmark: u64,
    pub(crate) slice_bytes: u64,
}

/// An index, by contig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crai {
    pub(crate) lines: Vec<CraiLine>,
}

impl Crai {
    /// Reads an index file.
    pub(crate) fn parse(bytes: &[u8]) -> FormatResult<Self> {
        let broken = FormatError::Header("not a CRAM index");
        let mut text = String::new();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let read = MultiGzDecoder::new(bytes).take(1 << 30).read_to_string(&mut text);
            if read.is_err() {
                return Err(broken);
            }
        } else {
            text = String::from_utf8(bytes.to_vec()).map_err(|_| FormatError::Header("not a CRAM index"))?;
        }
        let mut lines = Vec::new();
        for line in text.lines() {
            let numbers: Vec<i64> = line
                .split('\t')
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(|_| FormatError::Header("not a CRAM index"))?;
            let [contig, start, span, container, landmark, slice_bytes] = numbers[..] else {
                return Err(broken);
            };
            let unsigned = |n: i64| u64::try_from(n).map_err(|_| FormatError::Header("not a CRAM index"));
            lines.push(CraiLine {
                contig: i32::try_from(contig).map_err(|_| FormatError::Header("not a CRAM index"))?,
                start,
                span,
                container: unsigned(container)?,
                landmark: unsigned(landmark)?,
                slice_bytes: unsigned(slice_bytes)?,
            });
        }
        Ok(Self { lines })
    }

    /// The index file's bytes.
    pub(crate) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        for line in &self.lines {
            writeln!(
                encoder,
                "{}\t{}\t{}\t{}\t{}\t{}",
                line.contig, line.start, line.span, line.container, line.landmark, line.slice_bytes
            )?;
        }
        encoder.finish()
    }

    /// The slices of some lines, by container: several lines can share a slice, several slices a container.
    pub(crate) fn slices(&self, wanted: impl Fn(&CraiLine) -> bool) -> BTreeMap<u64, Vec<usize>> {
        let mut slices: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for line in self.lines.iter().filter(|l| wanted(l)) {
            let landmarks = slices.entry(line.container).or_default();
            let landmark = line.landmark as usize;
            if !landmarks.contains(&landmark) {
                landmarks.push(landmark);
            }
        }
        slices
    }
}
