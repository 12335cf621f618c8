//! Tests that a slice reveals nothing of the removed participants. Two files that share only the data of the kept participants must give
//! the same bytes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gemj_access::Action;
use gemj_model::Assembly;
use gemj_objects::{SliceRegion, SliceRequest};

use crate::kit::*;

const SAMPLES: usize = 24;

/// The data of the kept participants at one site, in a form that does not depend on the other participants of the file.
struct Truth {
    position: u64,
    reference: String,
    alternatives: Vec<String>,
    /// The genotype of each kept participant: its alleles (0 is the reference, absent is unknown) and the separator between them.
    calls: Vec<(Vec<Option<usize>>, char)>,
    depth: Vec<Option<u64>>,
    /// Whether only removed participants have a value in the field that names a haplotype.
    named: bool,
}

fn truth(dice: &mut Dice, kept: usize) -> Vec<Truth> {
    let mut position = 100;
    let mut sites = Vec::new();
    for _ in 0..50 {
        position += 1 + dice.roll(60);
        // The alternative alleles have no base in common with REF at their ends, so REF cannot become shorter.
        let alternatives: Vec<String> = dice
            .pick(&["C", "C,G", "AG", "C,*", "ATTC,T"])
            .split(',')
            .map(str::to_owned)
            .collect();
        let call = |dice: &mut Dice| {
            let ploidy = *dice.pick(&[2, 2, 2, 2, 1, 3]);
            let allele = |dice: &mut Dice| match dice.roll(12) {
                0 => None,
                1..6 => Some(1 + dice.roll(alternatives.len() as u64) as usize),
                _ => Some(0),
            };
            ((0..ploidy).map(|_| allele(dice)).collect(), *dice.pick(&['/', '|']))
        };
        sites.push(Truth {
            position,
            reference: "A".to_owned(),
            calls: (0..kept).map(|_| call(dice)).collect(),
            depth: (0..kept).map(|_| (dice.roll(5) > 0).then(|| dice.roll(100))).collect(),
            named: dice.roll(2) == 0,
            alternatives,
        });
    }
    sites
}

/// A likelihood for a genotype. It depends only on the alleles and on the participant.
fn likelihood(alleles: &[usize], person: usize, names: &[String]) -> u64 {
    let mut words: Vec<&str> = alleles.iter().map(|a| names[*a].as_str()).collect();
    words.sort_unstable();
    let text = format!("{person} {}", words.join(" "));
    text.bytes().fold(7, |sum, b| (sum * 31 + u64::from(b)) % 100_003) % 90
}

/// All genotypes in the order of VCF 4.3 § 1.6.2 `GL`, made by the specification's own recursion.
fn genotypes(ploidy: usize, most: usize, behind: &[usize], out: &mut Vec<Vec<usize>>) {
    for allele in 0..=most {
        let genotype = [&[allele][..], behind].concat();
        if ploidy == 1 {
            out.push(genotype);
        } else {
            genotypes(ploidy - 1, allele, &genotype, out);
        }
    }
}

/// A VCF with the kept participants and with other participants. The names, alleles and values of the other participants are random, and so
/// are the lengths of these texts.
fn cohort(truth: &[Truth], kept: &BTreeSet<usize>, dice: &mut Dice, word: &str) -> String {
    let mut vcf = String::from("##fileformat=VCFv4.3\n##contig=<ID=un1,length=100000>\n");
    for (id, number, kind) in [
        ("AC", "A", "Integer"),
        ("AN", "1", "Integer"),
        ("AF", "A", "Float"),
        ("NS", "1", "Integer"),
        ("DP", "1", "Integer"),
        ("END", "1", "Integer"),
        ("SVTYPE", "1", "String"),
    ] {
        vcf.push_str(&format!("##INFO=<ID={id},Number={number},Type={kind},Description=\"\">\n"));
    }
    let gone = (0..SAMPLES).find(|person| !kept.contains(person)).unwrap_or_default();
    for (id, number, kind) in [
        ("GT", "1", "String"),
        ("AD", "R", "Integer"),
        ("PL", "G", "Integer"),
        ("DP", "1", "Integer"),
        ("FT", "1", "String"),
        ("PID", "1", "String"),
        ("SRC", "1", "String"),
        ("ALTNO", "1", "Integer"),
        ("GL", "G", "Float"),
    ] {
        vcf.push_str(&format!(
            "##FORMAT=<ID={id},Number={number},Type={kind},Description=\"of {word}{gone}\",Source=\"{word}\">\n"
        ));
    }
    vcf.push_str(&format!("##FILTER=<ID=LOW,Description=\"/home/{word}/{word}{gone}\">\n##ALT=<ID=DEL,Description=\"x\">\n##reference=/home/{word}/ref.fa\n##{word}Command={word}\n"));
    vcf.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    for person in 0..SAMPLES {
        let name = if kept.contains(&person) { "KEPT" } else { word };
        vcf.push_str(&format!("\t{name}{person}"));
        if !kept.contains(&person) {
            vcf = vcf.replacen("##reference", &format!("##SAMPLE=<ID={word}{person}>\n##reference"), 1);
        }
    }
    vcf.push('\n');
    let nobody = |position| Truth {
        position,
        reference: "A".to_owned(),
        alternatives: Vec::new(),
        calls: vec![(vec![Some(0), Some(0)], '/'); kept.len()],
        depth: vec![Some(3); kept.len()],
        named: true,
    };
    let mut last = 100;
    for site in truth {
        // In the file, some of the sites follow a site that only other participants carry.
        if dice.roll(2) == 0 && site.position > last + 1 {
            line(&mut vcf, &nobody(site.position - 1), kept, dice, word);
        }
        line(&mut vcf, site, kept, dice, word);
        last = site.position;
    }
    vcf
}

