//! Integers of variable length (§ 2.3 "Writing bytes to a byte stream").

use crate::error::DemoError;

/// ITF-8.
pub(super) fn itf8(out: &mut Vec<u8>, value: i32) {
    let v = value as u32;
    match v {
        0..0x80 => out.push(v as u8),
        0x80..0x4000 => out.extend([0x80 | (v >> 8) as u8, v as u8]),
        0x4000..0x20_0000 => out.extend([0xC0 | (v >> 16) as u8, (v >> 8) as u8, v as u8]),
        0x20_0000..0x1000_0000 => out.extend([0xE0 | (v >> 24) as u8, (v >> 16) as u8, (v >> 8) as u8, v as u8]),
        _ => out.extend([
            0xF0 | (v >> 28) as u8,
            (v >> 20) as u8,
            (v >> 12) as u8,
            (v >> 4) as u8,
            // Only the lower half of the last byte is used.
            v as u8 & 0x0F,
        ]),
    }
}

/// Writes LTF-8 of numbers below 2^28, which are encoded as in ITF-8. The demo needs no larger numbers.
pub(super) fn ltf8(out: &mut Vec<u8>, value: u64) -> Result<(), DemoError> {
    let value = to_i32(value)?;
    if value >= 0x1000_0000 {
        return Err(DemoError::Plan { what: "number" });
    }
    itf8(out, value);
    Ok(())
}

/// Converts a number that must fit 32 bits.
pub(super) fn to_i32(value: u64) -> Result<i32, DemoError> {
    i32::try_from(value).map_err(|_| DemoError::Plan { what: "number" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_encoded_as_in_the_specification() {
        for (value, bytes) in [
            (0, &[0][..]),
            (127, &[0x7F]),
            (128, &[0x80, 0x80]),
            (16_384, &[0xC0, 0x40, 0x00]),
            (2_097_152, &[0xE0, 0x20, 0x00, 0x00]),
            (-1, &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
        ] {
            let mut out = Vec::new();
            itf8(&mut out, value);
            assert_eq!(out, bytes, "{value}");
        }
    }
}
