//! Reads the `Study` element of a document: the definitions of items and code lists.

use super::definitions::{Library, Open};
use super::element::{Element, Version};
use super::fault::Fault;

/// The kind of an open element.
enum Level {
    Study,
    Version(Open),
    ItemDef(Open),
    CodeList(Open),
    Skipped,
}

/// The reader of one `Study` element.
pub(super) struct StudyReader {
    study: String,
    version: Version,
    file: usize,
    levels: Vec<Level>,
}

impl StudyReader {
    /// Begins to read a `Study` element in the file with the number `file`.
    pub(super) fn new(element: &Element, version: Version, file: usize) -> Result<Self, Fault> {
        Ok(Self {
            study: element.required("OID")?,
            version,
            file,
            levels: vec![Level::Study],
        })
    }

    /// The number of open elements.
    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }

    pub(super) fn start(&mut self, element: &Element, library: &mut Library) -> Result<(), Fault> {
        let is_odm = element.odm == Some(self.version);
        let level = match (self.levels.last(), element.name.as_str()) {
            (Some(Level::Study), "MetaDataVersion") if is_odm => Level::Version(library.version(&self.study, element, self.file)?),
            (Some(Level::Version(open)), "ItemDef") if is_odm => Level::ItemDef(library.item(open, element)?),
            (Some(Level::Version(open)), "StudyEventDef" | "FormDef" | "ItemGroupDef") if is_odm => {
                library.container(open, element)?;
                Level::Skipped
            }
            (Some(Level::Version(open)), "CodeList") if is_odm => Level::CodeList(library.list(open, element)?),
            (Some(Level::Version(open)), "Include") if is_odm => {
                library.include(open);
                Level::Skipped
            }
            (Some(Level::ItemDef(open)), "CodeListRef") if is_odm => {
                library.item_list(open, element)?;
                Level::Skipped
            }
            (Some(Level::CodeList(open)), "CodeListItem" | "EnumeratedItem") if is_odm => {
                library.coded_value(open, element)?;
                Level::Skipped
            }
            // ODM 2.0 has `ExternalCodeList` too, and its code lists can also be references to a published standard.
            (Some(Level::CodeList(open)), "ExternalCodeList") if is_odm => {
                library.external(open);
                Level::Skipped
            }
            _ => Level::Skipped,
        };
        self.levels.push(level);
        Ok(())
    }

    /// Handles the end of an element. Returns whether it was the end of the `Study` element.
    pub(super) fn end(&mut self) -> bool {
        self.levels.pop();
        self.levels.is_empty()
    }
}
