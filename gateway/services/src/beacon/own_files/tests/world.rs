//! A test programme: files are loaded in the same way as by an operator, and requests are made in the same way as by a caller.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ga4gh_beacon::{EntryType, Record, parse_get};
use gemj_access::{Action, Grant, Mandate, WriteAction};
use gemj_model::{ConsentKind, ObjectId, SystemClock};
use serde_json::Value;

use crate::beacon::answer::{Answered, Finding, Listed};
use crate::beacon::answer_context::{AnswerContext, Places};
use crate::beacon::records::tests::programme::{Programme, approved, id};
use crate::load::{Loader, read_sheet};
use crate::service_error::ServiceError;

/// The bases of the test reference's chromosome 21 from position 1000 (0-based). The rest of the chromosome contains no bases.
pub(super) const BASES: &str = "GGTCACACACACATTGGACGTACGTTTAGCTTACGGCATCGATTTTTTTAGGCCTA";
const LENGTH_21: u64 = 46_709_983;

/// Writes a FASTA of chromosome 21 that contains only [`BASES`]. The file is sparse and uses no disk space.
pub(super) fn fasta(folder: &Path) -> PathBuf {
    let path = folder.join("chr21.fa");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b">21\n").unwrap();
    file.seek(SeekFrom::Start(4 + 1000)).unwrap();
    file.write_all(BASES.as_bytes()).unwrap();
    file.set_len(4 + LENGTH_21 + 1).unwrap();
    std::fs::write(
        folder.join("chr21.fa.fai"),
        format!("21\t{LENGTH_21}\t4\t{LENGTH_21}\t{}\n", LENGTH_21 + 1),
    )
    .unwrap();
    path
}

