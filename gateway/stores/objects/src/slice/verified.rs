//! A whole file as it is stored, checked against its checksum on the way out.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use crate::format_error::{FormatError, FormatResult};

/// Passes bytes on and sums them up.
pub(crate) struct SummingWriter<'a, W> {
    out: &'a mut W,
    sum: Sha256,
}

impl<'a, W: Write> SummingWriter<'a, W> {
    /// A writer in front of another.
    pub(crate) fn new(out: &'a mut W) -> Self {
        Self { out, sum: Sha256::new() }
    }

    /// Refuses where what went through is not the file that was registered. The writer behind holds its last piece until then, so that
    /// nobody receives a damaged file whole.
    pub(crate) fn expect(self, sha256: &str) -> FormatResult<()> {
        let found: String = self.sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if found == sha256 {
            Ok(())
        } else {
            Err(FormatError::Record("its checksum is not the registered one"))
        }
    }
}

impl<W: Write> Write for SummingWriter<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.sum.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        // The last piece waits for the checksum.
        Ok(())
    }
}
