//! Tokens in search values, and lists of alternatives (FHIR R4 § 3.1.1.4.10 token, § 3.1.1.4.19 escaping).

use crate::Withheld;
use crate::reference::Identifier;

/// A search value of type token. Its code may be a patient's number, so `Debug` does not show the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The system in which the code is searched.
    pub system: TokenSystem,
    /// The code or number. `None` for `system|`, which matches any code of the system.
    pub code: Option<Withheld>,
}

/// The system of a token's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSystem {
    /// `value`: the token matches the code in any system.
    Any,
    /// `|value`: the token matches only a code without system.
    Absent,
    /// `system|value`: the token matches the code in this system.
    Is(Box<str>),
}

impl Token {
    /// Parses a token: `value`, `|value`, `system|value` or `system|`, with `\,`, `\|`, `\$` and `\\` escaped. `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = split(text, '|')?;
        let code = unescape(parts.pop()?)?;
        let system = match (parts.pop(), parts.pop()) {
            (None, _) => TokenSystem::Any,
            (Some(""), None) => TokenSystem::Absent,
            (Some(system), None) => TokenSystem::Is(unescape(system)?.into()),
            (Some(_), Some(_)) => return None,
        };
        let spaced = matches!(&system, TokenSystem::Is(system) if system.contains(char::is_whitespace));
        if spaced || code.trim() != code || code.contains(char::is_control) {
            return None;
        }
        let code = (!code.is_empty()).then(|| code.into());
        (code.is_some() || matches!(system, TokenSystem::Is(_))).then_some(Self { system, code })
    }

    /// Whether the token matches a coding or identifier with this system and code. Codes must be exactly equal.
    #[must_use]
    pub fn matches(&self, system: Option<&str>, code: &str) -> bool {
        let system = match &self.system {
            TokenSystem::Any => true,
            TokenSystem::Absent => system.is_none(),
            TokenSystem::Is(own) => system == Some(own),
        };
        system && self.code.as_ref().is_none_or(|own| **own == *code)
    }

    /// Whether the token matches this identifier.
    #[must_use]
    pub fn matches_identifier(&self, identifier: &Identifier) -> bool {
        self.matches(identifier.system.as_deref(), &identifier.value)
    }
}

/// Splits a search value into the alternatives between its commas; `None` if an alternative is empty.
pub(super) fn alternatives(text: &str) -> Option<Vec<&str>> {
    split(text, ',').filter(|parts| parts.iter().all(|part| !part.is_empty()))
}

/// Splits a text at each `separator` that is not escaped; `None` if a backslash precedes a character that cannot be escaped.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut characters) = (0, text.char_indices());
    while let Some((at, character)) = characters.next() {
        if character == '\\' {
            let (_, escaped) = characters.next()?;
            if !['\\', ',', '|', '$'].contains(&escaped) {
                return None;
            }
        } else if character == separator {
            parts.push(&text[start..at]);
            start = at + character.len_utf8();
        }
    }
    parts.push(&text[start..]);
    Some(parts)
}

fn unescape(text: &str) -> Option<String> {
    let (mut plain, mut characters) = (String::with_capacity(text.len()), text.chars());
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' { characters.next()? } else { character });
    }
    Some(plain)
}
