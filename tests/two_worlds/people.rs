//! Fourteen participants of both worlds, one hidden participant of the second world, and their files.

use std::path::{Path, PathBuf};

use gemj_tests::oracle::run;
use gemj_tests::random::Random;
use gemj_tests::small_data::write_vcf;
use serde_json::{Value, json};

/// The number of participants in both worlds.
pub(crate) const PEOPLE: usize = 14;
/// The hidden participant, who is in the second world only.
pub(crate) const HIDDEN: &str = "TW-99";
/// The number of participants with a column in the joint file.
const COLUMNS: usize = 4;

/// The number of carriers of each allele, among the participants of both worlds. Some numbers are near k (10), one is all participants, some are few
/// participants. The last allele is carried by the hidden participant alone.
pub(crate) const CARRIERS: [usize; 9] = [14, 9, 9, 10, 11, 1, 3, 8, 0];
/// The alleles that the hidden participant carries, as indexes into [`CARRIERS`].
pub(crate) const HIDDEN_CARRIES: [usize; 5] = [0, 1, 2, 5, 8];

/// Ontology terms, each with the number of participants of both worlds who have the term.
pub(crate) const TERMS: [(&str, usize); 8] = [
    ("HP:0001250", 9),
    ("HP:0001249", 10),
    ("HP:0000365", 14),
    ("HP:0001263", 9),
    ("HP:0000252", 1),
    ("HP:0001290", 0),
    ("OMIM:100100", 9),
    ("OMIM:100200", 11),
];
const HIDDEN_HAS: [usize; 6] = [0, 2, 3, 4, 5, 6];

/// The only loaded ontology: seizures and hypotonia are below abnormalities of the nervous system, and hearing impairment is below the root.
const ONTOLOGY: &str = "format-version: 1.2\ndata-version: hp/releases/2026-01-01\nontology: hp\n\n\
[Term]\nid: HP:0000118\nname: Phenotypic abnormality\n\n\
[Term]\nid: HP:0000707\nname: Abnormality of the nervous system\nis_a: HP:0000118\n\n\
[Term]\nid: HP:0001250\nname: Seizure\nis_a: HP:0000707\n\n\
[Term]\nid: HP:0001249\nname: Intellectual disability\nis_a: HP:0000707\n\n\
[Term]\nid: HP:0001263\nname: Global developmental delay\nis_a: HP:0000707\n\n\
[Term]\nid: HP:0001290\nname: Generalized hypotonia\nis_a: HP:0000707\n\n\
[Term]\nid: HP:0000252\nname: Microcephaly\nis_a: HP:0000118\n\n\
[Term]\nid: HP:0000365\nname: Hearing impairment\nis_a: HP:0000118\n";

/// The names that case reports give to the first allele: syntax, name, and the number of participants of both worlds whose report contains the name.
/// The report of the hidden participant contains all four names. No other report contains the last name.
const REPORTED: [(&str, &str, usize); 4] = [
    ("hgvs.c", "NM_777.1(TWG1):c.100A>G", 9),
    ("hgvs.p", "NP_777.1:p.(Lys34Glu)", 11),
    ("hgvs.c", "TWG2:c.200A>G", 9),
    ("hgvs.n", "NR_999.1:n.5A>G", 0),
];

/// The names of the first allele that requests use. A name that only the hidden participant's report contains would reveal most, so it is in the list
/// most often.
pub(crate) const NAMES: [&str; 10] = [
    "NM_777.1:c.100A>G",
    "NM_777:c.100A>G",
    "TWG1:c.100A>G",
    "NP_777.1:p.Lys34Glu",
    "TWG2:p.K34E",
    "NR_999.1:n.5A>G",
    "NR_999.1:n.5A>G",
    "NR_999:n.5A>G",
    "ENST00000000099.1:c.77A>G",
    "TWG2:c.77A>G",
];
/// The genes that requests name. Case reports place the first allele in TWG1, the gene model places alleles in TWG2, and no data contains TWG3.
pub(crate) const GENES: [&str; 5] = ["TWG1", "HGNC:71", "TWG2", "ENSG00000000072", "TWG3"];