fn line(vcf: &mut String, site: &Truth, kept: &BTreeSet<usize>, dice: &mut Dice, word: &str) {
    // The alleles of the other participants. A deletion makes REF longer, and with REF every allele that has bases.
    let deletion = "TGCA"[..dice.roll(5) as usize].to_owned();
    let gone = (0..SAMPLES).find(|person| !kept.contains(person)).unwrap_or_default();
    let mut others: Vec<String> = ["<DEL>", "TTTTT", "GGGGGGG", "<DUP>"]
        .iter()
        .filter(|_| dice.roll(3) == 0)
        .map(|s| (*s).to_owned())
        .collect();
    // In a third of the cases with a longer REF, this line has only the longer REF, as if the deletion were on another line of the file.
    if !deletion.is_empty() && dice.roll(3) > 0 {
        others.push("A".to_owned());
    }
    if site.alternatives.is_empty() && others.is_empty() {
        others.push("CC".to_owned());
    }
    let longer = |allele: &String| {
        if allele == "*" {
            allele.clone()
        } else {
            format!("{allele}{deletion}")
        }
    };
    let mut alternatives: Vec<String> = site.alternatives.iter().map(longer).collect();
    let own = alternatives.clone();
    for other in &others {
        let at = dice.roll(alternatives.len() as u64 + 1) as usize;
        alternatives.insert(at, other.clone());
    }
    // The likelihoods are computed from the alleles' names in the kept data, so that they do not depend on the other participants.
    let mut names = vec!["ref".to_owned()];
    names.extend(alternatives.iter().map(|a| {
        own.iter()
            .position(|o| o == a)
            .map_or(format!("other {a}"), |at| site.alternatives[at].clone())
    }));
    let number_of = |allele: usize| {
        if allele == 0 {
            0
        } else {
            1 + alternatives.iter().position(|a| *a == own[allele - 1]).unwrap()
        }
    };
    let structural = alternatives.iter().any(|a| a.starts_with('<'));
    let counts: Vec<String> = alternatives.iter().map(|_| dice.roll(70_000).to_string()).collect();
    let info = format!("AC={0};AN={1};AF={0};NS={1};DP={1}", counts.join(","), dice.roll(100_000));
    let info = if structural {
        format!("{info};END={};SVTYPE=DEL", site.position + dice.roll(5_000))
    } else {
        info
    };
    vcf.push_str(&format!(
        "un1\t{}\t{word}_{}\t{}{deletion}\t{}\t{}\t{}\t{info}\tGT:AD:PL:DP:FT:PID:GL:SRC:ALTNO",
        site.position,
        dice.roll(100),
        site.reference,
        alternatives.join(","),
        dice.roll(1_000),
        dice.pick(&["PASS", "LOW"]),
    ));
    let mut at = 0;
    for person in 0..SAMPLES {
        if kept.contains(&person) {
            let (alleles, mark) = &site.calls[at];
            let text: Vec<String> = alleles
                .iter()
                .map(|a| a.map_or(".".to_owned(), |a| number_of(a).to_string()))
                .collect();
            let depths: Vec<String> = (0..names.len()).map(|a| likelihood(&[a], person, &names).to_string()).collect();
            let mut all = Vec::new();
            genotypes(alleles.len(), names.len() - 1, &[], &mut all);
            let likelihoods: Vec<String> = all.iter().map(|g| likelihood(g, person, &names).to_string()).collect();
            vcf.push_str(&format!(
                "\t{}:{}:{}:{}:LQ;as_{}{gone}:{}:.:{}:1",
                text.join(&mark.to_string()),
                depths.join(","),
                likelihoods.join(","),
                site.depth[at].map_or(".".to_owned(), |d| d.to_string()),
                word.to_lowercase(),
                if site.named { ".".to_owned() } else { format!("h{person}") },
                word.repeat(dice.roll(3) as usize),
            ));
            at += 1;
        } else {
            let ploidy = 1 + dice.roll(4) as usize;
            let alleles: Vec<String> = (0..ploidy).map(|_| dice.roll(names.len() as u64).to_string()).collect();
            let most = *dice.pick(&[9, 900, 90_000, 9_000_000]);
            let depths: Vec<String> = names.iter().map(|_| dice.roll(most).to_string()).collect();
            vcf.push_str(&format!(
                "\t{}:{}:.:{}:{}:{}:{}:{word}:2",
                alleles.join(*dice.pick(&["/", "|"])),
                depths.join(","),
                dice.roll(most),
                "q".repeat(1 + dice.roll(30) as usize),
                "n".repeat(1 + dice.roll(30) as usize),
                dice.roll(9),
            ));
        }
    }
    vcf.push('\n');
}