/// Runs a program and returns its output. Returns `None`, with a printed message, if the program is not installed; in CI this is a failure.
pub(super) fn run(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{program} is not installed");
        eprintln!("SKIPPED: {program} is not installed");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The text of a VCF file with these further header lines, sample columns, and records without their contig.
pub(super) fn vcf(head: &str, columns: &[&str], records: &[String]) -> String {
    let records: String = records.iter().map(|record| format!("chr21\t{record}\n")).collect();
    format!(
        "##fileformat=VCFv4.3\n##contig=<ID=chr21,length={LENGTH_21}>\n\
         ##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n{head}\
         ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
         #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n{records}",
        columns.join("\t")
    )
}

pub(super) struct World {
    pub(super) programme: Programme,
}

/// One case of a variant: the name of the specimen and the zygosity.
pub(super) type Case = (String, String);

impl World {
    pub(super) async fn new(reference: Option<fn(&Path) -> PathBuf>) -> Self {
        Self {
            programme: Programme::with_reference(reference).await,
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.programme.folder.path().join(name)
    }

    /// Writes a VCF text to a file as VCF or BCF. Returns `None` if bcftools is not installed.
    pub(super) fn write(&self, name: &str, text: &str) -> Option<()> {
        let path = self.path(name);
        let kind = if name.ends_with(".bcf") { "-Ob" } else { "-Oz" };
        run("bcftools", &["view", "--no-version", kind, "-o", path.to_str().unwrap(), "-"], text).map(drop)
    }

    /// Loads the rows of a sheet into the dataset `one`. The participants give consent to every clause.
    pub(super) async fn load(&self, rows: &[&str], people: &[&str]) -> Vec<ObjectId> {
        let head = "dataset,participant,specimen,family,sex,assembly,path,samples_path,data_kind\n";
        std::fs::write(self.path("sheet.csv"), head.to_owned() + &rows.join("\n") + "\n").unwrap();
        let loader = Loader {
            stores: &self.programme.stores,
            mandate: &Mandate::operator(WriteAction::Load),
            key: &self.programme.key,
            clock: &SystemClock::default(),
        };
        let mut loaded = Vec::new();
        for row in read_sheet(&self.path("sheet.csv"), &HashSet::from([id("one")])).unwrap() {
            loaded.push(loader.load(&row.unwrap(), |_| {}).await.unwrap().id);
        }
        self.programme.consent(ConsentKind::Given, people.iter().copied()).await;
        loaded
    }

    pub(super) async fn grant(&self, approval: &str, entry: EntryType) -> Grant {
        let action = if entry == EntryType::GenomicVariant {
            Action::AskVariants
        } else {
            Action::AskIndividuals
        };
        self.programme.grant_for(action, &approved(approval), &["one"]).await.unwrap()
    }

    /// The answer to a request at record granularity, for the project of an approval. `path` is relative to the Beacon's address;
    /// `question` contains the parameters.
    pub(super) async fn answer_to(&self, approval: &str, path: &str, question: &str) -> Result<Answered, ServiceError> {
        let parts: Vec<&str> = path.split('/').collect();
        let entry = |segment: &str| {
            let all = [
                EntryType::GenomicVariant,
                EntryType::Individual,
                EntryType::Biosample,
                EntryType::Run,
                EntryType::Analysis,
            ];
            all.into_iter().find(|entry| entry.path_segment() == segment).unwrap()
        };
        let (asked, of) = match parts[..] {
            [one] => (entry(one), None),
            [one, id] => (entry(one), Some((entry(one), id))),
            [one, id, asked] => (entry(asked), Some((entry(one), id))),
            _ => panic!("{path}"),
        };
        let all = format!("{question}&requestedGranularity=record&limit=0");
        let pairs = all
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap());
        let pairs: Vec<(String, String)> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let request = parse_get(asked, &pairs).unwrap();
        let grant = self.grant(approval, asked).await;
        let carriers = self.programme.stores.carriers.now().await.unwrap();
        let names = self.programme.names(&grant);
        let asking = AnswerContext {
            stores: &self.programme.stores,
            carriers: &carriers,
            described: None,
            only: None,
            grant: &grant,
            names: Some(&names),
            request: &request,
            of,
            places: Some(Places {
                htsget_url: "https://gateway.example/htsget",
                drs_url: "https://gateway.example/drs",
            }),
        };
        crate::beacon::answer(&asking).await
    }

    pub(super) async fn answer(&self, path: &str, question: &str) -> Answered {
        self.answer_to("A-1", path, question).await.unwrap()
    }

    /// The records of an answer. The number of records must equal the finding.
    pub(super) async fn records(&self, path: &str, question: &str) -> Vec<Value> {
        let answered = self.answer(path, question).await;
        let records = records_of(&answered);
        assert_eq!(answered.answer.finding, Finding::Exact(records.len() as u64), "{path}?{question}");
        records
    }

    /// The variants of an answer by id, each with its cases. No two variants may have the same id.
    pub(super) async fn variants(&self, path: &str, question: &str) -> BTreeMap<String, BTreeSet<Case>> {
        let records = self.records(path, question).await;
        let count = records.len();
        let variants: BTreeMap<String, BTreeSet<Case>> = records.iter().map(|record| (id_of(record), cases_of(record))).collect();
        assert_eq!(variants.len(), count, "two variants have one id: {path}?{question}");
        variants
    }

    /// The value of a member of the analysis record of a file.
    pub(super) async fn of_file(&self, file: &ObjectId, member: &str) -> String {
        let records = self.records(&format!("analyses/{file}"), "").await;
        records[0][member].as_str().unwrap().to_owned()
    }
}

pub(super) fn records_of(answered: &Answered) -> Vec<Value> {
    let Listed::Sets(sets) = &answered.listed else { panic!() };
    let records: Vec<&Record> = sets.iter().flat_map(|set| &set.records).collect();
    records.into_iter().map(|record| serde_json::to_value(record).unwrap()).collect()
}

pub(super) fn id_of(record: &Value) -> String {
    record["variantInternalId"].as_str().unwrap().to_owned()
}

fn cases_of(record: &Value) -> BTreeSet<Case> {
    let cases = record["caseLevelData"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_case = |case: &Value| (text(&case["biosampleId"]), text(&case["zygosity"]["label"]));
    let all: BTreeSet<Case> = cases.iter().map(of_case).collect();
    assert_eq!(all.len(), cases.len(), "{record:#}");
    all
}
