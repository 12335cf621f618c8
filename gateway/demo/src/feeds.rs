//! Writes the programme's plan as files, in the formats that institutions send. Every run writes the same bytes.

mod bam;
mod consents;
mod cram;
mod hpo_subset;
pub mod institutions;
mod joint_bcf;
mod joint_text;
mod phenopackets;
mod reads;
mod sample_sheets;
mod single_vcf;
mod variant_text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gemj_model::{DatasetId, SiteId};
use hts_formats::bam::encode::bai_of;
use hts_formats::vcf::tabix::tbi_of;

use crate::error::DemoError;
use crate::facts::Facts;
use crate::feeds::institutions::InstitutionFeeds;
use crate::personas::approvals;
use crate::programme::person::{CANCER, RARE_DISEASE};
use crate::programme::{Person, Programme, dataset_ids};

/// The paths of the written feeds. The demo's feeds should be loaded in this order: `ontology`, `sheets`, `packet_linkage`, `phenopackets`,
/// `consents`, `approvals`.
#[derive(Clone, Debug)]
pub struct Feeds {
    /// The sample sheets for `load`, one for each dataset.
    pub sheets: Vec<PathBuf>,
    /// The folders of Phenopackets for `ingest`.
    pub phenopackets: Vec<PacketFolder>,
    /// The sheet for `link`: the participant of each packet's id.
    pub packet_linkage: PathBuf,
    /// The consent events for `consent import`: `participant,form,kind,clauses,effective_at`.
    pub consents: PathBuf,
    /// The access committee's approvals, a JSON array of [`gemj_model::Approval`].
    pub approvals: PathBuf,
    /// A subset of the Human Phenotype Ontology for `ontology load`.
    pub ontology: PathBuf,
    /// Four further feeds of institutions, all about the same cases, and broken copies of these feeds.
    pub institutions: InstitutionFeeds,
    /// The example queries for the demo.
    pub facts: Facts,
}

/// The Phenopackets of one institution for one dataset.
#[derive(Clone, Debug)]
pub struct PacketFolder {
    /// The dataset into which the packets are ingested.
    pub dataset: DatasetId,
    /// The institution that sent the packets.
    pub site: SiteId,
    /// The folder that contains the packets.
    pub folder: PathBuf,
}

/// The path of a participant's VCF, relative to the folder of the sample sheets.
pub(crate) fn vcf_path(person: &Person) -> String {
    format!("variants/{}.vcf.gz", person.specimen())
}

/// The path of a participant's BAM, relative to the folder of the sample sheets.
pub(crate) fn bam_path(person: &Person) -> String {
    format!("reads/{}.bam", person.specimen())
}

/// The path of a participant's CRAM, relative to the folder of the sample sheets.
pub(crate) fn cram_path(person: &Person) -> String {
    format!("reads/{}.cram", person.specimen())
}

/// The path of the joint file of the cancer dataset, relative to the folder of the sample sheets.
pub(crate) const JOINT_PATH: &str = "variants/cancer-joint.bcf";

/// The path of the sheet with the participants of the joint file's columns, relative to the folder of the sample sheets.
pub(crate) const JOINT_SAMPLES_PATH: &str = "cancer-joint-samples.csv";

/// The path of the gene panel of the rare disease dataset, relative to the folder of the sample sheets.
pub(crate) const PANEL_PATH: &str = "variants/rare-disease-panel.vcf.gz";

/// The path of the sheet with the participants of the panel's columns, relative to the folder of the sample sheets.
pub(crate) const PANEL_SAMPLES_PATH: &str = "rare-disease-panel-samples.csv";

/// Writes all feeds into `dir/feeds`. Files of an earlier run are overwritten with the same bytes.
///
/// # Errors
/// A file cannot be written, or the plan does not fit a format.
pub fn write(dir: &Path) -> Result<Feeds, DemoError> {
    write_programme(&Programme::plan(), dir)
}

