//! After a relative's withdrawal, new answers about the family contain neither phase nor inheritance. Answers about other participants do not change.

use std::path::{Path, PathBuf};

use gemj_demo::Persona;
use gemj_tests::htsget_client::{block_urls, slice};
use gemj_tests::oracle::{run, vcf_records, vcf_samples, vcf_text};
use gemj_tests::random::Random;
use gemj_tests::{Backend, Client, Programme};

use super::replicas::path_of;

/// The participants of the joint file: a family of three, and one participant of another family.
const PEOPLE: [&str; 4] = ["FAM-CHILD", "FAM-MOTHER", "FAM-FATHER", "ONE-OTHER"];

const HEAD: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr3,length=198295559>\n##PEDIGREE=<ID=FAM-CHILD-S,Mother=FAM-MOTHER-S,Father=FAM-FATHER-S>\n\
##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Alleles\">\n##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Calls\">\n\
##INFO=<ID=HOMSEQ,Number=.,Type=String,Description=\"Ballast\">\n##INFO=<ID=hiConfDeNovo,Number=.,Type=String,Description=\"De novo\">\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">\n##FORMAT=<ID=PS,Number=1,Type=Integer,Description=\"Phase set\">\n\
##FORMAT=<ID=TP,Number=1,Type=Integer,Description=\"Phase by transmission\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";

/// Phased genotypes of the four participants at some sites, consistent with the pedigree. The second allele is the paternal allele.
const SITES: [[&str; 4]; 6] = [
    ["1|0", "1|0", "0|0", "0|1"],
    ["0|1", "0|0", "1|0", "1|0"],
    ["1|1", "0|1", "1|1", "0|0"],
    ["1|2", "1|0", "0|2", "2|1"],
    ["2|1", "2|2", "1|0", "1|2"],
    ["0|1", "0|0", "0|0", "1|0"],
];

fn text(people: &[usize]) -> String {
    let mut text = HEAD.to_owned();
    for person in people {
        text.push_str(&format!("\t{}-S", PEOPLE[*person]));
    }
    text.push('\n');
    // The joint file is too large to be inline in a ticket.
    let ballast = Random::of("families").letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-", 120_000);
    for (number, site) in SITES.iter().enumerate() {
        let alleles = site.iter().map(|genotype| genotype.split('|'));
        let counts = ["1", "2"].map(|allele| {
            people
                .iter()
                .map(|p| alleles.clone().nth(*p).unwrap().filter(|a| *a == allele).count())
                .sum::<usize>()
        });
        let (alternatives, count) = match site.concat().contains('2') {
            true => ("C,G", format!("{},{}", counts[0], counts[1])),
            false => ("C", counts[0].to_string()),
        };
        let position = 5000 + 10 * number;
        text.push_str(&format!(
            "chr3\t{position}\t.\tA\t{alternatives}\t50\tPASS\t{}AC={count};AN={};hiConfDeNovo=FAM-CHILD-S\tGT:DP:PS:TP",
            if number == 0 { format!("HOMSEQ={ballast};") } else { String::new() },
            2 * people.len()
        ));
        for person in people {
            text.push_str(&format!("\t{}:{}:5000:40", site[*person], 20 + person));
        }
        text.push('\n');
    }
    text
}

/// Loads three files: the joint file as VCF, the trio as BCF, and the child's own VCF.
fn load(programme: &Programme) -> [PathBuf; 3] {
    let write = |name: &str, kind: &str, text: String| {
        let path = programme.path(name);
        run(
            "bcftools",
            ["view", "--no-version", kind, "-o", path.to_str().unwrap(), "-"],
            text.as_bytes(),
        );
        path
    };
    let files = [
        write("family.vcf.gz", "-Oz", text(&[0, 1, 2, 3])),
        write("trio.bcf", "-Ob", text(&[0, 1, 2])),
        write("child.vcf.gz", "-Oz", text(&[0])),
    ];
    let family = |number: usize| if number < 3 { "FAMILY-1" } else { "" };
    let samples: String = (0..4)
        .map(|n| format!("{0}-S,{0},{0}-S,{1},unknown\n", PEOPLE[n], family(n)))
        .collect();
    let header = "sample,participant,specimen,family,sex\n";
    std::fs::write(programme.path("four.csv"), format!("{header}{samples}")).unwrap();
    let three: String = samples.lines().take(3).map(|line| format!("{line}\n")).collect();
    std::fs::write(programme.path("three.csv"), format!("{header}{three}")).unwrap();
    let _ = programme
        .load(
            "dataset,participant,specimen,family,sex,assembly,path,samples_path\n\
             rare-disease,,,,,GRCh38,family.vcf.gz,four.csv\n\
             rare-disease,,,,,GRCh38,trio.bcf,three.csv\n\
             rare-disease,FAM-CHILD,FAM-CHILD-S,FAMILY-1,unknown,GRCh38,child.vcf.gz,\n",
        )
        .good();
    programme.everybody_agrees(PEOPLE);
    files
}

