//! Tests slices under an approval that is limited to regions.

use std::collections::BTreeSet;

use gemj_access::{Action, Grant};
use gemj_model::{ApprovedRegion, Assembly, Contig, DataObject, Delivery, ZeroBased};
use gemj_objects::{Class, SliceError, SliceRegion, SliceRequest};

use crate::kit::*;

/// The length of each contig of the files, in bases.
const BASES: u64 = 1_000;

/// The records of the files in file order: contig, first base and number of bases. The third record is spliced or a deletion. It begins in
/// the first approved region and ends in the second approved region.
const RECORDS: [(&str, u64, u64); 9] = [
    ("un1", 4, 4),
    ("un1", 96, 4),
    ("un1", 110, 220),
    ("un1", 199, 4),
    ("un1", 340, 4),
    ("un1", 700, 4),
    ("un2", 10, 4),
    ("un2", 500, 4),
    ("un2", 996, 4),
];

/// The approved regions: `un1` 100-200 and 180-350, and `un2` from 400 to its end. The fourth region is for another assembly and does not
/// apply.
fn approved() -> Vec<ApprovedRegion> {
    vec![
        stretch(None, "un1", 100, 200),
        stretch(Some(Assembly::GRCh38), "un1", 180, 350),
        stretch(None, "un2", 400, u64::MAX),
        stretch(Some(Assembly::GRCh37), "un1", 600, 900),
    ]
}

fn is_open(contig: &str, base: u64) -> bool {
    match contig {
        "un1" => (100..350).contains(&base),
        _ => base >= 400,
    }
}

fn stretch(assembly: Option<Assembly>, contig: &str, start: u64, end: u64) -> ApprovedRegion {
    ApprovedRegion {
        assembly,
        contig: Contig(contig.to_owned()),
        start: ZeroBased(start),
        end: ZeroBased(end),
    }
}

fn sam() -> String {
    let mut text = format!("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:un1\tLN:{BASES}\n@SQ\tSN:un2\tLN:{BASES}\n@RG\tID:a\tSM:ONE\n");
    for (number, (contig, start, bases)) in RECORDS.iter().enumerate() {
        let cigar = if *bases == 4 {
            "4M".to_owned()
        } else {
            format!("2M{}N2M", bases - 4)
        };
        text.push_str(&format!(
            "r{number}\t0\t{contig}\t{}\t60\t{cigar}\t*\t0\t0\tACGT\tIIII\tRG:Z:a\n",
            start + 1
        ));
    }
    text.push_str("nowhere\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\tIIII\tRG:Z:a\n");
    text
}

fn vcf() -> String {
    let mut text = format!(
        "##fileformat=VCFv4.3\n##contig=<ID=un1,length={BASES}>\n##contig=<ID=un2,length={BASES}>\n\
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"GT\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tONE\n"
    );
    for (number, (contig, start, bases)) in RECORDS.iter().enumerate() {
        let reference = "A".repeat(*bases as usize);
        text.push_str(&format!("{contig}\t{}\tr{number}\t{reference}\tC\t.\t.\t.\tGT\t0/1\n", start + 1));
    }
    text
}

async fn files(bench: &Bench) -> Vec<(DataObject, Action)> {
    let (reads, variants) = (Action::SliceReads, Action::SliceVariants);
    let cram = ["view", "--no-PG", "-C", "--output-fmt-option", "no_ref=1"];
    let made = [
        ("one.bam", reads, pipe("samtools", &["view", "--no-PG", "-b"], sam().as_bytes())),
        ("one.cram", reads, pipe("samtools", &cram, sam().as_bytes())),
        ("one.vcf.gz", variants, pipe("bgzip", &["-c"], vcf().as_bytes())),
        (
            "one.bcf",
            variants,
            pipe("bcftools", &["view", "--no-version", "-Ob"], vcf().as_bytes()),
        ),
    ];
    let mut objects = Vec::new();
    for (name, action, bytes) in made {
        objects.push((bench.load(&bench.file(name, &bytes), Assembly::GRCh38).await.0, action));
    }
    objects
}

fn request(class: Option<Class>, regions: &[SliceRegion]) -> SliceRequest {
    SliceRequest {
        class,
        regions: regions.to_vec(),
        ..SliceRequest::default()
    }
}

fn outside<T>(outcome: &Result<T, SliceError>) -> bool {
    matches!(outcome, Err(SliceError::OutsideRegions))
}

