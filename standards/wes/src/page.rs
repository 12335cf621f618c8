use std::num::NonZeroU32;

use crate::BadRequest;

/// The longest page token taken, in bytes.
const MAX_TOKEN_BYTES: usize = 512;

/// How many items a page has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSizes {
    /// Where the request does not say.
    pub default: NonZeroU32,
    /// At most: a larger `page_size` is cut to this, since a server "may return fewer".
    pub max: NonZeroU32,
}

/// Where a page starts: opaque to the client, made by the server. 1 to 512 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken(String);

impl PageToken {
    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which page of a list is asked for (WES 1.1.0 § ListRuns, § ListTasks).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The most items to return.
    pub size: NonZeroU32,
    /// Where to start; `None` for the first page.
    pub token: Option<PageToken>,
}

impl PageRequest {
    /// Reads `page_size` and `page_token` from the pairs of a URL's query, percent-decoded. Other names are ignored. An empty
    /// `page_token`, which is what the last page answers with, asks for the first page.
    ///
    /// # Errors
    /// [`BadRequest`] if one is given twice, the size is not a number of at least 1, or the token cannot be one of ours.
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

/// An int64 of at least 1. What exceeds 32 bits exceeds every limit and is clamped.
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
