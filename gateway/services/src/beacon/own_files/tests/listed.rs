//! What is counted is listed, under ids that are read back; and the files of a page are the page's.

use std::collections::BTreeSet;

use gemj_model::ObjectId;

use super::world::{World, vcf};
use crate::beacon::answer::{Answered, Listed};

fn handovers(answered: &Answered) -> BTreeSet<String> {
    let Listed::Sets(sets) = &answered.listed else { panic!() };
    let handovers = sets.iter().flat_map(|set| &set.handovers);
    let url = |handover| serde_json::to_value(handover).unwrap()["url"].as_str().unwrap().to_owned();
    handovers.map(url).collect()
}

fn slices(files: &[&ObjectId]) -> BTreeSet<String> {
    files
        .iter()
        .map(|file| format!("https://gateway.example/htsget/variants/{file}?format=VCF"))
        .collect()
}

fn with_whole_files(files: &[&ObjectId]) -> BTreeSet<String> {
    slices(files)
        .into_iter()
        .chain(files.iter().map(|file| format!("https://gateway.example/drs/{file}")))
        .collect()
}

#[tokio::test]
async fn every_indexed_allele_is_listed_under_an_id_of_its_own() {
    let world = World::new(None).await;
    let head = "##INFO=<ID=SVLEN,Number=A,Type=Integer,Description=\"Length\">\n";
    let lines: Vec<String> = [
        "100 . A <foo+bar> . . END=140 GT 0/1",
        "100 . A <foo.bar> . . END=140 GT 0/1",
        "100 . A <INS> . . SVLEN=300 GT 0/1",
        "100 . A <INS> . . SVLEN=400 GT 1/1",
        "100 . A <INS> . . . GT 0/1",
        "100 . A <DEL> . . END=140 GT 0/1",
        "100 . A <DEL> . . END=141 GT 0/1",
        "100 . A G . . . GT 0/1",
    ]
    .iter()
    .map(|record| record.replace(' ', "\t"))
    .collect();
    if world.write("p.vcf.gz", &vcf(head, &["P1"], &lines)).is_none() {
        return;
    }
    let files = world.load(&["one,P-1,P-1-S,,unknown,GRCh38,p.vcf.gz,,"], &["P-1"]).await;
    let person = world.of_file(&files[0], "individualId").await;
    let question = "assemblyId=GRCh38&referenceName=21&start=50&end=200";
    let all = world.variants("g_variants", question).await;
    assert_eq!(all.len(), lines.len(), "{all:?}");
    for path in [
        format!("individuals/{person}/g_variants"),
        format!("analyses/{}/g_variants", files[0]),
    ] {
        assert_eq!(world.variants(&path, question).await, all, "{path}");
    }
    for id in [
        "GRCh38.21.100.140.-.(foo~2Bbar)",
        "GRCh38.21.100.100.-.(INS)300",
        "GRCh38.21.100.100.-.(INS)400",
        "GRCh38.21.100.100.-.(INS)",
    ] {
        assert!(all.contains_key(id), "{all:?}");
    }
    for (id, cases) in &all {
        let alone = world.variants(&format!("g_variants/{id}"), "").await;
        assert_eq!(alone.into_iter().collect::<Vec<_>>(), [(id.clone(), cases.clone())]);
        assert_eq!(world.records(&format!("g_variants/{id}/individuals"), "").await.len(), 1, "{id}");
    }
    for none in [
        "GRCh38.21.100.100.-.(INS)500",
        "GRCh38.21.100.140.-.(foobar)",
        "GRCh38.21.100.140.-.(foo+bar)",
    ] {
        assert!(world.variants(&format!("g_variants/{none}"), "").await.is_empty(), "{none}");
        assert!(
            world.records(&format!("g_variants/{none}/individuals"), "").await.is_empty(),
            "{none}"
        );
    }
}

