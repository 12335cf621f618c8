//! The language of human-readable texts. Codes do not depend on the language.

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use gemj_access::Language;

/// The language of the answer: Japanese if the request prefers it to English, otherwise English (RFC 9110 § 12.5.4).
pub(crate) fn of(headers: &HeaderMap) -> Language {
    let (mut japanese, mut english) = (0, 0);
    let ranges = headers.get_all(ACCEPT_LANGUAGE).filter_map(|value| value.to_str().ok());
    for range in ranges.flat_map(|list| list.split(',')).take(MAX_RANGES) {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
        match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "ja" => japanese = japanese.max(quality),
            "en" | "*" => english = english.max(quality),
            _ => {}
        }
    }
    if japanese > english { Language::Ja } else { Language::En }
}

/// Maximum number of language ranges in `Accept-Language` that are evaluated.
const MAX_RANGES: usize = 32;

/// Parses a quality value of `Accept-Language`, in thousandths. The result is 0 for an unreadable value.
fn thousandths(text: &str) -> u16 {
    match text.parse::<f32>() {
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn japanese_is_selected_if_it_is_preferred() {
        for (asked, expected) in [
            ("", Language::En),
            ("ja", Language::Ja),
            ("JA-jp", Language::Ja),
            ("ja,en;q=0.8", Language::Ja),
            ("en,ja;q=0.8", Language::En),
            ("en;q=0.2, ja;q=0.3", Language::Ja),
            ("fr, *;q=0.1, ja;q=0.5", Language::Ja),
            ("ja;q=0", Language::En),
            ("ja;q=x", Language::En),
            ("jam", Language::En),
            ("de", Language::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(asked).unwrap());
            assert_eq!(of(&headers), expected, "{asked}");
        }
    }
}
