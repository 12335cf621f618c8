use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// Reads all bytes of `reader`. Returns their SHA-256 in lower-case hexadecimal, and their number.
pub(crate) fn sha256(reader: &mut impl Read) -> io::Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size_bytes = 0;
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        size_bytes += count as u64;
    }
    let hexadecimal = hex::encode(hasher.finalize());
    Ok((hexadecimal, size_bytes))
}
