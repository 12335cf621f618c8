//! Numbers that use seven bits of each byte, the highest bits first (CRAM codecs 3.1 § 1.1).

/// Writes a number of at most 32 bits.
pub(in crate::cram) fn put_uint7(out: &mut Vec<u8>, value: usize) {
    let digits = (1..5).filter(|digit| value >> (7 * digit) != 0).count();
    for digit in (0..=digits).rev() {
        let bits = (value >> (7 * digit)) as u8 & 0x7f;
        out.push(if digit > 0 { bits | 0x80 } else { bits });
    }
}