const GENE_MODEL: &str = "##gff-version 3\n\
chr1\tx\tgene\t5001\t6000\t.\t+\t.\tID=a;gene_id=ENSG00000000071.1;gene_name=TWG1;hgnc_id=HGNC:71\n\
chr1\tx\tgene\t901\t1500\t.\t+\t.\tID=b;gene_id=ENSG00000000072.1;gene_name=TWG2;hgnc_id=HGNC:72\n";

pub(crate) fn person(number: usize) -> String {
    format!("TW-{number:02}")
}

/// The hospital of a participant. The hospital of the hidden participant is hospital B.
pub(crate) fn site(id: &str) -> &'static str {
    match id.strip_prefix("TW-").and_then(|n| n.parse().ok()) {
        Some(1..=7_usize) => "hospital-a",
        _ => "hospital-b",
    }
}

/// The number that the hospital gives to the participant.
pub(crate) fn number_of(id: &str) -> String {
    format!("55{}", &id[3..])
}

/// 1-based position of an allele on chr1. Every allele is A to G.
pub(crate) fn position(allele: usize) -> usize {
    1000 + 100 * allele
}

/// Whether a participant is one of the `count` consecutive participants that have the allele or term `at`. The first of them depends on `at`, so that
/// alleles and terms have different participants.
fn has(number: usize, at: usize, count: usize) -> bool {
    (number + 5 * at) % PEOPLE < count
}

fn alleles(id: &str) -> Vec<usize> {
    let number = id.strip_prefix("TW-").and_then(|n| n.parse::<usize>().ok()).unwrap();
    if id == HIDDEN {
        return HIDDEN_CARRIES.to_vec();
    }
    (0..CARRIERS.len()).filter(|at| has(number, *at, CARRIERS[*at])).collect()
}

fn terms(id: &str) -> Vec<&'static str> {
    let number = id.strip_prefix("TW-").and_then(|n| n.parse::<usize>().ok()).unwrap();
    let of = |at: &usize| {
        if id == HIDDEN {
            HIDDEN_HAS.contains(at)
        } else {
            has(number, *at, TERMS[*at].1)
        }
    };
    (0..TERMS.len()).filter(of).map(|at| TERMS[at].0).collect()
}

/// The input files of both worlds, written once.
pub(crate) struct Feeds {
    folder: PathBuf,
}

