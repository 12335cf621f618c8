//! Frequencies in records of variants exist only if files state which participants were called, and they equal the numbers of bcftools.

use std::fmt::Write as _;

use gemj_demo::Persona;
use gemj_tests::oracle::bcftools;
use gemj_tests::small_data::write_vcf;
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

use super::official::{official, records};

pub(super) const HEAD: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n##contig=<ID=chrX,length=156040895>\n\
##ALT=<ID=NON_REF,Description=\"Any\">\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n\
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">\n\
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";

/// The participants of the joint file. Two further participants have a file of their own: one a gVCF, the other a plain VCF.
const JOINT: [&str; 5] = ["FRQ-1", "FRQ-2", "FRQ-3", "FRQ-4", "FRQ-5"];
const GVCF: &str = "FRQ-6";
const PLAIN: &str = "FRQ-7";

/// The records of the joint file: half calls, no-calls, haploid columns, several alternatives, a deletion, and a site without carriers.
const CALLS: &str = "chr1\t1000\t.\tA\tG\t.\t.\t.\tGT\t0/1\t0/0\t./.\t./1\t1/1
chr1\t2000\t.\tCAG\tC,CTG\t.\t.\t.\tGT\t1/2\t0/0\t2/2\t0/1\t./.
chr1\t3000\t.\tT\tA,*\t.\t.\t.\tGT\t0/1\t2/2\t1/2\t0/0\t./.
chrX\t50000000\t.\tG\tT\t.\t.\t.\tGT\t1\t0/1\t.\t0\t0/0
";

const OWN_BLOCKS: &str = "chr1\t1\t.\tN\t<NON_REF>\t.\t.\tEND=899\tGT:DP\t0/0:0
chr1\t900\t.\tA\t<NON_REF>\t.\t.\tEND=1999\tGT:DP\t0/0:30
chr1\t2000\t.\tC\t<NON_REF>\t.\t.\tEND=2001\tGT:DP\t0/0:30
chr1\t2002\t.\tG\t<NON_REF>\t.\t.\tEND=2500\tGT:DP\t./.:4
chr1\t4000\t.\tG\tC,<NON_REF>\t.\t.\t.\tGT:DP\t0/1:22
";

const OWN_PLAIN: &str = "chr1\t1000\t.\tA\tG\t.\t.\t.\tGT\t1/1
chr1\t4000\t.\tG\tC\t.\t.\t.\tGT\t1/1
chr1\t5000\t.\tG\tC\t.\t.\t.\tGT\t1/1
";

fn load(programme: &Programme) {
    let folder = programme.path("frequencies");
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, columns: &[&str], calls: &str| {
        let path = folder.join(format!("{name}.vcf.gz"));
        write_vcf(&path, &format!("{HEAD}\t{}\n{calls}", columns.join("\t")));
        path.display().to_string()
    };
    let joint = write("joint", &JOINT, CALLS);
    let samples = folder.join("samples.csv");
    let rows: String = JOINT
        .iter()
        .map(|id| format!("{id},{id},{id}-S,{id}F,{}\n", if *id == "FRQ-1" { "female" } else { "unknown" }))
        .collect();
    std::fs::write(&samples, format!("sample,participant,specimen,family,sex\n{rows}")).unwrap();
    let mut sheet = String::from("dataset,participant,specimen,family,sex,assembly,path,samples_path\n");
    writeln!(sheet, "cancer,,,,,GRCh38,{joint},{}", samples.display()).unwrap();
    for (id, calls) in [(GVCF, OWN_BLOCKS), (PLAIN, OWN_PLAIN)] {
        let path = write(id, &[id], calls);
        writeln!(sheet, "cancer,{id},{id}-S,{id}F,unknown,GRCh38,{path},").unwrap();
    }
    let _ = programme.load(&sheet).good();
    programme.everybody_agrees(JOINT.into_iter().chain([GVCF, PLAIN]));
}

/// The numbers that bcftools computes for the visible columns of the joint file: position, alternative allele, AC and AN.
fn filled(programme: &Programme, visible: &[&str]) -> Vec<(u64, String, u64, u64)> {
    let joint = programme.path("frequencies").join("joint.vcf.gz").display().to_string();
    let (subset, tagged) = (format!("{joint}.subset.bcf"), format!("{joint}.tagged.bcf"));
    bcftools(["view", "-Ob", "-o", &subset, "-s", &visible.join(","), &joint]);
    bcftools(["+fill-tags", &subset, "-Ob", "-o", &tagged, "--", "-t", "AC,AN"]);
    let text = bcftools(["query", "-f", "%POS\\t%ALT\\t%AC\\t%AN\\n", &tagged]);
    let mut found = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        for (alternate, count) in fields[1].split(',').zip(fields[2].split(',')) {
            found.push((
                fields[0].parse().unwrap(),
                alternate.to_owned(),
                count.parse().unwrap(),
                fields[3].parse().unwrap(),
            ));
        }
    }
    found
}

/// The record of an allele, which must be the only record at its position. `None` if no visible participant carries the allele.
pub(super) fn record(client: &Client, token: &str, place: &str) -> Option<Value> {
    let path = format!("/beacon/g_variants?assemblyId=GRCh38&{place}&requestedGranularity=record");
    let answer = client.get(&path, Some(token)).expect(200).json();
    if let Some(official) = official() {
        official.assert_right(&answer);
    }
    let found = records(&answer);
    assert!(found.len() <= 1, "{answer:#}");
    found.first().map(|record| (*record).clone())
}

