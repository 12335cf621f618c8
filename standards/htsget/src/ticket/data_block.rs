use std::collections::BTreeMap;

use crate::Format;

/// One piece of the file: a URL for a GET with the headers of the request, or the bytes themselves in a `data:` URI.
///
/// URL and headers "might contain embedded authentication tokens" and must not be logged (htsget 1.3 § Security considerations). `Debug`
/// therefore shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct DataBlock {
    url: String,
    headers: BTreeMap<String, String>,
}

impl DataBlock {
    /// A block at `url`: absolute, `https:` (`http:` for testing only), with path and query already percent-encoded. The URL must answer
    /// without the credential of the ticket request: "Client must not send the bearer token used for the API" (htsget 1.3 § HTTPS data block
    /// URLs).
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            headers: BTreeMap::new(),
        }
    }

    /// A block inside the ticket. `base64` is the payload in standard base64 with padding; it is not percent-encoded again. The URI states
    /// the media type, although clients should ignore it, because some clients fail without it.
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

    /// The URL or `data:` URI.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers to send, by name.
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
