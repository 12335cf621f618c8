//! Checks the demo's feeds with samtools, with bcftools and against the programme's plan.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Instant;

use gemj_demo::{Feeds, Programme, feeds};
use gemj_model::{Approval, ConsentForm, ConsentKind};
use sha2::{Digest, Sha256};

struct Written {
    folder: tempfile::TempDir,
    programme: Programme,
    feeds: Feeds,
}

static WRITTEN: LazyLock<Written> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let feeds = feeds::write(folder.path()).unwrap();
    Written {
        folder,
        programme: Programme::plan(),
        feeds,
    }
});

fn root() -> PathBuf {
    WRITTEN.folder.path().join("feeds")
}

fn run(program: &str, arguments: &[&str]) -> Option<String> {
    let output = match Command::new(program)
        .args(arguments)
        .env("REF_PATH", "/nonexistent")
        .env("REF_CACHE", "/nonexistent")
        .output()
    {
        Ok(output) => output,
        Err(error) => {
            eprintln!("SKIPPED: {program} cannot be run: {error}");
            return None;
        }
    };
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.stderr.is_empty(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), names.len(), "{line}");
            names.iter().zip(fields).map(|(n, f)| ((*n).to_owned(), f.to_owned())).collect()
        })
        .collect()
}

#[test]
fn two_writes_give_the_same_bytes_and_need_less_than_15_megabytes() {
    let second = tempfile::tempdir().unwrap();
    LazyLock::force(&WRITTEN);
    let start = Instant::now();
    feeds::write(second.path()).unwrap();
    eprintln!("written in {:?}", start.elapsed());
    let digest = |root: &Path| -> Vec<(PathBuf, Vec<u8>)> {
        files_below(root)
            .into_iter()
            .map(|path| {
                (
                    path.strip_prefix(root).unwrap().to_owned(),
                    Sha256::digest(fs::read(&path).unwrap()).to_vec(),
                )
            })
            .collect()
    };
    assert_eq!(digest(WRITTEN.folder.path()), digest(second.path()));
    let bytes: u64 = files_below(second.path()).iter().map(|p| p.metadata().unwrap().len()).sum();
    eprintln!("{bytes} bytes");
    assert!(bytes < 15_000_000, "{bytes}");
}

#[test]
fn the_programme_has_the_intended_size() {
    let programme = &WRITTEN.programme;
    assert_eq!(programme.people.len(), 500);
    assert_eq!(programme.members("cancer").count(), 300);
    assert_eq!(programme.members("rare-disease").count(), 210);
    let ids: BTreeSet<_> = programme.people.iter().map(|p| &p.id).collect();
    assert_eq!(ids.len(), programme.people.len());
    let sites: BTreeSet<_> = programme.people.iter().map(|p| p.hospital.site()).collect();
    assert_eq!(sites.len(), 5);
}

#[test]
fn enough_families_agreed_to_the_clauses_of_the_public_tier() {
    let programme = &WRITTEN.programme;
    let now = gemj_model::Timestamp::parse(gemj_demo::REFERENCE_DATE).unwrap();
    let standing = programme.standing(now, now).unwrap();
    let families = |dataset| programme.families_with(dataset, |p| gemj_demo::programme::is_public(standing[p.index]));
    eprintln!(
        "families that agreed: cancer {}, rare-disease {}",
        families("cancer"),
        families("rare-disease")
    );
    assert!(families("cancer") >= 150);
    assert!(families("rare-disease") >= 55);
}

#[test]
fn the_facts_hold_by_a_wide_margin() {
    let facts = &WRITTEN.feeds.facts;
    eprintln!("{facts:?}");
    assert!(facts.common_variant.cancer_families >= 50);
    assert!(facts.common_variant.rare_disease_families >= 12);
    assert!(facts.phenotype.families >= 15);
    assert!(facts.phenotype.families_with_descendants > facts.phenotype.families);
}

