//! Mutated inputs of every decoder: no panic, no imbalance of the account, bounded memory and time. The corpus is in `fuzz_feeds/`.
//!
//! `GEMJ_FUZZ_INPUTS` is the number of inputs (default 50,000), and `GEMJ_FUZZ_SEED` the seed. `scripts/fuzz-feeds` runs a million inputs and writes a report.
//! An input is determined by the seed and its number, so `GEMJ_FUZZ_FIRST` repeats one input.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gemj_adapters::feed::trial;
use gemj_adapters::phenopacket;
use gemj_adapters::profile::Profile;
use gemj_adapters::{Accounting, Target};
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit};
use gemj_model::{DatasetId, FactSink, Linkage, LinkageUnavailable, ParticipantId, SiteId, SiteNumber};

/// The built-in profile for an institution without the other tables.
const OMOP: &str = "omop.absent";

/// The profile of the REDCap files of the corpus.
const REDCAP: &str = "
profile: fuzz
version: \"1\"
format: redcap
redcap: { dictionary: data_dictionary.csv, missing: [NASK] }
participant: { record: \"*\", number: record_id }
sex: { record: row, value: { from: sex, via: [{ map: { \"1\": male, \"2\": female } }] } }
rules:
  - fact: disease
    record: \"instrument:diagnosis\"
    code: { from: dx_icd10, via: [icd10, { prefix: \"ICD10:\" }] }
    status: { from: dx_status, via: [{ map: { \"1\": present, \"2\": suspected } }] }
";

/// The files of the corpus: the name, the profile (empty for packets), and the files that are read together with the mutated one.
const CORPUS: [(&str, &str, &[&str]); 26] = [
    ("adt.hl7", "ss-mix2", &[]),
    ("problems.hl7", "ss-mix2", &[]),
    ("batch.hl7", "ss-mix2", &[]),
    ("results.hl7", "ss-mix2", &[]),
    ("transactions.dat", "ss-mix2", &[]),
    ("odm.xml", "odm", &[]),
    ("odm_changes.xml", "odm", &["odm.xml"]),
    ("odm2.xml", "odm", &[]),
    ("redcap.csv", REDCAP, &["data_dictionary.csv"]),
    ("redcap_eav.csv", REDCAP, &["data_dictionary.csv"]),
    ("redcap.json", REDCAP, &["data_dictionary.csv"]),
    ("logging.csv", REDCAP, &["data_dictionary.csv", "redcap.csv"]),
    ("data_dictionary.csv", REDCAP, &["redcap.csv"]),
    ("c_cat.csv", "c-cat", &[]),
    ("miabis.json", "miabis", &[]),
    ("miabis.csv", "miabis", &[]),
    ("fhir.json", "fhir", &[]),
    ("fhir.ndjson", "fhir", &[]),
    ("miabis_on_fhir.json", "miabis-on-fhir", &[]),
    ("bff.json", "bff", &[]),
    ("PERSON.csv", OMOP, &["CONDITION_OCCURRENCE.csv", "MEASUREMENT.csv"]),
    ("CONDITION_OCCURRENCE.csv", OMOP, &["PERSON.csv", "MEASUREMENT.csv"]),
    ("MEASUREMENT.csv", OMOP, &["PERSON.csv", "CONDITION_OCCURRENCE.csv"]),
    ("packet.json", "", &[]),
    ("packet.yaml", "", &[]),
    ("packet.pb", "", &[]),
];

/// Pieces of text that decoders treat specially.
const PIECES: [&[u8]; 42] = [
    b"|",
    b"^",
    b"~",
    b"\\",
    b"&",
    b"\"\"",
    b"\r",
    b"\n",
    b"\r\n",
    b"\0",
    b"\x1b$B",
    b"\x1b(B",
    b"\x1b$(D",
    b"\x0b",
    b"\x1c\r",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x81",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e400",
    b"-0",
    b"99999999999999999999",
    b"<!DOCTYPE x [<!ENTITY a \"b\">]>",
    b"&a;",
    b"<![CDATA[",
    b"<!--",
    b"/>",
    b"</SubjectData>",
    b"TransactionType=\"Remove\"",
    b"OBX|1|NM|A^a^L||1^2|g|||||F\r",
    b"MSH|^~\\&|",
    b"DEL",
    b"MRG|0000002^^^^PI\r",
    b"ADT^A40^ADT_A39",
    b"\\u0000",
    b"\xed\xa0\x80",
];

/// A small generator of numbers (splitmix64), so that an input depends on nothing but the seed and its number.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Changes a content at one to six places.
fn mutate(content: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    for _ in 0..=random.below(6) {
        let at = random.below(content.len() + 1);
        let length = random.below(40).min(content.len() - at);
        match random.below(9) {
            0 => content[at..at + length.min(1)]
                .iter_mut()
                .for_each(|byte| *byte ^= 1 << (length % 8)),
            1 => drop(content.drain(at..at + length)),
            2 => {
                let piece = content[at..at + length].to_vec();
                let to = random.below(content.len() + 1);
                drop(content.splice(to..to, piece));
            }
            3 | 4 => drop(content.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
            5 => drop(content.splice(at..at + length, PIECES[random.below(PIECES.len())].iter().copied())),
            6 => {
                let from = random.below(other.len() + 1);
                let piece = other[from..(from + random.below(200)).min(other.len())].to_vec();
                drop(content.splice(at..at + length, piece));
            }
            7 if random.below(4) == 0 => content.truncate(at),
            // A run of one byte, for example a thousand opening brackets.
            _ => {
                let byte = content.get(at).copied().unwrap_or(b'[');
                drop(content.splice(at..at, std::iter::repeat_n(byte, 1 + random.below(2000))));
            }
        }
    }
}

struct All;

impl Linkage for All {
    fn participant(&self, _: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        Ok(ParticipantId::parse("P1").ok())
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(None)
    }
}

struct Takes;

impl FactSink for Takes {
    fn commit(&mut self, _: CaseRecord) -> Result<Committed, SinkError> {
        Ok(Committed::New)
    }

    fn stored(&mut self, _: &DatasetId, _: &str) -> Result<StoredUnit, SinkError> {
        Ok(StoredUnit::Absent)
    }

    fn hide(&mut self, _: &DatasetId, _: &ParticipantId, _: &FactSource) -> Result<u64, SinkError> {
        Ok(0)
    }
}

fn target() -> Target {
    Target::new(DatasetId::parse("cancer").unwrap(), SiteId::parse("hospital-a").unwrap(), "n").unwrap()
}

/// The highest memory of this process so far, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

struct Seed {
    name: &'static str,
    content: Vec<u8>,
    profile: Option<Profile>,
    folder: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl Seed {
    fn of((name, profile, beside): (&'static str, &str, &[&str])) -> Self {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz_feeds");
        let folder = tempfile::tempdir().unwrap();
        for file in beside {
            std::fs::copy(corpus.join(file), folder.path().join(file)).unwrap();
        }
        let profile = match profile {
            "" => None,
            text if text.contains('\n') => Some(Profile::parse(text).unwrap()),
            OMOP => {
                let built_in = include_str!("../../schemas/mapping-profiles/omop.yaml");
                let absent = "omop: { absent: [OBSERVATION, DRUG_EXPOSURE, PROCEDURE_OCCURRENCE, SPECIMEN] }";
                Some(Profile::parse(&built_in.replace("format: omop\n", &format!("format: omop\n{absent}\n"))).unwrap())
            }
            name => Some(Profile::open(name).unwrap()),
        };
        // Of the files beside the mutated file, the dictionary is found by its name. The mutated dictionary is not an input itself.
        let given = beside.iter().copied().chain([name]).filter(|file| *file != "data_dictionary.csv");
        let stored = |file: &str| {
            if file == "transactions.dat" {
                "TR_20260401100000000_00001.DAT".to_owned()
            } else {
                file.to_owned()
            }
        };
        Self {
            name,
            content: std::fs::read(corpus.join(name)).unwrap(),
            profile,
            paths: given.map(|file| folder.path().join(stored(file))).collect(),
            folder,
        }
    }

    fn read(&self, content: &[u8]) -> Accounting {
        let name = if self.name == "transactions.dat" {
            "TR_20260401100000000_00001.DAT"
        } else {
            self.name
        };
        std::fs::write(self.folder.path().join(name), content).unwrap();
        match &self.profile {
            Some(profile) => trial(&self.paths, profile, &target()).unwrap().accounting,
            None => phenopacket::ingest(&self.paths, &target(), &All, &mut Takes).unwrap(),
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn mutated_inputs_cause_no_panic_and_every_account_is_balanced() {
    let seed = number("GEMJ_FUZZ_SEED").unwrap_or(20_261_124);
    let first = number("GEMJ_FUZZ_FIRST").unwrap_or(0);
    let inputs = number("GEMJ_FUZZ_INPUTS").unwrap_or(50_000);
    println!("seed {seed}, inputs {first} to {}", first + inputs);
    let seeds: Vec<Seed> = CORPUS.into_iter().map(Seed::of).collect();
    let mut committed: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for seed in &seeds {
        let accounting = seed.read(&seed.content);
        assert!(
            accounting.committed > 0 && accounting.is_balanced(),
            "{}: {accounting:?}",
            seed.name
        );
    }
    let (mut faults, mut slowest, before) = (Vec::new(), (Duration::ZERO, 0), peak_mib());
    for at in first..first + inputs {
        let mut random = Random(seed ^ at.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let (this, other) = (&seeds[random.below(seeds.len())], &seeds[random.below(seeds.len())]);
        let mut content = this.content.clone();
        mutate(&mut content, &other.content, &mut random);
        let begin = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| this.read(&content))) {
            Err(_) => faults.push(format!("input {at} ({}): panic", this.name)),
            Ok(all) => {
                let kept = all.committed + all.replaced + all.unchanged + all.duplicate + all.superseded;
                if all.received != kept + all.quarantined.len() as u64 {
                    faults.push(format!("input {at} ({}): received {} is not the sum", this.name, all.received));
                }
                let counts = committed.entry(this.name).or_default();
                counts[0] += 1;
                counts[1] += all.committed;
                counts[2] += all.quarantined.len() as u64;
            }
        }
        slowest = slowest.max((begin.elapsed(), at));
    }
    let peak = peak_mib();
    for (name, [inputs, committed, refused]) in &committed {
        println!("| {name} | {inputs} | {committed} | {refused} |");
    }
    println!(
        "slowest input {} took {} ms; peak memory {peak} MiB, {before} MiB before",
        slowest.1,
        slowest.0.as_millis()
    );
    println!("{} faults in {inputs} inputs", faults.len());
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(peak < 512, "{peak} MiB");
    // An input that is stuck takes minutes. The limit is high, because the machine can be busy.
    assert!(slowest.0 < Duration::from_secs(30), "{slowest:?}");
    if inputs >= 10_000 {
        // Mutations that are too strong would only test the first check of each decoder.
        for (name, [_, committed, refused]) in &committed {
            assert!(*committed > 0 && *refused > 0, "{name}: {committed} committed, {refused} refused");
        }
    }
}
