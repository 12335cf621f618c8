//! Splits a field into values and gives each value a name.

use std::collections::BTreeMap;

use encoding_rs::Encoding;

use super::escape::unescape_in;
use super::{Delimiters, Hl7Fault, MAX_PARTS, MAX_VALUES};
use crate::unit::Field;

/// The values of one segment, with the number of values that the message has so far.
pub(super) struct Values<'v> {
    pub(super) delimiters: Delimiters,
    pub(super) encoding: &'static Encoding,
    pub(super) offset: u64,
    pub(super) count: &'v mut usize,
    pub(super) fields: BTreeMap<String, Field>,
}

impl Values<'_> {
    /// Adds the values of one field, as received. `name` is the field's name.
    pub(super) fn field(&mut self, name: &str, text: &str) -> Result<(), Hl7Fault> {
        for (at, repetition) in text.split(self.delimiters.repetition).enumerate() {
            self.cap(at)?;
            if at == 0 {
                self.repetition(name, repetition)?;
            } else {
                self.repetition(&format!("{name}({})", at + 1), repetition)?;
            }
        }
        Ok(())
    }

    /// Adds one value whose type has no components. The value is stored under both of its names (`OBX-5` and `OBX-5.1`).
    pub(super) fn whole_value(&mut self, name: &str, text: &str) -> Result<(), Hl7Fault> {
        self.value(format!("{name}.1"), text)?;
        self.value(name.to_owned(), text)
    }

    /// Adds the text that a value with components means as a whole, under the name of the field.
    pub(super) fn joined_value(&mut self, name: &str, text: &str) -> Result<(), Hl7Fault> {
        self.value(name.to_owned(), text)
    }

    fn repetition(&mut self, name: &str, text: &str) -> Result<(), Hl7Fault> {
        // Delimiters at the end of a text have no meaning and are removed.
        let text = text.trim_end_matches([self.delimiters.component, self.delimiters.subcomponent]);
        let whole = !text.contains([self.delimiters.component, self.delimiters.subcomponent]);
        for (at, component) in text.split(self.delimiters.component).enumerate() {
            self.cap(at)?;
            let name = format!("{name}.{}", at + 1);
            let component = component.trim_end_matches(self.delimiters.subcomponent);
            if component.contains(self.delimiters.subcomponent) {
                for (at, subcomponent) in component.split(self.delimiters.subcomponent).enumerate() {
                    self.cap(at)?;
                    self.value(format!("{name}.{}", at + 1), subcomponent)?;
                }
            } else {
                self.value(name, component)?;
            }
        }
        if whole { self.value(name.to_owned(), text) } else { Ok(()) }
    }

    fn value(&mut self, name: String, text: &str) -> Result<(), Hl7Fault> {
        let value = match text {
            "" => return Ok(()),
            "\"\"" => Field::Null,
            _ => Field::Value(unescape_in(text, &self.delimiters, self.encoding)),
        };
        *self.count += 1;
        if *self.count > MAX_VALUES {
            return Err(Hl7Fault::TooManyParts { offset: self.offset });
        }
        self.fields.insert(name, value);
        Ok(())
    }

    fn cap(&self, at: usize) -> Result<(), Hl7Fault> {
        if at >= MAX_PARTS {
            return Err(Hl7Fault::TooManyParts { offset: self.offset });
        }
        Ok(())
    }
}
