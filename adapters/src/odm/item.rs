//! One item of an ODM file while its element is read.

use super::annotation::Annotation;
use super::definitions::Definitions;
use super::element::{Element, Version};
use super::fault::Fault;
use super::marks::Marks;
use super::references::References;
use super::state::ItemChange;
use super::transaction::Effective;
use crate::unit::Field;

/// How white space in the text of an item is treated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// The element has no text: the value is an attribute, or a `Value` element.
    None,
    /// All characters belong to the value.
    Whole,
    /// White space around the value does not belong to it.
    Token,
}

/// Whether the audit records and annotations that an item names by their IDs can be looked up.
#[derive(Clone, Copy)]
pub(super) enum Resolve<'r> {
    /// They are at the end of the file and were not read yet.
    Later,
    By(&'r References),
}

/// An item whose element is open.
pub(super) struct PendingItem {
    pub(super) effective: Effective,
    pub(super) unit: Option<String>,
    pub(super) marks: Marks,
    pub(super) annotations: Vec<Annotation>,
    oid: String,
    element: &'static str,
    offset: u64,
    text_kind: Text,
    /// The value that the element states; `None` if it states none.
    text: Option<String>,
    is_null: bool,
    /// Whether IsNull has another spelling than `Yes`.
    pub(super) is_null_repaired: bool,
}

impl PendingItem {
    /// Begins to read an item.
    pub(super) fn new(element: &Element, version: Version, effective: Effective, resolve: Resolve<'_>) -> Result<Self, Fault> {
        let oid = element.required("ItemOID")?;
        if oid.starts_with('@') || oid.ends_with("@MeasurementUnitOID") {
            let what = "an ItemOID that begins with @ or ends with @MeasurementUnitOID";
            return Err(Fault::at("item-oid", what, element.offset));
        }
        // ODM 1.3.2 defines the value `Yes` only. Other words for a yes or a no are certain; any other word is not.
        let null = match element.attribute("IsNull").map(|text| text.trim().to_ascii_lowercase()).as_deref() {
            None => None,
            Some("yes" | "y" | "true" | "1") => Some(true),
            Some("no" | "n" | "false" | "0") => Some(false),
            Some(_) => {
                let what = "an IsNull that is neither a yes nor a no";
                return Err(Fault::at("is-null", what, element.offset));
            }
        };
        let text_kind = match element.name.as_str() {
            "ItemData" => Text::None,
            "ItemDataAny" | "ItemDataString" => Text::Whole,
            _ => Text::Token,
        };
        let value = element.stated("Value");
        if value.is_some() && (text_kind != Text::None || version == Version::V2) {
            let what = "an attribute Value that ODM does not allow here";
            return Err(Fault::at("unexpected-value", what, element.offset));
        }
        let mut marks = Marks::default();
        if let Resolve::By(references) = resolve {
            if let Some(id) = element.attribute("AuditRecordID") {
                let imputed = references.is_imputed(id);
                marks.is_imputed = imputed == Some(true);
                marks.is_unresolved = imputed.is_none();
            }
            if let Some(id) = element.attribute("AnnotationID") {
                match references.flags(id) {
                    Some(flags) => marks.referenced = flags.to_vec(),
                    None => marks.is_unresolved = true,
                }
            }
        }
        Ok(Self {
            effective,
            unit: element.attribute("MeasurementUnitOID").map(str::to_owned),
            marks,
            annotations: Vec::new(),
            oid,
            element: Self::element_name(element),
            offset: element.offset,
            text_kind,
            // A typed element states a value even if the value is empty.
            text: match text_kind {
                Text::None => value.map(str::to_owned),
                Text::Whole | Text::Token => Some(String::new()),
            },
            is_null: null.is_some_and(|null| null),
            is_null_repaired: null == Some(true) && element.attribute("IsNull") != Some("Yes"),
        })
    }

    /// The name of the element for counts. All typed elements share a name.
    pub(super) fn element_name(element: &Element) -> &'static str {
        match element.name.as_str() {
            "ItemData" => "ItemData",
            _ => "ItemData[TYPE]",
        }
    }

    /// Begins the `Value` element of ODM 2.0. An item with several values is refused, because a field has one value.
    pub(super) fn begin_value(&mut self, offset: u64) -> Result<(), Fault> {
        if self.text.is_some() {
            return Err(Fault::at("several-values", "an item with several values", offset));
        }
        self.text = Some(String::new());
        Ok(())
    }

    /// Whether the element itself contains the text of the value.
    pub(super) fn takes_text(&self) -> bool {
        self.text_kind != Text::None
    }

    pub(super) fn push_text(&mut self, text: &str) {
        self.text.get_or_insert_default().push_str(text);
    }

    /// What the element states. The item and its value are checked against the definitions.
    pub(super) fn change(self, definitions: Option<&Definitions>) -> Result<ItemChange, Fault> {
        let text = self.text.map(|text| match self.text_kind {
            Text::Token => text.trim().to_owned(),
            Text::None | Text::Whole => text,
        });
        let value = match (text, self.is_null) {
            (Some(text), true) if !text.trim().is_empty() => {
                let what = "an item that is null but has a value";
                return Err(Fault::at("null-with-value", what, self.offset));
            }
            (_, true) => Some(Some(Field::Null)),
            (Some(text), false) => Some((!text.is_empty()).then_some(Field::Value(text))),
            (None, false) => None,
        };
        if let Some(definitions) = definitions {
            let text = match &value {
                Some(Some(Field::Value(text))) => Some(text.as_str()),
                Some(Some(Field::Null) | None) | None => None,
            };
            definitions.check(&self.oid, text, self.offset)?;
        }
        Ok(ItemChange {
            oid: self.oid,
            element: self.element,
            offset: self.offset,
            value,
            unit: self.unit,
            marks: self.marks,
            annotations: self.annotations,
        })
    }
}
