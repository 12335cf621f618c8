//! Tests the redaction of VCF lines that are written by hand, and of damaged lines.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::KeptColumn;
use super::*;

fn header() -> VcfHeader {
    let mut text = String::from("##fileformat=VCFv4.5\n##contig=<ID=1>\n");
    for (id, number) in [
        ("AD", "R"),
        ("PL", "G"),
        ("AF", "A"),
        ("DP", "1"),
        ("XX", "."),
        ("LAD", "LR"),
        ("LAA", "."),
        ("SVLEN", "."),
    ] {
        text.push_str(&format!("##FORMAT=<ID={id},Number={number},Type=Integer,Description=\"\">\n"));
    }
    text.push_str("##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|IND\">\n");
    text.push_str("##INFO=<ID=CIPOS,Number=2,Type=Integer,Description=\"\">\n");
    text.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2\tP3\n");
    VcfHeader::parse(text.as_bytes()).unwrap()
}

/// Keeps the samples P1 and P3. The sample P2 is removed.
fn kept() -> KeptColumns {
    KeptColumns {
        columns: [0, 2].map(|at| KeptColumn { at, whole_family: true }).to_vec(),
        some_go: true,
    }
}

fn redacted(line: &str) -> FormatResult<Option<String>> {
    let (header, kept) = (header(), kept());
    let mut redactor = LineRedactor::new(&header, &kept)?;
    let text = redactor
        .redact(line.as_bytes())?
        .map(|line| String::from_utf8(line.to_vec()).unwrap());
    Ok(text.map(|text| text.trim_end().to_owned()))
}

#[test]
fn a_line_contains_no_trace_of_the_removed_second_sample() {
    for (line, wanted) in [
        // The removed second sample alone has the second alternative allele. Cohort statistics, this allele, its part of every vector, and
        // the base of REF that only this allele needs are removed.
        (
            "1\t9\trs1;rs2\tAT\tGT,A\t50\tLOW\tAC=1,1;AN=6;AF=0.2,0.2;NS=3;MAC=1;DP=9;RS=7\tGT:AD:PL:XX\t0/1:3,4,0:1,2,3,4,5,6:1,2\t0/2:1,0,9:.:.\t0|0:5,0,0:.:7",
            "1\t9\trs1\tA\tG\t.\t.\tAC=1;AN=4;AF=0.25;NS=2\tGT:AD:PL\t0/1:3,4:1,2,3\t0|0:5,0:.",
        ),
        // The removed sample has no genotype and no values. Its column, its name in CSQ, QUAL and FILTER are removed.
        (
            "1\t9\trs1\tA\tC\t50\tPASS\tRS=7;DB;CSQ=C|P2\tGT:DP\t0/1:3\t./.:.\t./.:4",
            "1\t9\trs1\tA\tC\t.\t.\tRS=7;DB;CSQ=C|\tGT:DP\t0/1:3\t./.:4",
        ),
        // A field that has a value only in the removed sample is removed. Values at the end of a column may be left out, and GT need not be
        // the first field.
        (
            "1\t9\t.\tA\tC\t.\t.\t.\tDP:GT:XX\t1:1\t2:1/1:3\t.:0|1:.,.",
            "1\t9\t.\tA\tC\t.\t.\t.\tDP:GT\t1:1\t.:0|1",
        ),
        // PL keeps one value for each kept genotype, in haploid, diploid and triploid samples of one line.
        (
            "1\t9\t.\tA\tC,G\t.\t.\tAN=1\tGT:PL\t2:1,2,3\t1/1:1,2,3,4,5,6\t0/0/2:1,2,3,4,5,6,7,8,9,10",
            "1\t9\t.\tA\tG\t.\t.\tAN=4\tGT:PL\t1:1,3\t0/0/1:1,5,8,10",
        ),
        // REF is as long as another line of the file requires, so it becomes shorter. An unknown field, and text that names a removed
        // sample, are removed.
        (
            "1\t9\t.\tATT\tGTT\t.\t.\tEND=11;GENEINFO=P2:7;AN=1\tGT:XX:SRC:PID\t0/1:1:x:9_ATT_GTT\t0/0:1:.:.\t0/0:1:of P2:with p2",
            "1\t9\t.\tA\tG\t.\t.\tAN=4\tGT:PID\t0/1:9_ATT_GTT\t0/0:.",
        ),
        // `<NON_REF>` is kept with a carried allele. A carried `*` (an earlier deletion) is kept only because a kept sample also carries
        // another allele.
        (
            "1\t9\t.\tA\tC,<NON_REF>\t.\t.\t.\tGT:AD\t0/1:1,2,3\t0/0:.\t0/0:.",
            "1\t9\t.\tA\tC,<NON_REF>\t.\t.\t.\tGT:AD\t0/1:1,2,3\t0/0:.",
        ),
        (
            "1\t9\t.\tAC\t*,G,GC\t.\t.\t.\tGT\t3/1\t0/2\t./.",
            "1\t9\t.\tA\t*,G\t.\t.\t.\tGT\t2/1\t./.",
        ),
        // The fields LAA and LAD refer to alleles by number, so they are removed.
        (
            "1\t9\t.\tA\tC,G\t.\t.\t.\tGT:LAA:LAD\t0/2:2:3,4\t0/1:1:5,6\t0/0:.:.",
            "1\t9\t.\tA\tG\t.\t.\t.\tGT\t0/1\t0/0",
        ),
        // The removed sample alone carries the deletion, so all INFO fields that describe the deletion are removed.
        (
            "1\t9\t.\tA\t<DEL>,C\t.\t.\tEND=900;SVTYPE=DEL;SVLEN=-891,.;CIPOS=-5,5;IMPRECISE;EVENT=P2_1\tGT\t0/2\t0/1\t0/0",
            "1\t9\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0",
        ),
        (
            "1\t9\tDEL007\tA\t<DEL>\t.\t.\tEND=900;SVTYPE=DEL;SVLEN=-891;CIPOS=-5,5;EVENT=e1;BKPTID=x\tGT\t0/1\t0/1\t0/0",
            "1\t9\t.\tA\t<DEL>\t.\t.\tEND=900;SVTYPE=DEL;SVLEN=-891;CIPOS=-5,5;EVENT=e1\tGT\t0/1\t0/0",
        ),
        // The genotypes have a phase mark before the first allele (VCF 4.4), and allele numbers with two digits.
        (
            "1\t9\t.\tA\tC,G,T,AA,AC,AG,AT,CA,CC,CG,CT\t.\t.\t.\tGT\t|11|1\t2\t/11/.",
            "1\t9\t.\tA\tC,CT\t.\t.\t.\tGT\t|2|1\t/2/.",
        ),
    ] {
        assert_eq!(redacted(line).unwrap().as_deref(), Some(wanted), "{line}");
    }
}