fn id_of(programme: &Programme, people: usize, format: &str) -> String {
    let listed = programme.objects(&[]);
    let found = listed.iter().find(|o| o["format"] == format && o["joint"] == (people > 1)).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

/// The genotypes of some participants in a file, as bcftools prints them.
fn genotypes(bytes: &[u8], people: &[&str]) -> Vec<String> {
    let names: Vec<String> = people.iter().map(|person| format!("{person}-S")).collect();
    let query = ["query", "-s", &names.join(","), "-f", "%POS\\t%REF\\t%ALT[\\t%GT]\\n", "-"];
    let lines = String::from_utf8(run("bcftools", query, bytes)).unwrap();
    lines.lines().map(str::to_owned).collect()
}

/// The genotypes that bcftools derives for some participants: only the alleles that they carry, without phase, in ascending order.
fn unphased(file: &Path, people: &[&str]) -> Vec<String> {
    let names: Vec<String> = people.iter().map(|person| format!("{person}-S")).collect();
    let subset = run(
        "bcftools",
        ["view", "--no-version", "-Ou", "-a", "-s", &names.join(","), file.to_str().unwrap()],
        b"",
    );
    let plain = run("bcftools", ["+setGT", "-", "-Ob", "--", "-t", "a", "-n", "u"], &subset);
    let lines = genotypes(&plain, people).into_iter();
    lines.filter(|line| line.split('\t').nth(2) != Some(".")).collect()
}

/// The FORMAT fields of phase and inheritance in a participant's column.
fn owed(bytes: &[u8], person: &str) -> Vec<String> {
    let query = ["query", "-s", &format!("{person}-S"), "-f", "[%PS %TP]\\n", "-"];
    let lines = String::from_utf8(run("bcftools", query, bytes)).unwrap();
    lines.lines().map(str::to_owned).collect()
}

struct Answers<'a> {
    client: &'a Client,
    token: String,
    ids: [String; 3],
}

impl Answers<'_> {
    fn fetch(&self, file: usize) -> Vec<u8> {
        slice(self.client, &format!("/htsget/variants/{}", self.ids[file]), &self.token)
    }

    fn block(&self, url: &str) -> Vec<u8> {
        self.client.get(&self.client.url(path_of(url)), None).expect(200).body
    }
}

#[test]
fn the_withdrawal_of_a_relative_removes_phase_and_inheritance_from_new_answers() {
    let programme = Programme::new(Backend::Embedded);
    let files = load(&programme);
    let served = programme.serve();
    let answers = Answers {
        client: &served.client,
        token: programme.passport(Persona::DomesticAcademic),
        ids: [(4, "VCF"), (3, "BCF"), (1, "VCF")].map(|(people, format)| id_of(&programme, people, format)),
    };
    // If the Grant covers all participants, the answer equals the file, phase included.
    for (number, file) in files.iter().enumerate() {
        assert_eq!(
            vcf_text(&answers.fetch(number)),
            vcf_text(&std::fs::read(file).unwrap()),
            "{}",
            file.display()
        );
    }
    let ticket = served
        .client
        .get(&format!("/htsget/variants/{}", answers.ids[2]), Some(&answers.token))
        .expect(200)
        .json();
    let block_of_child = block_urls(&ticket).remove(0);

    let _ = programme.run(&["consent", "withdraw", "FAM-FATHER"]).good();
    let (both, left) = (["FAM-CHILD", "FAM-MOTHER"], ["FAM-CHILD", "FAM-MOTHER", "ONE-OTHER"]);
    let joint = answers.fetch(0);
    assert_eq!(vcf_samples(&joint).len(), 3);
    // The slice has only the alleles that the three remaining participants carry. Only the family has no phase.
    let plain = unphased(&files[0], &left);
    let column = |lines: &[String], from: usize, to: usize| -> Vec<Vec<String>> {
        lines
            .iter()
            .map(|l| l.split('\t').skip(3 + from).take(to - from).map(str::to_owned).collect())
            .collect()
    };
    assert_eq!(column(&genotypes(&joint, &left), 0, 2), column(&plain, 0, 2));
    assert!(genotypes(&joint, &both).iter().all(|line| !line.contains('|')));
    let other: Vec<String> = column(&genotypes(&joint, &left), 2, 3).concat();
    assert_eq!(other, SITES.map(|site| site[3]), "the phase of another family stays");
    assert!(owed(&joint, "FAM-CHILD").iter().all(|line| line == ". ."));
    assert!(owed(&joint, "ONE-OTHER").iter().all(|line| line == "5000 40"));

    let trio = answers.fetch(1);
    assert_eq!(genotypes(&trio, &both), unphased(&files[1], &both));
    let own = answers.fetch(2);
    assert_eq!(genotypes(&own, &both[..1]).len(), SITES.len());
    for bytes in [&own, &answers.block(&block_of_child)] {
        let expected = run(
            "bcftools",
            ["+setGT", files[2].to_str().unwrap(), "-Ob", "--", "-t", "a", "-n", "u"],
            b"",
        );
        assert_eq!(genotypes(bytes, &both[..1]), genotypes(&expected, &both[..1]));
        let text = vcf_records(bytes);
        assert!(text.lines().all(|line| line.split('\t').nth(8) == Some("GT:DP")), "{text}");
    }
    for bytes in [&joint, &trio, &own] {
        let text = vcf_text(bytes);
        assert!(!text.contains("FAM-FATHER") && !text.contains("PEDIGREE"), "{text}");
        assert!(vcf_records(bytes).lines().all(|line| !line.contains("hiConfDeNovo")));
    }
}
