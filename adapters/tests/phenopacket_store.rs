//! Tests that ingest all published cases of the phenopacket store. Python recounts the facts.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use gemj_adapters::Target;
use gemj_adapters::phenopacket::ingest;
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit};
use gemj_model::{DatasetId, FactKind, FactSink, FactStatus, Linkage, LinkageUnavailable, ParticipantId, SiteId, SiteNumber, Zygosity};

/// A Python program that uses only the `json` module. It counts the participants for each term (present, excluded), the participants for each
/// trimmed allele, and the zygosities.
const RECOUNT: &str = r#"
import json, sys, tarfile, collections
terms = collections.defaultdict(lambda: [set(), set()])
alleles = collections.defaultdict(set)
sexes = collections.Counter()
with tarfile.open(sys.argv[1]) as archive:
    for member in archive:
        if not member.name.endswith(".json"): continue
        p = json.load(archive.extractfile(member))
        sexes[p["subject"]["sex"]] += 1
        for f in p["phenotypicFeatures"]: terms[f["type"]["id"]][f.get("excluded", False)].add(p["id"])
        for d in p["diseases"]: terms[d["term"]["id"]][0].add(p["id"])
        for i in p["interpretations"]:
            for g in i["diagnosis"]["genomicInterpretations"]:
                v = g["variantInterpretation"]["variationDescriptor"]
                r = v.get("vcfRecord")
                if not r: continue
                chrom, pos, ref, alt = r["chrom"].removeprefix("chr"), r["pos"], r["ref"], r["alt"]
                while ref and alt and ref[-1] == alt[-1]: ref, alt = ref[:-1], alt[:-1]
                while ref and alt and ref[0] == alt[0]: ref, alt, pos = ref[1:], alt[1:], pos + 1
                alleles["%s:%d:%s>%s" % (chrom, pos, ref, alt)].add((p["id"], v["allelicState"]["label"]))
for sex, count in sorted(sexes.items()): print("sex", sex, count, sep="\t")
for term, (present, absent) in sorted(terms.items()): print("term", term, len(present), len(absent), sep="\t")
for allele, people in sorted(alleles.items()):
    print("allele", allele, ",".join(sorted("%s=%s" % person for person in people)), sep="\t")
"#;

/// A linkage for tests: the id of every packet is the id of its participant.
struct Same;

impl Linkage for Same {
    fn participant(&self, of: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        Ok(ParticipantId::parse(of.number).ok())
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(None)
    }
}

#[derive(Default)]
struct Keeps(Vec<CaseRecord>);

impl FactSink for Keeps {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        self.0.push(record);
        Ok(Committed::New)
    }

    fn stored(&mut self, _: &DatasetId, _: &str) -> Result<StoredUnit, SinkError> {
        Ok(StoredUnit::Absent)
    }

    fn hide(&mut self, _: &DatasetId, _: &ParticipantId, _: &FactSource) -> Result<u64, SinkError> {
        Ok(0)
    }
}

fn recount(records: &[CaseRecord]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut sexes: BTreeMap<&str, u64> = BTreeMap::new();
    let mut terms: BTreeMap<&str, [BTreeSet<&str>; 2]> = BTreeMap::new();
    let mut alleles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in records {
        let id = record.participant.as_str();
        let sex = match record.sex {
            gemj_model::Sex::Female => "FEMALE",
            gemj_model::Sex::Male => "MALE",
            gemj_model::Sex::Other => "OTHER_SEX",
            gemj_model::Sex::Unknown => "UNKNOWN_SEX",
        };
        *sexes.entry(sex).or_default() += 1;
        for fact in &record.facts {
            assert_eq!(fact.kind == FactKind::Disease, fact.code.starts_with("OMIM:"));
            let at = usize::from(fact.status == FactStatus::Excluded);
            terms.entry(&fact.code).or_default()[at].insert(id);
        }
        for carrier in &record.carriers {
            assert_eq!(carrier.assembly, gemj_model::Assembly::GRCh38);
            assert_eq!(carrier.participant, record.participant);
            let allele = &carrier.allele;
            let zygosity = match carrier.zygosity {
                Some(Zygosity::Heterozygous) => "heterozygous",
                Some(Zygosity::Homozygous) => "homozygous",
                Some(Zygosity::Hemizygous) => "hemizygous",
                None => panic!("every published packet states the zygosity"),
            };
            let key = format!(
                "{}:{}:{}>{}",
                allele.contig.as_str(),
                allele.start.0 + 1,
                allele.reference,
                allele.alternate
            );
            alleles.entry(key).or_default().insert(format!("{id}={zygosity}"));
        }
    }
    lines.extend(sexes.iter().map(|(sex, count)| format!("sex\t{sex}\t{count}")));
    lines.extend(
        terms
            .iter()
            .map(|(term, [present, absent])| format!("term\t{term}\t{}\t{}", present.len(), absent.len())),
    );
    lines.extend(alleles.iter().map(|(allele, people)| {
        let people: Vec<_> = people.iter().map(String::as_str).collect();
        format!("allele\t{allele}\t{}", people.join(","))
    }));
    lines
}

#[test]
fn every_published_case_is_committed_with_the_counts_of_python() {
    let root = std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let path = root.join("data/phenopackets/phenopacket-store.tar.gz");
    if !path.is_file() {
        eprintln!("SKIPPED: no phenopacket store at {}", path.display());
        return;
    }
    let Ok(python) = Command::new("python3").args(["-c", RECOUNT]).arg(&path).output() else {
        eprintln!("SKIPPED: python3 is not installed");
        return;
    };
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let (dataset, site) = (DatasetId::parse("rare-disease").unwrap(), SiteId::parse("store").unwrap());
    let target = Target::new(dataset, site, "phenopacket").unwrap();
    let mut sink = Keeps::default();
    let accounting = ingest(&[path], &target, &Same, &mut sink).unwrap();
    assert_eq!(accounting.quarantined, []);
    assert_eq!(
        (accounting.received, accounting.committed, accounting.members_unknown),
        (3330, 3330, 0)
    );
    // Three labels ("Absent circulating T cells", twice, and "Absent circulating isohemagglutinin") are no names of their terms in the list of
    // HPO names, so these facts are not understood.
    assert_eq!((accounting.facts_present, accounting.facts_excluded), (33_226 - 3 + 3330, 52_164));
    // The packets contain 3,516 VCF records, and one packet contains one of them twice. Another 204 structural findings have no VCF record.
    assert_eq!((accounting.carriers, accounting.variants_not_counted), (3515, 204));
    let theirs: BTreeSet<String> = String::from_utf8(python.stdout).unwrap().lines().map(str::to_owned).collect();
    let ours = recount(&sink.0);
    let differences: Vec<_> = ours.symmetric_difference(&theirs).take(10).collect();
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(theirs.len() > 5000, "{}", theirs.len());
}
