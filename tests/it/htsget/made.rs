//! The files that the test kit generates for slicing. They are loaded once and served to every test that reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use gemj_demo::Persona;
use gemj_tests::made_reads::{self, MadeReads, MadeReference};
use gemj_tests::made_variants::{self, MadeVariants, column};
use gemj_tests::oracle::run;
use gemj_tests::programme::SharedProgramme;
use gemj_tests::scratch::until_the_end;
use gemj_tests::{Backend, Client, Programme};

/// The number of columns of the joint files in `partly`, and the number of columns that belong to a participant. The columns with a participant come
/// first.
pub(crate) const PARTLY: (usize, usize) = (300, 280);

/// The participant to whom all generated reads belong.
pub(crate) const READS_OF: &str = "MADE-READS";

pub(crate) struct Made {
    shared: SharedProgramme,
    /// A passport whose approval allows the download of all files.
    pub(crate) token: String,
    pub(crate) reads: Vec<MadeReads>,
    pub(crate) variants: Vec<MadeVariants>,
    /// Two joint files in which the last columns have no participant: a VCF of bgzip, and a BCF.
    pub(crate) partly: [MadeVariants; 2],
    pub(crate) reference: MadeReference,
    ids: BTreeMap<PathBuf, String>,
}

impl Made {
    pub(crate) fn client(&self) -> &Client {
        &self.shared.served.client
    }

    /// The object id of a generated file.
    pub(crate) fn id(&self, path: &Path) -> &str {
        &self.ids[path]
    }

    pub(crate) fn reads(&self, name: &str) -> &MadeReads {
        self.reads.iter().find(|made| made.name == name).unwrap()
    }

    pub(crate) fn variants(&self, writer: &str, width: usize) -> &MadeVariants {
        self.variants
            .iter()
            .find(|made| made.writer == writer && made.width == width)
            .unwrap()
    }
}

/// The participant to whom a column belongs. Columns are counted from 1.
pub(crate) fn owner(number: usize) -> String {
    format!("W{number:04}")
}

pub(crate) fn made() -> &'static Made {
    static MADE: Mutex<Option<&'static Made>> = Mutex::new(None);
    // A failed load poisons the lock. The other tests then fail at once and do not load again.
    let mut made = MADE.lock().expect("the made files could not be loaded");
    made.get_or_insert_with(|| Box::leak(Box::new(load())))
}

fn samples_sheet(folder: &Path, mapped: usize) -> PathBuf {
    let rows: String = (1..=mapped)
        .map(|n| format!("{0},{1},{0},F{1},unknown\n", column(n), owner(n)))
        .collect();
    let path = folder.join(format!("samples-{mapped}.csv"));
    std::fs::write(&path, format!("sample,participant,specimen,family,sex\n{rows}")).unwrap();
    path
}

fn load() -> Made {
    let folder = until_the_end("gemj-it-made");
    let reference = made_reads::reference(&folder);
    let (mut reads, variants, partly) = std::thread::scope(|scope| {
        let reads = scope.spawn(|| made_reads::make(&folder));
        let variants = scope.spawn(|| made_variants::make(&folder));
        let partly = made_variants::make_width(&folder, PARTLY.0);
        (reads.join().unwrap(), variants.join().unwrap(), partly)
    });
    reads.push(made_reads::plain(&folder, &reference));
    reads.push(made_reads::embedded(&folder, &reference));
    reads.push(made_reads::external(&folder, &reference));
    let [by_bgzip, _, bcf] = <[MadeVariants; 3]>::try_from(partly).unwrap();
    let partly = [by_bgzip, bcf];

    let mut sheet = String::from("dataset,participant,specimen,family,sex,assembly,path,samples_path\n");
    for made in &reads {
        sheet += &format!("cancer,{READS_OF},{READS_OF}-S,FR,unknown,GRCh38,{},\n", made.path.display());
    }
    for made in variants.iter().chain(&partly) {
        sheet += &match made.width {
            1 => format!(
                "cancer,{0},{1},F{0},unknown,GRCh38,{2},\n",
                owner(1),
                column(1),
                made.path.display()
            ),
            width => {
                let mapped = if width == PARTLY.0 { PARTLY.1 } else { width };
                let samples = samples_sheet(&folder, mapped);
                format!("cancer,,,,,GRCh38,{},{}\n", made.path.display(), samples.display())
            }
        };
    }
    let programme = Programme::new(Backend::Embedded);
    with_reference(&programme, &reference.fasta);
    let loaded = programme.load(&sheet).good();
    let wanted = format!("{} loaded, 0 already there, 0 refused", reads.len() + variants.len() + partly.len());
    assert!(loaded.out.contains(&wanted), "{}{}", loaded.out, loaded.err);
    let people: Vec<String> = (1..=*made_variants::WIDTHS.iter().max().unwrap()).map(owner).collect();
    programme.everybody_agrees(people.iter().map(String::as_str).chain([READS_OF]));
    let ids = ids(
        &programme,
        reads
            .iter()
            .map(|made| &made.path)
            .chain(variants.iter().chain(&partly).map(|made| &made.path)),
    );
    Made {
        token: programme.passport(Persona::DomesticAcademic),
        shared: programme.serve_for_good(),
        reads,
        variants,
        partly,
        reference,
        ids,
    }
}

/// Configures the reference sequence for CRAM files that do not embed it.
pub(crate) fn with_reference(programme: &Programme, fasta: &Path) {
    let text = std::fs::read_to_string(programme.config()).unwrap();
    assert_eq!(text.matches("\n[objects]\n").count(), 1);
    let line = format!("\n[objects]\nreference_fasta = \"{}\"\n", fasta.display());
    std::fs::write(programme.config(), text.replace("\n[objects]\n", &line)).unwrap();
}

/// The object ids of files, found by their checksums.
fn ids<'a>(programme: &Programme, files: impl Iterator<Item = &'a PathBuf>) -> BTreeMap<PathBuf, String> {
    let listed = programme.objects(&[]);
    let id = |path: &PathBuf| {
        let said = String::from_utf8(run("sha256sum", [path], b"")).unwrap();
        let sum = said.split(' ').next().unwrap();
        let object = listed.iter().find(|object| object["sha256"] == sum).unwrap();
        object["id"].as_str().unwrap().to_owned()
    };
    files.map(|path| (path.clone(), id(path))).collect()
}
