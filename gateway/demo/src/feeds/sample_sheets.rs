//! Sample sheets: which file holds whose data.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{JOINT_PATH, JOINT_SAMPLES_PATH, bam_path, comes_with_index, cram_path, put, vcf_path};
use crate::error::DemoError;
use crate::programme::person::{CANCER, RARE_DISEASE};
use crate::programme::{Person, Programme};

const HEADER: &str = "dataset,participant,specimen,family,sex,assembly,path,index_path,data_kind,qc,site,samples_path\n";

/// Writes both sheets and the table of the joint file's columns. Paths in them are relative to their folder.
pub(super) fn write(programme: &Programme, root: &Path) -> Result<Vec<PathBuf>, DemoError> {
    let samples_path = root.join(JOINT_SAMPLES_PATH);
    put(&samples_path, joint_samples(programme).as_bytes())?;
    let mut sheets = Vec::new();
    for dataset in [CANCER, RARE_DISEASE] {
        let path = root.join(format!("{dataset}.csv"));
        put(&path, sheet(programme, dataset).as_bytes())?;
        sheets.push(path);
    }
    Ok(sheets)
}

fn sheet(programme: &Programme, dataset: &str) -> String {
    let mut text = String::from(HEADER);
    let files = &programme.files;
    // A file belongs to one dataset: that of somebody who is in both to the one through which the family came.
    let own = |indices: &[usize]| -> Vec<&Person> {
        let people = indices.iter().map(|index| &programme.people[*index]);
        people.filter(|p| p.in_rare_disease == (dataset == RARE_DISEASE)).collect()
    };
    for person in own(&files.vcf) {
        let index = if comes_with_index(programme, person) { format!("{}.tbi", vcf_path(person)) } else { String::new() };
        row(&mut text, dataset, person, &vcf_path(person), &index, "variants");
    }
    for person in own(&files.bam) {
        let index = if comes_with_index(programme, person) { format!("{}.bai", bam_path(person)) } else { String::new() };
        row(&mut text, dataset, person, &bam_path(person), &index, "reads");
    }
    for person in own(&files.cram) {
        row(&mut text, dataset, person, &cram_path(person), "", "reads");
    }
    if dataset == CANCER {
        let _ = writeln!(text, "{dataset},,,,,GRCh38,{JOINT_PATH},,variants,pass,,{JOINT_SAMPLES_PATH}");
    }
    text
}

fn row(text: &mut String, dataset: &str, person: &Person, path: &str, index_path: &str, data_kind: &str) {
    let _ = writeln!(
        text,
        "{dataset},{},{},{},{},GRCh38,{path},{index_path},{data_kind},pass,{},",
        person.id,
        person.specimen(),
        person.family,
        person.sex.as_str(),
        person.hospital.site()
    );
}

/// The columns that belong to somebody; the controls are left out on purpose, they are served to nobody.
fn joint_samples(programme: &Programme) -> String {
    let mut text = String::from("sample,participant,specimen,family,sex,site\n");
    for person in programme.files.joint.iter().map(|index| &programme.people[*index]) {
        let _ = writeln!(
            text,
            "{},{},{},{},{},{}",
            person.specimen(),
            person.id,
            person.specimen(),
            person.family,
            person.sex.as_str(),
            person.hospital.site()
        );
    }
    text
}
