//! Every counted variant is listed, with an id that can be parsed. The handovers of a page link to the files of the page.

use std::collections::BTreeSet;

use gemj_access::Action;
use gemj_model::{ConsentKind, ObjectId};

use super::world::{World, vcf};
use crate::beacon::answer::{Answered, Listed};
use crate::beacon::records::tests::programme::approved;

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
async fn every_indexed_allele_is_listed_with_its_own_id() {
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
async fn handovers_lead_to_the_files_of_the_page() {
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
    // The control file has a column without an owner, so DRS offers no access to its bytes. The handovers still link to its DRS object.
    for (path, question, files) in [
        (format!("analyses/{control}"), "", vec![control]),
        (format!("biosamples/{blood}"), "", vec![b, joint, control]),
        (format!("individuals/{person}"), "", vec![b, o, s, joint, control]),
        (format!("individuals/{person}/g_variants"), question, vec![b, o, joint, control]),
        ("g_variants".to_owned(), question, vec![b, o, two, joint, control]),
        ("analyses".to_owned(), "", vec![b, o, s, two, joint, control]),
    ] {
        let expected = with_whole_files(&files);
        assert_eq!(handovers(&world.answer(&path, question).await), expected, "{path}");
    }
    // Under an approval that is limited to regions, there are only htsget handovers.
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
    let told = world.answer_to("A-2", "g_variants", question).await.unwrap();
    assert_eq!(handovers(&told), slices(&[b, o, two, joint, control]));
}

#[tokio::test]
async fn a_record_leads_to_the_drs_object_and_only_drs_states_whether_the_whole_file_is_available() {
    let world = World::new(None).await;
    let lines = ["100\t.\tA\tG\t.\t.\t.\tGT\t0|1".to_owned()];
    for name in ["child", "parent", "other"] {
        if world.write(&format!("{name}.vcf.gz"), &vcf("", &[name], &lines)).is_none() {
            return;
        }
    }
    let rows = [
        "one,P-1,P-1-S,F-1,unknown,GRCh38,child.vcf.gz,,",
        "one,P-2,P-2-S,F-1,unknown,GRCh38,parent.vcf.gz,,",
        "one,P-3,P-3-S,F-3,unknown,GRCh38,other.vcf.gz,,",
    ];
    let files = world.load(&rows, &["P-1", "P-2", "P-3"]).await;
    let [child, parent, other] = &files[..] else { panic!() };
    let region = "assemblyId=GRCh38&referenceName=21&start=0&end=1000";
    let host = ga4gh_drs::Hostname::parse("gateway.example").unwrap();
    for (withdrawn, sliced, whole) in [
        (None, vec![child, parent, other], vec![child, parent, other]),
        // The file of the child (P-1) also reveals data of the parent (P-2). After the parent's withdrawal, DRS no longer offers the
        // child's whole file.
        (Some("P-2"), vec![child, other], vec![other]),
    ] {
        if withdrawn.is_some() {
            world.programme.consent(ConsentKind::Withdrawn, withdrawn).await;
        }
        let expected = with_whole_files(&sliced);
        for (path, question) in [("g_variants", region), ("individuals", ""), ("analyses", "")] {
            assert_eq!(handovers(&world.answer(path, question).await), expected, "{path}");
        }
        for file in sliced {
            let project = approved("A-1");
            let of = async |action| world.programme.object_grant(action, &project, file).await;
            let described = of(Action::DescribeObject).await.unwrap();
            let object = world.programme.stores.catalogue.object(&described, file).await.unwrap().unwrap();
            let object = crate::drs::get_object(&described, &object, &host, "https://gateway.example/htsget").unwrap();
            let ways = serde_json::to_value(object).unwrap()["access_methods"].clone();
            let ways: Vec<&str> = ways.as_array().unwrap().iter().map(|way| way["type"].as_str().unwrap()).collect();
            let is_given = of(Action::FetchObject).await.is_some();
            assert_eq!(is_given, whole.contains(&file));
            let expected = if is_given { vec!["https", "htsget"] } else { vec!["htsget"] };
            assert_eq!(ways, expected);
        }
    }
}

#[tokio::test]
async fn a_set_that_is_not_listed_discloses_only_the_participant_that_the_path_names() {
    let world = World::new(None).await;
    for (name, position) in [("p.vcf.gz", 100), ("q.vcf.gz", 300)] {
        let lines = [format!("{position}\t.\tA\tG\t.\t.\t.\tGT\t0/1")];
        if world.write(name, &vcf("", &["P"], &lines)).is_none() {
            return;
        }
    }
    let rows = [
        "one,P-1,P-1-S,,unknown,GRCh38,p.vcf.gz,,",
        "one,P-2,P-2-S,,unknown,GRCh38,q.vcf.gz,,",
    ];
    let files = world.load(&rows, &["P-1", "P-2"]).await;
    let person = world.of_file(&files[0], "individualId").await;
    let region = "assemblyId=GRCh38&referenceName=21&start=0&end=1000";
    let individual = format!("individuals/{person}");
    let (variants, empty) = (
        format!("{individual}/g_variants"),
        "assemblyId=GRCh38&referenceName=21&start=5000&end=6000",
    );
    for (path, question, listed, named) in [
        ("g_variants", region, 2, 0),
        ("individuals", "", 2, 0),
        ("biosamples", "", 2, 0),
        ("analyses", "", 2, 0),
        (individual.as_str(), "", 1, 1),
        (variants.as_str(), region, 1, 1),
        // No variant is in this region, so the set is listed only for `includeResultsetResponses=MISS` or `ALL`. It contains no
        // participant.
        ("g_variants", empty, 0, 0),
        (variants.as_str(), empty, 0, 1),
    ] {
        let mut findings = Vec::new();
        for include in ["HIT", "ALL", "MISS", "NONE"] {
            let asked = format!("{question}&includeResultsetResponses={include}");
            let answered = world.answer(path, asked.trim_start_matches('&')).await;
            let people: BTreeSet<u32> = answered.handed_out.iter().flat_map(|(_, people)| people.iter()).collect();
            let gives = matches!(include, "HIT" | "ALL");
            let expected = if gives { listed.max(named) } else { named };
            assert_eq!(people.len(), expected, "{path}?{asked}");
            assert_eq!(answered.records_count() > 0, gives && listed > 0, "{path}?{asked}");
            assert_eq!(handovers(&answered).is_empty(), !gives || listed == 0, "{path}?{asked}");
            findings.push(answered.answer);
        }
        assert!(
            findings.windows(2).all(|pair| pair[0] == pair[1]),
            "{path}: the summary is about the whole request"
        );
    }
}
