//! `GET|POST /variants/{id}`: the returned records equal the records that bcftools reads from the file.

use gemj_tests::htsget_client::slice;
use gemj_tests::oracle::{bcftools, vcf_records, vcf_samples, vcf_text};

use crate::real::{Real, real};

fn expected(path: &str, contig: &str, start: u64, end: u64) -> String {
    if start == end {
        return String::new();
    }
    bcftools(["view", "--no-version", "-H", "-r", &format!("{contig}:{}-{end}", start + 1), path])
}

/// `count` regions at records that are evenly distributed over the file, 0-based half-open.
fn regions(path: &str, count: usize) -> Vec<(String, u64, u64)> {
    let listed = bcftools(["query", "-f", "%CHROM\t%POS\t%END\n", path]);
    let records: Vec<(String, u64, u64)> = listed
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            (fields[0].to_owned(), fields[1].parse().unwrap(), fields[2].parse().unwrap())
        })
        .collect();
    let widths = [1, 2, 50, 1_000, 30_000, 1_000_000];
    (0..count)
        .map(|n| {
            let (contig, position, end) = &records[n * records.len() / count];
            // Every third region begins in the middle of a record, so the record starts before the region.
            let start = if n % 3 == 0 { (position + end) / 2 - 1 } else { position - 1 };
            (contig.clone(), start, start + widths[n % widths.len()])
        })
        .collect()
}

fn every_region_is_exact(real: &Real, file: &str, more: &[(&str, u64, u64)]) {
    let (id, path) = (real.id(file), real.file(file));
    let mut regions = regions(&path, 24);
    regions.extend(more.iter().map(|(contig, start, end)| ((*contig).to_owned(), *start, *end)));
    for (contig, start, end) in regions {
        let served = slice(
            real.client(),
            &format!("/htsget/variants/{id}?format=VCF&referenceName={contig}&start={start}&end={end}"),
            &real.token,
        );
        assert_eq!(
            vcf_records(&served),
            expected(&path, &contig, start, end),
            "{file} {contig}:{start}-{end}"
        );
    }
    let whole = slice(real.client(), &format!("/htsget/variants/{id}"), &real.token);
    assert!(vcf_text(&whole) == bcftools(["view", "--no-version", &path]), "{file}: whole");
    let header = slice(real.client(), &format!("/htsget/variants/{id}?class=header"), &real.token);
    assert_eq!(
        vcf_text(&header),
        bcftools(["view", "--no-version", "-h", &path]),
        "{file}: class=header"
    );
}

#[test]
fn a_region_of_a_vcf_contains_exactly_the_records_that_bcftools_finds() {
    let Some(real) = real() else { return };
    let more = [
        ("1", 0, 1),
        ("1", 1_675_003, 1_675_003),
        ("22", 51_000_000, 51_304_566),
        ("X", 0, 1000),
        ("2", 0, 243_199_373),
    ];
    every_region_is_exact(real, "variants/HG002_GIAB.vcf.gz", &more);
}

#[test]
fn a_block_of_a_gvcf_is_found_from_its_middle() {
    let Some(real) = real() else { return };
    let more = [("20", 5_000_000, 5_000_001), ("20", 0, 1), ("21", 0, 48_129_895)];
    every_region_is_exact(real, "variants/NA12878_chr20_21.g.vcf.gz", &more);
}

/// The last columns of the file have no participant and are never returned. The other genotypes and positions must equal those of bcftools for the
/// same samples. In INFO, the test compares AC and AN, because the gateway must compute them again.
#[test]
fn a_joint_file_is_served_without_the_columns_of_no_participant() {
    let Some(real) = real() else { return };
    let file = "variants/1kg_chr22_100.vcf.gz";
    let (id, path) = (real.id(file), real.file(file));
    let ticket = real.client().get(&format!("/htsget/variants/{id}"), Some(&real.token));
    let ticket = ticket.expect(200).json();
    let urls = ticket["htsget"]["urls"].as_array().unwrap();
    assert!(
        urls.len() == 1 && urls[0]["class"].is_null(),
        "an older header could be combined with a body of other columns"
    );
    assert!(urls[0]["url"].as_str().unwrap().starts_with("http"));
    let whole = slice(real.client(), &format!("/htsget/variants/{id}"), &real.token);
    let people = crate::real::joint_people(&path);
    let mapped: Vec<String> = people
        .iter()
        .filter(|(_, owner)| owner.is_some())
        .map(|(sample, _)| sample.clone())
        .collect();
    assert_eq!(vcf_samples(&whole), mapped);
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept.txt");
    std::fs::write(&kept, mapped.join("\n")).unwrap();
    let genotypes = "%CHROM\t%POS\t%REF[\t%TGT]\n";
    // A slice may omit sites and alleles that no remaining sample carries, so allele numbers can differ. The test therefore compares genotypes as
    // bases.
    let oracle = folder.path().join("oracle.vcf");
    std::fs::write(&oracle, bcftools(["view", "--no-version", "-S", kept.to_str().unwrap(), &path])).unwrap();
    let served = folder.path().join("served.vcf");
    std::fs::write(&served, vcf_text(&whole)).unwrap();
    let query = |path: &std::path::Path| bcftools(["query", "-f", genotypes, path.to_str().unwrap()]);
    let carried: Vec<String> = query(&oracle)
        .lines()
        .filter(|line| has_alternative(line))
        .map(str::to_owned)
        .collect();
    let given: Vec<String> = query(&served)
        .lines()
        .filter(|line| has_alternative(line))
        .map(str::to_owned)
        .collect();
    assert!(carried.len() > 10);
    assert_eq!(given, carried);
    let counts = "%POS\t%REF\t%AC\t%AN\n";
    let recount = |path: &std::path::Path| {
        let filled = bcftools(["view", "--no-version", "-c", "1", "-a", path.to_str().unwrap()]);
        let again = path.with_extension("recounted.vcf");
        std::fs::write(&again, filled).unwrap();
        bcftools(["query", "-f", counts, again.to_str().unwrap()])
    };
    assert_eq!(recount(&served), recount(&oracle), "AC and AN of the served participants");
    let stated = bcftools(["query", "-i", "AC>0", "-f", counts, served.to_str().unwrap()]);
    assert_eq!(stated, recount(&served), "INFO agrees with the columns");
}

fn has_alternative(line: &str) -> bool {
    let mut fields = line.split('\t').skip(2);
    let reference = fields.next().unwrap();
    fields.any(|calls| calls.split(['/', '|']).any(|base| base != reference && base != "."))
}
