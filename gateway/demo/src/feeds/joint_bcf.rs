//! Converts a joint file from VCF text to BCF.

use crate::error::DemoError;

/// A VCF text as BCF.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, DemoError> {
    hts_formats::bcf::encode::encode(text.as_bytes()).map_err(DemoError::Encoding)
}
