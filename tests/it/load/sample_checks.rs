//! `load` puts a file on hold if it contradicts its stated participant, before any caller gets the file. It compares the declared sex with X and Y,
//! and the genotypes with the files of other participants and of the same participant. The test generates the participants: genotypes in
//! Hardy-Weinberg proportions, with one X and a Y or with two X.

use std::fmt::Write as _;
use std::path::PathBuf;

use gemj_demo::Persona;
use gemj_tests::oracle::{run, samtools};
use gemj_tests::random::Random;
use gemj_tests::small_data::write_vcf;
use gemj_tests::{Backend, Programme, Ran};
use serde_json::Value;

const HEAD: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n##contig=<ID=chr2,length=242193529>\n##contig=<ID=chrX,length=156040895>\n##contig=<ID=chrY,length=57227415>\n\
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";
const SHEET_HEAD: &str = "dataset,participant,specimen,family,sex,assembly,path,samples_path\n";
/// The sites of a generated file, on two autosomes, on X and on Y: contig, first position, distance to the next site, number of sites.
const SITES: [(&str, usize, usize, usize); 4] = [
    ("chr1", 1_000_000, 500_000, 450),
    ("chr2", 1_000_000, 500_000, 450),
    ("chrX", 20_000_000, 1_000, 500),
    ("chrY", 10_000_000, 1_000, 120),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Woman,
    Man,
    /// A participant with two X and one Y.
    Both,
}

/// The genotypes of a generated participant at every site. The same name always gives the same genotypes.
fn genotypes(name: &str, made: Made) -> Vec<Vec<String>> {
    let mut sites = Random::of("sites");
    let mut person = Random::of(name);
    let mut all = Vec::new();
    for (contig, _, _, count) in SITES {
        let mut calls = Vec::new();
        for _ in 0..count {
            // The allele frequencies are from 10 % to 50 %.
            let frequency = 10 + sites.below(41);
            let mut allele = || u8::from(person.below(100) < frequency);
            let (one, other) = (allele(), allele());
            calls.push(match (contig, made) {
                ("chrX", Made::Man) => format!("{one}/{one}"),
                ("chrY", Made::Woman) => "./.".to_owned(),
                ("chrY", _) => (one | other).to_string(),
                _ => format!("{one}/{other}"),
            });
        }
        all.push(calls);
    }
    all
}

/// VCF text with these sample columns. It contains `share` percent of the sites, and the same sites for every column.
fn vcf(columns: &[(&str, Vec<Vec<String>>)], share: u64) -> String {
    let mut text = HEAD.to_owned();
    for (name, _) in columns {
        text.push('\t');
        text.push_str(name);
    }
    text.push('\n');
    let mut chosen = Random::of("chosen");
    for (place, (contig, first, distance, count)) in SITES.into_iter().enumerate() {
        for site in 0..count {
            if chosen.below(100) >= share {
                continue;
            }
            write!(text, "{contig}\t{}\t.\tA\tG\t50\tPASS\t.\tGT", first + distance * site).unwrap();
            for (_, calls) in columns {
                text.push('\t');
                text.push_str(&calls[place][site]);
            }
            text.push('\n');
        }
    }
    text
}

struct World {
    programme: Programme,
}

impl World {
    fn new() -> Self {
        Self {
            programme: Programme::new(Backend::Embedded),
        }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.programme.path(&format!("{name}.vcf.gz"));
        write_vcf(&path, text);
        path
    }

    /// Loads a generated variant file for one participant.
    fn load(&self, file: &str, owner: &str, sex: &str, made: (&str, Made), share: u64) -> Ran {
        let path = self.file(file, &vcf(&[("S", genotypes(made.0, made.1))], share));
        let loaded = self
            .programme
            .load(&format!("{SHEET_HEAD}cancer,{owner},,,{sex},GRCh38,{},\n", path.display()));
        loaded.good()
    }

    fn held(&self) -> Vec<Value> {
        self.programme
            .objects(&["--not-served"])
            .into_iter()
            .filter(|o| o["status"] == "held")
            .collect()
    }

    fn object(&self, owner: &str) -> Value {
        let found = self.programme.objects(&["--participant", owner]);
        found.last().unwrap().clone()
    }
}

