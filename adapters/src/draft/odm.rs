//! Describes the items of an ODM file (1.3 or 2.0) by its metadata. Elements with data of subjects are never read.

use std::collections::HashMap;
use std::io::{BufReader, Read as _};
use std::path::Path;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use crate::regular_file::open_regular;

use super::describe::{Described, Kind};
use super::propose::{Proposer, Sketch};
use super::write::quoted;
use super::{DraftError, Origin};

/// The maximum size of the metadata of a file, in bytes.
const MAX_BYTES: u64 = 256 << 20;
/// The maximum number of items, groups and codes.
const MAX_DEFINITIONS: usize = 1_000_000;
const NAMESPACES: [&str; 2] = ["http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/odm/v2.0"];

/// The metadata, in the order of the file.
#[derive(Default)]
struct Metadata {
    study: Option<String>,
    items: Vec<Item>,
    by_oid: HashMap<String, usize>,
    /// The OIDs of the groups that directly contain an item.
    groups: HashMap<String, Vec<String>>,
    /// The codes and labels of each code list.
    lists: HashMap<String, Vec<(String, String)>>,
    count: usize,
}

struct Item {
    oid: String,
    label: String,
    kind: String,
    list: Option<String>,
    has_unit: bool,
}

/// What is open around the next element.
#[derive(Default)]
struct Around {
    group: Option<String>,
    item: Option<usize>,
    list: Option<String>,
    is_decode: bool,
}

pub(super) fn sketch(feed: &Path, origin: &Origin<'_>) -> Result<Sketch, DraftError> {
    let metadata = read(feed)?;
    let Some(study) = metadata.study.clone() else {
        return Err(faulty("not-odm", "the file has no Study element of ODM 1.3 or 2.0"));
    };
    if metadata.items.is_empty() {
        return Err(faulty("no-metadata", "the file defines no items (ItemDef)"));
    }
    if !(1..=255).contains(&study.chars().count()) {
        return Err(faulty("bad-oid", "the OID of the Study is longer than 255 characters"));
    }
    let fields = metadata.items.iter().map(|item| metadata.described(item)).collect::<Vec<_>>();
    let proposer = Proposer {
        site: origin.site.as_str(),
        dates: "iso",
        number: String::new(),
    };
    let (proposals, found) = proposer.all(fields);
    let mut decisions = vec![
        "confirm that the subject key is the number of the person in the sheet of `link`".to_owned(),
        "state the sites of the subjects (`facilities`), if the study has several".to_owned(),
    ];
    decisions.extend(found);
    Ok(Sketch {
        format: "odm",
        origin: "the metadata of an ODM file",
        members: vec![format!("study: {}", quoted(&study))],
        number_record: "SubjectData",
        number_field: "@SubjectKey".to_owned(),
        rule_record: "SubjectData",
        proposals,
        own: vec![("@*".to_owned(), "keys of the study and of repetitions")],
        decisions,
    })
}

fn faulty(reason_code: &'static str, detail: impl Into<String>) -> DraftError {
    DraftError::Faulty {
        reason_code,
        detail: detail.into(),
    }
}

fn read(feed: &Path) -> Result<Metadata, DraftError> {
    let file = open_regular(feed).map_err(|_| faulty("unreadable", "the file cannot be read"))?;
    let mut reader = NsReader::from_reader(BufReader::new(file.take(MAX_BYTES)));
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = true;
    let mut metadata = Metadata::default();
    let mut around = Around::default();
    let mut buffer = Vec::new();
    let malformed = || {
        faulty(
            "malformed-xml",
            "the metadata is no well-formed XML in UTF-8, or is larger than 256 MiB",
        )
    };
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|_| malformed())? {
            Event::Start(start) => {
                let (namespace, name) = reader.resolver().resolve_element(start.name());
                let is_odm = matches!(namespace, ResolveResult::Bound(Namespace(uri)) if NAMESPACES.contains(&uri));
                let name = name.into_inner();
                // Subjects follow the metadata. Nothing of them is read.
                if is_odm && matches!(name, "ClinicalData" | "ReferenceData" | "AdminData") {
                    return Ok(metadata);
                }
                if is_odm {
                    metadata.start(name, &start, &mut around)?;
                }
            }
            Event::End(end) => {
                let (namespace, name) = reader.resolver().resolve_element(end.name());
                if matches!(namespace, ResolveResult::Bound(Namespace(uri)) if NAMESPACES.contains(&uri)) {
                    around.end(name.into_inner());
                }
            }
            Event::Text(text) => {
                if let (true, Some(list)) = (around.is_decode, &around.list) {
                    let text = text.xml10_content();
                    metadata.decode(list, text.trim());
                }
            }
            Event::DocType(_) => return Err(faulty("doctype", "the file has a document type, which is not accepted")),
            Event::Eof => return Ok(metadata),
            Event::Empty(_) | Event::CData(_) | Event::GeneralRef(_) | Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
        }
    }
}

