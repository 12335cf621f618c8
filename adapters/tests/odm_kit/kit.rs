//! Builds ODM files for tests, and reads them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use gemj_adapters::odm;
use gemj_adapters::unit::{Field, Met, Unit};

/// What the reader of a set of files reported.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) units: Vec<Unit>,
    /// The locator and the reason code of each refusal.
    pub(crate) refused: Vec<(String, &'static str)>,
    pub(crate) left_out: BTreeMap<String, u64>,
    pub(crate) repairs: BTreeMap<&'static str, u64>,
}

impl Seen {
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.refused.iter().map(|(_, code)| *code).collect()
    }

    pub(crate) fn unit(&self, key: &str) -> &Unit {
        let of = |unit: &&Unit| unit.key.ends_with(&format!("\u{1f}{key}"));
        self.units
            .iter()
            .find(of)
            .unwrap_or_else(|| panic!("no unit {key}: {:?}", self.refused))
    }

    /// The values of a subject, by the path of their group.
    pub(crate) fn values(&self, key: &str) -> BTreeMap<String, String> {
        values(self.unit(key))
    }
}

/// The fields of all records of a unit. A name is the path of the record with its repeat keys, and the name of the field.
pub(crate) fn values(unit: &Unit) -> BTreeMap<String, String> {
    let mut paths: Vec<String> = Vec::new();
    let mut values = BTreeMap::new();
    for record in &unit.records {
        let parent = record.parent.map_or("", |at| &paths[at]);
        let repeat = record.fields.iter().find(|(name, _)| name.ends_with("RepeatKey"));
        let repeat = match repeat {
            Some((_, Field::Value(repeat))) => format!("[{repeat}]"),
            _ => String::new(),
        };
        let path = format!("{parent}/{}{repeat}", record.kind);
        for (name, field) in record
            .fields
            .iter()
            .filter(|(name, _)| !name.ends_with("RepeatKey") && !name.ends_with("OID"))
        {
            let value = match field {
                Field::Value(value) => value.clone(),
                Field::Null => "<null>".to_owned(),
            };
            assert_eq!(
                values.insert(format!("{path} {name}"), value),
                None,
                "two records with the path {path}"
            );
        }
        values.entry(path.clone()).or_default();
        paths.push(path);
    }
    values
}

/// Reads files with these texts together.
pub(crate) fn read(files: &[&str]) -> Seen {
    read_study(files, None)
}

pub(crate) fn read_study(files: &[&str], study: Option<&str>) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..files.len()).map(|at| folder.path().join(format!("{at}.xml"))).collect();
    for (path, text) in paths.iter().zip(files) {
        std::fs::write(path, text).unwrap();
    }
    read_paths(&paths, study)
}

pub(crate) fn read_paths(paths: &[PathBuf], study: Option<&str>) -> Seen {
    let mut seen = Seen::default();
    let flow = odm::read(paths, study, &mut |met| {
        match met {
            Met::Unit(unit) => {
                for (rule, names) in &unit.account.left_out {
                    for (name, count) in names {
                        *seen.left_out.entry(format!("{}:{name}", rule.as_str())).or_default() += count;
                    }
                }
                for (repair, count) in &unit.account.repairs {
                    *seen.repairs.entry(repair.as_str()).or_default() += count;
                }
                seen.units.push(unit);
            }
            Met::Undecodable(refused) => seen.refused.push((refused.locator, refused.reason_code)),
            Met::Ignored(kind) => panic!("{kind}"),
            Met::LeftOut(rule, name) => *seen.left_out.entry(format!("{}:{name}", rule.as_str())).or_default() += 1,
            Met::Remains(_) => {}
            Met::Repaired(repair) => *seen.repairs.entry(repair.as_str()).or_default() += 1,
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    seen
}

/// A file of ODM 1.3.2 with these attributes of the root and this clinical data of the study `S`. `day` is a day of April 2026.
pub(crate) fn file(kind: &str, day: usize, attributes: &str, clinical: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="{kind}" FileOID="{kind}.{day}" CreationDateTime="2026-04-{day:02}T12:00:00+09:00" {attributes}><ClinicalData StudyOID="S" MetaDataVersionOID="M">{clinical}</ClinicalData></ODM>"#
    )
}

/// A snapshot of all subjects.
pub(crate) fn snapshot(day: usize, clinical: &str) -> String {
    file("Snapshot", day, r#"Granularity="All""#, clinical)
}

pub(crate) fn transactional(day: usize, clinical: &str) -> String {
    file("Transactional", day, "", clinical)
}

/// A subject with one event, one form and the group `G` with the repeat key 1. `types` are the attributes of subject, event, form and group.
pub(crate) fn subject(key: &str, types: [&str; 4], items: &str) -> String {
    let [subject, event, form, group] = types;
    format!(
        r#"<SubjectData SubjectKey="{key}" {subject}><StudyEventData StudyEventOID="E" StudyEventRepeatKey="1" {event}><FormData FormOID="F" {form}><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1" {group}>{items}</ItemGroupData></FormData></StudyEventData></SubjectData>"#
    )
}

/// A subject with the types Context down to the group, so that each item states its own type.
pub(crate) fn change(key: &str, items: &str) -> String {
    subject(key, [r#"TransactionType="Context""#, "", "", ""], items)
}

pub(crate) const GROUP: &str = "/SubjectData/StudyEventData:E[1]/FormData:F/ItemGroupData:G[1]";
