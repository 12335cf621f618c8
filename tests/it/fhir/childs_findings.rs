//! Findings of a child. A secondary finding of an adult-onset disease is returned only under the clause `incidental-findings`. A finding is never
//! returned if the case report does not show whether it is primary or secondary.

use std::collections::BTreeSet;

use gemj_tests::small_data::write_vcf;
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

use super::hospital::{Hospital, number_of, site_of};

const CHILD: &str = "CHILD-01";

/// All clauses except `incidental-findings`.
const WITHOUT_INCIDENTAL: &str =
    "study-use;third-party-domestic;third-party-overseas;commercial;return-findings;recontact;biobank;family-return";

/// The findings of the child: the child's own disease, an adult-onset disease, and two findings of unknown kind. Each has the RefSeq accession of the
/// GRCh38 sequence, the contig and the 1-based position.
const PRIMARY: (&str, &str, u64) = ("NC_000002.12", "chr2", 166_000_000);
const OF_ADULTS: (&str, &str, u64) = ("NC_000013.11", "chr13", 32_340_300);
const UNKNOWN_STATUS: (&str, &str, u64) = ("NC_000003.12", "chr3", 37_000_000);
const WITHOUT_DISEASE: (&str, &str, u64) = ("NC_000004.12", "chr4", 40_000_000);

fn variants() -> String {
    let found = [PRIMARY, UNKNOWN_STATUS, WITHOUT_DISEASE, OF_ADULTS];
    let mut text = String::from("##fileformat=VCFv4.3\n");
    for (_, contig, _) in found {
        text.push_str(&format!("##contig=<ID={contig}>\n"));
    }
    text.push_str("##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tCHILD-01-S\n");
    for (_, contig, position) in found {
        text.push_str(&format!("{contig}\t{position}\t.\tA\tG\t50\tPASS\t.\tGT\t0/1\n"));
    }
    text
}

fn interpretation(place: (&str, &str, u64), disease: Option<(&str, &str)>, status: &str) -> Value {
    let disease = disease.map(|(id, label)| json!({"id": id, "label": label}));
    json!({
        "id": place.1,
        "progressStatus": "SOLVED",
        "diagnosis": {"disease": disease, "genomicInterpretations": [{
            "subjectOrBiosampleId": CHILD,
            "interpretationStatus": status,
            "variantInterpretation": {
                "acmgPathogenicityClassification": "PATHOGENIC",
                "variationDescriptor": {
                    "id": place.1,
                    "moleculeContext": "genomic",
                    "vcfRecord": {"genomeAssembly": "GRCh38", "chrom": place.1, "pos": place.2, "ref": "A", "alt": "G"},
                    "allelicState": {"id": "GENO:0000135", "label": "heterozygous"},
                },
            },
        }]},
    })
}

fn packet() -> Value {
    let dravet = ("OMIM:607208", "Dravet syndrome");
    let of_adults = ("OMIM:612555", "Breast-ovarian cancer, familial, susceptibility to, 2");
    let mut without_disease = interpretation(WITHOUT_DISEASE, None, "CAUSATIVE");
    without_disease["diagnosis"].as_object_mut().unwrap().remove("disease");
    json!({
        "id": CHILD,
        "subject": {"id": CHILD, "sex": "FEMALE", "dateOfBirth": "2019-05-01T00:00:00Z"},
        "phenotypicFeatures": [{"type": {"id": "HP:0001250", "label": "Seizure"}}],
        "diseases": [{"term": {"id": dravet.0, "label": dravet.1}}],
        "interpretations": [
            interpretation(PRIMARY, Some(dravet), "CAUSATIVE"),
            interpretation(OF_ADULTS, Some(of_adults), "CAUSATIVE"),
            interpretation(UNKNOWN_STATUS, Some(dravet), "UNKNOWN_STATUS"),
            without_disease,
        ],
        "metaData": {
            "created": "2026-04-01T00:00:00Z",
            "createdBy": "gemj-tests",
            "resources": [
                {"id": "hp", "name": "human phenotype ontology", "url": "http://purl.obolibrary.org/obo/hp.owl", "version": "2026-01-01",
                 "namespacePrefix": "HP", "iriPrefix": "http://purl.obolibrary.org/obo/HP_"},
                {"id": "omim", "name": "OMIM", "url": "https://omim.org", "version": "2026-01-01", "namespacePrefix": "OMIM", "iriPrefix": "https://omim.org/entry/"},
                {"id": "geno", "name": "Genotype Ontology", "url": "http://purl.obolibrary.org/obo/geno.owl", "version": "2026-01-01",
                 "namespacePrefix": "GENO", "iriPrefix": "http://purl.obolibrary.org/obo/GENO_"},
            ],
            "phenopacketSchemaVersion": "2.0",
        },
    })
}

