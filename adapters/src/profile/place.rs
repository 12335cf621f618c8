//! Places in the text of a profile, and the lines on which they are.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One step of a path into a YAML document: a member or an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A place in a document, as the path from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

impl Place {
    pub(super) fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    pub(super) fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The place to which a JSON pointer leads. A number in the pointer becomes an index. When the document is read, the number also matches a
    /// member with that name.
    pub(super) fn from_pointer(pointer: &str) -> Self {
        let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
        Self(
            pointer
                .split('/')
                .skip(1)
                .map(|part| match part.parse::<usize>() {
                    Ok(index) if index.to_string() == part => Step::Index(index),
                    Ok(_) | Err(_) => Step::Key(unescaped(part)),
                })
                .collect(),
        )
    }

    /// The line and the column of the place in the YAML text, counted from 1. Both are 0 if the text does not contain the place.
    pub(super) fn line_and_column(&self, yaml: &str) -> (usize, usize) {
        let found = Walk(&self.0).deserialize(serde_norway::Deserializer::from_str(yaml));
        match found {
            Err(error) if error.to_string().contains(HERE) => error.location().map_or((0, 0), |l| (l.line(), l.column())),
            Err(_) | Ok(()) => (0, 0),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the profile");
        }
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if at == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

const HERE: &str = "the place looked for";

/// A reader that follows the path to a place and then fails. The error of the YAML reader then contains the line and the column of the place.
struct Walk<'p>(&'p [Step]);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HERE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.0.split_first() else {
            return Err(A::Error::custom(HERE));
        };
        let wanted = match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => index.to_string(),
        };
        while let Some(key) = map.next_key::<String>()? {
            if key == wanted {
                map.next_value_seed(Walk(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let (wanted, rest) = match self.0.split_first() {
            Some((Step::Index(index), rest)) => (*index, rest),
            Some((Step::Key(_), _)) => return Ok(()),
            None => return Err(A::Error::custom(HERE)),
        };
        for _ in 0..wanted {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(Walk(rest))?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