/// Writes all feeds of an existing plan into `dir/feeds`, like [`write()`].
///
/// # Errors
/// As [`write()`].
pub fn write_programme(programme: &Programme, dir: &Path) -> Result<Feeds, DemoError> {
    let root = dir.join("feeds");
    for folder in ["variants", "reads"] {
        make_folder(&root.join(folder))?;
    }
    for index in &programme.files.vcf {
        let person = &programme.people[*index];
        put(&root.join(vcf_path(person)), &single_vcf::encode(programme, person)?)?;
    }
    put(&root.join(JOINT_PATH), &joint_bcf::encode(&joint_text::cancer(programme))?)?;
    put(
        &root.join(PANEL_PATH),
        &single_vcf::bgzf_text(&joint_text::rare_disease_panel(programme))?,
    )?;
    for index in &programme.files.bam {
        let person = &programme.people[*index];
        put(&root.join(bam_path(person)), &bam_of(programme, person)?)?;
    }
    for index in &programme.files.cram {
        let person = &programme.people[*index];
        let reads = reads::simulate(programme, person);
        put(&root.join(cram_path(person)), &cram::encode(&reads::header(person), &reads)?)?;
    }
    write_some_indexes(programme, &root)?;
    let sheets = sample_sheets::write(programme, &root)?;
    let ids = dataset_ids()?;
    let mut packet_folders: BTreeMap<PathBuf, PacketFolder> = BTreeMap::new();
    let mut packet_ids = BTreeSet::new();
    for (id, name) in ids.into_iter().zip([CANCER, RARE_DISEASE]) {
        for person in programme.members(name) {
            let site = person.hospital.site();
            let folder = root.join("phenopackets").join(name).join(site);
            if !packet_folders.contains_key(&folder) {
                make_folder(&folder)?;
                let of_site = PacketFolder {
                    dataset: id.clone(),
                    site: SiteId::parse(site).map_err(|_| DemoError::Plan { what: "site" })?,
                    folder: folder.clone(),
                };
                packet_folders.insert(folder.clone(), of_site);
            }
            let packet = phenopackets::encode(programme, person, name)?;
            put(&folder.join(format!("{}.json", person.id)), &packet)?;
            packet_ids.insert((site, person.id.as_str()));
        }
    }
    let packet_linkage = root.join("phenopackets/linkage.csv");
    let mut linkage = "site,namespace,number,participant\n".to_owned();
    for (site, id) in packet_ids {
        linkage.push_str(&format!("{site},phenopacket,{id},{id}\n"));
    }
    put(&packet_linkage, linkage.as_bytes())?;
    let (consents, approvals_path) = (root.join("consents.csv"), root.join("approvals.json"));
    put(&consents, consents::encode(programme).as_bytes())?;
    put(&approvals_path, &serde_json::to_vec_pretty(&approvals()?)?)?;
    let ontology = root.join("hp-demo.obo");
    put(&ontology, hpo_subset::encode().as_bytes())?;
    Ok(Feeds {
        sheets,
        phenopackets: packet_folders.into_values().collect(),
        packet_linkage,
        consents,
        approvals: approvals_path,
        ontology,
        institutions: institutions::write(programme, &root.join("institutions"))?,
        facts: Facts::of(programme)?,
    })
}

/// A participant's reads as BAM, for comparison with the CRAM.
///
/// # Errors
/// The plan does not fit the format.
pub fn bam_of(programme: &Programme, person: &Person) -> Result<Vec<u8>, DemoError> {
    bam::encode(person, &reads::simulate(programme, person))
}

/// The joint file as VCF text, for comparison with the BCF.
#[must_use]
pub fn joint_text(programme: &Programme) -> String {
    joint_text::cancer(programme)
}

/// Whether a participant's files are written with indexes. The gateway builds the indexes of all other files.
pub(crate) fn comes_with_index(programme: &Programme, person: &Person) -> bool {
    programme.files.bam.first() == Some(&person.index)
}

fn write_some_indexes(programme: &Programme, root: &Path) -> Result<(), DemoError> {
    for person in programme.people.iter().filter(|p| comes_with_index(programme, p)) {
        let bam = root.join(bam_path(person));
        put(
            &root.join(format!("{}.bai", bam_path(person))),
            &bai_of(&bam).map_err(DemoError::Encoding)?,
        )?;
        let vcf = root.join(vcf_path(person));
        put(
            &root.join(format!("{}.tbi", vcf_path(person))),
            &tbi_of(&vcf).map_err(DemoError::Encoding)?,
        )?;
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), DemoError> {
    fs::create_dir_all(path).map_err(DemoError::file(path))
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    fs::write(path, bytes).map_err(DemoError::file(path))
}