#[test]
fn every_kind_of_consent_event_occurs_and_only_with_clauses_of_its_form() {
    let rows = table(&WRITTEN.feeds.consents);
    let kinds: BTreeSet<&str> = rows.iter().map(|r| r["kind"].as_str()).collect();
    for kind in "given proxy-given assent clause-changed withdrawn-partial withdrawn expired reconsent-due died corrected legacy-equivalent"
        .split(' ')
    {
        assert!(kinds.contains(kind), "{kind}");
    }
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/consent-forms");
    let form = |id: &str| -> ConsentForm { serde_json::from_slice(&fs::read(schemas.join(format!("{id}.json"))).unwrap()).unwrap() };
    let forms = BTreeMap::from([("unified-1", form("unified-1")), ("legacy-2019", form("legacy-2019"))]);
    assert_eq!(forms["unified-1"].clauses.len(), 9);
    for row in &rows {
        assert!(ConsentKind::parse(&row["kind"]).is_some());
        gemj_model::Timestamp::parse(&row["effective_at"]).unwrap();
        let clauses = gemj_model::ClauseSet::parse(&row["clauses"]).unwrap();
        match row["form"].as_str() {
            "" => assert_eq!(row["kind"], "died"),
            id => {
                assert!(forms[id].clause_set().contains_all(clauses), "{row:?}");
                assert!(row["effective_at"] >= forms[id].effective_from, "{row:?}");
            }
        }
    }
    let asked: BTreeSet<&String> = rows.iter().map(|r| &r["participant"]).collect();
    assert!(asked.len() < WRITTEN.programme.people.len(), "participants never asked");
    let soon = rows
        .iter()
        .filter(|r| r["kind"] == "reconsent-due" && r["effective_at"].starts_with("2026-12"))
        .count();
    assert!(soon >= 2, "minors who come of age within weeks of the reference date");
    assert!(
        rows.iter()
            .any(|r| r["kind"] == "given" && r["effective_at"].as_str() > "2026-12-01")
    );
}

#[test]
fn samtools_finds_every_file_of_reads_complete() {
    let files: Vec<PathBuf> = files_below(&root().join("reads"))
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e != "bai"))
        .collect();
    assert_eq!(files.len(), 12);
    for file in &files {
        if run("samtools", &["quickcheck", "-v", file.to_str().unwrap()]).is_none() {
            return;
        }
        let count: usize = run("samtools", &["view", "-c", file.to_str().unwrap()])
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        assert_eq!(count, 2 * (2 * 900 + 25), "{file:?}");
        let flag = |arguments: &[&str]| -> usize {
            run("samtools", &[arguments, &[file.to_str().unwrap()]].concat())
                .unwrap()
                .trim()
                .parse()
                .unwrap()
        };
        assert_eq!(flag(&["view", "-c", "-f", "12"]), 50, "unplaced");
        assert!(flag(&["view", "-c", "-f", "4", "-F", "8"]) > 20, "unmapped but placed");
        let text = run("samtools", &["view", file.to_str().unwrap()]).unwrap();
        assert!(
            text.lines()
                .filter(|l| l.split('\t').nth(5).is_some_and(|c| c.contains('N')))
                .count()
                > 50,
            "spliced"
        );
    }
}

#[test]
fn a_cram_read_without_a_reference_equals_a_bam_of_the_same_reads() {
    for index in &WRITTEN.programme.files.cram {
        let person = &WRITTEN.programme.people[*index];
        let cram = root().join(format!("reads/{}.cram", person.specimen()));
        let bam = tempfile::NamedTempFile::new().unwrap();
        fs::write(bam.path(), feeds::bam_of(&WRITTEN.programme, person).unwrap()).unwrap();
        let Some(expected) = run("samtools", &["view", bam.path().to_str().unwrap()]) else {
            return;
        };
        let actual = run("samtools", &["view", cram.to_str().unwrap()]).unwrap();
        assert_eq!(actual.lines().count(), expected.lines().count());
        for (actual, expected) in actual.lines().zip(expected.lines()) {
            assert_eq!(actual, expected);
        }
        let headers = |path: &Path| run("samtools", &["view", "-H", "--no-PG", path.to_str().unwrap()]).unwrap();
        assert_eq!(headers(&cram), headers(bam.path()));
        // Reading by region must be equal too, with an index that samtools makes.
        run("samtools", &["index", cram.to_str().unwrap()]).unwrap();
        run("samtools", &["index", bam.path().to_str().unwrap()]).unwrap();
        for region in ["chr17:43,050,000-43,060,000", "chr13", "chrX", "*"] {
            let view = |path: &Path| run("samtools", &["view", path.to_str().unwrap(), region]).unwrap();
            assert_eq!(view(&cram), view(bam.path()), "{region}");
        }
        fs::remove_file(format!("{}.crai", cram.display())).unwrap();
    }
}