#[test]
fn a_file_whose_calls_contradict_the_declared_sex_is_put_on_hold() {
    let world = World::new();
    let cases = [
        ("w-f", "female", Made::Woman, None),
        ("m-m", "male", Made::Man, None),
        ("m-f", "female", Made::Man, Some("declared female; the file shows one X and a Y")),
        ("w-m", "male", Made::Woman, Some("declared male; the file shows two X and no Y")),
        ("b-f", "female", Made::Both, Some("two X and a Y")),
        ("b-m", "male", Made::Both, Some("two X and a Y")),
        ("m-o", "other", Made::Man, None),
        ("b-o", "other", Made::Both, None),
        ("m-u", "unknown", Made::Man, None),
        ("b-u", "unknown", Made::Both, None),
    ];
    for (name, sex, made, contradiction) in cases {
        let loaded = world.load(name, name, sex, (name, made), 100);
        assert_eq!(loaded.out.contains("ON HOLD"), contradiction.is_some(), "{name}: {}", loaded.out);
        let object = world.object(name);
        match contradiction {
            None => assert_eq!(
                (object["status"].as_str(), object["findings"].as_array().unwrap().len()),
                (Some("served"), 0)
            ),
            Some(text) => {
                assert_eq!(object["status"], "held", "{name}");
                assert!(object["findings"][0]["finding"].as_str().unwrap().contains(text), "{object:#}");
                assert!(!loaded.out.contains(name) && !object["status_reason"].as_str().unwrap().contains(name));
            }
        }
    }
    // A file with a tenth of the sites has too few sites on X for a verdict about the sex.
    let loaded = world.load("few", "few", "female", ("few", Made::Man), 10);
    assert!(
        loaded.out.contains("is contradicted in 0, no verdict in 1") && !loaded.out.contains("HOLD"),
        "{}",
        loaded.out
    );
    assert_eq!(world.held().len(), 4);
}

