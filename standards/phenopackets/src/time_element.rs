//! A time, in one of the forms that a packet allows.

use std::fmt;

use crate::error::PhenopacketError;
use crate::object::Object;
use crate::ontology_class::OntologyClass;

/// The message `TimeElement`. `Debug` shows only the kind of the time, because an exact time could identify a person.
#[derive(Clone, PartialEq, Eq)]
pub enum TimeElement {
    /// An age, as an ISO 8601 duration (`P6M`).
    Age(String),
    /// A range between two ages, both ISO 8601 durations. Either age may be absent.
    AgeRange {
        /// The younger age.
        start: Option<String>,
        /// The older age.
        end: Option<String>,
    },
    /// A gestational age: completed weeks and additional days.
    GestationalAge {
        /// The number of completed weeks.
        weeks: u64,
        /// The number of additional days; 0 if not stated.
        days: u64,
    },
    /// A term such as `HP:0003593` Infantile onset.
    OntologyClass(OntologyClass),
    /// A moment in time, RFC 3339, as written.
    Timestamp(String),
    /// A range between two moments, RFC 3339, as written. Either moment may be absent.
    Interval {
        /// The earlier moment.
        start: Option<String>,
        /// The later moment.
        end: Option<String>,
    },
}

impl fmt::Debug for TimeElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Age(_) => "Age(..)",
            Self::AgeRange { .. } => "AgeRange(..)",
            Self::GestationalAge { .. } => "GestationalAge(..)",
            Self::OntologyClass(_) => "OntologyClass(..)",
            Self::Timestamp(_) => "Timestamp(..)",
            Self::Interval { .. } => "Interval(..)",
        })
    }
}

impl TimeElement {
    /// Reads a time element; `None` if the object sets no alternative, which proto3 allows.
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Option<Self>, PhenopacketError> {
        let found = [
            object.object("age", |o| o.required_text("iso8601duration").map(Self::Age))?,
            object.object("ageRange", |o| {
                Ok(Self::AgeRange {
                    start: age(o, "start")?,
                    end: age(o, "end")?,
                })
            })?,
            object.object("gestationalAge", |o| {
                Ok(Self::GestationalAge {
                    weeks: o.whole("weeks")?.unwrap_or(0),
                    days: o.whole("days")?.unwrap_or(0),
                })
            })?,
            object.object("ontologyClass", OntologyClass::read)?.map(Self::OntologyClass),
            object.text("timestamp")?.map(Self::Timestamp),
            object.object("interval", |o| {
                Ok(Self::Interval {
                    start: o.text("start")?,
                    end: o.text("end")?,
                })
            })?,
        ];
        let mut found = found.into_iter().flatten();
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            (_, Some(_)) => Err(object.several()),
        }
    }
}

fn age(object: &mut Object<'_>, name: &'static str) -> Result<Option<String>, PhenopacketError> {
    Ok(object.object(name, |o| o.text("iso8601duration"))?.flatten())
}

/// The member `name` as a time element; `None` if the member is absent or sets no alternative.
pub(crate) fn time(object: &mut Object<'_>, name: &'static str) -> Result<Option<TimeElement>, PhenopacketError> {
    Ok(object.object(name, TimeElement::read)?.flatten())
}
