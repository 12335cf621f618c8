//! The metadata of an ODM file: the items that it defines, and the codes that their values may have.

use std::collections::{HashMap, HashSet};

use super::element::Element;
use super::fault::Fault;
use super::{MAX_DEFINITION_BYTES, MAX_DEFINITIONS};

/// The definitions of all files of a call, by StudyOID and MetaDataVersionOID. If a later file defines a MetaDataVersion again, its definitions
/// replace the earlier definitions.
#[derive(Default)]
pub(super) struct Library {
    versions: HashMap<String, HashMap<String, Definitions>>,
    count: usize,
    byte_count: usize,
    /// The OIDs of all events, forms, groups and items that a file defines.
    declared: HashSet<String>,
}

/// The definitions of one MetaDataVersion.
#[derive(Default)]
pub(super) struct Definitions {
    /// The file that contains the definitions.
    file: usize,
    count: usize,
    byte_count: usize,
    /// The OID of each defined item, and the OID of its code list if it has one.
    items: HashMap<String, Option<String>>,
    lists: HashMap<String, CodeList>,
    /// Whether the version includes definitions from another version. The absence of an item then proves nothing.
    includes: bool,
}

#[derive(Default)]
struct CodeList {
    values: HashSet<String>,
    numeric: bool,
    /// Whether the values of the code list are defined outside the file.
    external: bool,
}

/// The definition whose element is currently open.
pub(super) struct Open {
    version: (String, String),
    oid: String,
}

impl Library {
    /// Begins the definitions of a MetaDataVersion in the file with the number `file`.
    pub(super) fn version(&mut self, study: &str, element: &Element, file: usize) -> Result<Open, Fault> {
        let open = Open {
            version: (study.to_owned(), element.required("OID")?),
            oid: String::new(),
        };
        let earlier = self.of(&open);
        if earlier.file != file {
            let earlier = std::mem::take(earlier);
            self.count -= earlier.count;
            self.byte_count -= earlier.byte_count;
            self.of(&open).file = file;
        }
        self.counted(&open, element)?;
        Ok(open)
    }

    pub(super) fn include(&mut self, open: &Open) {
        self.of(open).includes = true;
    }

    /// Adds the definition of an event, a form or a group.
    pub(super) fn container(&mut self, open: &Open, element: &Element) -> Result<(), Fault> {
        self.counted(open, element)?;
        self.declared.insert(element.required("OID")?);
        Ok(())
    }

    /// Whether the metadata of a file defines an event, a form, a group or an item with this OID.
    pub(super) fn declares(&self, oid: &str) -> bool {
        self.declared.contains(oid)
    }

    pub(super) fn item(&mut self, open: &Open, element: &Element) -> Result<Open, Fault> {
        let oid = element.required("OID")?;
        self.declared.insert(oid.clone());
        self.counted(open, element)?;
        self.of(open).items.entry(oid.clone()).or_default();
        Ok(Open {
            version: open.version.clone(),
            oid,
        })
    }

    pub(super) fn item_list(&mut self, open: &Open, element: &Element) -> Result<(), Fault> {
        let list = element.required("CodeListOID")?;
        self.counted(open, element)?;
        self.of(open).items.insert(open.oid.clone(), Some(list));
        Ok(())
    }

    pub(super) fn list(&mut self, open: &Open, element: &Element) -> Result<Open, Fault> {
        let oid = element.required("OID")?;
        self.counted(open, element)?;
        let numeric = matches!(element.attribute("DataType"), Some("integer" | "float"));
        self.of(open).lists.entry(oid.clone()).or_default().numeric = numeric;
        Ok(Open {
            version: open.version.clone(),
            oid,
        })
    }

    pub(super) fn coded_value(&mut self, open: &Open, element: &Element) -> Result<(), Fault> {
        let value = element.required("CodedValue")?;
        self.counted(open, element)?;
        self.of(open).lists.entry(open.oid.clone()).or_default().values.insert(value);
        Ok(())
    }

    pub(super) fn external(&mut self, open: &Open) {
        self.of(open).lists.entry(open.oid.clone()).or_default().external = true;
    }

    /// The definitions of this MetaDataVersion; `None` if no file up to now contains them.
    pub(super) fn definitions(&self, study: &str, version: &str) -> Option<&Definitions> {
        self.versions.get(study)?.get(version)
    }

    fn of(&mut self, open: &Open) -> &mut Definitions {
        let (study, version) = open.version.clone();
        self.versions.entry(study).or_default().entry(version).or_default()
    }

    fn counted(&mut self, open: &Open, element: &Element) -> Result<(), Fault> {
        let byte_count = element.byte_count();
        let version = self.of(open);
        version.count += 1;
        version.byte_count += byte_count;
        self.count += 1;
        self.byte_count += byte_count;
        if self.count > MAX_DEFINITIONS || self.byte_count > MAX_DEFINITION_BYTES {
            return Err(Fault::at(
                "too-many-definitions",
                "more definitions than the limit allows",
                element.offset,
            ));
        }
        Ok(())
    }
}

impl Definitions {
    /// Checks that an item is defined, and that its value, if present, is one of the item's codes.
    pub(super) fn check(&self, item: &str, value: Option<&str>, offset: u64) -> Result<(), Fault> {
        let Some(list) = self.items.get(item) else {
            if self.includes {
                return Ok(());
            }
            return Err(Fault::at("undefined-item", "an item that the metadata does not define", offset));
        };
        let list = list.as_ref().and_then(|list| self.lists.get(list));
        match (list, value) {
            (Some(list), Some(value)) if !list.has(value) => {
                // The item's name may be shown, because it is part of the file's metadata and therefore not personal data.
                let detail = format!("the value of {item} at byte {offset} is not in its code list");
                Err(Fault::new("not-in-codelist", detail))
            }
            (Some(_) | None, _) => Ok(()),
        }
    }
}

impl CodeList {
    fn has(&self, value: &str) -> bool {
        if self.external || self.values.contains(value) {
            return true;
        }
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let same = |coded: &String| number(coded) == number(value);
        self.numeric && number(value).is_some() && self.values.iter().any(same)
    }
}
