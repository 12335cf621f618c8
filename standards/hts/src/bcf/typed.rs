//! The typed values of BCF (BCF 2.2 § 6.3.3).

use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;

/// The type of the values of a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No values (type 0).
    Missing,
    /// Signed integers of 8 bits.
    Int8,
    /// Signed integers of 16 bits.
    Int16,
    /// Signed integers of 32 bits.
    Int32,
    /// IEEE 754 floats of 32 bits.
    Float,
    /// Characters of 8 bits.
    Char,
}

impl Kind {
    fn parse(code: u8) -> FormatResult<Self> {
        match code {
            0 => Ok(Self::Missing),
            1 => Ok(Self::Int8),
            2 => Ok(Self::Int16),
            3 => Ok(Self::Int32),
            5 => Ok(Self::Float),
            7 => Ok(Self::Char),
            _ => Err(FormatError::Record("a value of unknown type")),
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::Missing => 0,
            Self::Int8 => 1,
            Self::Int16 => 2,
            Self::Int32 => 3,
            Self::Float => 5,
            Self::Char => 7,
        }
    }

    /// The number of bytes of one value.
    pub fn size(self) -> usize {
        match self {
            Self::Missing => 0,
            Self::Int8 | Self::Char => 1,
            Self::Int16 => 2,
            Self::Int32 | Self::Float => 4,
        }
    }

    /// The smallest integer type that can hold all `values`, as htslib chooses it. The eight lowest values of a type are reserved.
    pub fn of_range(values: impl Iterator<Item = i32>) -> Self {
        let mut kind = Self::Int8;
        for value in values {
            if !(-32_760..=32_767).contains(&value) {
                return Self::Int32;
            }
            if !(-120..=127).contains(&value) {
                kind = Self::Int16;
            }
        }
        kind
    }

    /// Writes an integer that fits into this type. `i32::MIN` is written as the missing value, and `i32::MIN + 1` as the end of the vector.
    pub fn put(self, out: &mut Vec<u8>, value: i32) {
        match value {
            i32::MIN => out.extend_from_slice(self.missing()),
            _ if value == i32::MIN + 1 => out.extend_from_slice(self.end_of_vector()),
            _ => out.extend_from_slice(&value.to_le_bytes()[..self.size()]),
        }
    }

    /// The bytes of a missing value of this type.
    pub fn missing(self) -> &'static [u8] {
        match self {
            Self::Missing => &[],
            Self::Int8 => &[0x80],
            Self::Int16 => &[0, 0x80],
            Self::Int32 => &[0, 0, 0, 0x80],
            Self::Float => &[1, 0, 0x80, 0x7f],
            Self::Char => b".",
        }
    }

    /// The bytes that fill a vector of this type if the vector is shorter than the others.
    pub fn end_of_vector(self) -> &'static [u8] {
        match self {
            Self::Missing => &[],
            Self::Int8 => &[0x81],
            Self::Int16 => &[1, 0x80],
            Self::Int32 => &[1, 0, 0, 0x80],
            Self::Float => &[2, 0, 0x80, 0x7f],
            Self::Char => &[0],
        }
    }
}

/// A vector of typed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Typed<'a> {
    /// The type of the values in the vector.
    pub kind: Kind,
    /// The number of values in the vector.
    pub count: usize,
    /// The values, in little-endian bytes.
    pub data: &'a [u8],
}

/// Reads a type descriptor. Returns the type and the number of values.
pub(crate) fn descriptor(fields: &mut Fields<'_>) -> FormatResult<(Kind, usize)> {
    let byte = fields.u8()?;
    let kind = Kind::parse(byte & 0xf)?;
    let count = match byte >> 4 {
        15 => usize::try_from(integer(fields)?).map_err(|_| FormatError::Record("a negative count"))?,
        count => usize::from(count),
    };
    Ok((kind, count))
}

/// Reads a vector of typed values.
///
/// # Errors
/// [`FormatError::Record`] if the bytes are cut off, or for an unknown type or an impossible count.
pub fn typed<'a>(fields: &mut Fields<'a>) -> FormatResult<Typed<'a>> {
    let (kind, count) = descriptor(fields)?;
    let length = count.checked_mul(kind.size()).ok_or(FormatError::Record("an impossible count"))?;
    Ok(Typed {
        kind,
        count,
        data: fields.take(length)?,
    })
}

