//! What a decoder left out of a unit, by named rule, and what it repaired. Only names are counted, never values.

use std::collections::BTreeMap;

/// The rule by which a part of a feed is not stored. The name of a rule is stable, so that reports of different versions can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOutRule {
    /// The source states that the content was entered in error or removed: OBX-11 `D` and `W`, PRB-1 `DE`, ODM `Remove`.
    EnteredInError,
    /// The source states that there is no result: OBX-11 `X`, and `I`, `N` and `O` without a value.
    NoResult,
    /// The type of the value (OBX-2) names a person, an address, a telephone number or another identifier.
    IdentifierType,
    /// The type of the value (OBX-2) is free text, which can name persons.
    FreeText,
    /// The type of the value (OBX-2) is an embedded document or a reference to a document.
    DocumentType,
    /// The source marks the field as identifying.
    IdentifierField,
    /// The allow-list of the format does not contain the field.
    FieldNotAdmitted,
    /// The adapter does not read segments with this name, or not at this place.
    SegmentNotRead,
    /// The adapter does not read elements with this name.
    ElementNotRead,
    /// The elements and attributes belong to a vendor's namespace.
    VendorNamespace,
    /// The adapter does not read files or messages of this kind.
    FileNotRead,
    /// Another file with the same key replaces the file.
    SupersededFile,
    /// The unit states that an earlier unit is void. Its other content is not read.
    DeletedUnit,
    /// The value is a code which means that a value is missing.
    MissingCode,
    /// The profile requests the column, but the export has no value of it and does not show whether the column was exported.
    ColumnAbsent,
    /// The value is one that the export also has for a form that was never opened: 0 for a box that is not ticked, or for the state of a form.
    ExportDefault,
    /// The branching logic of the variable hides the value in its form.
    HiddenByBranching,
    /// The member of a phenopacket is not stored.
    PhenopacketMemberNotStored,
    /// The subject belongs to a study that is not the profile's study.
    OtherStudy,
    /// The value is in an element of ODM that only states the place of other elements (TransactionType `Context`).
    Context,
    /// A later transaction of the same files changes the value.
    SupersededValue,
    /// The adapter does not read FHIR resources of this type.
    ResourceNotRead,
    /// The concept has another coding, of a code system that the profile prefers.
    OtherCoding,
    /// The specimen is not the patient's (SPM-11): a control, a calibrator, a blind specimen, a pool.
    NotOfThePatient,
}

impl LeftOutRule {
    /// The kebab-case name of the rule.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnteredInError => "entered-in-error",
            Self::NoResult => "no-result",
            Self::IdentifierType => "identifier-type",
            Self::FreeText => "free-text",
            Self::DocumentType => "document-type",
            Self::IdentifierField => "identifier-field",
            Self::FieldNotAdmitted => "field-not-admitted",
            Self::SegmentNotRead => "segment-not-read",
            Self::ElementNotRead => "element-not-read",
            Self::VendorNamespace => "vendor-namespace",
            Self::FileNotRead => "file-not-read",
            Self::SupersededFile => "superseded-file",
            Self::DeletedUnit => "deleted-unit",
            Self::MissingCode => "missing-code",
            Self::ColumnAbsent => "column-absent",
            Self::ExportDefault => "export-default",
            Self::HiddenByBranching => "hidden-by-branching",
            Self::PhenopacketMemberNotStored => "phenopacket-member-not-stored",
            Self::OtherStudy => "other-study",
            Self::Context => "context",
            Self::SupersededValue => "superseded-value",
            Self::ResourceNotRead => "resource-not-read",
            Self::OtherCoding => "other-coding",
            Self::NotOfThePatient => "not-of-the-patient",
        }
    }
}

/// A deviation from the format that the adapter repaired while it read a value, a message or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// The start or end bytes of MLLP around a message in a file were removed.
    MllpFrame,
    /// A byte order mark was removed.
    ByteOrderMark,
    /// The text was UTF-16.
    Utf16,
    /// The text was UTF-8, although it was labelled otherwise.
    ReadAsUtf8,
    /// The text was windows-31j (Shift_JIS), although it was labelled otherwise or not at all.
    ReadAsWindows31j,
    /// Segments ended with LF or CR LF instead of CR.
    LineEnds,
    /// A delimiter in a value without components was not escaped. The whole value was kept.
    UnescapedDelimiter,
    /// A time of 15 to 17 digits without a decimal point was read as a time with fractions of a second.
    LongTime,
    /// The time 24:00 was read as the start of the next day.
    EndOfDay,
    /// The last row of a table had no line end. A table that was cut short looks the same.
    LastLineEnd,
    /// A value in a transactional ODM file had no transaction type and was read as an insertion.
    TransactionTypeAbsent,
    /// A value that already existed was inserted, and was read as a change of the value.
    InsertOfExisting,
    /// An ODM element that did not exist was updated, and was read as an insertion.
    UpdateOfAbsent,
    /// An ODM element that did not exist was removed.
    RemoveOfAbsent,
    /// The mark of an ODM item without a value (IsNull) had another spelling than `Yes`.
    NullSpelling,
    /// The name of a file in an SS-MIX2 storage had an extension.
    FileExtension,
}

