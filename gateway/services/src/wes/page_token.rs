//! Page tokens of lists: each names a place in a list, as opaque text. A token contains no state of the process, so it remains valid after
//! a restart.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ga4gh_wes::{BadRequest, PageToken};

/// The position of the first task of a page in the list of tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PagePlace(pub(super) u64);

impl PagePlace {
    /// The page token of this position.
    #[must_use]
    pub(super) fn token(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_be_bytes())
    }

    /// Parses a page token.
    ///
    /// # Errors
    /// [`BadRequest::PageToken`] if the text is not a valid token.
    pub(super) fn parse(token: &PageToken) -> Result<Self, BadRequest> {
        let bytes = URL_SAFE_NO_PAD.decode(token.as_str()).map_err(|_| BadRequest::PageToken)?;
        let bytes: [u8; 8] = bytes.try_into().map_err(|_| BadRequest::PageToken)?;
        Ok(Self(u64::from_be_bytes(bytes)))
    }
}

/// The last run of a page, by its id. The next page of runs starts after this run. A position in the list of all callers' runs would reveal how
/// many runs other callers have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LastRun(String);

impl LastRun {
    /// The page token value for a page that ends with this run.
    #[must_use]
    pub(super) fn of(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// The id of the last run of the page.
    #[must_use]
    pub(super) fn id(&self) -> &str {
        &self.0
    }

    /// The page token for the page after this run.
    #[must_use]
    pub(super) fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }

    /// Parses a page token.
    ///
    /// # Errors
    /// [`BadRequest::PageToken`] if the text is not a valid token.
    pub(super) fn parse(token: &PageToken) -> Result<Self, BadRequest> {
        let bytes = URL_SAFE_NO_PAD.decode(token.as_str()).map_err(|_| BadRequest::PageToken)?;
        String::from_utf8(bytes).map(Self).map_err(|_| BadRequest::PageToken)
    }
}

/// One page of a list. The page is cut from items that were read one item beyond the page, so that it is known whether more items follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WholePage<T> {
    /// The items of the page.
    pub(super) items: Vec<T>,
    /// Whether the list has more items after this page.
    pub(super) more: bool,
}

impl<T> WholePage<T> {
    /// Cuts a page of `size` items. `items` must contain one more item if the list continues after the page.
    #[must_use]
    pub(super) fn cut(mut items: Vec<T>, size: u32) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = items.len() > size;
        items.truncate(size);
        Self { items, more }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ga4gh_wes::{PageRequest, PageSizes};

    use super::*;

    fn token(text: &str) -> PageToken {
        let sizes = PageSizes {
            default: 1.try_into().unwrap(),
            max: 1.try_into().unwrap(),
        };
        let pairs = [("page_token".to_owned(), text.to_owned())];
        PageRequest::from_query(&pairs, sizes).unwrap().token.unwrap()
    }

    #[test]
    fn a_last_run_token_parses_back_to_its_run_and_other_texts_are_rejected() {
        let last = LastRun::of("9096e573dea9953dbf690cc57b0d15df");
        assert_eq!(LastRun::parse(&token(&last.token())), Ok(last));
        for text in ["x", "!!!!", "AAAAAAAAAAA=", "____"] {
            assert_eq!(LastRun::parse(&token(text)), Err(BadRequest::PageToken), "{text}");
        }
    }

    #[test]
    fn a_place_token_parses_back_to_its_place_and_other_texts_are_rejected() {
        for place in [0, 1, 77, u64::MAX] {
            assert_eq!(PagePlace::parse(&token(&PagePlace(place).token())), Ok(PagePlace(place)));
        }
        for text in ["x", "AAAA", "AAAAAAAAAAAAAA", "AAAAAAAAAAA=", "!!!!!!!!!!!", "7"] {
            assert_eq!(PagePlace::parse(&token(text)), Err(BadRequest::PageToken), "{text}");
        }
    }
}
