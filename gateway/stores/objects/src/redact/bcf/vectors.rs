//! The vectors of one FORMAT field of a BCF record, for the kept samples.

use hts_formats::bcf::record::FormatField;
use hts_formats::bcf::typed::{Kind, integers};
use hts_formats::error::FormatResult;

use crate::redact::plan::{AllelePlan, GenotypeSelections, Selection, Shape};
use crate::redact::vcf::put_selected;

/// One vector for each kept sample. All vectors have the same number of values. The buffers are reused for each field.
#[derive(Debug)]
pub(super) struct Vectors {
    kind: Kind,
    width: usize,
    bytes: Vec<u8>,
    other: Vec<u8>,
    values: Vec<u8>,
}

impl Default for Vectors {
    fn default() -> Self {
        Self {
            kind: Kind::Missing,
            width: 0,
            bytes: Vec::new(),
            other: Vec::new(),
            values: Vec::new(),
        }
    }
}

fn gather_cells<const N: usize>(data: &[u8], places: &[usize], out: &mut Vec<u8>) {
    let cells = data.as_chunks::<N>().0;
    for place in places {
        out.extend_from_slice(&cells[*place]);
    }
}

impl Vectors {
    /// Copies the vectors of the samples at these places among the sample columns. The caller ensures that the field has all these samples.
    pub(super) fn gather(&mut self, field: &FormatField<'_>, places: &[usize]) {
        self.kind = field.kind;
        self.width = field.count;
        self.bytes.clear();
        let stride = field.count * field.kind.size();
        self.bytes.reserve(stride * places.len());
        let out = &mut self.bytes;
        match stride {
            0 => {}
            1 => gather_cells::<1>(field.data, places, out),
            2 => gather_cells::<2>(field.data, places, out),
            3 => gather_cells::<3>(field.data, places, out),
            4 => gather_cells::<4>(field.data, places, out),
            6 => gather_cells::<6>(field.data, places, out),
            8 => gather_cells::<8>(field.data, places, out),
            12 => gather_cells::<12>(field.data, places, out),
            _ => {
                for place in places {
                    out.extend_from_slice(&field.data[place * stride..(place + 1) * stride]);
                }
            }
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// The number of values in each sample's vector.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn stride(&self) -> usize {
        self.width * self.kind.size()
    }

    /// The vectors of the kept samples, in order and mutable.
    pub(super) fn cells_mut(&mut self) -> std::slice::ChunksExactMut<'_, u8> {
        let stride = self.stride().max(1);
        self.bytes.chunks_exact_mut(stride)
    }