#[test]
fn noodles_reads_the_crams_without_a_reference() {
    use noodles::cram;
    for index in &WRITTEN.programme.files.cram {
        let person = &WRITTEN.programme.people[*index];
        let bytes = fs::read(root().join(format!("reads/{}.cram", person.specimen()))).unwrap();
        let mut reader = cram::io::Reader::new(bytes.as_slice());
        let header = reader.read_header().unwrap();
        let bam = feeds::bam_of(&WRITTEN.programme, person).unwrap();
        let mut expected = noodles::bam::io::Reader::new(bam.as_slice());
        let bam_header = expected.read_header().unwrap();
        let expected: Vec<_> = expected.record_bufs(&bam_header).map(Result::unwrap).collect();
        let actual: Vec<_> = reader.records(&header).map(Result::unwrap).collect();
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.iter().zip(&expected) {
            let mut expected = expected.clone();
            let mut actual = actual.clone();
            for record in [&mut actual, &mut expected] {
                // The order of tags in a record is not fixed, so the tags are sorted before the comparison.
                let mut tags: Vec<_> = record.data().iter().map(|(t, v)| (t, v.clone())).collect();
                tags.sort_by_key(|(t, _)| *t.as_ref());
                *record.data_mut() = tags.into_iter().collect();
            }
            assert_eq!(actual.sequence(), expected.sequence());
            assert_eq!(actual.quality_scores(), expected.quality_scores());
            assert_eq!(actual.cigar(), expected.cigar());
            assert_eq!(actual.alignment_start(), expected.alignment_start());
            assert_eq!(actual.flags(), expected.flags());
            assert_eq!(actual.name(), expected.name());
        }
    }
}

#[test]
fn bcftools_reads_every_variant_file_and_finds_the_planned_variants() {
    for index in &WRITTEN.programme.files.vcf {
        let person = &WRITTEN.programme.people[*index];
        let path = root().join(format!("variants/{}.vcf.gz", person.specimen()));
        let Some(samples) = run("bcftools", &["query", "-l", path.to_str().unwrap()]) else {
            return;
        };
        assert_eq!(samples.trim(), person.specimen());
        let text = run("bcftools", &["view", "-H", path.to_str().unwrap()]).unwrap();
        let mut carried = 0;
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let genotype = fields[9].split(':').next().unwrap();
            carried += usize::from(genotype.split('/').any(|a| a != "0" && a != "."));
            assert_eq!(fields[0] == "chrX" && person.is_male(), !genotype.contains('/'), "{line}");
            assert!(!fields[3].is_empty() && fields[1].parse::<u64>().unwrap() > 0);
        }
        let planned = WRITTEN
            .programme
            .sites
            .iter()
            .filter(|s| WRITTEN.programme.genotype(person, s).differs())
            .count();
        assert_eq!(carried, planned);
    }
}

