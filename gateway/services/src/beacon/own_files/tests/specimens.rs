//! Tests with two specimens of one participant with one file each, a somatic file and a joint file. The expected variants come from a
//! recount by bcftools.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Case, World, run, vcf};

/// The variants in each column of a file: for each sample, the ids of its variants with the zygosity. bcftools splits the records; this
/// function trims the alleles.
fn recount(path: &std::path::Path) -> Option<BTreeMap<String, BTreeMap<String, &'static str>>> {
    let split = run("bcftools", &["norm", "-m-any", path.to_str().unwrap()], "")?;
    let text = run("bcftools", &["query", "-f", "%POS\\t%REF\\t%ALT[\\t%SAMPLE=%GT]\\n", "-"], &split)?;
    let mut carried: BTreeMap<String, BTreeMap<String, &'static str>> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let (mut start, mut reference, mut alternate): (u64, &str, &str) = (fields[0].parse().unwrap(), fields[1], fields[2]);
        start -= 1;
        if reference.len() != alternate.len() {
            assert_eq!(reference[..1], alternate[..1], "anchored");
            (start, reference, alternate) = (start + 1, &reference[1..], &alternate[1..]);
        }
        let side = |bases: &str| if bases.is_empty() { "-".to_owned() } else { bases.to_owned() };
        let id = format!(
            "GRCh38.21.{start}.{}.{}.{}",
            start + reference.len() as u64,
            side(reference),
            side(alternate)
        );
        for call in &fields[3..] {
            let (sample, genotype) = call.split_once('=').unwrap();
            let zygosity = match genotype {
                "0/1" | "1/0" => "heterozygous",
                "1/1" => "homozygous",
                "0/0" | "./." => continue,
                other => panic!("{other}"),
            };
            carried.entry(sample.to_owned()).or_default().insert(id.clone(), zygosity);
        }
    }
    Some(carried)
}