/// The names of the records in a slice, as samtools or bcftools prints them.
fn names(action: Action, bytes: &[u8]) -> BTreeSet<String> {
    let text = match action {
        Action::SliceReads => pipe("samtools", &["view"], bytes),
        _ => pipe("bcftools", &["query", "-f", "%ID\n"], bytes),
    };
    let text = String::from_utf8(text).unwrap();
    text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_slice_is_made_only_if_all_requested_bases_are_approved() {
    let bench = Bench::new().await;
    for (number, (object, action)) in files(&bench).await.into_iter().enumerate() {
        let granted = grant_in_regions(&object, action, Delivery::Download, &approved()).unwrap();
        let mut dice = Dice(11 + number as u64);
        let (mut made, mut refused) = (0, 0);
        for _ in 0..60 {
            let asked: Vec<(&str, u64, Option<u64>)> = (0..=dice.roll(2))
                .map(|_| {
                    let contig = *dice.pick(&["un1", "un2"]);
                    let start = *dice.pick(&[0, 99, 100, 101, 150, 199, 330, 349, 350, 399, 400, 401, 700, 990]);
                    let length = *dice.pick(&[None, Some(0), Some(1), Some(1), Some(20), Some(100), Some(250), Some(5_000)]);
                    (contig, start, length.map(|bases| start + bases))
                })
                .collect();
            let is_asked = |contig: &str, base: u64| {
                let holds = |(on, start, end): &(&str, u64, Option<u64>)| *on == contig && *start <= base && end.is_none_or(|e| base < e);
                asked.iter().any(holds)
            };
            let every = ["un1", "un2"]
                .into_iter()
                .flat_map(|contig| (0..BASES).map(move |base| (contig, base)));
            let all_open = every
                .filter(|(contig, base)| is_asked(contig, *base))
                .all(|(contig, base)| is_open(contig, base));
            let regions: Vec<SliceRegion> = asked.iter().map(|(contig, start, end)| region(contig, *start, *end)).collect();
            let sliced = bench.slice(&granted, &object, &request(None, &regions)).await;
            let checked = bench.store.check_regions(&granted, &object, &regions).await;
            if all_open {
                let expected: BTreeSet<String> = (0..RECORDS.len())
                    .filter(|at| {
                        let (contig, start, bases) = RECORDS[*at];
                        (start..start + bases).any(|base| is_asked(contig, base))
                    })
                    .map(|at| format!("r{at}"))
                    .collect();
                assert_eq!(names(action, &sliced.unwrap()), expected, "{:?} {asked:?}", object.format);
                assert!(checked.is_ok());
                made += 1;
            } else {
                assert!(outside(&sliced) && outside(&checked), "{:?} {asked:?}: {sliced:?}", object.format);
                let body = bench.slice(&granted, &object, &request(Some(Class::Body), &regions)).await;
                assert!(outside(&body));
                refused += 1;
            }
        }
        assert!(made >= 10 && refused >= 10, "{made} made, {refused} refused");
    }
}

#[tokio::test]
async fn a_whole_file_and_unplaced_reads_are_in_no_region_for_any_delivery() {
    let bench = Bench::new().await;
    let everything = [stretch(None, "un1", 0, u64::MAX), stretch(None, "un2", 0, u64::MAX)];
    for (object, action) in files(&bench).await {
        let granted = grant_in_regions(&object, action, Delivery::Download, &everything).unwrap();
        for class in [None, Some(Class::Body)] {
            assert!(
                outside(&bench.slice(&granted, &object, &request(class, &[])).await),
                "{:?}",
                object.format
            );
        }
        if action == Action::SliceReads {
            for regions in [vec![SliceRegion::Unplaced], vec![region("un1", 0, Some(9)), SliceRegion::Unplaced]] {
                assert!(outside(&bench.slice(&granted, &object, &request(None, &regions)).await));
                assert!(outside(&bench.store.check_regions(&granted, &object, &regions).await));
            }
        }
        // The header is in no region and is returned. A contig that the file does not have is unknown, also under an approval for regions.
        let header = bench.slice(&granted, &object, &request(Some(Class::Header), &[])).await.unwrap();
        assert!(!header.is_empty());
        assert!(bench.store.check_regions(&granted, &object, &[]).await.is_ok());
        let unknown = bench.slice(&granted, &object, &request(None, &[region("un3", 0, None)])).await;
        assert!(matches!(unknown, Err(SliceError::UnknownContig)));
        // The approval for regions also gives no access to the whole file.
        for whole_file in [Action::FetchObject, Action::ComputeOnObject] {
            assert!(grant_in_regions(&object, whole_file, Delivery::Download, &everything).is_none());
        }
        assert!(bench.store.read_object_range(&granted, &object, 0..1).await.is_err());
        assert!(bench.store.read_object_index(&granted, &object).await.is_err());
        // With the delivery `region-view`, a request for the whole file is denied before the regions are checked.
        let viewing = grant_in_regions(&object, action, Delivery::RegionView, &everything).unwrap();
        assert!(denied(bench.slice(&viewing, &object, &request(None, &[])).await));
        assert!(
            bench
                .slice(&viewing, &object, &request(None, &[region("un1", 0, None)]))
                .await
                .is_ok()
        );
        // An approval with an empty list of regions allows no slice of a region.
        let nothing = grant_in_regions(&object, action, Delivery::Download, &[]).unwrap();
        assert!(outside(
            &bench.slice(&nothing, &object, &request(None, &[region("un1", 0, Some(1))])).await
        ));
    }
}

#[tokio::test]
async fn regions_of_another_assembly_are_denied_and_every_spelling_of_a_contig_matches() {
    let bench = Bench::new().await;
    let text = vcf().replace("un1", "chr7").replace("un2", "chrM").replace(",length=1000", "");
    let path = bench.file("named.vcf.gz", &pipe("bgzip", &["-c"], text.as_bytes()));
    let (object, _) = bench.load(&path, Assembly::GRCh38).await;
    let granted = |region| grant_in_regions(&object, Action::SliceVariants, Delivery::Download, &[region]).unwrap();
    async fn sliced(bench: &Bench, grant: &Grant, object: &DataObject, asked: SliceRegion) -> Result<Vec<u8>, SliceError> {
        bench.slice(grant, object, &request(None, &[asked])).await
    }
    for (assembly, approved, asked, opens) in [
        (None, "7", "chr7", true),
        (None, "chr7", "chr7", true),
        (Some(Assembly::GRCh38), "7", "chr7", true),
        (Some(Assembly::GRCh37), "7", "chr7", false),
        (None, "17", "chr7", false),
        (None, "CHR7", "chr7", false),
        (None, "MT", "chrM", true),
        (Some(Assembly::GRCh37), "MT", "chrM", false),
        (None, "7", "chrM", false),
    ] {
        let grant = granted(stretch(assembly, approved, 0, 500));
        let answer = sliced(&bench, &grant, &object, region(asked, 0, Some(300))).await;
        assert_eq!(
            (answer.is_ok(), outside(&answer)),
            (opens, !opens),
            "{assembly:?} {approved} {asked}"
        );
    }
    // If the header does not state the length of a contig, a region without an end is outside every approved region.
    let grant = granted(stretch(None, "7", 0, u64::MAX));
    assert!(outside(&sliced(&bench, &grant, &object, region("chr7", 0, None)).await));
    assert!(sliced(&bench, &grant, &object, region("chr7", 0, Some(1_000_000))).await.is_ok());
}

#[tokio::test]
async fn records_behind_the_end_of_a_contig_are_in_no_region() {
    let bench = Bench::new().await;
    let text = vcf() + &format!("un2\t{}\tbeyond\tA\tC\t.\t.\t.\tGT\t0/1\n", 3 * BASES);
    let path = bench.file("beyond.vcf.gz", &pipe("bgzip", &["-c"], text.as_bytes()));
    let (object, _) = bench.load(&path, Assembly::GRCh38).await;
    let to_the_end = request(None, &[region("un2", 400, None)]);
    let ids = |bytes: Vec<u8>| names(Action::SliceVariants, &bytes);
    let whole = bench.slice(&full_grant(&object), &object, &to_the_end).await.unwrap();
    assert!(ids(whole).contains("beyond"));
    let exactly = grant_in_regions(
        &object,
        Action::SliceVariants,
        Delivery::Download,
        &[stretch(None, "un2", 400, BASES)],
    )
    .unwrap();
    let bytes = bench.slice(&exactly, &object, &to_the_end).await.unwrap();
    assert_eq!(ids(bytes), BTreeSet::from(["r7".to_owned(), "r8".to_owned()]));
}