impl Feeds {
    pub(crate) fn write(folder: &Path) -> Self {
        let this = Self { folder: folder.to_owned() };
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(this.path("hp.obo"), ONTOLOGY).unwrap();
        std::fs::write(this.path("genes.gff3"), GENE_MODEL).unwrap();
        let everybody: Vec<String> = (1..=PEOPLE).map(person).chain([HIDDEN.to_owned()]).collect();
        for id in &everybody {
            write_vcf(&this.folder.join(format!("{id}.vcf.gz")), &vcf(id));
        }
        for id in ["TW-01", "TW-02", HIDDEN] {
            write_reads(&this.folder.join(format!("{id}.bam")), id, &["-b"]);
        }
        write_reads(&this.folder.join("TW-03.cram"), "TW-03", &["-C", "--output-fmt-option", "no_ref=1"]);
        write_vcf(&this.folder.join("joint.vcf.gz"), &joint());
        let samples: String = (1..=COLUMNS)
            .map(person)
            .map(|id| format!("{id}-S,{id},{id}-S,{},unknown,{}\n", family(&id, HIDDEN), site(&id)))
            .collect();
        std::fs::write(
            this.path("samples.csv"),
            format!("sample,participant,specimen,family,sex,site\n{samples}"),
        )
        .unwrap();
        this
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    /// The load sheet of the participants' files, and of the joint file if `with_joint` is true. `related` is the participant whose family
    /// includes the hidden participant.
    pub(crate) fn sheet(&self, name: &str, people: &[String], with_joint: bool, related: &str) -> String {
        let mut text = String::from("dataset,participant,specimen,family,sex,assembly,path,samples_path,site\n");
        for id in people {
            for ending in ["vcf.gz", "bam", "cram"] {
                let path = self.path(&format!("{id}.{ending}"));
                if Path::new(&path).exists() {
                    text.push_str(&format!(
                        "cancer,{id},{id}-S,{},unknown,GRCh38,{path},,{}\n",
                        family(id, related),
                        site(id)
                    ));
                }
            }
        }
        if with_joint {
            text.push_str(&format!(
                "cancer,,,,,GRCh38,{},{},\n",
                self.path("joint.vcf.gz"),
                self.path("samples.csv")
            ));
        }
        self.file(name, &text)
    }

    /// The sheet that registers one participant at the hospital of the load sheet.
    pub(crate) fn registration(&self, id: &str, related: &str) -> String {
        let row = format!("{id},{},unknown,{}\n", family(id, related), site(id));
        self.file(&format!("{id}-registration.csv"), &format!("participant,family,sex,site\n{row}"))
    }

    /// A folder with the packets of the given participants at one hospital.
    pub(crate) fn packets(&self, name: &str, people: &[String], at: &str) -> String {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for id in people.iter().filter(|id| site(id) == at) {
            std::fs::write(folder.join(format!("{id}.json")), packet(id).to_string()).unwrap();
        }
        folder.to_str().unwrap().to_owned()
    }

    pub(crate) fn links(&self, name: &str, people: &[String]) -> String {
        let rows: String = people
            .iter()
            .flat_map(|id| {
                let at = site(id);
                // Hospitals identify a patient by the hospital's number. The packets of this test use the programme's own id as their number.
                [
                    format!("{at},{at},{},{id}\n", number_of(id)),
                    format!("{at},phenopacket,{id},{id}\n"),
                ]
            })
            .collect();
        self.file(name, &format!("site,namespace,number,participant\n{rows}"))
    }

    pub(crate) fn consents(&self, name: &str, rows: &[String]) -> String {
        self.file(name, &format!("participant,form,kind,clauses,effective_at\n{}", rows.concat()))
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }
}

fn family(id: &str, related: &str) -> String {
    let of = if id == HIDDEN { related } else { id };
    format!("F{}", &of[3..])
}

const HEAD: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n##contig=<ID=chr2,length=242193529>\n\
##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence annotations from Ensembl VEP. Format: Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp\">\n\
##INFO=<ID=AC,Number=A,Type=Integer,Description=\"c\">\n##INFO=<ID=AN,Number=1,Type=Integer,Description=\"n\">\n\
##ALT=<ID=NON_REF,Description=\"any\">\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"e\">\n\
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"d\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";

const ANNOTATION: &str = ";CSQ=G|missense_variant|TWG2|ENST00000000099|ENST00000000099.1:c.77A>G|ENSP00000000099.1:p.Lys34Glu";

fn vcf(id: &str) -> String {
    let mut text = format!("{HEAD}\t{id}-S\n");
    // The files of these participants contain reference blocks, so that frequencies count allele numbers.
    let has_blocks = ["TW-05", "TW-06", "TW-07", HIDDEN].contains(&id);
    let mut next = 900;
    let block = |from: usize, to: usize| match has_blocks && from < to {
        true => format!("chr1\t{from}\t.\tA\t<NON_REF>\t.\t.\tEND={}\tGT:DP\t0/0:30\n", to - 1),
        false => String::new(),
    };
    for at in alleles(id) {
        // Only the hidden participant's file has annotations.
        let called = if id == HIDDEN { ANNOTATION } else { "" };
        text.push_str(&block(next, position(at)));
        text.push_str(&format!(
            "chr1\t{}\t.\tA\tG\t50\tPASS\tAC=1;AN=2{called}\tGT:DP\t0/1:30\n",
            position(at)
        ));
        next = position(at) + 1;
    }
    text + &block(next, 3000)
}

fn joint() -> String {
    let mut text = HEAD.to_owned();
    for number in 1..=COLUMNS {
        text.push_str(&format!("\t{}-S", person(number)));
    }
    for at in 0..8 {
        let calls: String = (1..=COLUMNS).map(|n| if (n + at) % 3 == 0 { "\t0/1" } else { "\t0/0" }).collect();
        text.push_str(&format!(
            "\nchr2\t{}\t.\tC\tT\t60\tPASS\tAN={}\tGT{calls}",
            position(at),
            2 * COLUMNS
        ));
    }
    text.push('\n');
    text
}

/// The number of reads in every file of reads except TW-01's file. A slice of so many reads is too large to be inline in a ticket, so clients fetch it
/// from block URLs.
const MANY_READS: usize = 6_000;

fn write_reads(path: &Path, id: &str, format: &[&str]) {
    let mut text = String::from("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:248956422\n@SQ\tSN:chr2\tLN:242193529\n");
    text.push_str(&format!("@RG\tID:rg\tSM:{id}-S\n"));
    let reads = if id == "TW-01" { 60 } else { MANY_READS };
    let mut random = Random::of(id);
    let qualities = "I".repeat(50);
    for read in 0..reads {
        let (contig, at) = if read < reads * 2 / 3 {
            ("chr1", read)
        } else {
            ("chr2", read - reads * 2 / 3)
        };
        let bases: String = (0..50).map(|_| *random.of_these(&['A', 'C', 'G', 'T'])).collect();
        text.push_str(&format!(
            "r{id}{read:04}\t0\t{contig}\t{}\t60\t50M\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:rg\n",
            900 + at * 1200 / (reads * 2 / 3)
        ));
    }
    let mut arguments = vec!["view", "--no-PG", "-o", path.to_str().unwrap()];
    arguments.extend(format);
    arguments.push("-");
    run("samtools", arguments, text.as_bytes());
}

/// The names that the participant's case report gives to the first allele.
fn names(id: &str) -> Vec<Value> {
    let number = id.strip_prefix("TW-").and_then(|n| n.parse::<usize>().ok()).unwrap();
    let calls = |at: &usize| id == HIDDEN || has(number, *at, REPORTED[*at].2);
    let named = (0..REPORTED.len()).filter(calls).map(|at| REPORTED[at]);
    named.map(|(syntax, value, _)| json!({"syntax": syntax, "value": value})).collect()
}

fn packet(id: &str) -> Value {
    let of = |prefix: &str| terms(id).into_iter().filter(|term| term.starts_with(prefix)).collect::<Vec<_>>();
    let features: Vec<Value> = of("HP:").iter().map(|term| json!({"type": {"id": term, "label": "x"}})).collect();
    let diseases: Vec<Value> = of("OMIM:").iter().map(|term| json!({"term": {"id": term, "label": "x"}})).collect();
    // The case report states one allele: the first allele of the participant's own file.
    let interpretations: Vec<Value> = alleles(id)
        .first()
        .map(|at| {
            json!({"id": format!("{id}-I"), "progressStatus": "SOLVED", "diagnosis": {
                "disease": {"id": "OMIM:100100", "label": "x"},
                "genomicInterpretations": [{"subjectOrBiosampleId": id, "interpretationStatus": "CAUSATIVE", "variantInterpretation": {
                    "acmgPathogenicityClassification": "PATHOGENIC",
                    "variationDescriptor": {"id": "v", "expressions": names(id), "vcfRecord": {"genomeAssembly": "GRCh38", "chrom": "chr1", "pos": position(*at), "ref": "A", "alt": "G"},
                        "allelicState": {"id": "GENO:0000135", "label": "heterozygous"}}}}]}})
        })
        .into_iter()
        .collect();
    json!({
        "id": id, "subject": {"id": id, "sex": "UNKNOWN_SEX"}, "phenotypicFeatures": features, "diseases": diseases,
        "interpretations": interpretations,
        "metaData": {"created": "2026-04-01T00:00:00Z", "createdBy": "gemj-tests", "phenopacketSchemaVersion": "2.0",
            "resources": [
                {"id": "hp", "name": "HPO", "url": "https://hpo.example", "version": "2026-01-01", "namespacePrefix": "HP", "iriPrefix": "https://hpo.example/"},
                {"id": "omim", "name": "OMIM", "url": "https://omim.example", "version": "1", "namespacePrefix": "OMIM", "iriPrefix": "https://omim.example/"}]},
    })
}
