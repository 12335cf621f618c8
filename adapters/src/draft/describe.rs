//! What a dictionary, metadata or a header states about one field.

/// The kind of the values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A decimal number.
    Number,
    /// A date or a time.
    Date,
    /// One of the listed codes.
    Coded,
    /// Several of the listed codes, each with a column of its own.
    Boxes,
    /// A text.
    Text,
    /// The description does not state the kind.
    Unknown,
}

/// One field.
#[derive(Clone, Debug)]
pub(super) struct Described {
    /// The name by which a profile names the field.
    pub(super) name: String,
    /// The kind of the records that contain the field; `None` if it is not certain.
    pub(super) record: Option<String>,
    /// The label; empty if there is none.
    pub(super) label: String,
    pub(super) kind: Kind,
    /// The codes and their labels, in the order of the description.
    pub(super) choices: Vec<(String, String)>,
    /// The field that contains the unit of a number.
    pub(super) unit: Option<String>,
    /// Why the field is not read, if its description already shows it.
    pub(super) not_read: Option<&'static str>,
    /// Why nothing can be proposed about the field, if its description already shows it.
    pub(super) unclear: Option<&'static str>,
}

impl Described {
    pub(super) fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            record: None,
            label: String::new(),
            kind,
            choices: Vec::new(),
            unit: None,
            not_read: None,
            unclear: None,
        }
    }
}
