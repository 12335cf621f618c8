//! Writes the sample sheets, which map files to participants.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{JOINT_PATH, JOINT_SAMPLES_PATH, PANEL_PATH, PANEL_SAMPLES_PATH, bam_path, comes_with_index, cram_path, put, vcf_path};
use crate::error::DemoError;
use crate::programme::person::{CANCER, RARE_DISEASE};
use crate::programme::{Person, Programme};

const HEADER: &str = "dataset,participant,specimen,family,sex,assembly,path,index_path,data_kind,qc,site,samples_path\n";

/// Writes the sample sheets of both datasets, and the sheets of the joint files' columns. Paths in the sheets are relative to the folder of
/// the sheets.
pub(super) fn write(programme: &Programme, root: &Path) -> Result<Vec<PathBuf>, DemoError> {
    for (path, people) in [
        (JOINT_SAMPLES_PATH, &programme.files.joint),
        (PANEL_SAMPLES_PATH, &programme.files.panel),
    ] {
        put(&root.join(path), samples(programme, people).as_bytes())?;
    }
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
    // A file belongs to one dataset. The files of a participant in both datasets belong to the dataset through which the family was
    // enrolled.
    let own = |indices: &[usize]| -> Vec<&Person> {
        let people = indices.iter().map(|index| &programme.people[*index]);
        people.filter(|p| p.in_rare_disease == (dataset == RARE_DISEASE)).collect()
    };
    for person in own(&files.vcf) {
        let index = if comes_with_index(programme, person) {
            format!("{}.tbi", vcf_path(person))
        } else {
            String::new()
        };
        row(&mut text, dataset, person, &vcf_path(person), &index, "variants");
    }
    for person in own(&files.bam) {
        let index = if comes_with_index(programme, person) {
            format!("{}.bai", bam_path(person))
        } else {
            String::new()
        };
        row(&mut text, dataset, person, &bam_path(person), &index, "reads");
    }
    for person in own(&files.cram) {
        row(&mut text, dataset, person, &cram_path(person), "", "reads");
    }
    let (path, samples_path) = if dataset == CANCER {
        (JOINT_PATH, JOINT_SAMPLES_PATH)
    } else {
        (PANEL_PATH, PANEL_SAMPLES_PATH)
    };
    let _ = writeln!(text, "{dataset},,,,,GRCh38,{path},,variants,pass,,{samples_path}");
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

/// The sheet of the participants' columns in a joint file. The columns of the controls are left out intentionally, so that no caller can
/// read them.
fn samples(programme: &Programme, people: &[usize]) -> String {
    let mut text = String::from("sample,participant,specimen,family,sex,site\n");
    for person in people.iter().map(|index| &programme.people[*index]) {
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
