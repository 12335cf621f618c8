//! Compares texts with wildcards: "can contain wildcard characters (%) to denote any number of unknown characters"
//! (`requests/filteringTerms.json`).

/// The value of a filter that compares text. Upper and lower case are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The parts of the text between wildcards. A text without a wildcard is one part.
    parts: Vec<String>,
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Self {
        Self {
            parts: text.split('%').map(str::to_lowercase).collect(),
        }
    }

    pub(super) fn has_wildcards(&self) -> bool {
        self.parts.len() > 1
    }

    /// Whether the whole text matches the pattern.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.matches_lowered(&text.to_lowercase())
    }

    /// Whether the whole text, which must be in lower case, matches the pattern.
    pub(super) fn matches_lowered(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        // The first match of a part leaves the longest rest for the other parts.
        for part in middle {
            match rest.find(part.as_str()) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.len() >= last.len() && rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of wildcard matching, applied letter by letter: a slow, independent implementation for the test.
    fn slowly(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('%', rest)) => (0..=text.len()).any(|skipped| slowly(rest, &text[skipped..])),
            Some((letter, rest)) => text.split_first().is_some_and(|(t, after)| t == letter && slowly(rest, after)),
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition_applied_letter_by_letter(pattern in "[ab%]{0,7}", text in "[ab]{0,8}") {
            let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(Pattern::parse(&pattern).matches(&text), slowly(&p, &t));
        }
    }

    #[test]
    fn case_is_ignored_and_a_pattern_without_wildcards_matches_only_the_whole_text() {
        assert!(Pattern::parse("OMIM:1%").matches("omim:101200"));
        assert!(!Pattern::parse("OMIM:1").matches("OMIM:101200"));
        assert!(Pattern::parse("%").matches("") && Pattern::parse("").matches(""));
    }
}
