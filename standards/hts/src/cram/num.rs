//! The integer formats ITF8 and LTF8 (CRAM 3.1 § 2.3).

use crate::error::FormatResult;
use crate::fields::Fields;

/// Reads an ITF8 integer.
pub(crate) fn itf8(fields: &mut Fields<'_>) -> FormatResult<i32> {
    let first = u32::from(fields.u8()?);
    let extra = (!(first << 24)).leading_zeros().min(4);
    let value = match extra {
        0 => first,
        4 => {
            let mut value = first & 0x0f;
            for _ in 0..3 {
                value = value << 8 | u32::from(fields.u8()?);
            }
            value << 4 | u32::from(fields.u8()?) & 0x0f
        }
        _ => {
            let mut value = first & (0x7f >> extra);
            for _ in 0..extra {
                value = value << 8 | u32::from(fields.u8()?);
            }
            value
        }
    };
    Ok(value.cast_signed())
}

/// Reads an LTF8 integer.
pub(crate) fn ltf8(fields: &mut Fields<'_>) -> FormatResult<i64> {
    let first = fields.u8()?;
    let extra = first.leading_ones();
    let mut value = if extra >= 7 { 0 } else { u64::from(first & (0x7f >> extra)) };
    for _ in 0..extra {
        value = value << 8 | u64::from(fields.u8()?);
    }
    Ok(value.cast_signed())
}

/// Writes an ITF8 integer.
pub(crate) fn put_itf8(out: &mut Vec<u8>, value: i32) {
    let value = value.cast_unsigned();
    let bytes = value.to_be_bytes();
    match value {
        0..0x80 => out.push(bytes[3]),
        0x80..0x4000 => out.extend_from_slice(&[bytes[2] | 0x80, bytes[3]]),
        0x4000..0x20_0000 => out.extend_from_slice(&[bytes[1] | 0xc0, bytes[2], bytes[3]]),
        0x20_0000..0x1000_0000 => out.extend_from_slice(&[bytes[0] | 0xe0, bytes[1], bytes[2], bytes[3]]),
        _ => {
            let high = (value >> 4).to_be_bytes();
            out.extend_from_slice(&[high[0] | 0xf0, high[1], high[2], high[3], bytes[3] & 0x0f]);
        }
    }
}

/// Writes an LTF8 integer.
pub(crate) fn put_ltf8(out: &mut Vec<u8>, value: i64) {
    let value = value.cast_unsigned();
    let bits = 64 - value.leading_zeros();
    // With n extra bytes, 7 + 7n bits can be stored. With 8 extra bytes, 64 bits can be stored.
    let extra = (0..8).find(|n| bits <= 7 + 7 * n).unwrap_or(8);
    let bytes = value.to_be_bytes();
    let mark = !(0xffu32 >> extra) as u8;
    match extra {
        8 => out.push(0xff),
        7 => out.push(0xfe),
        _ => out.push(mark | bytes[7 - extra as usize]),
    }
    out.extend_from_slice(&bytes[8 - extra as usize..]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_written(value in any::<i32>(), shift in 0u32..32, long in any::<i64>(), long_shift in 0u32..64) {
            let (value, long) = (value.cast_unsigned() >> shift, long.cast_unsigned() >> long_shift);
            let mut out = Vec::new();
            put_itf8(&mut out, value.cast_signed());
            put_ltf8(&mut out, long.cast_signed());
            let mut fields = Fields::new(&out, "short");
            prop_assert_eq!(itf8(&mut fields).unwrap().cast_unsigned(), value);
            prop_assert_eq!(ltf8(&mut fields).unwrap().cast_unsigned(), long);
            prop_assert!(fields.rest().is_empty());
        }
    }

    #[test]
    fn numbers_are_encoded_as_in_the_specification() {
        let mut out = Vec::new();
        put_itf8(&mut out, -1);
        put_itf8(&mut out, 4_542_278);
        put_ltf8(&mut out, -1);
        assert_eq!(
            out,
            [
                0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
            ]
        );
    }
}