/// The variants in the form in which an answer lists them, each with its cases. If a specimen has several zygosities, the larger number of
/// copies counts.
fn listed(columns: &[(&str, &BTreeMap<String, &'static str>)]) -> BTreeMap<String, BTreeSet<Case>> {
    let mut of_specimens: BTreeMap<(String, String), &'static str> = BTreeMap::new();
    for (specimen, carried) in columns {
        for (id, zygosity) in *carried {
            let known = of_specimens.entry((id.clone(), (*specimen).to_owned())).or_insert(zygosity);
            if *zygosity == "homozygous" {
                *known = zygosity;
            }
        }
    }
    let mut all: BTreeMap<String, BTreeSet<Case>> = BTreeMap::new();
    for ((id, specimen), zygosity) in of_specimens {
        all.entry(id).or_default().insert((specimen, zygosity.to_owned()));
    }
    all
}

fn within(all: &BTreeMap<String, BTreeSet<Case>>, start: u64, end: u64) -> BTreeMap<String, BTreeSet<Case>> {
    let place = |id: &str, part: usize| id.split('.').nth(part).unwrap().parse::<u64>().unwrap();
    let lies = |id: &str| place(id, 2) < end && place(id, 3).max(place(id, 2) + 1) > start;
    all.iter()
        .filter(|(id, _)| lies(id))
        .map(|(id, cases)| (id.clone(), cases.clone()))
        .collect()
}

#[tokio::test]
async fn variants_come_from_the_file_or_specimen_that_the_path_names() {
    let world = World::new(None).await;
    let lines = |records: &[&str]| -> Vec<String> { records.iter().map(|record| record.replace(' ', "\t")).collect() };
    let blood = lines(&[
        "100 . A G . . . GT 0/1",
        "200 . CAG C . . . GT 1/1",
        "300 . T TAA,G . . . GT 1/2",
        "900 . G C . . . GT 0/1",
    ]);
    let other = lines(&["100 . A G . . . GT 1/1", "250 . C CTT . . . GT 0/1", "905 . G C . . . GT 0/1"]);
    let somatic = lines(&["150 . A T . . . GT 0/1", "200 . CAG C . . . GT 0/1"]);
    let joint = lines(&[
        "100 . A G . . . GT 1/1 0/1 0/1",
        "400 . G T,C . . . GT 0/1 2/2 0/1",
        "500 . G T . . . GT 0/0 0/1 0/0",
        "600 . G T . . . GT 0/0 0/0 1/1",
    ]);
    for (name, columns, records) in [
        ("blood.vcf.gz", &["P1"][..], &blood),
        ("other.bcf", &["P1"], &other),
        ("somatic.vcf.gz", &["P1"], &somatic),
        ("joint.vcf.gz", &["J1", "J2", "CONTROL"], &joint),
    ] {
        if world.write(name, &vcf("", columns, records)).is_none() {
            return;
        }
    }
    std::fs::write(
        world.path("joint.csv"),
        "sample,participant,specimen,family,sex\nJ1,P-1,P-1-B,,unknown\nJ2,P-2,P-2-B,,unknown\n",
    )
    .unwrap();
    let rows = [
        "one,P-1,P-1-B,,unknown,GRCh38,blood.vcf.gz,,",
        "one,P-1,P-1-O,,unknown,GRCh38,other.bcf,,",
        "one,P-1,P-1-O,,unknown,GRCh38,somatic.vcf.gz,,somatic",
        "one,,,,,GRCh38,joint.vcf.gz,joint.csv,",
    ];
    let files = world.load(&rows, &["P-1", "P-2"]).await;
    let [of_blood, of_other, of_somatic, of_joint] = &files[..] else {
        panic!()
    };
    let counted = ["blood.vcf.gz", "other.bcf", "somatic.vcf.gz", "joint.vcf.gz"].map(|name| recount(&world.path(name)).unwrap());
    let [in_blood, in_other, in_somatic, in_joint] = counted;
    let b = world.of_file(of_blood, "biosampleId").await;
    let o = world.of_file(of_other, "biosampleId").await;
    let person = world.of_file(of_blood, "individualId").await;
    assert_ne!(b, o);
    let everybody = "assemblyId=GRCh38&referenceName=21&start=399&referenceBases=G&alternateBases=C";
    let j2 = world.variants("g_variants", everybody).await.into_values().next().unwrap();
    let (j2, zygosity) = j2.into_iter().next().unwrap();
    assert!(j2 != b && j2 != o && zygosity == "homozygous");
    let (p1, p2) = (&in_joint["J1"], &in_joint["J2"]);
    let expected = [
        (format!("analyses/{of_blood}/g_variants"), listed(&[(&b, &in_blood["P1"])])),
        (format!("analyses/{of_other}/g_variants"), listed(&[(&o, &in_other["P1"])])),
        (format!("analyses/{of_somatic}/g_variants"), listed(&[(&o, &in_somatic["P1"])])),
        (format!("analyses/{of_joint}/g_variants"), listed(&[(&b, p1), (&j2, p2)])),
        (format!("biosamples/{b}/g_variants"), listed(&[(&b, &in_blood["P1"]), (&b, p1)])),
        (format!("biosamples/{o}/g_variants"), listed(&[(&o, &in_other["P1"])])),
        (format!("biosamples/{j2}/g_variants"), listed(&[(&j2, p2)])),
        (
            format!("individuals/{person}/g_variants"),
            listed(&[(&b, &in_blood["P1"]), (&b, p1), (&o, &in_other["P1"])]),
        ),
        // The carrier index does not distinguish specimens, so the files of a participant with several specimens are read too.
        (
            "g_variants".to_owned(),
            listed(&[(&b, &in_blood["P1"]), (&b, p1), (&o, &in_other["P1"]), (&j2, p2)]),
        ),
    ];
    for (start, end) in [
        (0, 1_000),
        (99, 100),
        (100, 200),
        (199, 201),
        (250, 251),
        (249, 250),
        (390, 650),
        (904, 905),
        (899, 904),
    ] {
        let question = format!("assemblyId=GRCh38&referenceName=chr21&start={start}&end={end}");
        for (path, all) in &expected {
            let told = world.variants(path, &question).await;
            assert_eq!(told, within(all, start, end), "{path}?{question}");
        }
    }
    // Each case of a variant states whether its origin is somatic or germline.
    let question = "assemblyId=GRCh38&referenceName=21&start=0&end=1000";
    for (file, origin) in [(of_somatic, "SO:0001777"), (of_other, "SO:0001778")] {
        for record in world.records(&format!("analyses/{file}/g_variants"), question).await {
            assert_eq!(record["caseLevelData"][0]["alleleOrigin"]["id"], origin);
        }
    }
    // For another assembly, and for a contig that no file contains, no variant is found.
    for question in [
        "assemblyId=GRCh37&referenceName=21&start=0&end=1000",
        "assemblyId=GRCh38&referenceName=X&start=0&end=1000",
    ] {
        for (path, _) in &expected {
            assert!(world.variants(path, question).await.is_empty(), "{path}?{question}");
        }
    }
    // Filters limit the participants also if the path names a file: no participant in the file is female.
    let nobody = world
        .variants(
            &format!("analyses/{of_blood}/g_variants"),
            &format!("{question}&filters=sex=female"),
        )
        .await;
    assert!(nobody.is_empty(), "{nobody:?}");
}