/// SAM text with reads on every chromosome in proportion to its length. A single X or Y has half as many reads.
fn sam(made: Made, owner: &str) -> String {
    const LENGTHS: [u64; 24] = [
        248_956_422,
        242_193_529,
        198_295_559,
        190_214_555,
        181_538_259,
        170_805_979,
        159_345_973,
        145_138_636,
        138_394_717,
        133_797_422,
        135_086_622,
        133_275_309,
        114_364_328,
        107_043_718,
        101_991_189,
        90_338_345,
        83_257_441,
        80_373_285,
        58_617_616,
        64_444_167,
        46_709_983,
        50_818_468,
        156_040_895,
        57_227_415,
    ];
    let name = |at: usize| match at {
        22 => "chrX".to_owned(),
        23 => "chrY".to_owned(),
        at => format!("chr{}", at + 1),
    };
    let mut text = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    for (at, length) in LENGTHS.iter().enumerate() {
        writeln!(text, "@SQ\tSN:{}\tLN:{length}", name(at)).unwrap();
    }
    writeln!(text, "@RG\tID:r\tSM:{owner}").unwrap();
    for (at, length) in LENGTHS.iter().enumerate() {
        let copies = match (at, made) {
            (22, Made::Man) | (23, Made::Man | Made::Both) => 1,
            (23, Made::Woman) => 0,
            _ => 2,
        };
        let count = length * copies / 2 / 100_000;
        for read in 0..count {
            let position = 10_001 + read * ((length - 20_000) / count);
            writeln!(
                text,
                "r{at}-{read}\t0\t{}\t{position}\t60\t10M\t*\t0\t0\tACGTACGTAC\tIIIIIIIIII\tRG:Z:r",
                name(at)
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn a_file_whose_reads_contradict_the_declared_sex_is_put_on_hold() {
    let world = World::new();
    for (made, format, sex, held) in [
        (Made::Man, "bam", "female", true),
        (Made::Man, "bam", "male", false),
        (Made::Woman, "bam", "male", true),
        (Made::Woman, "bam", "female", false),
        (Made::Both, "bam", "male", true),
        (Made::Man, "bam", "other", false),
        (Made::Man, "cram", "female", true),
        (Made::Woman, "cram", "female", false),
    ] {
        let which = match made {
            Made::Woman => "woman",
            Made::Man => "man",
            Made::Both => "both",
        };
        let owner = format!("{which}-{format}-{sex}");
        let path = world.programme.path(&format!("{owner}.{format}"));
        let target = path.to_str().unwrap();
        let options: &[&str] = match format {
            "bam" => &["-b"],
            _ => &[
                "-C",
                "--output-fmt-option",
                "no_ref=1",
                "--output-fmt-option",
                "seqs_per_slice=4",
                "--output-fmt-option",
                "multi_seq_per_slice=0",
            ],
        };
        let arguments = [&["view", "--no-PG"], options, &["-o", target, "-"]].concat();
        let _ = run("samtools", arguments, sam(made, &owner).as_bytes());
        let loaded = world
            .programme
            .load(&format!("{SHEET_HEAD}cancer,{owner},,,{sex},GRCh38,{target},\n"))
            .good();
        assert_eq!(loaded.out.contains("ON HOLD"), held, "{owner}: {}", loaded.out);
        if held && format == "bam" {
            // The test computes the expected figures with samtools.
            let _ = samtools(["index", target]);
            let counts: Vec<(String, f64)> = samtools(["idxstats", target])
                .lines()
                .map(|line| line.split('\t').collect::<Vec<_>>())
                .filter(|fields| fields[0] != "*")
                .map(|fields| {
                    (
                        fields[0].to_owned(),
                        fields[2].parse::<f64>().unwrap() / fields[1].parse::<f64>().unwrap(),
                    )
                })
                .collect();
            let depth = |name: &str| counts.iter().find(|(n, _)| n == name).unwrap().1;
            let mut autosomes: Vec<f64> = counts.iter().map(|(_, d)| *d).take(22).collect();
            autosomes.sort_by(f64::total_cmp);
            let evidence = world.object(&owner)["findings"][0]["evidence"].clone();
            let near = |given: &Value, expected: f64| (given.as_f64().unwrap() - expected).abs() <= 1.5;
            assert!(
                near(&evidence["x_depth_percent_of_autosomes"], 100.0 * depth("chrX") / autosomes[11]),
                "{evidence}"
            );
            assert!(
                near(&evidence["y_depth_percent_of_x"], 100.0 * depth("chrY") / depth("chrX")),
                "{evidence}"
            );
        }
    }
}

#[test]
fn equal_genotypes_of_two_participants_are_on_hold_until_a_steward_confirms_twins() {
    let world = World::new();
    let _ = world.load("a", "a", "female", ("a", Made::Woman), 100);
    let _ = world.load("b", "b", "female", ("b", Made::Woman), 100);
    assert!(world.held().is_empty(), "different genotypes are not put on hold");
    let first = world.object("a")["id"].clone();
    // The file has most of the first participant's genotypes and is loaded for another participant.
    let loaded = world.load("c", "c", "female", ("a", Made::Woman), 90);
    assert!(loaded.out.contains("genotypes of another participant in 1"), "{}", loaded.out);
    let held = world.object("c");
    assert_eq!(
        (held["status"].as_str(), held["findings"][0]["kind"].as_str()),
        (Some("held"), Some("same-genotypes"))
    );
    assert_eq!(held["findings"][0]["other"]["id"], first);
    let flagged = world.object("a");
    assert_eq!(
        (flagged["status"].as_str(), &flagged["contradicted_by"][0]),
        (Some("served"), &held["id"])
    );

    // A file on hold is not compared with new files, so the first participant's next file is not put on hold.
    let next = world.load("a2", "a", "female", ("a", Made::Woman), 75);
    assert!(
        next.out.contains("other files agree in 1") && !next.out.contains("HOLD"),
        "{}",
        next.out
    );
    let release = ["objects", "release", held["id"].as_str().unwrap(), "--reason", "monozygotic twins"];
    let _ = world.programme.run(&release).good();
    assert!(world.held().is_empty());
    let loaded = world.load("c2", "c", "female", ("a", Made::Woman), 80);
    assert!(
        !loaded.out.contains("HOLD") && loaded.out.contains("other files agree in 1"),
        "remembered: {}",
        loaded.out
    );
    // The accepted likeness applies only to this pair of participants.
    let loaded = world.load("d", "d", "female", ("a", Made::Woman), 85);
    assert!(loaded.out.contains("ON HOLD"), "{}", loaded.out);
}

#[test]
fn two_files_of_one_participant_with_genotypes_of_two_people_are_put_on_hold() {
    let world = World::new();
    let _ = world.load("a", "a", "female", ("a", Made::Woman), 100);
    let agreeing = world.load("a2", "a", "female", ("a", Made::Woman), 70);
    assert!(
        agreeing.out.contains("other files agree in 1") && !agreeing.out.contains("HOLD"),
        "{}",
        agreeing.out
    );
    let other = world.load("a3", "a", "female", ("somebody else", Made::Woman), 100);
    assert!(other.out.contains("differ in 1: ON HOLD"), "{}", other.out);
    let held = world.held();
    assert_eq!(held.len(), 1);
    assert!(
        held[0]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .all(|f| f["kind"] == "other-genotypes")
    );
    assert_eq!(
        held[0]["findings"].as_array().unwrap().len(),
        2,
        "the file contradicts both other files"
    );
}

#[test]
fn one_contradicting_column_puts_a_joint_file_on_hold_and_stewards_see_the_column() {
    let world = World::new();
    let _ = world.load("twin", "J-TWIN", "male", ("j3", Made::Man), 100);
    let columns: Vec<(&str, Vec<Vec<String>>)> = vec![
        ("c0", genotypes("j0", Made::Woman)),
        ("c1", genotypes("j1", Made::Man)),
        ("nobody", genotypes("j0", Made::Woman)),
        ("c3", genotypes("j3", Made::Man)),
        ("c4", genotypes("j4", Made::Man)),
        ("c5", genotypes("j0", Made::Woman)),
    ];
    let path = world.file("joint", &vcf(&columns, 100));
    let samples = world.programme.path("samples.csv");
    // In the joint file, c3 has the genotypes of another participant, c4 is declared female, and c5 has the same genotypes as c0.
    std::fs::write(
        &samples,
        "sample,participant,specimen,family,sex\nc0,J-0,,,female\nc1,J-1,,,male\nc3,J-3,,,male\nc4,J-4,,,female\nc5,J-5,,,female\n",
    )
    .unwrap();
    let sheet = format!("{SHEET_HEAD}cancer,,,,,GRCh38,{},{}\n", path.display(), samples.display());
    let loaded = world.programme.load(&sheet).good();
    assert!(
        loaded.out.contains(
            "5 column(s): declared sex agrees in 4, is contradicted in 1, no verdict in 0; genotypes of another participant in 2"
        ),
        "{}",
        loaded.out
    );
    assert!(loaded.out.contains("1 on hold and not served"));
    world.programme.everybody_agrees(["J-0", "J-1", "J-3", "J-4", "J-5", "J-TWIN"]);

    let served = world.programme.serve();
    let steward = world.programme.passport(Persona::Steward);
    let reply = served.client.get("/objects/held", Some(&steward)).expect(200);
    assert!(!reply.text().contains("J-"), "no participant is named: {}", reply.text());
    assert_eq!(reply.header("cache-control"), "no-store");
    let held = reply.json()["held"].as_array().unwrap().clone();
    let [object] = held.as_slice() else { panic!("{held:#?}") };
    assert_eq!((object["joint"].as_bool(), object["column_count"].as_u64()), (Some(true), Some(6)));
    assert!(
        object["reason"]
            .as_str()
            .unwrap()
            .starts_with("sample checks: 3 of 5 column(s) contradict"),
        "{object:#}"
    );
    let mut found: Vec<(u64, &str)> = object["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["column"].as_u64().unwrap(), f["kind"].as_str().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [(3, "same-genotypes"), (4, "sex"), (5, "same-genotypes")]);

    // Callers who are not stewards cannot read the list of files on hold, and no caller can read the file.
    for (token, status) in [
        (None, 401),
        (Some(world.programme.passport(Persona::DomesticAcademic)), 403),
        (Some(world.programme.passport(Persona::Auditor)), 403),
        (Some(world.programme.passport(Persona::AccessCommittee)), 403),
    ] {
        let reply = served.client.get("/objects/held", token.as_deref()).expect(status);
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
    let researcher = world.programme.passport(Persona::DomesticAcademic);
    let id = object["id"].as_str().unwrap();
    for path in [format!("/htsget/variants/{id}"), format!("/ga4gh/drs/v1/objects/{id}")] {
        for token in [&researcher, &steward] {
            let _ = served.client.get(&path, Some(token)).expect(404);
        }
    }
    let question = "/beacon/individuals?assemblyId=GRCh38&referenceName=chr1&start=0&end=50000000&requestedGranularity=count";
    let count = || served.client.get(question, Some(&researcher)).expect(200).json()["responseSummary"]["numTotalResults"].clone();
    assert_eq!(count(), 1, "carriers in a file on hold are not counted");
    let _ = world.programme.run(&["objects", "release", id, "--reason", "looked at"]).good();
    assert_eq!(count(), 6);
    let empty = served.client.get("/objects/held", Some(&steward)).expect(200).json();
    assert_eq!(empty["held"].as_array().unwrap().len(), 0);
    let _ = world.programme.run(&["audit", "verify"]).good();
}

/// All answers that could reveal that a file was loaded and unloaded.
fn answers(programme: &Programme) -> Vec<Value> {
    let served = programme.serve();
    let mut told = Vec::new();
    for persona in [
        None,
        Some(Persona::RegisteredOnly),
        Some(Persona::DomesticAcademic),
        Some(Persona::OverseasTre),
    ] {
        let token = persona.map(|p| programme.passport(p));
        for question in [
            "individuals?filters=sex%3Dmale",
            "individuals?filters=sex%3Dfemale",
            "individuals?filters=sex%21male",
            "individuals",
            "filtering_terms",
            "individuals?assemblyId=GRCh38&referenceName=chr1&start=0&end=50000000",
            "g_variants?assemblyId=GRCh38&referenceName=chr1&start=0&end=50000000",
            "g_variants?assemblyId=GRCh38&referenceName=chrX&start=0&end=50000000&filters=sex%3Dmale",
            "g_variants?assemblyId=GRCh38&referenceName=chrY&start=0&end=50000000",
            "individuals?assemblyId=GRCh38&referenceName=chrY&start=0&end=50000000&variantType=SNP",
        ] {
            let sign = if question.contains('?') { '&' } else { '?' };
            let path = format!("/beacon/{question}{sign}requestedGranularity=count");
            let reply = served.client.get(&path, token.as_deref());
            let (answer, status) = (reply.json(), reply.status);
            told.push(serde_json::json!([
                question,
                status,
                answer["responseSummary"],
                answer["info"],
                answer["response"]
            ]));
        }
    }
    told
}

#[test]
fn after_an_unload_every_answer_is_as_if_the_file_had_never_been_loaded() {
    let (with, without) = (World::new(), World::new());
    let people: Vec<String> = (0..11).map(|n| format!("U-{n}")).collect();
    for world in [&with, &without] {
        for (n, person) in people.iter().enumerate() {
            let (made, sex) = if n % 2 == 0 { (Made::Woman, "female") } else { (Made::Man, "male") };
            let _ = world.load(person, person, sex, (person, made), 40);
        }
        world.programme.everybody_agrees(people.iter().map(String::as_str));
    }
    // Two wrong files are loaded in one of the worlds. One file belongs to a new participant. The other belongs to a known participant, and its row
    // of the sheet states nothing new.
    let wrong = with.load("wrong", "U-WRONG", "male", ("wrong", Made::Man), 100);
    assert!(wrong.out.contains("1 loaded"));
    let second = with.load("second", "U-3", "male", ("U-3", Made::Man), 60);
    assert!(!second.out.contains("HOLD"), "{}", second.out);
    for world in [&with, &without] {
        // In the world without the wrong file, this consent is about an unknown participant. The result of the import is therefore ignored.
        let _ = world.programme.import_consents("U-WRONG,unified-1,given,all,2026-04-01\n");
    }
    assert_ne!(
        answers(&with.programme),
        answers(&without.programme),
        "the file must change some answers"
    );

    let wrong_id = with.object("U-WRONG")["id"].as_str().unwrap().to_owned();
    let files = with.programme.objects(&["--participant", "U-3"]);
    let second_id = files.last().unwrap()["id"].as_str().unwrap().to_owned();
    let unloaded = with
        .programme
        .run(&["objects", "unload", &wrong_id, "--reason", "of somebody else"])
        .good();
    assert!(
        unloaded
            .out
            .contains("Withdrawn with it: 1 membership(s) of its dataset, 1 statement(s)"),
        "{}",
        unloaded.out
    );
    let unloaded = with
        .programme
        .run(&["objects", "unload", &second_id, "--reason", "of somebody else"])
        .good();
    assert!(
        unloaded.out.contains("0 membership(s)") && unloaded.out.contains("not withdrawn: 1 membership(s)"),
        "{}",
        unloaded.out
    );
    assert_eq!(answers(&with.programme), answers(&without.programme));

    // Unloading also removes the file's fingerprint. Another participant may then have the same genotypes, and the first participant may get a
    // correct file.
    let right = with.load("right", "U-RIGHT", "male", ("wrong", Made::Man), 90);
    assert!(!right.out.contains("HOLD"), "{}", right.out);
    let back = with.load("back", "U-WRONG", "female", ("another", Made::Woman), 90);
    assert!(!back.out.contains("HOLD"), "{}", back.out);
    let _ = with.programme.run(&["audit", "verify"]).good();
}
