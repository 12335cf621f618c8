//! Writing of a commented TOML text: the values of a template with comments are set, and entries with comments are appended.
//!
//! `init` and `demo` write their configurations with this module, so that both have the comments of one template.

use std::fmt::Write as _;

/// A commented TOML text that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TomlText {
    lines: Vec<String>,
}

impl TomlText {
    /// The sections of a template with these names, in the template's order, each with its comments. A name comes with the keys that are taken over;
    /// without keys, the whole section is. Sections that exist only as comments are not taken over.
    #[must_use]
    pub fn of_sections(template: &str, sections: &[(&str, &[&str])]) -> Self {
        let mut lines = Vec::new();
        let mut taken: Option<&[&str]> = None;
        let mut comments = Vec::new();
        for line in template.lines() {
            if let Some(name) = header(line) {
                taken = sections.iter().find(|(section, _)| *section == name).map(|(_, keys)| *keys);
                comments.clear();
                if taken.is_some() {
                    lines.push(line.to_owned());
                }
            } else if line.is_empty() {
                // Comments after an empty line belong to the next section of the template.
                if let Some(keys) = taken.take() {
                    if keys.is_empty() {
                        lines.append(&mut comments);
                    }
                    lines.push(String::new());
                }
            } else if let Some(keys) = taken {
                comments.push(line.to_owned());
                if let Some(key) = key(line) {
                    if keys.is_empty() || keys.contains(&key) {
                        lines.append(&mut comments);
                    }
                    comments.clear();
                }
            }
        }
        if taken.is_some_and(<[&str]>::is_empty) {
            lines.append(&mut comments);
        }
        Self { lines }
    }

    /// Sets a value, which must be TOML (see [`quoted`] and [`list`]). The comment of the key stays. A key that the template contains only as a comment
    /// is uncommented. A key that the template does not contain is appended to the section.
    #[must_use]
    pub fn set(mut self, section: &str, key: &str, value: &str) -> Self {
        let Some(start) = self.lines.iter().position(|line| header(line) == Some(section)) else {
            self.lines.extend([format!("[{section}]"), format!("{key} = {value}")]);
            return self;
        };
        let end = (start + 1..self.lines.len())
            .find(|at| header(&self.lines[*at]).is_some())
            .unwrap_or(self.lines.len());
        let (plain, commented) = (format!("{key} = "), format!("# {key} = "));
        let written = format!("{key} = {value}");
        let is_of_key = |at: &usize| self.lines[*at].starts_with(&plain) || self.lines[*at].starts_with(&commented);
        if let Some(at) = (start + 1..end).find(is_of_key) {
            self.lines[at] = written;
        } else {
            self.lines.insert(start + 1, written);
        }
        self
    }

    /// Makes a key a comment, so that its value is the default.
    #[must_use]
    pub fn without(mut self, section: &str, key: &str) -> Self {
        let mut inside = false;
        for line in &mut self.lines {
            inside = header(line).map_or(inside, |name| name == section);
            if inside && line.starts_with(&format!("{key} = ")) {
                *line = format!("# {line}");
            }
        }
        self
    }

    /// Appends lines, for example an entry of a list with its comments.
    #[must_use]
    pub fn with(mut self, entry: &str) -> Self {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
        self.lines.extend(entry.trim_matches('\n').lines().map(str::to_owned));
        self
    }

    /// The text, with one line feed at its end.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.lines.join("\n");
        format!("{}\n", text.trim_end())
    }
}

/// The name of a section in its header line.
fn header(line: &str) -> Option<&str> {
    let name = line.strip_prefix('[')?.strip_suffix(']')?;
    (!name.starts_with('[')).then_some(name)
}

/// The key of a line `key = value`, also of a line that is a comment (`# key = value`).
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix("# ").unwrap_or(line).split_once(" = ")?;
    key.bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        .then_some(key)
}

/// A text as a TOML basic string, with quotation marks and escapes.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A TOML array of strings.
#[must_use]
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| quoted(&item)).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str =
        "# A template.\n\n[a]\n# One.\none = 1\n# Two.\n# two = 2\n\n# Entries.\n# [[b]]\n# id = 1\n\n[c]\n# Three.\nthree = 3\n";

    #[test]
    fn a_section_keeps_its_comments_and_gets_its_values() {
        let text = TomlText::of_sections(TEMPLATE, &[("a", &[]), ("c", &[])])
            .set("a", "two", &quoted("x\"y"))
            .set("c", "three", "4");
        let expected = "[a]\n# One.\none = 1\n# Two.\ntwo = \"x\\\"y\"\n\n[c]\n# Three.\nthree = 4\n";
        assert_eq!(text.text(), expected);
    }

    #[test]
    fn only_the_named_keys_are_taken_over() {
        let text = TomlText::of_sections(TEMPLATE, &[("a", &["two"])]).set("a", "two", "3").text();
        assert_eq!(text, "[a]\n# Two.\ntwo = 3\n");
    }

    #[test]
    fn an_entry_is_appended_after_an_empty_line() {
        let text = TomlText::of_sections(TEMPLATE, &[("c", &[])]).with("\n[[d]]\nid = 1\n").text();
        assert_eq!(text, "[c]\n# Three.\nthree = 3\n\n[[d]]\nid = 1\n");
    }
}