    /// The vectors of the kept samples, in order.
    pub(super) fn cells(&self) -> std::slice::ChunksExact<'_, u8> {
        self.bytes.chunks_exact(self.stride().max(1))
    }

    /// Keeps the vectors of the samples for which `stays` is true, and replaces the other vectors by the missing value.
    pub(super) fn make_missing(&mut self, stays: impl Fn(usize) -> bool) {
        let kind = self.kind;
        for (_, cell) in self.cells_mut().enumerate().filter(|(sample, _)| !stays(*sample)) {
            put_missing(kind, cell);
        }
    }

    /// Replaces the text of each sample by the text that `put` writes, which must not be longer. Vectors that are not text do not change.
    pub(super) fn replace_texts(&mut self, put: impl Fn(usize, &[u8], &mut Vec<u8>)) {
        if self.kind != Kind::Char {
            return;
        }
        let mut text = std::mem::take(&mut self.values);
        for (sample, cell) in self.cells_mut().enumerate() {
            text.clear();
            put(sample, &cell[..used_width(Kind::Char, cell)], &mut text);
            text.resize(cell.len(), 0);
            cell.copy_from_slice(&text);
        }
        self.values = text;
    }

    /// Removes the values of removed alleles from each sample's vector.
    pub(super) fn select(&mut self, shape: Shape, plan: &AllelePlan, selections: &mut GenotypeSelections) -> FormatResult<()> {
        let (kind, size, stride) = (self.kind, self.kind.size(), self.stride());
        if stride == 0 {
            return Ok(());
        }
        // The width of the vectors does not change here. A shortened vector is filled with end-of-vector values.
        let mut other = std::mem::take(&mut self.other);
        other.clear();
        for cell in self.bytes.chunks_exact(stride) {
            let start = other.len();
            let used = &cell[..used_width(kind, cell) * size];
            if kind == Kind::Char {
                self.values.clear();
                put_selected(&mut self.values, used, shape, plan, selections);
                other.extend_from_slice(&self.values[..self.values.len().min(stride)]);
            } else if used.len() <= size && used.iter().eq(kind.missing()) {
                other.extend_from_slice(used);
            } else {
                match plan.select(shape, used.len() / size, selections) {
                    Selection::Unchanged => other.extend_from_slice(used),
                    Selection::Values(chosen) => chosen.iter().for_each(|i| other.extend_from_slice(&used[i * size..(i + 1) * size])),
                    Selection::Missing => other.extend_from_slice(kind.missing()),
                }
            }
            while other.len() < start + stride {
                other.extend_from_slice(kind.end_of_vector());
            }
        }
        self.other = std::mem::replace(&mut self.bytes, other);
        Ok(())
    }

    /// Whether the field has no value in any kept sample.
    pub(super) fn all_missing(&self) -> bool {
        match self.kind {
            Kind::Missing => true,
            Kind::Char => self.bytes.iter().all(|b| matches!(b, 0 | b'.' | b',')),
            kind => self
                .bytes
                .chunks_exact(kind.size())
                .all(|value| value == kind.missing() || value == kind.end_of_vector()),
        }
    }

    /// Reduces the width of all vectors to the number of values in the longest vector.
    pub(super) fn shrink(&mut self) {
        let (kind, size, stride) = (self.kind, self.kind.size(), self.stride());
        let mut needed = usize::from(stride > 0);
        for cell in self.cells() {
            needed = needed.max(used_width(kind, cell));
            if needed == self.width {
                return;
            }
        }
        let mut other = std::mem::take(&mut self.other);
        other.clear();
        self.cells().for_each(|cell| other.extend_from_slice(&cell[..needed * size]));
        self.width = needed;
        self.other = std::mem::replace(&mut self.bytes, other);
    }

    /// Converts integers to the smallest BCF integer type that can represent all of them.
    pub(super) fn narrow(&mut self) {
        let kind = match self.kind {
            Kind::Int16 => {
                let mut values = self.bytes.as_chunks::<2>().0.iter().map(|b| i16::from_le_bytes(*b));
                // Usually one of the first values needs the larger type, so that the search ends early.
                if values.any(|value| value > i16::MIN + 1 && !(-120..=127).contains(&value)) {
                    return;
                }
                Kind::Int8
            }
            Kind::Int32 => {
                let values = self.bytes.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b));
                Kind::of_range(values.filter(|value| *value > i32::MIN + 1))
            }
            Kind::Missing | Kind::Int8 | Kind::Float | Kind::Char => return,
        };
        let numbers = |bytes: &[u8]| integers(self.kind, bytes).unwrap_or_default();
        if kind.size() >= self.kind.size() {
            return;
        }
        self.other.clear();
        for value in numbers(&self.bytes) {
            kind.put(&mut self.other, value);
        }
        std::mem::swap(&mut self.bytes, &mut self.other);
        self.kind = kind;
    }
}

/// The number of values in a vector before its end-of-vector values.
fn used_width(kind: Kind, cell: &[u8]) -> usize {
    let end = kind.end_of_vector();
    if end.is_empty() {
        return 0;
    }
    let unused = cell.chunks_exact(end.len()).rev().take_while(|value| *value == end).count();
    cell.len() / end.len() - unused
}

fn put_missing(kind: Kind, cell: &mut [u8]) {
    let missing = kind.missing();
    if missing.is_empty() {
        return;
    }
    for (at, value) in cell.chunks_exact_mut(missing.len()).enumerate() {
        value.copy_from_slice(if at == 0 { missing } else { kind.end_of_vector() });
    }
}
