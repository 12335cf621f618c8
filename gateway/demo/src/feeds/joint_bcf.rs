//! Writes a joint file as BCF.

use crate::error::DemoError;

/// The BCF of a VCF text.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, DemoError> {
    hts_formats::bcf::encode::encode(text.as_bytes()).map_err(DemoError::Encoding)
}