/// AC, AN, called participants and covered participants in the record of an allele. `None` if the record has no frequency.
pub(super) fn told(client: &Client, token: &str, place: &str) -> Option<(u64, u64, u64, u64)> {
    let record = record(client, token, place).unwrap_or_else(|| panic!("{place}: no record"));
    let stated = record.get("frequencyInPopulations")?;
    assert_eq!(stated.as_array().unwrap().len(), 1);
    assert_eq!(stated[0]["source"], "cancer");
    let frequency = &stated[0]["frequencies"][0];
    let number = |name: &str| frequency[name].as_u64().unwrap();
    let (count, called) = (number("alleleCount"), number("alleleNumber"));
    assert_eq!(frequency["alleleFrequency"], json!(count as f64 / called as f64));
    Some((count, called, number("calledIndividuals"), number("coveredIndividuals")))
}

const SNV: &str = "referenceName=1&start=999&referenceBases=A&alternateBases=G";
const DELETION: &str = "referenceName=1&start=1999&referenceBases=CAG&alternateBases=C";
const BESIDE: &str = "referenceName=1&start=1999&referenceBases=CAG&alternateBases=CTG";
const STARRED: &str = "referenceName=1&start=2999&referenceBases=T&alternateBases=A";
const ON_X: &str = "referenceName=X&start=49999999&referenceBases=G&alternateBases=T";
const OF_BOTH: &str = "referenceName=1&start=3999&referenceBases=G&alternateBases=C";
const OF_ONE: &str = "referenceName=1&start=4999&referenceBases=G&alternateBases=C";

#[test]
fn frequencies_count_the_called_participants_and_a_withdrawal_changes_them() {
    let programme = Programme::new(Backend::Embedded);
    load(&programme);
    let served = programme.serve();
    let (client, token) = (&served.client, programme.passport(Persona::DomesticAcademic));
    // The expected numbers are those of bcftools for the joint file, and two more called copies where the gVCF has a block. The plain VCF adds
    // nothing.
    let by_bcftools = |visible: &[&str], position: u64, alternate: &str| {
        let filled = filled(&programme, visible);
        let found = filled
            .into_iter()
            .find(|one| (one.0, one.1.as_str()) == (position, alternate))
            .unwrap();
        (found.2, found.3)
    };
    let check = |visible: &[&str], covered: u64, with_blocks: bool| {
        for (place, position, alternate, blocks) in [
            (SNV, 1000, "G", true),
            (DELETION, 2000, "C", false),
            (BESIDE, 2000, "CTG", true),
            (STARRED, 3000, "A", false),
            (ON_X, 50_000_000, "T", false),
        ] {
            let (count, number) = by_bcftools(visible, position, alternate);
            let more = 2 * u64::from(blocks && with_blocks);
            let (alleles, called, _, all) = told(client, &token, place).unwrap();
            assert_eq!((alleles, called, all), (count, number + more, covered), "{place}");
        }
    };
    check(&JOINT, 7, true);
    assert_eq!(told(client, &token, SNV), Some((4, 9, 5, 7)));
    assert_eq!(told(client, &token, OF_BOTH), Some((1, 2, 1, 7)));
    assert_eq!(told(client, &token, OF_ONE), None);

    // Callers who get no records get no frequencies.
    for persona in [Persona::OverseasTre, Persona::RegisteredOnly] {
        let token = programme.passport(persona);
        let path = format!("/beacon/g_variants?assemblyId=GRCh38&{SNV}&requestedGranularity=record");
        let answer = client.get(&path, Some(&token)).expect(200).text();
        assert!(!answer.contains("frequencyInPopulations"), "{answer}");
    }
    // A filter selects the listed carriers. It does not change the population of the frequency.
    let women = format!("{SNV}&filters=NCIT:C16576");
    assert_eq!(told(client, &token, &women), Some((4, 9, 5, 7)));
    assert_eq!(
        record(client, &token, &women).unwrap()["caseLevelData"].as_array().unwrap().len(),
        1
    );

    let _ = programme.run(&["index", "merge"]).good();
    check(&JOINT, 7, true);

    // A participant who withdrew is absent from AC, AN and the numbers of participants.
    let _ = programme.run(&["consent", "withdraw", "FRQ-4"]).good();
    check(&["FRQ-1", "FRQ-2", "FRQ-3", "FRQ-5"], 6, true);

    // The gVCF was the only file of its participant. After it is unloaded, the participant is not covered, and sites that only the gVCF covered have
    // no frequency.
    let unload = |id: &str| programme.run(&["objects", "unload", id, "--reason", "wrong"]).good();
    let _ = unload(&programme.object_of(GVCF, "VCF"));
    check(&["FRQ-1", "FRQ-2", "FRQ-3", "FRQ-5"], 5, false);
    assert_eq!(told(client, &token, OF_BOTH), None);
    let _ = programme.run(&["index", "merge"]).good();
    check(&["FRQ-1", "FRQ-2", "FRQ-3", "FRQ-5"], 5, false);

    // After the joint file is unloaded, the carrier with the plain VCF is still listed, but the record has no frequency.
    let _ = unload(&programme.joint_object());
    assert_eq!(told(client, &token, SNV), None);
    assert_eq!(record(client, &token, DELETION), None);
    let _ = programme.run(&["index", "merge"]).good();
    assert_eq!(told(client, &token, SNV), None);
}
