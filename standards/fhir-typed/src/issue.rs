//! What the typed parse finds wrong, in words that repeat nothing of the resource.

/// Why the typed parse refuses a resource.
///
/// The `Display` text is fit for the sender: names of types and elements of FHIR only, never a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedIssue {
    /// The bytes are not JSON.
    #[error("not JSON (line {line}, column {column})")]
    NotJson {
        /// 1-based line; 0 if unknown.
        line: usize,
        /// 1-based column; 0 if unknown.
        column: usize,
    },
    /// Arrays and objects stand in each other deeper than [`crate::MAX_DEPTH`].
    #[error("nested deeper than {limit} arrays and objects")]
    TooDeep {
        /// The most that is taken.
        limit: usize,
    },
    /// Resources stand in each other deeper than [`crate::MAX_RESOURCES_DEEP`].
    #[error("resources within resources deeper than {limit}")]
    TooManyResourcesDeep {
        /// The most that is taken.
        limit: usize,
    },
    /// The structs refuse it.
    #[error("{}{}: {fault}", resource_type.as_deref().unwrap_or("resource"), element.as_deref().map(|e| format!(".{e}")).unwrap_or_default())]
    Resource {
        /// The `resourceType` received, where it can be a type name.
        resource_type: Option<Box<str>>,
        /// The top-level element in which the fault is, where it can be told.
        element: Option<Box<str>>,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong with a resource or an element.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A required element is absent (also where only its `_element` sibling is given).
    #[error("the required element {element} is missing")]
    Missing {
        /// The element's name.
        element: Box<str>,
    },
    /// A code is not in its required value set.
    #[error("a code is not in its required value set")]
    UnknownCode,
    /// `resourceType` is absent or names no resource.
    #[error("the resource type is absent or unknown")]
    UnknownType,
    /// A value is of another JSON type, or another format, than its element.
    #[error("a value is not of its element's type")]
    WrongShape,
    /// Refused for another reason: a second member of the same name, a date out of the calendar.
    #[error("a value is not valid for its element")]
    Other,
}

impl Fault {
    /// Sorts a parse error by its beginning; what the text repeats of the input is left behind.
    pub(crate) fn of(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        if let Some(rest) = text.strip_prefix("missing field `") {
            let element = rest.split('`').next().unwrap_or_default();
            return if element == "resourceType" {
                Self::UnknownType
            } else {
                name(Some(element)).map_or(Self::Other, |element| Self::Missing { element })
            };
        }
        if text.starts_with("unknown variant `") {
            // The one enum that serde itself derives is that of the resources.
            return Self::UnknownType;
        }
        // What the generated enums of required codes say, followed by the code.
        if text.starts_with("Unknown value: ") {
            return Self::UnknownCode;
        }
        if text.starts_with("invalid type: ") || text.starts_with("invalid value: ") || text.starts_with("invalid length ") {
            return Self::WrongShape;
        }
        Self::Other
    }
}

/// A name of FHIR, if `text` can be one: ASCII letters and digits, at most 64.
pub(crate) fn name(text: Option<&str>) -> Option<Box<str>> {
    let text = text?;
    let plain = !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| text.into())
}
