//! The errors of the typed parse. Their texts repeat no part of the resource.

/// Why the typed parse rejects a resource.
///
/// The `Display` text is for the sender. It contains only names of FHIR types and elements, never a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypedIssue {
    /// The bytes are not JSON.
    #[error("not JSON (line {line}, column {column})")]
    NotJson {
        /// The 1-based line of the fault; 0 if unknown.
        line: usize,
        /// The 1-based column of the fault; 0 if unknown.
        column: usize,
    },
    /// Arrays and objects are nested deeper than [`crate::MAX_DEPTH`].
    #[error("nested deeper than {limit} arrays and objects")]
    TooDeep {
        /// The maximum depth of arrays and objects.
        limit: usize,
    },
    /// Resources are nested deeper than [`crate::MAX_RESOURCES_DEEP`].
    #[error("resources within resources deeper than {limit}")]
    TooManyResourcesDeep {
        /// The maximum depth of resources.
        limit: usize,
    },
    /// The generated structs do not accept the resource.
    #[error("{}{}: {fault}", resource_type.as_deref().unwrap_or("resource"), element.as_deref().map(|e| format!(".{e}")).unwrap_or_default())]
    Resource {
        /// The received `resourceType`, if it can be a type name.
        resource_type: Option<Box<str>>,
        /// The top-level element that contains the fault, if known.
        element: Option<Box<str>>,
        /// The kind of the fault.
        fault: Fault,
    },
}

/// The fault of a resource or an element.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A required element is absent. An element also counts as absent if only its `_element` sibling is present.
    #[error("the required element {element} is missing")]
    Missing {
        /// The name of the absent element.
        element: Box<str>,
    },
    /// A code is not in its required value set.
    #[error("a code is not in its required value set")]
    UnknownCode,
    /// `resourceType` is absent or is not the name of a resource.
    #[error("the resource type is absent or unknown")]
    UnknownType,
    /// A value has a different JSON type or format than its element requires.
    #[error("a value is not of its element's type")]
    WrongShape,
    /// Any other fault, such as a duplicate member or a date that is not in the calendar.
    #[error("a value is not valid for its element")]
    Other,
}

impl Fault {
    /// Classifies a parse error by the beginning of its text. The rest of the text may repeat input and is discarded.
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
            // Only the enum of all resource types uses serde's own derived parser. This error text is therefore about an unknown
            // `resourceType`.
            return Self::UnknownType;
        }
        // The generated enums of required codes use this text, followed by the unknown code.
        if text.starts_with("Unknown value: ") {
            return Self::UnknownCode;
        }
        if text.starts_with("invalid type: ") || text.starts_with("invalid value: ") || text.starts_with("invalid length ") {
            return Self::WrongShape;
        }
        Self::Other
    }
}

/// Returns the text if it can be a FHIR name: ASCII letters and digits, at most 64.
pub(crate) fn name(text: Option<&str>) -> Option<Box<str>> {
    let text = text?;
    let plain = !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| text.into())
}