#[tokio::test]
async fn handovers_are_of_the_files_of_the_page() {
    let world = World::new(None).await;
    let line = |genotypes: &str| vec![format!("100\t.\tA\tG\t.\t.\t.\tGT\t{genotypes}")];
    for (name, columns, genotypes) in [
        ("b.vcf.gz", &["P1"][..], "0/1"),
        ("o.vcf.gz", &["P1"], "0|1"),
        ("s.vcf.gz", &["P1"], "1/1"),
        ("two.vcf.gz", &["P2"], "0/1"),
        ("joint.vcf.gz", &["J1", "J2"], "0/1\t0/1"),
        ("control.vcf.gz", &["J1", "CONTROL"], "0/1\t0/1"),
    ] {
        if world.write(name, &vcf("", columns, &line(genotypes))).is_none() {
            return;
        }
    }
    let sheet = "sample,participant,specimen,family,sex\nJ1,P-1,P-1-B,,unknown\n";
    std::fs::write(world.path("joint.csv"), format!("{sheet}J2,P-2,P-2-B,,unknown\n")).unwrap();
    std::fs::write(world.path("control.csv"), sheet).unwrap();
    let rows = [
        "one,P-1,P-1-B,,unknown,GRCh38,b.vcf.gz,,",
        "one,P-1,P-1-O,,unknown,GRCh38,o.vcf.gz,,",
        "one,P-1,P-1-O,,unknown,GRCh38,s.vcf.gz,,somatic",
        "one,P-2,P-2-B,,unknown,GRCh38,two.vcf.gz,,",
        "one,,,,,GRCh38,joint.vcf.gz,joint.csv,",
        "one,,,,,GRCh38,control.vcf.gz,control.csv,",
    ];
    let files = world.load(&rows, &["P-1", "P-2"]).await;
    let [b, o, s, two, joint, control] = &files[..] else { panic!() };
    let (blood, other) = (world.of_file(b, "biosampleId").await, world.of_file(o, "biosampleId").await);
    let person = world.of_file(b, "individualId").await;
    let question = "assemblyId=GRCh38&referenceName=21&start=0&end=1000";
    let mut with_control = slices(&[control]);
    for (path, question, whole) in [
        (format!("analyses/{joint}"), "", vec![joint]),
        (format!("analyses/{b}"), "", vec![b]),
        (format!("biosamples/{other}"), "", vec![o, s]),
        (format!("biosamples/{other}/g_variants"), question, vec![o]),
        (format!("analyses/{s}/g_variants"), question, vec![s]),
        (format!("analyses/{joint}/g_variants"), question, vec![joint]),
    ] {
        assert_eq!(handovers(&world.answer(&path, question).await), with_whole_files(&whole), "{path}");
    }
    // A column of nobody's is covered by no Grant: the whole file is not to be had.
    for (path, question, whole) in [
        (format!("analyses/{control}"), "", vec![]),
        (format!("biosamples/{blood}"), "", vec![b, joint]),
        (format!("individuals/{person}"), "", vec![b, o, s, joint]),
        (format!("individuals/{person}/g_variants"), question, vec![b, o, joint]),
        ("g_variants".to_owned(), question, vec![b, o, two, joint]),
        ("analyses".to_owned(), "", vec![b, o, s, two, joint]),
    ] {
        let mut expected = with_whole_files(&whole);
        expected.extend(with_control.clone());
        assert_eq!(handovers(&world.answer(&path, question).await), expected, "{path}");
    }
    // Limited to regions there are slices alone.
    let region = gemj_model::ApprovedRegion {
        assembly: Some(gemj_model::Assembly::GRCh38),
        contig: gemj_model::Contig("21".to_owned()),
        start: gemj_model::ZeroBased(0),
        end: gemj_model::ZeroBased(1_000),
    };
    world
        .programme
        .approve("A-2", gemj_model::Delivery::Download, Some(vec![region]))
        .await;
    with_control.extend(slices(&[b, o, two, joint]));
    let told = world.answer_to("A-2", "g_variants", question).await.unwrap();
    assert_eq!(handovers(&told), with_control);
}
