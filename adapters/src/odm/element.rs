//! The start tag of an XML element.

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::name::{Namespace, NamespaceResolver, ResolveResult};

use super::MAX_ATTRIBUTES;
use super::fault::Fault;
use super::vendor_status::{self, VendorStatus};

/// The URI of the namespace of ODM 1.3.
const ODM_1_3: &str = "http://www.cdisc.org/ns/odm/v1.3";
/// The URI of the namespace of ODM 2.0.
const ODM_2_0: &str = "http://www.cdisc.org/ns/odm/v2.0";

/// A version of ODM, by its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 1.3.0 to 1.3.2.
    V1,
    /// 2.0.
    V2,
}

impl Version {
    /// Whether a value of the attribute `ODMVersion` names this version.
    pub(super) fn is_named(self, stated: &str) -> bool {
        match self {
            Self::V1 => matches!(stated, "1.3" | "1.3.0" | "1.3.1" | "1.3.2"),
            Self::V2 => matches!(stated, "2.0" | "2.0.0"),
        }
    }
}

/// The name and the attributes of an element.
pub(super) struct Element {
    /// The version of ODM to whose namespace the element belongs. `None` if it is in the namespace of a vendor or in no namespace.
    pub(super) odm: Option<Version>,
    pub(super) name: String,
    /// The attributes without a namespace, as name and value.
    attributes: Vec<(String, String)>,
    /// The offset of the element from the start of the file, in bytes.
    pub(super) offset: u64,
    /// The namespaces of the element's name and attributes, except the namespaces of ODM and of XML itself.
    pub(super) foreign: Vec<String>,
    /// What the vendors' attributes state about a removal. If there are several, the one that counts most against the data.
    pub(super) vendor_status: VendorStatus,
}

impl Element {
    pub(super) fn parse(start: &BytesStart<'_>, resolver: &NamespaceResolver, offset: u64) -> Result<Self, Fault> {
        let malformed = |what: &str| Fault::at("malformed-xml", what, offset);
        let mut foreign = Vec::new();
        let (namespace, name) = resolver.resolve_element(start.name());
        let odm = match namespace {
            ResolveResult::Bound(Namespace(ODM_1_3)) => Some(Version::V1),
            ResolveResult::Bound(Namespace(ODM_2_0)) => Some(Version::V2),
            ResolveResult::Bound(Namespace(other)) => {
                foreign.push(other.to_owned());
                None
            }
            ResolveResult::Unbound => None,
            ResolveResult::Unknown(_) => return Err(malformed("a prefix without a namespace")),
        };
        let mut attributes = Vec::new();
        let mut vendor_status = VendorStatus::Silent;
        for (at, attribute) in start.attributes().enumerate() {
            if at == MAX_ATTRIBUTES {
                return Err(Fault::at("too-many-attributes", "an element with more than 256 attributes", offset));
            }
            let attribute = attribute.map_err(|_| malformed("a malformed attribute"))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            match resolver.resolve_attribute(attribute.key) {
                (ResolveResult::Unbound, name) => {
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                    let value = value.map_err(|_| Fault::at("entity", "an entity that XML does not predefine", offset))?;
                    if value.contains(|c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
                        return Err(malformed("a control character"));
                    }
                    attributes.push((name.into_inner().to_owned(), value.into_owned()));
                }
                (ResolveResult::Bound(Namespace(namespace)), name) => {
                    if !is_of_xml(namespace) {
                        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                        let value = value.map_err(|_| Fault::at("entity", "an entity that XML does not predefine", offset))?;
                        vendor_status = vendor_status.max(vendor_status::of_attribute(name.into_inner(), &value));
                    }
                    foreign.push(namespace.to_owned());
                }
                (ResolveResult::Unknown(_), _) => return Err(malformed("a prefix without a namespace")),
            }
        }
        foreign.retain(|namespace| !is_of_xml(namespace));
        Ok(Self {
            odm,
            name: name.into_inner().to_owned(),
            attributes,
            offset,
            foreign,
            vendor_status,
        })
    }

    /// The value of an attribute; `None` if the attribute is absent or empty.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.stated(name).filter(|value| !value.is_empty())
    }

    /// The value of an attribute, which can be empty; `None` if the attribute is absent.
    pub(super) fn stated(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The number of attributes without a namespace that are not in `known`.
    pub(super) fn other_attributes(&self, known: &[&str]) -> usize {
        self.attributes.iter().filter(|(name, _)| !known.contains(&name.as_str())).count()
    }

    /// The total length of the values of all attributes, in bytes.
    pub(super) fn byte_count(&self) -> usize {
        self.attributes.iter().map(|(_, value)| value.len()).sum()
    }

    /// The value of a required attribute; a fault if it is absent.
    pub(super) fn required(&self, name: &'static str) -> Result<String, Fault> {
        let missing = || Fault::new("missing-attribute", format!("{name} of the element at byte {}", self.offset));
        self.attribute(name).map(str::to_owned).ok_or_else(missing)
    }
}

fn is_of_xml(namespace: &str) -> bool {
    matches!(
        namespace,
        ODM_1_3 | ODM_2_0 | "http://www.w3.org/XML/1998/namespace" | "http://www.w3.org/2001/XMLSchema-instance"
    )
}

/// Whether an element with this name contains the value of an item: `ItemData`, or a typed form such as `ItemDataFloat`.
pub(super) fn is_item(name: &str) -> bool {
    let Some(kind) = name.strip_prefix("ItemData") else {
        return false;
    };
    matches!(
        kind,
        "" | "Any"
            | "String"
            | "Integer"
            | "Float"
            | "Double"
            | "Boolean"
            | "Date"
            | "Time"
            | "Datetime"
            | "PartialDate"
            | "PartialTime"
            | "PartialDatetime"
            | "IncompleteDate"
            | "IncompleteTime"
            | "IncompleteDatetime"
            | "DurationDatetime"
            | "IntervalDatetime"
            | "HexBinary"
            | "Base64Binary"
            | "HexFloat"
            | "Base64Float"
            | "URI"
    )
}
