//! The encodings of the values of a data series (CRAM 3.1 § 13), and the streams from which the values are read.

use std::collections::HashMap;

use super::bits::BitReader;
use super::num::itf8;
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;

const SHORT: &str = "an external block is cut off";

/// The maximum number of bytes of one array value.
const MOST_ARRAY_BYTES: usize = 1 << 27;

/// The overhead of one allocation in bytes: its size field, and the unused part of its last 16 bytes.
const ALLOCATION_BYTES: usize = 24;

/// The encoding of a data series, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Null,
    External(i32),
    Huffman(Vec<HuffmanCode>),
    ByteArrayLength(Box<Encoding>, Box<Encoding>),
    ByteArrayStop(u8, i32),
    Beta { offset: i32, bits: u32 },
    Subexponential { offset: i32, k: u32 },
    GolombRice { offset: i32, log2_m: u32 },
    Gamma { offset: i32 },
}

/// A symbol of a Huffman code, with its code and the code's length in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HuffmanCode {
    symbol: i32,
    code: u32,
    bits: u32,
}

impl Encoding {
    /// Parses an encoding.
    pub(crate) fn parse(fields: &mut Fields<'_>) -> FormatResult<Self> {
        Self::parse_nested(fields, 0)
    }

    fn parse_nested(fields: &mut Fields<'_>, depth: usize) -> FormatResult<Self> {
        let kind = itf8(fields)?;
        let length = length(fields)?;
        let mut parameters = Fields::new(fields.take(length)?, "an encoding is cut off");
        let fields = &mut parameters;
        let bits = |fields: &mut Fields<'_>| u32::try_from(itf8(fields)?).map_err(|_| FormatError::Header("a negative count of bits"));
        match kind {
            0 => Ok(Self::Null),
            1 => Ok(Self::External(itf8(fields)?)),
            3 => Self::huffman(fields),
            4 if depth == 0 => Ok(Self::ByteArrayLength(
                Box::new(Self::parse_nested(fields, 1)?),
                Box::new(Self::parse_nested(fields, 1)?),
            )),
            5 => Ok(Self::ByteArrayStop(fields.u8()?, itf8(fields)?)),
            6 => Ok(Self::Beta {
                offset: itf8(fields)?,
                bits: bits(fields)?,
            }),
            7 => Ok(Self::Subexponential {
                offset: itf8(fields)?,
                k: bits(fields)?,
            }),
            8 => Ok(Self::GolombRice {
                offset: itf8(fields)?,
                log2_m: bits(fields)?,
            }),
            9 => Ok(Self::Gamma { offset: itf8(fields)? }),
            _ => Err(FormatError::Unsupported("an encoding of data series")),
        }
    }

    fn huffman(fields: &mut Fields<'_>) -> FormatResult<Self> {
        let symbol_count = length(fields)?;
        let symbols = (0..symbol_count).map(|_| itf8(fields)).collect::<FormatResult<Vec<_>>>()?;
        let length_count = length(fields)?;
        let lengths = (0..length_count).map(|_| itf8(fields)).collect::<FormatResult<Vec<_>>>()?;
        if symbols.is_empty() || symbols.len() != lengths.len() || lengths.iter().any(|l| !(0..=31).contains(l)) {
            return Err(FormatError::Header("an invalid Huffman code"));
        }
        let mut order: Vec<(i32, i32)> = lengths.into_iter().zip(symbols).collect();
        order.sort_unstable();
        // The codes are canonical. They are assigned in order of length and then symbol, and each code is one more than the previous code.
        let mut codes: Vec<HuffmanCode> = Vec::with_capacity(order.len());
        let mut next = 0u64;
        let mut last_bits = 0;
        for (bits, symbol) in order {
            let bits = bits.cast_unsigned();
            next <<= bits - last_bits;
            if next >= 1 << bits {
                return Err(FormatError::Header("an invalid Huffman code"));
            }
            codes.push(HuffmanCode {
                symbol,
                code: next as u32,
                bits,
            });
            next += 1;
            last_bits = bits;
        }
        Ok(Self::Huffman(codes))
    }