/// Reads a vector of one integer and returns the integer.
pub(crate) fn integer(fields: &mut Fields<'_>) -> FormatResult<i32> {
    let byte = fields.u8()?;
    match byte {
        0x11 => Ok(i32::from(fields.u8()?.cast_signed())),
        0x12 => Ok(i32::from(fields.u16()?.cast_signed())),
        0x13 => fields.i32(),
        _ => Err(FormatError::Record("an integer was expected")),
    }
}

/// One integer in a vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integer {
    /// The value is missing.
    Missing,
    /// The marker that the vector ends here, because it is shorter than the others.
    End,
    /// The integer is present and has this value.
    Number(i32),
}

impl Integer {
    /// Parses one integer of 8, 16 or 32 bits, little-endian. Bytes of another length count as a missing value.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let (number, least) = match *bytes {
            [a] => (i32::from(a.cast_signed()), i32::from(i8::MIN)),
            [a, b] => (i32::from(i16::from_le_bytes([a, b])), i32::from(i16::MIN)),
            [a, b, c, d] => (i32::from_le_bytes([a, b, c, d]), i32::MIN),
            _ => return Self::Missing,
        };
        match number.wrapping_sub(least) {
            0 => Self::Missing,
            1 => Self::End,
            _ => Self::Number(number),
        }
    }
}

impl<'a> Typed<'a> {
    /// The integers of the vector. An item is `None` for a missing value and for the end of the vector. A vector of another type yields no
    /// items.
    pub fn integers(self) -> impl Iterator<Item = Option<i32>> + 'a {
        let size = match self.kind {
            Kind::Int8 | Kind::Int16 | Kind::Int32 => self.kind.size(),
            Kind::Missing | Kind::Float | Kind::Char => usize::MAX,
        };
        self.data.chunks_exact(size).map(|bytes| match Integer::parse(bytes) {
            Integer::Number(number) => Some(number),
            Integer::Missing | Integer::End => None,
        })
    }
}

/// Converts integers of any width to 32 bits. The missing value becomes `i32::MIN`, and the end of the vector becomes `i32::MIN + 1`. A
/// missing vector gives an empty list.
///
/// # Errors
/// [`FormatError::Record`] for floating-point numbers and text.
pub fn integers(kind: Kind, data: &[u8]) -> FormatResult<Vec<i32>> {
    let special = |value: i32, least: i32| if value < least + 2 { value - least + i32::MIN } else { value };
    match kind {
        Kind::Int8 => Ok(data
            .iter()
            .map(|b| special(i32::from(b.cast_signed()), i32::from(i8::MIN)))
            .collect()),
        Kind::Int16 => Ok(data
            .as_chunks::<2>()
            .0
            .iter()
            .map(|b| special(i32::from(i16::from_le_bytes(*b)), i32::from(i16::MIN)))
            .collect()),
        Kind::Int32 => Ok(data.as_chunks::<4>().0.iter().map(|b| i32::from_le_bytes(*b)).collect()),
        Kind::Missing => Ok(Vec::new()),
        Kind::Float | Kind::Char => Err(FormatError::Record("an integer was expected")),
    }
}

/// Writes a type descriptor.
///
/// # Errors
/// [`FormatError::Record`] for a count that does not fit into 32 bits.
pub fn put_descriptor(out: &mut Vec<u8>, kind: Kind, count: usize) -> FormatResult<()> {
    if count < 15 {
        out.push((count as u8) << 4 | kind.code());
    } else {
        out.push(0xf0 | kind.code());
        put_integer(out, count)?;
    }
    Ok(())
}

/// Writes `value` as a vector of one integer, in the smallest type that holds the value.
///
/// # Errors
/// [`FormatError::Record`] for a value that does not fit into 32 bits.
pub fn put_integer(out: &mut Vec<u8>, value: usize) -> FormatResult<()> {
    if value <= 127 {
        out.extend_from_slice(&[0x11, value as u8]);
    } else if value <= 32767 {
        out.push(0x12);
        out.extend_from_slice(&(value as i16).to_le_bytes());
    } else {
        let value = i32::try_from(value).map_err(|_| FormatError::Record("a number that does not fit"))?;
        out.push(0x13);
        out.extend_from_slice(&value.to_le_bytes());
    }
    Ok(())
}

/// Writes a vector of typed values: the descriptor, then the bytes in `data`.
///
/// # Errors
/// [`FormatError::Record`] for a count that does not fit into 32 bits.
pub fn put_typed(out: &mut Vec<u8>, kind: Kind, data: &[u8]) -> FormatResult<()> {
    put_descriptor(out, kind, data.len().checked_div(kind.size()).unwrap_or(0))?;
    out.extend_from_slice(data);
    Ok(())
}
