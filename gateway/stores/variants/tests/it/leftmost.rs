//! Tests that all spellings of an insertion or deletion become one allele. The expected results come from brute force and from `bcftools
//! norm`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::process::{Command, Stdio};

use gemj_access::Action;
use gemj_model::{Allele, Contig, FileFormat, Interval, OneBased, Ordinal, ZeroBased};
use gemj_objects::ReferenceSequence;
use gemj_variants::{AlleleFilter, AlleleQuery, Cohort, SegmentBuilder, SequenceQuery, WindowQuery, ingest_variants, leftmost};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, MemoryStore, block_on, dataset, grant, people_of};

/// Writes a FASTA file with one contig, `chr1`, in lines of 50 bases, and its `.fai` index. Returns the path.
fn fasta(folder: &tempfile::TempDir, bases: &str) -> std::path::PathBuf {
    let path = folder.path().join("reference.fa");
    let mut text = String::from(">chr1\n");
    for line in bases.as_bytes().chunks(50) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    std::fs::write(&path, text).unwrap();
    let mut index = path.clone().into_os_string();
    index.push(".fai");
    std::fs::write(index, format!("chr1\t{}\t6\t50\t51\n", bases.len())).unwrap();
    path
}

fn normal(allele: &Allele, reference: &ReferenceSequence) -> Allele {
    leftmost(allele, &mut reference.bases()).unwrap().into_owned()
}

fn allele(start: u64, reference: &str, alternate: &str) -> Allele {
    Allele {
        contig: Contig("1".into()),
        start: ZeroBased(start),
        end: ZeroBased(start + reference.len() as u64),
        reference: reference.into(),
        alternate: alternate.into(),
        inserted: None,
    }
}

/// The bases of the contig after the insertion or deletion.
fn changed(bases: &str, allele: &Allele) -> String {
    let (start, end) = (allele.start.0 as usize, allele.end.0 as usize);
    format!("{}{}{}", &bases[..start], allele.alternate, &bases[end..])
}

