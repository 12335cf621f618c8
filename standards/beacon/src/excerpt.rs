//! A short, safe excerpt of a client's text for an error message.

use std::fmt;

/// The longest excerpt, in characters.
const MAX_SHOWN_CHARS: usize = 64;

/// A name that a client sent (of a parameter or a filtering term), made safe for an error message. The name is shortened, and every
/// character except ASCII letters, digits and `_.:-$` is replaced by `?`. Errors show names in this way, and never show values.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    /// The excerpt of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut shown: String = text
            .chars()
            .take(MAX_SHOWN_CHARS)
            .map(|c| if c.is_ascii_alphanumeric() || "_.:-$".contains(c) { c } else { '?' })
            .collect();
        if text.chars().nth(MAX_SHOWN_CHARS).is_some() {
            shown.push_str("...");
        }
        Self(shown)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_replaced_and_long_names_are_shortened() {
        assert_eq!(Excerpt::of("<b>x\n").to_string(), "?b?x?");
        assert_eq!(Excerpt::of(&"a".repeat(65)).to_string(), format!("{}...", "a".repeat(64)));
        assert_eq!(Excerpt::of("HP:0001250").to_string(), "HP:0001250");
    }
}