#[test]
fn the_joint_bcf_equals_the_planned_text_and_has_records_of_every_shape() {
    let path = root().join("variants/cancer-joint.bcf");
    let expected = feeds::joint_text(&WRITTEN.programme);
    let Some(actual) = run("bcftools", &["view", "-H", path.to_str().unwrap()]) else {
        return;
    };
    let expected_lines: Vec<&str> = expected.lines().filter(|l| !l.starts_with('#')).collect();
    let actual_lines: Vec<&str> = actual.lines().collect();
    eprintln!("{} sites", actual_lines.len());
    assert_eq!(actual_lines.len(), expected_lines.len());
    for (actual, expected) in actual_lines.iter().zip(&expected_lines) {
        assert_eq!(actual, expected);
    }
    assert!((1_200..1_900).contains(&actual_lines.len()));
    let column = |line: &str, n: usize| line.split('\t').nth(n).unwrap().to_owned();
    let allele_counts: Vec<Vec<u32>> = actual_lines
        .iter()
        .map(|l| {
            column(l, 7).split(';').next().unwrap()[3..]
                .split(',')
                .map(|n| n.parse().unwrap())
                .collect()
        })
        .collect();
    let count = |test: &dyn Fn(usize) -> bool| (0..actual_lines.len()).filter(|n| test(*n)).count();
    for (what, least, number) in [
        ("singletons", 100, count(&|n| allele_counts[n] == [1])),
        ("common", 100, count(&|n| allele_counts[n].iter().any(|c| *c > 40))),
        ("without carriers", 1, count(&|n| allele_counts[n].iter().all(|c| *c == 0))),
        ("multi-allelic", 50, count(&|n| column(actual_lines[n], 4).contains(','))),
        (
            "spanned by a deletion",
            10,
            count(&|n| column(actual_lines[n], 4).ends_with(",*") && allele_counts[n][1] > 0),
        ),
        ("symbolic deletions", 3, count(&|n| column(actual_lines[n], 4) == "<DEL>")),
        ("deletions", 50, count(&|n| column(actual_lines[n], 3).len() > 1)),
        (
            "half calls",
            50,
            count(&|n| actual_lines[n].contains("/.:1") || actual_lines[n].contains("/.:2")),
        ),
        ("on X", 100, count(&|n| column(actual_lines[n], 0) == "chrX")),
    ] {
        eprintln!("{what}: {number}");
        assert!(number >= least, "{what}: {number}");
    }
    let samples = run("bcftools", &["query", "-l", path.to_str().unwrap()]).unwrap();
    let named: BTreeSet<String> = table(&root().join("cancer-joint-samples.csv"))
        .iter()
        .map(|r| r["sample"].clone())
        .collect();
    assert_eq!(named.len(), 200);
    let unnamed: Vec<&str> = samples.lines().filter(|s| !named.contains(*s)).collect();
    assert_eq!(unnamed, ["CONTROL-1", "CONTROL-2"]);
}

#[test]
fn counts_of_the_joint_file_equal_those_of_bcftools() {
    let path = root().join("variants/cancer-joint.bcf");
    let Some(stated) = run(
        "bcftools",
        &["query", "-f", "%CHROM %POS %INFO/AC %INFO/AN\n", path.to_str().unwrap()],
    ) else {
        return;
    };
    // With named samples, `bcftools view` counts AC and AN again.
    let samples = run("bcftools", &["query", "-l", path.to_str().unwrap()])
        .unwrap()
        .lines()
        .collect::<Vec<_>>()
        .join(",");
    let again = Command::new("sh")
        .arg("-c")
        .arg(format!("bcftools annotate -x INFO/AC,INFO/AN {0} -Ou | bcftools view -s {samples} - -Ou | bcftools query -f '%CHROM %POS %INFO/AC %INFO/AN\\n'", path.display()))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&again.stdout),
        stated,
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
}

#[test]
fn sheets_name_existing_files_and_the_planned_participants() {
    let people: BTreeMap<&str, _> = WRITTEN.programme.people.iter().map(|p| (p.id.as_str(), p)).collect();
    let mut paths = BTreeSet::new();
    let mut joint = 0;
    for sheet in &WRITTEN.feeds.sheets {
        for row in table(sheet) {
            assert!(root().join(&row["path"]).is_file() && paths.insert(row["path"].clone()), "{row:?}");
            assert!(row["index_path"].is_empty() || root().join(&row["index_path"]).is_file());
            if row["participant"].is_empty() {
                joint += 1;
                assert!(root().join(&row["samples_path"]).is_file());
                continue;
            }
            let person = people[row["participant"].as_str()];
            assert!(person.is_in(&row["dataset"]));
            assert_eq!(
                (row["family"].as_str(), row["site"].as_str()),
                (person.family.as_str(), person.hospital.site())
            );
            assert_eq!(row["sex"], person.sex.as_str());
        }
    }
    assert_eq!(joint, 2);
    let files = files_below(&root().join("variants"))
        .into_iter()
        .chain(files_below(&root().join("reads")));
    assert_eq!(
        files
            .filter(|p| !["bai", "tbi"].contains(&p.extension().unwrap().to_str().unwrap()))
            .count(),
        paths.len()
    );
}

