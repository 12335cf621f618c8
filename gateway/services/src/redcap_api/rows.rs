//! Reads an answer of the API with `format=json`: an array of objects. One object is in memory at a time.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::fault::AnswerFault;

/// One object: its members in order, as received.
pub(super) struct ReceivedRow(pub(super) Vec<(String, Box<RawValue>)>);

impl ReceivedRow {
    /// The text of a member. A number is its digits; `null` and an absent member are the empty text.
    pub(super) fn text(&self, name: &str) -> Result<String, AnswerFault> {
        let Some((_, value)) = self.0.iter().find(|(member, _)| member == name) else {
            return Ok(String::new());
        };
        let value = value.get();
        match value.bytes().next() {
            Some(b'"') => serde_json::from_str(value).map_err(|_| AnswerFault::Form),
            Some(b'0'..=b'9' | b'-') => Ok(value.to_owned()),
            Some(b'n') => Ok(String::new()),
            _ => Err(AnswerFault::Form),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl<'de> Deserialize<'de> for ReceivedRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = ReceivedRow;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReceivedRow, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(ReceivedRow(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Gives every object of the array in a file.
pub(super) fn each_row(path: &Path, give: &mut dyn FnMut(ReceivedRow) -> Result<(), AnswerFault>) -> Result<(), AnswerFault> {
    let file = File::open(path).map_err(|_| AnswerFault::Disk)?;
    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::new(file));
    let mut fault = None;
    let read = Rows { give, fault: &mut fault }.deserialize(&mut deserializer);
    let read = read.and_then(|()| deserializer.end());
    match (read, fault) {
        (_, Some(fault)) => Err(fault),
        (Ok(()), None) => Ok(()),
        (Err(error), None) if error.is_eof() => Err(AnswerFault::CutShort),
        (Err(error), None) if error.is_io() => Err(AnswerFault::Disk),
        (Err(_), None) => Err(AnswerFault::Form),
    }
}

struct Rows<'g> {
    give: &'g mut dyn FnMut(ReceivedRow) -> Result<(), AnswerFault>,
    fault: &'g mut Option<AnswerFault>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(row) = seq.next_element::<ReceivedRow>()? {
            if let Err(fault) = (self.give)(row) {
                *self.fault = Some(fault);
                return Err(serde::de::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, AnswerFault> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut ids = Vec::new();
        each_row(file.path(), &mut |row| {
            ids.push(row.text("id")?);
            Ok(())
        })?;
        Ok(ids)
    }

    #[test]
    fn texts_numbers_and_absent_members_are_read_and_an_answer_that_is_cut_is_known() {
        let whole = r#"[{"id":"1 é","x":{"a":[1]}},{"id":20},{"x":""},{"id":null}]"#;
        assert_eq!(read(whole).unwrap(), ["1 é", "20", "", ""]);
        for end in 0..whole.len() {
            if whole.is_char_boundary(end) {
                assert_eq!(read(&whole[..end]), Err(AnswerFault::CutShort), "{end}");
            }
        }
        for text in ["{\"error\":\"x\"}", "<html>", "[1]", "[] []", "[{\"id\":[1]}]", "[{\"id\":true}]"] {
            assert_eq!(read(text), Err(AnswerFault::Form), "{text}");
        }
    }
}
