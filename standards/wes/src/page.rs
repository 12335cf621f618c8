use std::num::NonZeroU32;

use crate::BadRequest;

/// The longest accepted page token, in bytes.
const MAX_TOKEN_BYTES: usize = 512;

/// The allowed numbers of items on one page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSizes {
    /// The number of items if the request states no `page_size`.
    pub default: NonZeroU32,
    /// The maximum number of items. A larger `page_size` is reduced to the maximum, because a server "may return fewer".
    pub max: NonZeroU32,
}

/// The token that identifies the start of a page: 1 to 512 visible ASCII characters. The server makes the token, and it is opaque to the
/// client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken(String);

impl PageToken {
    /// The page token as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The requested page of a list (WES 1.1.0 § ListRuns, § ListTasks).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The maximum number of items to return.
    pub size: NonZeroU32,
    /// The start of the page; `None` for the first page.
    pub token: Option<PageToken>,
}

impl PageRequest {
    /// Parses `page_size` and `page_token` from the percent-decoded pairs of a URL's query. Other parameters are ignored. An empty `page_token`
    /// requests the first page, because the last page of a list ends with an empty token.
    ///
    /// # Errors
    /// [`BadRequest`] if a parameter occurs twice, if the size is not a number of at least 1, or if the token cannot be a token of this server.
    pub fn from_query(pairs: &[(String, String)], sizes: PageSizes) -> Result<Self, BadRequest> {
        let size = match single(pairs, "page_size")? {
            None => sizes.default.min(sizes.max),
            Some(text) => parse_size(text)?.min(sizes.max),
        };
        let token = match single(pairs, "page_token")? {
            None | Some("") => None,
            Some(text) if text.len() <= MAX_TOKEN_BYTES && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Some(PageToken(text.to_owned()))
            }
            Some(_) => return Err(BadRequest::PageToken),
        };
        Ok(Self { size, token })
    }
}

/// Parses a page size: an int64 of at least 1. A number above 32 bits exceeds every limit and is clamped to the largest 32-bit number.
fn parse_size(text: &str) -> Result<NonZeroU32, BadRequest> {
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let size: i64 = if digits_only {
        text.parse().map_err(|_| BadRequest::PageSize)?
    } else {
        0
    };
    NonZeroU32::new(u32::try_from(size).unwrap_or(u32::MAX)).ok_or(BadRequest::PageSize)
}

fn single<'a>(pairs: &'a [(String, String)], name: &'static str) -> Result<Option<&'a str>, BadRequest> {
    let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let value = values.next();
    if values.next().is_some() {
        return Err(BadRequest::ParameterRepeated { parameter: name });
    }
    Ok(value)
}