impl Repair {
    /// The kebab-case name of the repair.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MllpFrame => "mllp-frame",
            Self::ByteOrderMark => "byte-order-mark",
            Self::Utf16 => "utf-16",
            Self::ReadAsUtf8 => "read-as-utf-8",
            Self::ReadAsWindows31j => "read-as-windows-31j",
            Self::LineEnds => "line-ends",
            Self::UnescapedDelimiter => "unescaped-delimiter",
            Self::LongTime => "long-time",
            Self::EndOfDay => "end-of-day",
            Self::LastLineEnd => "last-line-end",
            Self::TransactionTypeAbsent => "transaction-type-absent",
            Self::InsertOfExisting => "insert-of-existing",
            Self::UpdateOfAbsent => "update-of-absent",
            Self::RemoveOfAbsent => "remove-of-absent",
            Self::NullSpelling => "null-spelling",
            Self::FileExtension => "file-extension",
        }
    }
}

/// What a decoder left out of one unit, and what it repaired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitAccount {
    /// How often something was left out, by rule, and then by the name of the field, segment or element.
    pub left_out: BTreeMap<LeftOutRule, BTreeMap<String, u64>>,
    /// How often something was repaired, by the kind of repair.
    pub repairs: BTreeMap<Repair, u64>,
}

impl UnitAccount {
    /// Counts one field, segment or element that was left out.
    pub(crate) fn leave_out(&mut self, rule: LeftOutRule, name: impl Into<String>) {
        *self.left_out.entry(rule).or_default().entry(name.into()).or_default() += 1;
    }

    /// Counts one repair.
    pub(crate) fn repair(&mut self, repair: Repair) {
        *self.repairs.entry(repair).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_rules_and_repairs_are_those_of_the_documentation() {
        let page = include_str!("../../../docs/feeds.md");
        let rules = [
            LeftOutRule::EnteredInError,
            LeftOutRule::NoResult,
            LeftOutRule::IdentifierType,
            LeftOutRule::FreeText,
            LeftOutRule::DocumentType,
            LeftOutRule::IdentifierField,
            LeftOutRule::FieldNotAdmitted,
            LeftOutRule::SegmentNotRead,
            LeftOutRule::ElementNotRead,
            LeftOutRule::VendorNamespace,
            LeftOutRule::FileNotRead,
            LeftOutRule::SupersededFile,
            LeftOutRule::DeletedUnit,
            LeftOutRule::MissingCode,
            LeftOutRule::ColumnAbsent,
            LeftOutRule::ExportDefault,
            LeftOutRule::HiddenByBranching,
            LeftOutRule::PhenopacketMemberNotStored,
            LeftOutRule::OtherStudy,
            LeftOutRule::Context,
            LeftOutRule::SupersededValue,
            LeftOutRule::ResourceNotRead,
            LeftOutRule::OtherCoding,
            LeftOutRule::NotOfThePatient,
        ];
        let repairs = [
            Repair::MllpFrame,
            Repair::ByteOrderMark,
            Repair::Utf16,
            Repair::ReadAsUtf8,
            Repair::ReadAsWindows31j,
            Repair::LineEnds,
            Repair::UnescapedDelimiter,
            Repair::LongTime,
            Repair::EndOfDay,
            Repair::LastLineEnd,
            Repair::TransactionTypeAbsent,
            Repair::InsertOfExisting,
            Repair::UpdateOfAbsent,
            Repair::RemoveOfAbsent,
            Repair::NullSpelling,
            Repair::FileExtension,
        ];
        let names = rules.map(LeftOutRule::as_str).into_iter().chain(repairs.map(Repair::as_str));
        for name in names {
            assert!(page.contains(&format!("| `{name}` |")), "docs/feeds.md does not explain {name}");
        }
    }
}