    /// Reads one integer value.
    pub(crate) fn integer(&self, streams: &mut Streams<'_>) -> FormatResult<i32> {
        match self {
            Self::External(id) => itf8(streams.external(*id)),
            Self::Huffman(codes) => huffman_symbol(codes, &mut streams.core),
            Self::Beta { offset, bits } => Ok(streams.core.bits(*bits)?.cast_signed().wrapping_sub(*offset)),
            Self::Subexponential { offset, k } => {
                let run = streams.core.run(1)?;
                let value = if run == 0 {
                    streams.core.bits(*k)?
                } else {
                    let bits = k + run - 1;
                    let low = streams.core.bits(bits)?;
                    1u32.checked_shl(bits).unwrap_or(0) | low
                };
                Ok(value.cast_signed().wrapping_sub(*offset))
            }
            Self::GolombRice { offset, log2_m } => {
                let quotient = streams.core.run(1)?;
                let rest = streams.core.bits(*log2_m)?;
                Ok((quotient.checked_shl(*log2_m).unwrap_or(0) | rest)
                    .cast_signed()
                    .wrapping_sub(*offset))
            }
            Self::Gamma { offset } => {
                let bits = streams.core.run(0)?;
                let low = streams.core.bits(bits)?;
                Ok((1u32.checked_shl(bits).unwrap_or(0) | low).cast_signed().wrapping_sub(*offset))
            }
            Self::Null | Self::ByteArrayLength(..) | Self::ByteArrayStop(..) => Err(FormatError::Record("a data series without values")),
        }
    }

    /// Reads one byte value.
    pub(crate) fn byte(&self, streams: &mut Streams<'_>) -> FormatResult<u8> {
        match self {
            Self::External(id) => streams.external(*id).u8(),
            _ => u8::try_from(self.integer(streams)? & 0xff).map_err(|_| FormatError::Record("a byte was expected")),
        }
    }

    /// Reads an array of `count` bytes.
    pub(crate) fn bytes(&self, streams: &mut Streams<'_>, count: usize) -> FormatResult<Vec<u8>> {
        if count > MOST_ARRAY_BYTES {
            return Err(FormatError::Record("an array that is too long"));
        }
        streams.spend_list(count, 1)?;
        if let Self::External(id) = self {
            return Ok(streams.external(*id).take(count)?.to_vec());
        }
        let mut bytes = Vec::with_capacity(count);
        for _ in 0..count {
            bytes.push(self.byte(streams)?);
        }
        Ok(bytes)
    }

    /// Reads an array whose length the encoding determines.
    pub(crate) fn array(&self, streams: &mut Streams<'_>) -> FormatResult<Vec<u8>> {
        match self {
            Self::ByteArrayLength(length, values) => {
                let count = length.integer(streams)?;
                let count = usize::try_from(count).map_err(|_| FormatError::Record("a negative length"))?;
                values.bytes(streams, count)
            }
            Self::ByteArrayStop(stop, id) => {
                let stream = streams.external(*id);
                let end = stream.rest().iter().position(|b| b == stop).ok_or(FormatError::Record(SHORT))?;
                let value = stream.take(end)?;
                stream.take(1)?;
                streams.spend_list(value.len(), 1)?;
                Ok(value.to_vec())
            }
            _ => Err(FormatError::Record("a data series without values")),
        }
    }
}

fn huffman_symbol(codes: &[HuffmanCode], core: &mut BitReader<'_>) -> FormatResult<i32> {
    let (mut code, mut bits) = (0, 0);
    for candidate in codes {
        while bits < candidate.bits {
            code = code << 1 | core.bit()?;
            bits += 1;
        }
        if candidate.code == code {
            return Ok(candidate.symbol);
        }
    }
    Err(FormatError::Record("a code without a symbol"))
}

fn length(fields: &mut Fields<'_>) -> FormatResult<usize> {
    usize::try_from(itf8(fields)?).map_err(|_| FormatError::Header("a negative length"))
}

/// The blocks of a slice, from which values are read.
pub(crate) struct Streams<'a> {
    pub(crate) core: BitReader<'a>,
    externals: HashMap<i32, Fields<'a>>,
    /// The number of bytes that values decoded from the blocks may still use.
    left: usize,
}

impl<'a> Streams<'a> {
    /// Makes the streams of a slice from its core block and its external blocks. The records decoded from them may use at most `most_bytes`.
    pub(crate) fn new(core: &'a [u8], externals: impl Iterator<Item = (i32, &'a [u8])>, most_bytes: usize) -> Self {
        Self {
            core: BitReader::new(core),
            externals: externals.map(|(id, bytes)| (id, Fields::new(bytes, SHORT))).collect(),
            left: most_bytes,
        }
    }

    /// Subtracts `bytes` from the remaining bytes, before a value is decoded. Fails if too few remain.
    pub(crate) fn spend(&mut self, bytes: usize) -> FormatResult<()> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or(FormatError::TooMuch("a slice whose records unpack to far more than it is"))?;
        Ok(())
    }

    /// Subtracts the size of a list and the overhead of its allocation from the remaining bytes, before the list is allocated.
    pub(crate) fn spend_list(&mut self, count: usize, each_bytes: usize) -> FormatResult<()> {
        let besides = if count == 0 { 0 } else { ALLOCATION_BYTES };
        self.spend(count.saturating_mul(each_bytes).saturating_add(besides))
    }

    /// The block with this content id; empty if the slice has no such block.
    fn external(&mut self, id: i32) -> &mut Fields<'a> {
        self.externals.entry(id).or_insert_with(|| Fields::new(&[], SHORT))
    }
}
