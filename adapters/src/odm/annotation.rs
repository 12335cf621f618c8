//! Reads an annotation. Only its flags are kept, because a flag can change the meaning of a value.

use super::element::{Element, Version};
use super::fault::Fault;
use super::transaction::{Effective, Transaction};
use crate::unit::LeftOutRule;

/// The kind of an open element inside an annotation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Annotation,
    Flag,
    /// `FlagValue` or `FlagType`, whose text is read.
    FlagPart,
    /// An element that is skipped with its whole content.
    Skipped,
}

/// One flag: the texts of its value and its type.
pub(super) type Flag = Vec<String>;

/// An annotation that was read.
#[derive(Clone, Debug)]
pub(super) struct Annotation {
    /// The SeqNum, which identifies the annotation among the annotations of its element; `None` if absent.
    pub(super) number: Option<String>,
    pub(super) transaction: Transaction,
    pub(super) flags: Vec<Flag>,
}

/// The reader of one `Annotation` element.
pub(super) struct AnnotationReader {
    annotation: Annotation,
    version: Version,
    levels: Vec<Level>,
    text: String,
}

impl AnnotationReader {
    /// Begins to read an annotation. `around` is the transaction of the element around it.
    pub(super) fn new(element: &Element, version: Version, around: Effective) -> Result<Self, Fault> {
        Ok(Self {
            annotation: Annotation {
                number: element.attribute("SeqNum").map(str::to_owned),
                transaction: Effective::of(element, around)?.transaction,
                flags: Vec::new(),
            },
            version,
            levels: vec![Level::Annotation],
            text: String::new(),
        })
    }

    /// The number of open elements.
    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }

    /// Handles the start of an element inside the annotation. Returns the rule and the name if the element is left out.
    pub(super) fn start(&mut self, element: &Element) -> Option<(LeftOutRule, &'static str)> {
        let is_odm = element.odm == Some(self.version);
        let (level, left_out) = match (self.levels.last(), element.name.as_str()) {
            (Some(Level::Annotation), "Flag") if is_odm => {
                self.annotation.flags.push(Flag::new());
                (Level::Flag, None)
            }
            (Some(Level::Flag), "FlagValue" | "FlagType") if is_odm => (Level::FlagPart, None),
            (Some(Level::Skipped), _) => (Level::Skipped, None),
            _ if !is_odm => (Level::Skipped, None),
            (Some(Level::Annotation), "Comment") => (Level::Skipped, Some((LeftOutRule::FreeText, "Comment"))),
            _ => (Level::Skipped, Some((LeftOutRule::ElementNotRead, shown_name(element)))),
        };
        self.levels.push(level);
        left_out
    }

    /// Handles text. Outside of flags, only white space is allowed; the result is whether the text is allowed.
    pub(super) fn text(&mut self, text: &str) -> bool {
        match self.levels.last() {
            Some(Level::FlagPart) => {
                self.text.push_str(text);
                true
            }
            Some(Level::Annotation | Level::Flag) => text.trim().is_empty(),
            Some(Level::Skipped) | None => true,
        }
    }

    /// Handles the end of an element. Returns the annotation at its end.
    pub(super) fn end(&mut self) -> Option<Annotation> {
        if self.levels.pop() == Some(Level::FlagPart) {
            let text = std::mem::take(&mut self.text).trim().to_owned();
            if let Some(flag) = self.annotation.flags.last_mut().filter(|_| !text.is_empty()) {
                flag.push(text);
            }
        }
        self.levels.is_empty().then(|| self.annotation.clone())
    }
}

/// The name of an element for the count of elements that are left out. The names of ODM's own elements contain no data. A name that ODM does not
/// define could contain data, so it is not shown.
pub(super) fn shown_name(element: &Element) -> &'static str {
    const NAMES: [&str; 18] = [
        "AdminData",
        "ReferenceData",
        "Association",
        "AuditRecord",
        "AuditRecords",
        "Signature",
        "Signatures",
        "Annotation",
        "Annotations",
        "SiteRef",
        "InvestigatorRef",
        "ArchiveLayoutRef",
        "Query",
        "Coding",
        "Description",
        "ItemGroupData",
        "CryptoBindingManifest",
        "Comment",
    ];
    NAMES.into_iter().find(|name| *name == element.name).unwrap_or("(unknown)")
}
