//! Writes the study's first feed: an ODM 1.3.2 snapshot with the definitions of its items.

mod definitions;

use std::fmt::Write;

use gemj_model::Sex;

use super::case::InstitutionCase;

/// The OID of the study, which is also the study's name.
const STUDY: &str = "ST.GEMJ";

/// One occurrence of an item group for a subject, with its values.
pub(super) struct Group {
    /// The OID of the item group.
    pub(super) oid: &'static str,
    /// The repeat key of the occurrence; absent for a group that does not repeat.
    pub(super) repeat: Option<usize>,
    /// The values of the occurrence, each with the OID of its item.
    pub(super) items: Vec<(&'static str, String)>,
}

/// A subject of the study with the entered data.
pub(super) struct Subject {
    /// The `SubjectKey` of the subject.
    pub(super) key: String,
    /// The occurrences of item groups. The occurrences of one item group are adjacent.
    pub(super) groups: Vec<Group>,
}

/// The subjects in order of their keys, which is not the order of the cases.
pub(super) fn subjects(cases: &[InstitutionCase]) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = cases.iter().map(subject).collect();
    subjects.sort_by(|a, b| a.key.cmp(&b.key));
    subjects
}

/// The subject for a case.
pub(super) fn subject(case: &InstitutionCase) -> Subject {
    let sex = match case.sex {
        Sex::Male => "1",
        Sex::Female => "2",
        Sex::Other | Sex::Unknown => "",
    };
    let mut groups = vec![Group {
        oid: "IG.DM",
        repeat: None,
        items: vec![("IT.SEX", sex.to_owned()), ("IT.BRTHDAT", case.born.to_string())],
    }];
    let mut add = |oid, number: usize, items| {
        groups.push(Group {
            oid,
            repeat: Some(number + 1),
            items,
        });
    };
    for (number, diagnosis) in case.diagnoses.iter().enumerate() {
        let status = if diagnosis.suspected { "SUSPECTED" } else { "CONFIRMED" };
        add(
            "IG.DX",
            number,
            vec![
                ("IT.DX.ICD10", diagnosis.icd10.to_owned()),
                ("IT.DX.TERM", diagnosis.label.to_owned()),
                ("IT.DX.STATUS", status.to_owned()),
                ("IT.DX.DATE", diagnosis.date.to_string()),
            ],
        );
    }
    for (number, feature) in case.features.iter().enumerate() {
        add(
            "IG.HPO",
            number,
            vec![
                ("IT.HPO.CODE", feature.term.to_owned()),
                ("IT.HPO.TERM", feature.label.to_owned()),
                ("IT.HPO.PRESENT", if feature.excluded { "N" } else { "Y" }.to_owned()),
            ],
        );
    }
    for (number, lab) in case.labs.iter().enumerate() {
        add(
            "IG.LB",
            number,
            vec![
                ("IT.LB.JLAC10", lab.jlac10.to_owned()),
                ("IT.LB.TEST", lab.label.to_owned()),
                ("IT.LB.RESULT", lab.result()),
                ("IT.LB.UNIT", lab.unit.to_owned()),
                ("IT.LB.DATE", lab.date.to_string()),
            ],
        );
    }
    for (number, specimen) in case.specimens.iter().enumerate() {
        add(
            "IG.SP",
            number,
            vec![
                ("IT.SP.ID", specimen.id.as_str().to_owned()),
                ("IT.SP.TYPE", specimen.kind.label().to_owned()),
                ("IT.SP.DATE", specimen.collected.to_string()),
            ],
        );
    }
    Subject {
        key: case.numbers.edc.clone(),
        groups,
    }
}

/// The text of the ODM snapshot. The OID of an item group's form has `F.` in place of `IG.`.
pub(super) fn encode(subjects: &[Subject]) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ODM xmlns=\"http://www.cdisc.org/ns/odm/v1.3\" ODMVersion=\"1.3.2\" FileType=\"Snapshot\" Granularity=\"All\" \
         FileOID=\"GEMJ-DEMO-2025-10-01\" CreationDateTime=\"2025-10-01T09:00:00+09:00\" SourceSystem=\"gemj-demo\">\n\
         {}  <ClinicalData StudyOID=\"{STUDY}\" MetaDataVersionOID=\"{}\">\n",
        definitions::encode(STUDY),
        definitions::METADATA_VERSION,
    );
    for subject in subjects {
        let _ = writeln!(text, "    <SubjectData SubjectKey=\"{}\">", escaped(&subject.key));
        let _ = writeln!(text, "      <StudyEventData StudyEventOID=\"{}\">", definitions::EVENT);
        for form in subject.groups.chunk_by(|a, b| a.oid == b.oid) {
            let Some(first) = form.first() else { continue };
            let _ = writeln!(text, "        <FormData FormOID=\"{}\">", definitions::form_oid(first.oid));
            for group in form {
                let repeat = group.repeat.map(|key| format!(" ItemGroupRepeatKey=\"{key}\"")).unwrap_or_default();
                let _ = writeln!(text, "          <ItemGroupData ItemGroupOID=\"{}\"{repeat}>", group.oid);
                for (oid, value) in &group.items {
                    let _ = writeln!(text, "            <ItemData ItemOID=\"{oid}\" Value=\"{}\"/>", escaped(value));
                }
                text.push_str("          </ItemGroupData>\n");
            }
            text.push_str("        </FormData>\n");
        }
        text.push_str("      </StudyEventData>\n    </SubjectData>\n");
    }
    text.push_str("  </ClinicalData>\n</ODM>\n");
    text
}

/// A text, escaped as the value of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
