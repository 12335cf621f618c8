//! Normalises the URLs of DPoP proofs and requests for the comparison of RFC 9449 § 4.3, as RFC 3986 § 6.2.2 and 6.2.3
//! describe. Query and fragment are dropped.

use url::Url;

/// The normal form of a URL. Absent if the text is not an http or https URL with a host, or if the URL contains a user.
pub(super) fn normalised(text: &str) -> Option<String> {
    // The parser writes scheme and host in lower case, drops the default port, resolves dot segments and replaces an empty path by `/`.
    let mut url = Url::parse(text).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    if !web || !url.has_host() || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    url.set_query(None);
    url.set_fragment(None);
    let origin = url.origin().ascii_serialization();
    Some(format!("{origin}{}", with_plain_escapes(url.path())))
}

/// Decodes percent escapes of unreserved characters, and writes the digits of all other escapes in upper case.
fn with_plain_escapes(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let byte = escape.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                let character = char::from(byte);
                if character.is_ascii_alphanumeric() || "-._~".contains(character) {
                    plain.push(character);
                } else {
                    plain.push_str(&escape.get(..3).unwrap_or_default().to_ascii_uppercase());
                }
                rest = escape.get(3..).unwrap_or_default();
            }
            None => {
                plain.push('%');
                rest = escape.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_urls_have_one_normal_form_and_other_urls_differ() {
        // RFC 3986 § 6.2.2 and 6.2.3 list these URLs as equivalent.
        for (one, other) in [
            ("HTTPS://Gateway.Example/a", "https://gateway.example/a"),
            ("https://gateway.example:443/a", "https://gateway.example/a"),
            ("http://gateway.example:80", "http://gateway.example/"),
            ("https://gateway.example/a/./b/../c", "https://gateway.example/a/c"),
            ("https://gateway.example/%7euser/%c3%a4", "https://gateway.example/~user/%C3%A4"),
            ("https://gateway.example/a?x=1#y", "https://gateway.example/a"),
        ] {
            assert!(normalised(one).is_some());
            assert_eq!(normalised(one), normalised(other), "{one}");
        }
        for (one, other) in [
            ("https://gateway.example/a", "http://gateway.example/a"),
            ("https://gateway.example/a", "https://gateway.example:8443/a"),
            ("https://gateway.example/a", "https://gateway.example/A"),
            ("https://gateway.example/a", "https://gateway.example/a/"),
            ("https://gateway.example/a%2Fb", "https://gateway.example/a/b"),
            ("https://gateway.example/a", "https://gateway.example.evil.example/a"),
        ] {
            assert_ne!(normalised(one), normalised(other), "{one}");
        }
        for none in [
            "",
            "/a",
            "gateway.example/a",
            "ftp://gateway.example/a",
            "https://user@gateway.example/",
            "https://",
            "data:,x",
        ] {
            assert_eq!(normalised(none), None, "{none}");
        }
        assert_eq!(normalised("https://h/a%"), Some("https://h/a%".to_owned()));
        assert_eq!(normalised("https://h/a%zé%4"), normalised("https://h/a%zé%4"));
    }
}