impl Around {
    fn end(&mut self, name: &str) {
        match name {
            "ItemGroupDef" => self.group = None,
            "ItemDef" => self.item = None,
            "CodeList" => self.list = None,
            "Decode" => self.is_decode = false,
            _ => {}
        }
    }
}

impl Metadata {
    fn start(&mut self, name: &str, start: &BytesStart<'_>, around: &mut Around) -> Result<(), DraftError> {
        let oid = |attribute: &'static str| {
            let missing = || faulty("missing-attribute", format!("an element {name} has no {attribute}"));
            attribute_of(start, attribute).ok_or_else(missing)
        };
        match name {
            "Study" => {
                let study = oid("OID")?;
                if self.study.as_ref().is_some_and(|other| *other != study) {
                    return Err(faulty("several-studies", "the file defines several studies; divide it"));
                }
                self.study = Some(study);
            }
            "MetaDataVersion" if !self.items.is_empty() => {
                return Err(faulty(
                    "several-versions",
                    "the file has several MetaDataVersions; keep the one that is used",
                ));
            }
            "ItemGroupDef" => around.group = Some(oid("OID")?),
            "ItemRef" => {
                if let Some(group) = &around.group {
                    let groups = self.groups.entry(oid("ItemOID")?).or_default();
                    if !groups.contains(group) {
                        groups.push(group.clone());
                    }
                    self.count += 1;
                }
            }
            "ItemDef" => {
                let item = Item {
                    oid: oid("OID")?,
                    label: attribute_of(start, "Name").unwrap_or_default(),
                    kind: attribute_of(start, "DataType").unwrap_or_default(),
                    list: None,
                    has_unit: false,
                };
                if !is_oid(&item.oid) {
                    return Err(faulty(
                        "bad-oid",
                        format!("item {} has an OID that a profile cannot name", self.items.len() + 1),
                    ));
                }
                around.item = Some(self.items.len());
                if self.by_oid.insert(item.oid.clone(), self.items.len()).is_some() {
                    return Err(faulty(
                        "duplicate-item",
                        format!("item {} has the OID of an earlier item", self.items.len() + 1),
                    ));
                }
                self.items.push(item);
                self.count += 1;
            }
            "CodeListRef" | "MeasurementUnitRef" => {
                let list = attribute_of(start, "CodeListOID");
                if let Some(item) = around.item.and_then(|at| self.items.get_mut(at)) {
                    item.has_unit |= name == "MeasurementUnitRef";
                    item.list = item.list.take().or(list);
                }
            }
            "CodeList" => around.list = Some(oid("OID")?),
            "CodeListItem" | "EnumeratedItem" => {
                if let Some(list) = &around.list {
                    let code = oid("CodedValue")?;
                    self.lists.entry(list.clone()).or_default().push((code, String::new()));
                    self.count += 1;
                }
            }
            "Decode" => around.is_decode = true,
            _ => {}
        }
        match self.count > MAX_DEFINITIONS {
            true => Err(faulty("too-many-definitions", "the metadata has more than a million definitions")),
            false => Ok(()),
        }
    }

    /// Adds the label of the last code of a list. The first label is kept, if there are several languages.
    fn decode(&mut self, list: &str, text: &str) {
        let last = self.lists.get_mut(list).and_then(|codes| codes.last_mut());
        if let Some((_, label)) = last.filter(|(_, label)| label.is_empty()) {
            *label = text.chars().take(200).collect();
        }
    }

    fn described(&self, item: &Item) -> Described {
        let choices = item.list.as_ref().map(|list| self.lists.get(list).cloned().unwrap_or_default());
        let kind = match item.kind.as_str() {
            _ if choices.is_some() => Kind::Coded,
            "integer" | "float" | "double" | "decimal" => Kind::Number,
            kind if kind.to_ascii_lowercase().contains("date") => Kind::Date,
            _ => Kind::Text,
        };
        let mut field = Described::new(item.oid.clone(), kind);
        field.label.clone_from(&item.label);
        field.choices = choices.unwrap_or_default();
        field.unit = item
            .has_unit
            .then(|| format!("{}@MeasurementUnitOID", item.oid))
            .filter(|unit| unit.len() <= 128);
        match self.groups.get(&item.oid).map(Vec::as_slice) {
            None | Some([]) => field.unclear = Some("it is in no group of items"),
            Some([group]) if is_oid(group) => field.record = Some(format!("ItemGroupData:{group}")),
            Some([_]) => field.unclear = Some("its group has an OID that a profile cannot name"),
            Some(_) => field.unclear = Some("it is in several groups of items; state the group of each rule"),
        }
        field
    }
}

fn attribute_of(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.attributes().flatten().find(|attribute| attribute.key.into_inner() == name)?;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
    (!value.is_empty()).then(|| value.into_owned())
}

/// Whether a profile can name an OID.
fn is_oid(text: &str) -> bool {
    (1..=128).contains(&text.len()) && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>&\"'*".contains(c))
}