#[test]
fn a_line_without_a_carrier_among_kept_samples_is_removed() {
    for line in [
        "1\t9\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/1\t./.",
        "1\t9\t.\tA\t*,C\t.\t.\t.\tGT\t0/1\t0/2\t0/0",
        "1\t9\t.\tA\t.\t.\t.\t.\tGT\t0/0\t0/0\t0/0",
        "1\t9\t.\tA\tC\t.\t.\t.\tDP\t1\t1\t1",
        "1\t9\t.\tA\t<NON_REF>\t.\t.\tEND=40\tGT\t0/1\t0/0\t0/0",
    ] {
        assert_eq!(redacted(line).unwrap(), None, "{line}");
    }
}

#[test]
fn an_invalid_line_is_rejected_as_damaged() {
    for line in [
        "",
        "1\t9\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0",
        "1\t9\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0\t0/0",
        "1\t9\t.\tA\tC\t.\t.\t.\tGT\t0/2\t0/0\t0/0",
        "1\t9\t.\tA\tC\t.\t.\t.\tGT\t0/x\t0/0\t0/0",
        "1\t9\t.\tA\tC\t.\t.\t.\tGT\t0/99999999999999999999\t0/0\t0/0",
        "1\t9\t.\tA\tC\t.\t.\t.\tGT:GT\t0/1:0/0\t0/0\t0/0",
        "1\tx\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\t0/0",
        "1\t9\t.\tAT\tC,A\t.\t.\t.\tGT\t0/1:7\t0/0\t0/0",
    ] {
        assert!(redacted(line).is_err(), "{line}");
    }
}

/// Generates sample columns that can occur in a VCF file. The site has two alternative alleles.
fn cell() -> impl Strategy<Value = String> {
    let allele = prop::sample::select(vec!["0", "0", "0", "1", "2", "."]);
    let genotype =
        (prop::collection::vec(allele, 1..4), any::<bool>()).prop_map(|(alleles, phased)| alleles.join(if phased { "|" } else { "/" }));
    let numbers = prop::collection::vec(0_u32..100_000, 1..11).prop_map(|n| n.iter().map(u32::to_string).collect::<Vec<_>>().join(","));
    (genotype, numbers.clone(), numbers, 0..4_usize).prop_map(|(gt, ad, pl, count)| [gt, ad, pl, "7".to_owned()][..=count].join(":"))
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: prop::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// The redacted line is the same for any values of the removed sample.
    #[test]
    fn a_line_does_not_depend_on_the_removed_sample(first in cell(), third in cell(), goes in cell(), others in cell(), ad in 0..9_u32) {
        let line = |second: &str, qual: u32| {
            redacted(&format!("1\t9\t.\tATT\tCTT,A\t{qual}\tF{qual}\tAC=1,{qual};AN=6;DP={qual}\tGT:AD:PL:DP\t{first}\t{second}\t{third}")).unwrap()
        };
        prop_assert_eq!(line(&goes, ad), line(&others, ad + 1));
    }

    #[test]
    fn a_random_line_is_redacted_or_rejected_without_a_panic(bytes in prop::collection::vec(prop::sample::select(b"\t\t\t01./|:,;=AGT<>*[DPCEND\xff-".to_vec()), 0..120)) {
        let (header, kept) = (header(), kept());
        let _ = LineRedactor::new(&header, &kept).unwrap().redact(&bytes);
    }

    #[test]
    fn a_damaged_line_is_redacted_or_rejected_without_a_panic(at in any::<prop::sample::Index>(), byte in prop::sample::select(b"\t01./|:,;=AGT<>*[DPC\xff-9".to_vec()), cut in any::<prop::sample::Index>()) {
        let mut line = b"1\t9\trs1;rs2\tAT\tGT,<DEL>\t50\tLOW\tAC=1,1;AN=6;AF=0.2,0.2;END=90;SVLEN=.,-81;MATEID=P2\tGT:AD:PL:XX\t0/1:3,4,0:1,2,3,4,5,6:1,2\t0/2:1,0,9:.:.\t0|0:5,0,0:.:7\n".to_vec();
        let place = at.index(line.len());
        line[place] = byte;
        line.truncate(cut.index(line.len() * 2) + 1);
        let (header, kept) = (header(), kept());
        let _ = LineRedactor::new(&header, &kept).unwrap().redact(&line);
    }
}