#[test]
fn there_is_one_packet_for_each_member_and_it_agrees_with_the_sheet() {
    for gemj_demo::feeds::PacketFolder { dataset, site, folder } in &WRITTEN.feeds.phenopackets {
        let files = files_below(folder);
        let own = WRITTEN
            .programme
            .members(dataset.as_str())
            .filter(|person| person.hospital.site() == site.as_str());
        assert_eq!(files.len(), own.count());
        for (path, person) in files.iter().map(|path| {
            let packet: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            (
                packet.clone(),
                WRITTEN
                    .programme
                    .people
                    .iter()
                    .find(|p| p.id == packet["id"].as_str().unwrap())
                    .unwrap(),
            )
        }) {
            assert_eq!(path["subject"]["id"], person.id.as_str());
            assert_eq!(path["subject"]["sex"].as_str().unwrap().to_lowercase(), person.sex.as_str());
            for feature in path["phenotypicFeatures"].as_array().unwrap() {
                assert_ne!(feature["type"]["label"], "");
            }
            if let Some(record) =
                path.pointer("/interpretations/0/diagnosis/genomicInterpretations/0/variantInterpretation/variationDescriptor/vcfRecord")
            {
                assert!(record["pos"].as_str().unwrap().parse::<u64>().unwrap() > 0);
            }
        }
    }
}

/// The participant of each site, namespace and number, read from a linkage sheet.
struct Linked(std::collections::BTreeMap<[String; 3], String>);

impl Linked {
    fn read(sheet: &Path) -> Self {
        let text = fs::read_to_string(sheet).unwrap();
        let row = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            ([cells[0], cells[1], cells[2]].map(str::to_owned), cells[3].to_owned())
        };
        Self(text.lines().skip(1).map(row).collect())
    }
}

impl gemj_model::Linkage for Linked {
    fn participant(&self, of: gemj_model::SiteNumber<'_>) -> Result<Option<gemj_model::ParticipantId>, gemj_model::LinkageUnavailable> {
        let linked = self.0.get(&[of.site.as_str(), of.namespace, of.number].map(str::to_owned));
        Ok(linked.map(|participant| gemj_model::ParticipantId::parse(participant).unwrap()))
    }

