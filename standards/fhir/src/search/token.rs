//! Tokens and lists of alternatives (FHIR R4 § 3.1.1.4.10 token, § 3.1.1.4.19 escaping).

use crate::Withheld;
use crate::reference::Identifier;

/// A token. Its code may be a patient's number and does not show in `Debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Which system.
    pub system: TokenSystem,
    /// The code or number; absent for `system|`, which is any of that system.
    pub code: Option<Withheld>,
}

/// Which system a token's code is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSystem {
    /// `value`: whatever the system.
    Any,
    /// `|value`: without a system.
    Absent,
    /// `system|value`.
    Is(Box<str>),
}

impl Token {
    /// Reads `value`, `|value`, `system|value` or `system|`, with `\,`, `\|`, `\$` and `\\` escaped; absent for anything else.
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

    /// Whether a coding or identifier of that system and code is meant. Codes compare exactly.
    #[must_use]
    pub fn matches(&self, system: Option<&str>, code: &str) -> bool {
        let system = match &self.system {
            TokenSystem::Any => true,
            TokenSystem::Absent => system.is_none(),
            TokenSystem::Is(own) => system == Some(own),
        };
        system && self.code.as_ref().is_none_or(|own| **own == *code)
    }

    /// Whether that identifier is meant.
    #[must_use]
    pub fn matches_identifier(&self, identifier: &Identifier) -> bool {
        self.matches(identifier.system.as_deref(), &identifier.value)
    }
}

/// The values between commas; absent if one is empty.
pub(super) fn alternatives(text: &str) -> Option<Vec<&str>> {
    split(text, ',').filter(|parts| parts.iter().all(|part| !part.is_empty()))
}

/// Splits where `separator` is not escaped; absent if a backslash escapes nothing that can be escaped.
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
