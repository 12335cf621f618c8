//! Ids and references between resources (FHIR R4 § 2.3 References).

use crate::Withheld;

/// Whether `text` is a valid FHIR id: "any combination of upper- or lower-case ASCII letters, numerals, '-' and '.', with a length limit of
/// 64".
#[must_use]
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The target of the string `reference` in a Reference element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `Type/id`: a resource on this server. A version (`/_history/v`) is checked and dropped.
    Relative {
        /// The resource type.
        resource_type: Box<str>,
        /// The logical id.
        id: Withheld,
    },
    /// `#id`: a resource contained in the same resource. `#` alone means the containing resource.
    Contained(Withheld),
    /// `http://` or `https://`: a resource at this URL.
    Absolute(Withheld),
    /// `urn:uuid:` or `urn:oid:`: a resource within a Bundle.
    Urn(Withheld),
}

impl Target {
    /// Parses the string `reference`; `None` if it is not a relative, contained, absolute or URN reference.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(id) = text.strip_prefix('#') {
            return (id.is_empty() || is_id(id)).then(|| Self::Contained(id.into()));
        }
        let plain = text.len() <= 2048 && text.bytes().all(|b| b.is_ascii_graphic());
        if text.starts_with("http://") || text.starts_with("https://") {
            let host = text.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
            return (plain && !host.is_empty() && !host.starts_with('/')).then(|| Self::Absolute(text.into()));
        }
        if text.starts_with("urn:uuid:") || text.starts_with("urn:oid:") {
            return (plain && text.len() > 9).then(|| Self::Urn(text.into()));
        }
        let mut parts = text.split('/');
        let (resource_type, id) = (parts.next()?, parts.next()?);
        let version = match (parts.next(), parts.next(), parts.next()) {
            (None, _, _) => true,
            (Some("_history"), Some(version), None) => is_id(version),
            (Some(_), _, _) => false,
        };
        let named = resource_type.starts_with(|c: char| c.is_ascii_uppercase())
            && resource_type.len() <= 64
            && resource_type.bytes().all(|b| b.is_ascii_alphabetic());
        (named && version && is_id(id)).then(|| Self::Relative {
            resource_type: resource_type.into(),
            id: id.into(),
        })
    }
}

/// A Reference element as received: with a reference, with an identifier, or with both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The target of the literal reference; `None` if the element has no reference that can be read.
    pub target: Option<Target>,
    /// The logical reference, that is, the identifier of the target; `None` if absent.
    pub identifier: Option<Identifier>,
}

/// An identifier, such as a hospital's patient number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// The URI of the system that assigns the numbers; `None` if not stated.
    pub system: Option<Box<str>>,
    /// The identifier's value (for example a patient number), as text.
    pub value: Withheld,
}

impl Identifier {
    /// Reads an Identifier element; `None` if it has no value.
    #[must_use]
    pub fn read(element: &serde_json::Value) -> Option<Self> {
        let value = element.get("value")?.as_str()?;
        let system = element.get("system").and_then(serde_json::Value::as_str).map(Box::from);
        Some(Self {
            system,
            value: value.into(),
        })
    }
}

impl Reference {
    /// Reads a Reference element; `None` if it is not an object, or has neither a reference that can be read nor an identifier with a
    /// value.
    #[must_use]
    pub fn read(element: &serde_json::Value) -> Option<Self> {
        let reference = element.as_object()?;
        let target = reference
            .get("reference")
            .and_then(serde_json::Value::as_str)
            .and_then(Target::parse);
        let identifier = reference.get("identifier").and_then(Identifier::read);
        (target.is_some() || identifier.is_some()).then_some(Self { target, identifier })
    }
}