    fn since(&self, _: gemj_model::SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, gemj_model::LinkageUnavailable> {
        Ok(None)
    }
}

#[test]
fn the_gateway_s_adapters_read_every_packet_and_the_ontology_completely() {
    let mut carriers: BTreeMap<&str, usize> = BTreeMap::new();
    for gemj_demo::feeds::PacketFolder { dataset, site, folder } in &WRITTEN.feeds.phenopackets {
        let target = gemj_adapters::Target::new(dataset.clone(), site.clone(), "phenopacket").unwrap();
        let linked = Linked::read(&WRITTEN.feeds.packet_linkage);
        for path in files_below(folder) {
            let mapped = gemj_adapters::phenopacket::read_packet(&fs::read(&path).unwrap(), &target, &linked).unwrap();
            let person = WRITTEN
                .programme
                .people
                .iter()
                .find(|p| p.id == mapped.record.participant.as_str())
                .unwrap();
            assert_eq!(mapped.record.sex, person.sex);
            assert_eq!((mapped.variants_not_counted, mapped.members_unknown), (0, 0));
            let phenotypes = mapped
                .record
                .facts
                .iter()
                .filter(|f| f.kind == gemj_model::FactKind::Phenotype)
                .count();
            assert_eq!(phenotypes, person.features.len());
            *carriers.entry(dataset.as_str()).or_default() += mapped.record.carriers.len();
        }
    }
    for (dataset, carriers) in carriers {
        assert_eq!(carriers > 30, dataset == "rare-disease", "{carriers}");
    }
    let ontology = gemj_adapters::ontology::parse(&fs::read(&WRITTEN.feeds.ontology).unwrap()).unwrap();
    assert_eq!(
        (ontology.prefix.as_str(), ontology.terms.len()),
        ("HP", gemj_demo::programme::hpo::TERMS.len())
    );
}

#[test]
fn sheets_name_every_member_of_rare_disease_and_every_family_of_several_members() {
    let mut families: BTreeMap<String, String> = BTreeMap::new();
    for sheet in &WRITTEN.feeds.sheets {
        for row in table(sheet) {
            let rows = if row["participant"].is_empty() {
                table(&root().join(&row["samples_path"]))
            } else {
                vec![row]
            };
            for row in rows {
                let before = families.insert(row["participant"].clone(), row["family"].clone());
                assert!(before.is_none_or(|f| f == row["family"]));
            }
        }
    }
    for person in &WRITTEN.programme.people {
        let several = WRITTEN.programme.people.iter().filter(|p| p.family == person.family).count() > 1;
        if several || person.in_rare_disease {
            assert_eq!(families.get(&person.id), Some(&person.family));
        }
    }
}

#[test]
fn the_panel_equals_the_plan() {
    let path = root().join("variants/rare-disease-panel.vcf.gz");
    let Some(samples) = run("bcftools", &["query", "-l", path.to_str().unwrap()]) else {
        return;
    };
    let people: Vec<_> = samples
        .lines()
        .map(|s| WRITTEN.programme.people.iter().find(|p| p.specimen() == s).unwrap())
        .collect();
    assert_eq!(people.len(), 210 - 54);
    let text = run("bcftools", &["query", "-f", "%CHROM %POS[ %GT]\n", path.to_str().unwrap()]).unwrap();
    let mut checked = 0;
    for line in text.lines() {
        let mut fields = line.split(' ');
        let (contig, position) = (fields.next().unwrap(), fields.next().unwrap().parse::<u64>().unwrap());
        let site = WRITTEN
            .programme
            .sites
            .iter()
            .find(|s| s.contig_name() == contig && s.position.0 == position)
            .unwrap();
        for (person, genotype) in people.iter().zip(fields) {
            let planned = WRITTEN.programme.genotype(person, site).field(|a| a);
            assert!(genotype == planned || genotype.contains('.'), "{line}");
            checked += 1;
        }
    }
    assert!(checked > 30_000, "{checked}");
}

#[test]
fn the_model_reads_the_written_approvals() {
    let approvals: Vec<Approval> = serde_json::from_slice(&fs::read(&WRITTEN.feeds.approvals).unwrap()).unwrap();
    assert_eq!(approvals.len(), 7);
    assert!(
        approvals
            .iter()
            .all(|a| a.visa_value.starts_with("https://gemj.example/approvals/2026-000"))
    );
}

#[test]
fn a_child_has_only_alleles_of_its_parents_except_for_the_reported_cause() {
    use gemj_demo::programme::genotypes::Genotype;
    use gemj_demo::programme::person::Parent;
    let programme = &WRITTEN.programme;
    let mut checked = 0;
    for child in &programme.people {
        let (Parent::Enrolled(mother), Parent::Enrolled(father)) = (child.mother, child.father) else {
            continue;
        };
        let (mother, father) = (&programme.people[mother], &programme.people[father]);
        for site in programme
            .sites
            .iter()
            .filter(|s| s.spanned_by.is_none() && child.causal_site != Some(s.index))
        {
            let (of_mother, of_father) = (programme.genotype(mother, site), programme.genotype(father, site));
            match programme.genotype(child, site) {
                Genotype::Haploid(a) => assert!(of_mother.carries(a)),
                Genotype::Diploid(a, b) => assert!(of_mother.carries(a) && of_father.carries(b)),
            }
            checked += 1;
        }
    }
    assert!(checked > 50_000);
}