/// A programme with a child of hospital A, who has a variant file and a case report.
fn loaded() -> Programme {
    let programme = Programme::new(Backend::Embedded);
    let file = programme.path("child.vcf.gz");
    write_vcf(&file, &variants());
    let sheet = format!(
        "dataset,participant,specimen,family,sex,assembly,path,site\nrare-disease,{CHILD},{CHILD}-S,,female,GRCh38,{},{}\n",
        file.display(),
        site_of(1)
    );
    let _ = programme.load(&sheet).good();
    let links = programme.path("links.csv");
    std::fs::write(
        &links,
        format!("site,namespace,number,participant\n{0},{0},{1},{CHILD}\n", site_of(1), number_of(1)),
    )
    .unwrap();
    let _ = programme.run(&["link", "--register", links.to_str().unwrap()]).good();
    let packets = programme.path("packets");
    std::fs::create_dir(&packets).unwrap();
    std::fs::write(packets.join("child.json"), packet().to_string()).unwrap();
    let _ = programme.ingest_packets("rare-disease", &packets).good();
    programme
}

/// The RefSeq accessions of the alleles that the hospital receives in the report's Observations.
fn told(hospital: &Hospital<'_>, patient: &str) -> BTreeSet<String> {
    let found = hospital.get(&format!("Observation?patient={patient}")).expect(200).json();
    let entries = found["entry"].as_array().cloned().unwrap_or_default();
    let sequence = |entry: &Value| {
        let components = entry["resource"]["component"].as_array().unwrap();
        let is_sequence = |c: &&Value| {
            c["code"]["coding"]
                .as_array()
                .unwrap()
                .iter()
                .any(|coding| coding["code"] == "48013-7")
        };
        let component = components.iter().find(is_sequence).unwrap();
        component["valueCodeableConcept"]["coding"][0]["code"].as_str().unwrap().to_owned()
    };
    entries.iter().map(sequence).collect()
}

#[test]
fn a_childs_finding_of_an_adult_disease_requires_its_clause_and_open_findings_are_never_returned() {
    let programme = loaded();
    let served = programme.serve();
    let hospital = Hospital::new(&programme, &served.client, "hospital-a");
    let import = |kind: &str, clauses: &str, day: &str| {
        let _ = programme
            .import_consents(&format!("{CHILD},unified-1,{kind},{clauses},{day}\n"))
            .good();
    };
    let find = |patient: &str, place: (&str, &str, u64)| {
        let query = format!(
            "$find-subject-variants?subject={patient}&ranges={}:{}-{}",
            place.0,
            place.2 - 1,
            place.2
        );
        hospital.get(&query)
    };
    let only_primary = BTreeSet::from([PRIMARY.0.to_owned()]);
    let with_secondary = BTreeSet::from([PRIMARY.0.to_owned(), OF_ADULTS.0.to_owned()]);
    // The parents consent to the return of findings, but not to the return of incidental findings.
    import("proxy-given", WITHOUT_INCIDENTAL, "2026-04-01");
    let patient = hospital.patient(1);
    let closed = || {
        assert_eq!(told(&hospital, &patient), only_primary);
        assert_eq!(
            find(&patient, PRIMARY).expect(200).json()["parameter"][0]["part"][1]["valueBoolean"],
            true
        );
        for place in [OF_ADULTS, UNKNOWN_STATUS, WITHOUT_DISEASE] {
            assert_eq!(find(&patient, place).status, 422, "{}", place.1);
        }
        let report = hospital.get(&format!("DiagnosticReport?patient={patient}")).expect(200).text();
        assert!(!report.contains("OMIM:612555") && !report.contains("Breast"), "{report}");
    };
    closed();
    import("proxy-given", "all", "2026-05-01");
    assert_eq!(told(&hospital, &patient), with_secondary);
    assert_eq!(find(&patient, OF_ADULTS).status, 200);
    // The participant withdraws only the clause `incidental-findings`.
    import("withdrawn-partial", "incidental-findings", "2026-06-01");
    closed();
    import("withdrawn-partial", "return-findings", "2026-06-02");
    assert_eq!(
        hospital.get(&format!("Observation?patient={patient}")).expect(200).json()["total"],
        0
    );
}
