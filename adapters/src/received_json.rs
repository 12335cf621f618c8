//! A JSON value as received. Numbers keep their text, because FHIR decimals have a precision (R4 § 2.24.0.1: `0.010` is not `0.01`).

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

/// The maximum depth of nested values.
const MAX_DEPTH: usize = 64;

/// The maximum number of values in one resource.
const MAX_NODES: usize = 200_000;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    /// A number, by its text.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(BTreeMap<String, Node>),
}

impl Node {
    /// Reads one JSON value. The error states in words why the bytes are not accepted.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8")?;
        // The grammar is checked first, so that the reader below only meets valid JSON.
        serde_json::from_str::<IgnoredAny>(text).map_err(|_| "is not valid JSON, or is nested too deeply")?;
        let mut reader = Reader { text, at: 0, count: 0 };
        reader.value(0)
    }

    /// The member of an object; `None` for any other value, or if the object does not have it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The text of a member that is a text and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Self::Text(text)) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// The elements of a list; the value itself if it is no list. FHIR forbids a single value in place of a list, and it means the same.
    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            Self::Null => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// The elements of a member; empty if the member is absent.
    pub(crate) fn list(&self, name: &str) -> &[Self] {
        self.get(name).map_or(&[], Self::elements)
    }

    /// Whether an object anywhere in this value has a member with this name.
    pub(crate) fn has_anywhere(&self, name: &str) -> bool {
        match self {
            Self::Object(members) => members.contains_key(name) || members.values().any(|inner| inner.has_anywhere(name)),
            Self::List(list) => list.iter().any(|inner| inner.has_anywhere(name)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }

    /// The number of values in this value.
    pub(crate) fn count(&self) -> usize {
        1 + match self {
            Self::Object(members) => members.values().map(Self::count).sum(),
            Self::List(list) => list.iter().map(Self::count).sum::<usize>(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => 0,
        }
    }

    /// Adds the value to a digest. The order of members and white space do not change the digest.
    pub(crate) fn digest(&self, into: &mut Sha256) {
        match self {
            Self::Null => into.update("n"),
            Self::Bool(value) => into.update(if *value { "t" } else { "f" }),
            Self::Number(text) => into.update(format!("#{}:{text}", text.len())),
            Self::Text(text) => into.update(format!("s{}:{text}", text.len())),
            Self::List(list) => {
                into.update(format!("[{}", list.len()));
                list.iter().for_each(|inner| inner.digest(into));
            }
            Self::Object(members) => {
                into.update(format!("{{{}", members.len()));
                for (name, inner) in members {
                    into.update(format!("{}:{name}", name.len()));
                    inner.digest(into);
                }
            }
        }
    }
}

/// A reader of valid JSON.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    count: usize,
}

const BROKEN: &str = "is not valid JSON";

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Skips white space and the byte `wanted`, if it is the next byte.
    fn skip(&mut self, wanted: u8) -> bool {
        let is_next = self.peek() == Some(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Result<Node, &'static str> {
        if depth > MAX_DEPTH {
            return Err("is nested too deeply");
        }
        self.count += 1;
        if self.count > MAX_NODES {
            return Err("has too many values");
        }
        Ok(match self.peek().ok_or(BROKEN)? {
            b'{' => self.object(depth)?,
            b'[' => {
                self.at += 1;
                let mut list = Vec::new();
                while !self.skip(b']') {
                    list.push(self.value(depth + 1)?);
                    self.skip(b',');
                }
                Node::List(list)
            }
            b'"' => Node::Text(self.string()?),
            _ => match self.scalar() {
                "null" => Node::Null,
                "true" => Node::Bool(true),
                "false" => Node::Bool(false),
                "" => return Err(BROKEN),
                number => Node::Number(number.to_owned()),
            },
        })
    }

    fn object(&mut self, depth: usize) -> Result<Node, &'static str> {
        self.at += 1;
        let mut members = BTreeMap::new();
        while !self.skip(b'}') {
            self.peek();
            let name = self.string()?;
            self.skip(b':');
            if members.insert(name, self.value(depth + 1)?).is_some() {
                return Err("has a member twice");
            }
            self.skip(b',');
        }
        Ok(Node::Object(members))
    }

    fn string(&mut self) -> Result<String, &'static str> {
        let from = self.at;
        let bytes = self.text.as_bytes();
        let mut at = from + 1;
        loop {
            match bytes.get(at) {
                Some(b'\\') => at += 2,
                Some(b'"') => break,
                Some(_) => at += 1,
                None => return Err(BROKEN),
            }
        }
        self.at = at + 1;
        let raw = self.text.get(from..self.at).ok_or(BROKEN)?;
        serde_json::from_str(raw).map_err(|_| "has a text with an invalid character")
    }

    fn scalar(&mut self) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, ',' | ']' | '}'))
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_and_members_may_not_occur_twice() {
        let node = Node::read(br#" {"a": [1.10, -0, 1E+2, true, null, "\u3042\"x"], "b": {} } "#).unwrap();
        let number = |text: &str| Node::Number(text.to_owned());
        let list = [
            number("1.10"),
            number("-0"),
            number("1E+2"),
            Node::Bool(true),
            Node::Null,
            Node::Text("あ\"x".to_owned()),
        ];
        assert_eq!(node.list("a"), list);
        for (bad, why) in [
            (&br#"{"a":1,"a":1}"#[..], "has a member twice"),
            (b"{\"a\":01}", "is not valid JSON, or is nested too deeply"),
            (b"{\"a\":\xff}", "is not UTF-8"),
            (b"\"\\ud800\"", "has a text with an invalid character"),
        ] {
            let refused = Node::read(bad);
            assert!(refused.is_err(), "{why}");
        }
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(Node::read(deep.as_bytes()), Err("is nested too deeply"));
    }
}
