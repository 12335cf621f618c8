use std::collections::BTreeMap;

use crate::Format;

/// One piece of the file: a URL for a GET with the headers of the request, or the bytes themselves in a `data:` URI.
///
/// The URL and the headers "might contain embedded authentication tokens" and must not be logged (htsget 1.3 § Security considerations).
/// `Debug` therefore shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct DataBlock {
    url: String,
    headers: BTreeMap<String, String>,
}

impl DataBlock {
    /// A block at `url`, which is absolute and starts with `https:` (`http:` for testing only). Its path and query are already percent-encoded.
    /// The URL must answer without the credential of the ticket request: "Client must not send the bearer token used for the API" (htsget 1.3 §
    /// HTTPS data block URLs).
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            headers: BTreeMap::new(),
        }
    }

    /// A block whose bytes are inside the ticket, in a `data:` URI. `base64` contains the bytes in standard base64 with padding. This text is
    /// not percent-encoded again. The URI states the media type, because some clients fail without it, although clients should ignore it.
    #[must_use]
    pub fn inline_base64(format: Format, base64: &str) -> Self {
        Self::at(format!("data:{};base64,{base64}", format.media_type()))
    }

    /// The same block with one more header that the client must send to the URL.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// The URL or the `data:` URI of the block.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers that the client must send to the URL, by name.
    #[must_use]
    pub fn headers(&self) -> &BTreeMap<String, String> {
        &self.headers
    }
}

impl std::fmt::Debug for DataBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataBlock")
            .field("header_count", &self.headers.len())
            .finish_non_exhaustive()
    }
}