async fn served(bench: &Bench, path: &Path, kept: &BTreeSet<usize>, regions: &[SliceRegion]) -> Vec<Vec<u8>> {
    let (object, _) = bench.load(path, Assembly::GRCh38).await;
    let grant = grant(&object, Action::SliceVariants, kept.iter().map(|person| *person as u32)).unwrap();
    let mut answers = Vec::new();
    for regions in [&[][..]].into_iter().chain(regions.chunks(1)) {
        let request = SliceRequest {
            regions: regions.to_vec(),
            ..SliceRequest::default()
        };
        answers.push(pipe("bgzip", &["-dc"], &bench.slice(&grant, &object, &request).await.unwrap()));
    }
    answers
}

/// Writes the same variants as a VCF file and as a BCF file.
fn both(bench: &Bench, name: &str, text: &str) -> [PathBuf; 2] {
    [
        bench.file(&format!("{name}.vcf.gz"), &pipe("bgzip", &["-c"], text.as_bytes())),
        bench.file(
            &format!("{name}.bcf"),
            &pipe("bcftools", &["view", "--no-version", "-Ob"], text.as_bytes()),
        ),
    ]
}

#[tokio::test]
async fn a_slice_does_not_depend_on_the_removed_participants() {
    for seed in 1..6 {
        let bench = Bench::new().await;
        let mut dice = Dice(seed);
        let mut kept = BTreeSet::new();
        let size = *dice.pick(&[1, 3, 8, 20]);
        while kept.len() < size {
            kept.insert(dice.roll(SAMPLES as u64) as usize);
        }
        let truth = truth(&mut dice, kept.len());
        let one = both(&bench, "one", &cohort(&truth, &kept, &mut Dice(seed + 100), "FIRST"));
        let two = both(&bench, "two", &cohort(&truth, &kept, &mut Dice(seed + 200), "SECOND"));
        let regions = random_regions(&mut dice, &[("un1".to_owned(), 2_000, 2_600)], 6);
        let mut texts = Vec::new();
        for (one, two) in one.iter().zip(&two) {
            let (ours, theirs) = (
                served(&bench, one, &kept, &regions).await,
                served(&bench, two, &kept, &regions).await,
            );
            for (at, (a, b)) in ours.iter().zip(&theirs).enumerate() {
                assert!(
                    a == b,
                    "seed {seed}, answer {at}:\n{}\n{}",
                    String::from_utf8_lossy(a),
                    String::from_utf8_lossy(b)
                );
            }
            // The slices of VCF and BCF must give the same text, and the text must not be empty.
            texts.push(pipe(
                "bcftools",
                &["view", "--no-version", "-H"],
                &pipe("bcftools", &["view", "--no-version", "-Ob"], &ours[0]),
            ));
        }
        assert_eq!(String::from_utf8_lossy(&texts[0]), String::from_utf8_lossy(&texts[1]));
        assert!(texts[0].iter().filter(|b| **b == b'\n').count() > 10);
    }
}

#[tokio::test]
async fn fewer_participants_never_give_more_sites() {
    let bench = Bench::new().await;
    let mut dice = Dice(77);
    let all: BTreeSet<usize> = (0..SAMPLES).collect();
    let truth = truth(&mut dice, SAMPLES);
    for path in both(&bench, "all", &cohort(&truth, &all, &mut Dice(9), "NOBODY")) {
        let (object, _) = bench.load(&path, Assembly::GRCh38).await;
        let mut people: Vec<u32> = vec![2, 3, 7, 11, 19];
        let mut before: Option<BTreeSet<String>> = None;
        while !people.is_empty() {
            let grant = grant(&object, Action::SliceVariants, people.iter().copied()).unwrap();
            let slice = bench.slice_file(&grant, &object, &[], "slice").await;
            let sites: BTreeSet<String> = run("bcftools", &["query", "-f", "%POS\n", slice.to_str().unwrap()])
                .lines()
                .map(str::to_owned)
                .collect();
            assert!(!sites.is_empty() && before.is_none_or(|before| sites.is_subset(&before)));
            before = Some(sites);
            people.remove(dice.roll(people.len() as u64) as usize);
        }
    }
}
