//! Packed lists of the numbers of allele names.

/// Sorts and packs positive numbers. Each number is stored as its difference to the number before it in the list (the first to 0), in bytes of
/// seven bits, lowest bits first. Only the last byte of a number has its high bit clear.
pub(super) fn packed(numbers: &mut [i64]) -> Vec<u8> {
    numbers.sort_unstable();
    let (mut bytes, mut before) = (Vec::new(), 0_i64);
    for number in numbers.iter() {
        let mut left = number.wrapping_sub(before) as u64;
        before = *number;
        while left >= 0x80 {
            bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        bytes.push(left as u8);
    }
    bytes
}

/// Unpacks a list of numbers. Absent if the bytes are damaged.
pub(super) fn unpacked(bytes: &[u8]) -> Option<Vec<i64>> {
    let (mut numbers, mut before) = (Vec::new(), 0_i64);
    let (mut value, mut shift) = (0_u64, 0_u32);
    for byte in bytes {
        if shift > 56 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            before = before.checked_add(i64::try_from(value).ok()?)?;
            numbers.push(before);
            (value, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_are_read_back_and_damage_is_detected() {
        let mut numbers = vec![900_000_000_000, 1, 128, 129, 16_384];
        let bytes = packed(&mut numbers);
        assert_eq!(unpacked(&bytes), Some(vec![1, 128, 129, 16_384, 900_000_000_000]));
        assert_eq!(unpacked(&bytes[..bytes.len() - 1]), None);
        assert_eq!(unpacked(&[0xff; 11]), None);
    }
}