/// All insertions or deletions that change the contig to the same bases as this allele.
fn equivalents(bases: &str, allele: &Allele) -> Vec<Allele> {
    let wanted = changed(bases, allele);
    let length = allele.reference.len().max(allele.alternate.len());
    let mut found = Vec::new();
    for start in 0..=bases.len() {
        let candidate = if allele.reference.is_empty() {
            wanted.get(start..start + length).map(|put| self::allele(start as u64, "", put))
        } else {
            bases.get(start..start + length).map(|taken| self::allele(start as u64, taken, ""))
        };
        found.extend(candidate.filter(|candidate| changed(bases, candidate) == wanted));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_spelling_of_an_indel_in_a_repeat_becomes_the_leftmost_allele(
        unit in "[ACGT]{1,4}", times in 1usize..12, before in "[ACGT]{0,6}", after in "[ACGT]{0,6}",
        at in any::<prop::sample::Index>(), length in 1usize..9, put in "[AC]{1,3}", is_deletion in any::<bool>(), lower in any::<bool>(),
    ) {
        let bases = format!("{before}{}{after}", unit.repeat(times));
        let folder = tempfile::tempdir().unwrap();
        let text = if lower { bases.to_lowercase() } else { bases.clone() };
        let reference = ReferenceSequence::open(&fasta(&folder, &text)).unwrap();
        let start = at.index(bases.len());
        let one = if is_deletion {
            let end = (start + length).min(bases.len());
            allele(start as u64, &bases[start..end], "")
        } else {
            let put = if length > 4 { unit.repeat(1 + length % 3) } else { put };
            allele(start as u64, "", &put)
        };
        let all = equivalents(&bases, &one);
        prop_assert!(all.contains(&one));
        let first = all.iter().min_by_key(|a| a.start).unwrap();
        for spelling in &all {
            prop_assert_eq!(&normal(spelling, &reference), first);
        }
    }

    #[test]
    fn an_allele_that_cannot_be_shifted_is_unchanged(
        bases in "[ACGTNRacgt]{1,30}", start in 0u64..40, reference in "[ACGTN]{0,4}", alternate in "([ACGTN]{0,4}|<DEL>|<INS>)",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let sequence = ReferenceSequence::open(&fasta(&folder, &bases)).unwrap();
        let one = allele(start, &reference, &alternate);
        let shifted = normal(&one, &sequence);
        let is_pure = reference.is_empty() != alternate.is_empty() && !alternate.starts_with('<');
        if !is_pure || reference.contains('N') || alternate.contains('N') {
            prop_assert_eq!(&shifted, &one);
        }
        prop_assert!(shifted.start <= one.start && shifted.reference.len() == one.reference.len());
        let elsewhere = Allele { contig: Contig("2".into()), ..one };
        prop_assert_eq!(&normal(&elsewhere, &sequence), &elsewhere);
    }
}

#[test]
fn a_shift_ends_at_the_first_base_of_the_contig_and_at_an_ambiguous_base() {
    let folder = tempfile::tempdir().unwrap();
    let reference = ReferenceSequence::open(&fasta(&folder, "AAAAANAAAARAaaaC")).unwrap();
    assert_eq!(normal(&allele(3, "A", ""), &reference), allele(0, "A", ""));
    assert_eq!(normal(&allele(5, "", "A"), &reference), allele(0, "", "A"));
    assert_eq!(normal(&allele(8, "AA", ""), &reference), allele(6, "AA", ""));
    assert_eq!(normal(&allele(15, "", "AA"), &reference), allele(11, "", "AA"));
    let of_another_reference = allele(15, "A", "");
    assert_eq!(normal(&of_another_reference, &reference), of_another_reference);
}

fn random_repeats(rng: &mut StdRng) -> String {
    let mut bases = String::new();
    while bases.len() < 2_000 {
        let unit: String = (0..rng.random_range(1..6))
            .map(|_| ['A', 'C', 'G', 'T'][rng.random_range(0..4)])
            .collect();
        bases.push_str(&unit.repeat(rng.random_range(1..9)));
        match rng.random_range(0..12) {
            0 => bases.push('N'),
            1 => bases.push('R'),
            2 => bases.push_str("acac"),
            _ => {}
        }
    }
    bases
}

#[test]
fn the_leftmost_place_equals_that_of_bcftools_norm() {
    if Command::new("bcftools").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "bcftools is not installed");
        eprintln!("SKIPPED: bcftools is not installed");
        return;
    }
    let mut rng = StdRng::seed_from_u64(20_261_123);
    let bases = random_repeats(&mut rng);
    let upper = bases.to_uppercase();
    let folder = tempfile::tempdir().unwrap();
    let path = fasta(&folder, &bases);
    let reference = ReferenceSequence::open(&path).unwrap();
    let mut text = format!(
        "##fileformat=VCFv4.2\n##contig=<ID=chr1,length={}>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        bases.len()
    );
    let mut asked = BTreeMap::new();
    for number in 0..3_000 {
        let at = rng.random_range(0..upper.len() - 40);
        let length = rng.random_range(1..20);
        let (r, a) = if rng.random_bool(0.5) {
            (upper[at..=at + length].to_owned(), upper[at..=at].to_owned())
        } else {
            // The inserted bases are either the bases that follow in the contig, or random bases.
            let put = if rng.random_bool(0.7) {
                upper[at + 1..=at + length].to_owned()
            } else {
                "ACG".repeat(length).split_off(length)
            };
            (upper[at..=at].to_owned(), format!("{}{put}", &upper[at..=at]))
        };
        let certain = |t: &str| t.bytes().all(|b| b"ACGT".contains(&b));
        if !certain(&r) || !certain(&a) {
            continue;
        }
        text.push_str(&format!("chr1\t{}\tv{number}\t{r}\t{a}\t.\t.\t.\n", at + 1));
        asked.insert(
            format!("v{number}"),
            Allele::from_vcf(&Contig("1".into()), OneBased(at as u64 + 1), &r, &a, None).unwrap(),
        );
    }
    let mut child = Command::new("bcftools")
        .args(["norm", "-f"])
        .arg(&path)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let (mut compared, mut shifted) = (0, 0);
    for line in String::from_utf8(output.stdout).unwrap().lines().filter(|l| !l.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let theirs = Allele::from_vcf(
            &Contig("1".into()),
            OneBased(columns[1].parse().unwrap()),
            columns[3],
            columns[4],
            None,
        )
        .unwrap();
        let asked = &asked[columns[2]];
        assert_eq!(normal(asked, &reference), theirs, "{asked:?}");
        compared += 1;
        shifted += usize::from(theirs.start != asked.start);
    }
    assert!(compared > 2_000 && shifted > 300, "{compared} {shifted}");
}

