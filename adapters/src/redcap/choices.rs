//! The choices of a variable: codes and labels, and the columns that a checkbox has for its codes.

/// The choices of a variable, in the order of the dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choices(Vec<(String, String)>);

/// How a value relates to the choices of its variable. It shows whether an export contains codes or labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The value is a code, and not a label of another choice.
    Code,
    /// The value is a code whose label is the same text, so that it shows nothing.
    Same,
    /// The value is a label, and not a code.
    Label,
    /// The value is a code, and also the label of another choice.
    Both,
    /// The value is neither a code nor a label.
    Neither,
}

impl Choices {
    /// Parses a list such as `1, Male | 2, Female`. `None` for an empty list, an empty code, or a duplicate code.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut choices: Vec<(String, String)> = Vec::new();
        let mut codes = std::collections::HashSet::new();
        for part in text.split('|') {
            let (code, label) = part.split_once(',').unwrap_or((part, ""));
            let (code, label) = (code.trim(), label.trim());
            if code.is_empty() || !codes.insert(code) {
                return None;
            }
            choices.push((code.to_owned(), label.to_owned()));
        }
        Some(Self(choices))
    }

    /// The choices with these codes and labels.
    pub(super) fn fixed(choices: &[(&str, &str)]) -> Self {
        let own = |(code, label): &(&str, &str)| ((*code).to_owned(), (*label).to_owned());
        Self(choices.iter().map(own).collect())
    }

    /// The label of a code; `None` if there is no such code.
    pub(super) fn label(&self, code: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == code).map(|(_, label)| label.as_str())
    }

    /// Whether one of these texts is the label of the code. Tags, the case of letters and the number of spaces do not matter. `None` if there is no such code.
    pub(super) fn has_label(&self, code: &str, labels: &[String]) -> Option<bool> {
        let plain = |text: &str| without_tags(text).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let label = plain(self.label(code)?);
        Some(labels.iter().any(|expected| plain(expected) == label))
    }

    /// The code whose box has this column suffix ([`box_suffix`]); `None` if there is no such code.
    pub(super) fn has_box(&self, suffix: &str) -> bool {
        self.0.iter().any(|(code, _)| box_suffix(code) == suffix)
    }

    /// Whether two codes have the same column.
    pub(super) fn shares_boxes(&self) -> bool {
        let mut seen = std::collections::HashSet::new();
        self.0.iter().any(|(code, _)| !seen.insert(box_suffix(code)))
    }

    pub(super) fn reading(&self, value: &str) -> Reading {
        let is_label = |(_, label): &&(String, String)| label == value || without_tags(label) == value;
        match self.0.iter().find(|(code, _)| code == value) {
            Some(own) if is_label(&own) => Reading::Same,
            Some(_) if self.0.iter().any(|other| is_label(&other)) => Reading::Both,
            Some(_) => Reading::Code,
            None if self.0.iter().any(|other| is_label(&other)) => Reading::Label,
            None => Reading::Neither,
        }
    }
}

/// The end of the column name of a checkbox's code: `symptoms____1` for the code `-1`. REDCap writes codes in lower case, and the minus sign as
/// an underscore.
pub(super) fn box_suffix(code: &str) -> String {
    code.to_ascii_lowercase().replace('-', "_")
}

/// A label without HTML tags. REDCap removes the tags of labels in an export.
fn without_tags(label: &str) -> String {
    let mut plain = String::new();
    let mut rest = label;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        let is_tag = tag.chars().nth(1).is_some_and(|c| c.is_ascii_alphabetic() || c == '/');
        match tag.find('>').filter(|_| is_tag) {
            Some(end) => {
                plain.push_str(before);
                rest = tag.get(end + 1..).unwrap_or_default();
            }
            None => {
                plain.push_str(before);
                plain.push('<');
                rest = tag.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_shows_whether_it_is_a_code_or_a_label() {
        let choices = Choices::parse("1, Male | 2, <b>Female</b> | 3, 3 | 4, 5 | 5, < 6, or more").unwrap();
        let read = |value: &str| choices.reading(value);
        assert_eq!((read("1"), read("Male"), read("3")), (Reading::Code, Reading::Label, Reading::Same));
        assert_eq!((read("Female"), read("<b>Female</b>")), (Reading::Label, Reading::Label));
        assert_eq!((read("4"), read("5"), read("6")), (Reading::Code, Reading::Both, Reading::Neither));
        assert_eq!(read("< 6, or more"), Reading::Label);
        assert_eq!(choices.label("5"), Some("< 6, or more"));
    }

    #[test]
    fn a_list_without_codes_or_with_a_code_twice_is_refused() {
        for text in ["", " ", "1, a | ", "1, a | 1, b", ", a"] {
            assert_eq!(Choices::parse(text), None, "{text}");
        }
        assert!(Choices::parse("a, x | A, y").unwrap().shares_boxes());
        assert!(!Choices::parse("-1, x | 1, y").unwrap().shares_boxes());
    }
}
