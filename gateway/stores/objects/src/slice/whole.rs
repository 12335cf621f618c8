//! Everything from a record to the end of the file: the rest of its block anew, the blocks behind it as they are.

use std::io::{self, Read, Seek, Write};

use crate::bgzf::{BgzfReader, BgzfWriter};
use crate::format_error::{FormatError, FormatResult};

/// Copies from the reader's place to the end of the file, end-of-file marker included. Every block passed on is checked for being
/// whole, so that a file that was cut off in the store ends in an error.
pub(crate) fn copy_rest<R: Read + Seek, W: Write>(reader: BgzfReader<R>, mut writer: BgzfWriter<W>) -> FormatResult<()> {
    let (rest, mut inner) = reader.into_rest()?;
    writer.write_bytes(&rest)?;
    let mut out = writer.into_inner()?;
    let mut tail = Vec::new();
    let mut buffer = vec![0; 128 * 1024];
    loop {
        let count = match inner.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e.into()),
        };
        out.write_all(&buffer[..count])?;
        tail.extend_from_slice(&buffer[..count]);
        let keep = tail.len().saturating_sub(crate::bgzf::END_MARKER.len());
        tail.drain(..keep);
    }
    if tail != crate::bgzf::END_MARKER {
        return Err(FormatError::Truncated { at_byte: 0 });
    }
    Ok(())
}