/// The files of the participants spell the same deletion and the same insertion differently. With a reference, all participants carry the
/// same allele, and a query for any of the spellings together with its leftmost form finds it.
#[test]
fn participants_whose_files_spell_an_indel_differently_carry_the_same_allele() {
    let bases = "GGTCACACACACATTGG";
    let folder = tempfile::tempdir().unwrap();
    let reference = ReferenceSequence::open(&fasta(&folder, bases)).unwrap();
    for one in [allele(4, "AC", ""), allele(7, "", "CA")] {
        let all = equivalents(bases, &one);
        assert!(all.len() > 5);
        let (store, name) = (MemoryStore::default(), dataset("main"));
        let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0).with_reference(Some(reference.clone()));
        for (ordinal, spelling) in all.iter().enumerate() {
            // The spelling has an anchor base as in VCF, and for some participants further unchanged bases around the change.
            let (start, end) = (spelling.start.0 as usize, spelling.end.0 as usize);
            let more = ordinal % 3;
            let (from, to) = (start - 1, (end + more).min(bases.len()));
            let r = &bases[from..to];
            let a = format!("{}{}{}", &bases[from..start], spelling.alternate, &bases[end..to]);
            let text = format!(
                "##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts\nchr1\t{}\t.\t{r}\t{a}\t.\t.\t.\tGT\t0/1\n",
                from + 1
            );
            let columns = [Some(Ordinal(ordinal as u32))];
            let report = ingest_variants(
                text.as_bytes(),
                FileFormat::Vcf,
                &columns,
                G38,
                GERM,
                &format!("f{ordinal}"),
                &mut builder,
                &mut |_| {},
            )
            .unwrap();
            assert!(report.leftmost && report.entries == 1);
        }
        store.add("s", builder);
        let everybody: RoaringBitmap = (0..100).collect();
        let grant = grant(&[(&name, &everybody)], Action::AskVariants);
        let reader = block_on(store.index(1 << 20).now()).unwrap();
        let mut found = Vec::new();
        let query = WindowQuery {
            contig: Contig("1".into()),
            interval: Interval::WHOLE,
            filter: AlleleFilter::default(),
        };
        block_on(reader.overlapping(&grant, &name, G38, GERM, &query, |a, carriers| {
            found.push((a.clone(), people_of(carriers).len()));
            ControlFlow::Continue(())
        }))
        .unwrap();
        assert_eq!(found, [(all.iter().min_by_key(|a| a.start).unwrap().clone(), all.len())]);
        for spelling in &all {
            let kept = normal(spelling, &reference);
            let ask = |a: &Allele| {
                AlleleQuery::Sequence(SequenceQuery {
                    contig: a.contig.clone(),
                    start: a.start,
                    reference: Some(a.reference.clone()),
                    alternate: a.alternate.clone(),
                    filter: AlleleFilter::default(),
                })
            };
            let query = AlleleQuery::AnyOf(vec![ask(spelling), ask(&kept)]);
            let cohort = Cohort {
                dataset: &name,
                within: None,
            };
            let mut count = 0;
            block_on(reader.visible(&grant, &[cohort], G38, GERM, &query, |_| {
                count += 1;
                ControlFlow::Continue(())
            }))
            .unwrap();
            let people = block_on(reader.carrying(&grant, cohort, G38, GERM, &query)).unwrap();
            assert_eq!((count, people.len()), (1, all.len() as u64), "{spelling:?}");
        }
    }
}
