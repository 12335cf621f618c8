//! The exports that are made of stored facts: BFF, OMOP tables and MIABIS on FHIR. Consent at this moment decides, only the institution that sent a
//! statement gets it, and no number of the institution is in a file.

use std::path::{Path, PathBuf};

use gemj_tests::oracle::{interpreter, python};
use gemj_tests::shared_data::skipped;
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn export(programme: &Programme, format: &str, site: &str, further: &[&str], folder: &Path) -> String {
    let words = [
        "export",
        "--format",
        format,
        "--dataset",
        "rare-disease",
        "--for-site",
        site,
        "--out",
        text(folder),
    ];
    programme.run(&[&words[..], further].concat()).good().out
}

/// Every file of a folder as one text.
fn everything(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|entry| String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap()).into_owned())
        .collect()
}

/// The tables of OMOP, the donors and samples, and a packet of five persons. Each number of the hospital contains `PLANTED`.
fn write_inputs(folder: &Path) -> (PathBuf, PathBuf, PathBuf) {
    let (tables, packets) = (folder.join("tables"), folder.join("packets"));
    std::fs::create_dir_all(&tables).unwrap();
    std::fs::create_dir_all(&packets).unwrap();
    let number = |at: usize| format!("PLANTED-{at}");
    let mut person = "person_id,gender_concept_id,person_source_value\n".to_owned();
    let mut condition =
        "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id,condition_status_concept_id,condition_source_value\n"
            .to_owned();
    let mut measurement =
        "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_source_value,measurement_source_value\n"
            .to_owned();
    let mut procedure =
        "procedure_occurrence_id,person_id,procedure_concept_id,procedure_date,procedure_type_concept_id,modifier_source_value,procedure_source_value\n".to_owned();
    let mut drug =
        "drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,drug_type_concept_id,drug_source_value\n".to_owned();
    let (mut donors, mut samples) = (Vec::new(), Vec::new());
    for at in 1..=5 {
        person += &format!("{at},{},{}\n", [8507, 8532][at % 2], number(at));
        for row in 0..4 {
            let id = at * 10 + row;
            let status = ["", "32899", "0", ""][row];
            condition += &format!(
                "{id},{at},{},2020-01-0{},32817,{status},E1{row}.9\n",
                [201_826, 0][row % 2],
                1 + row
            );
            measurement += &format!("{id},{at},3000963,2021-02-1{row},{}.50,g/dL,3A01{row}\n", 10 + row);
            procedure += &format!(
                "{id},{at},0,2022-03-0{},{},{},K0{row}\n",
                1 + row,
                ["32817", "32833"][row / 3],
                ["", "", "cancelled", ""][row]
            );
            drug += &format!(
                "{id},{at},1127433,2022-04-0{},{},{},YJ{row}\n",
                1 + row,
                ["2022-05-01", ""][row % 2],
                ["32818", "32838"][row / 2]
            );
        }
        donors.push(json!({"id": number(at), "sex": (["Male", "Female"][at % 2]), "birthDate": format!("{}-03", 1940 + at)}));
        for row in 0..3 {
            let mut sample =
                json!({"id": format!("PLANTED-S{at}-{row}"), "donorId": number(at), "sampleType": "DNA", "storageTemperature": "LN"});
            match row {
                0 => sample["creationTime"] = json!(format!("2023-05-0{at}")),
                1 => sample["creationTime"] = json!("2023-05"),
                _ => sample["parentId"] = json!(format!("PLANTED-S{at}-0")),
            }
            samples.push(sample);
        }
    }
    for (name, rows) in [
        ("PERSON", person),
        ("CONDITION_OCCURRENCE", condition),
        ("MEASUREMENT", measurement),
        ("PROCEDURE_OCCURRENCE", procedure),
        ("DRUG_EXPOSURE", drug),
        (
            "CONCEPT",
            "concept_id,concept_name,domain_id\n201826,Type 2 diabetes mellitus,Condition\n3000963,Hemoglobin,Measurement\n1127433,acetaminophen,Drug\n"
                .to_owned(),
        ),
        // Tables without rows.
        ("OBSERVATION", "observation_id,person_id,observation_concept_id\n".to_owned()),
        ("SPECIMEN", "specimen_id,person_id,specimen_concept_id\n".to_owned()),
    ] {
        std::fs::write(tables.join(format!("{name}.csv")), rows).unwrap();
    }
    let bank = folder.join("samples.json");
    std::fs::write(&bank, json!({"donors": donors, "samples": samples}).to_string()).unwrap();
    for at in 1..=5 {
        let packet = json!({
            "id": number(at), "subject": {"id": number(at), "sex": (["MALE", "FEMALE"][at % 2])},
            "phenotypicFeatures": [
                {"type": {"id": format!("HP:000125{at}"), "label": "A feature"}, "onset": {"age": {"iso8601duration": format!("P{at}Y")}}},
                {"type": {"id": "HP:0000252", "label": "Microcephaly"}, "excluded": true},
            ],
            "metaData": {"created": "2024-01-01T00:00:00Z", "createdBy": "PLANTED", "phenopacketSchemaVersion": "2.0",
                "resources": [{"id": "hp", "name": "HPO", "url": "https://hpo", "version": "1", "namespacePrefix": "HP", "iriPrefix": "https://hpo/HP_"}]},
        });
        std::fs::write(packets.join(format!("{at}.json")), packet.to_string()).unwrap();
    }
    (tables, bank, packets)
}

/// A programme with the data of hospital-a. P-1, P-2 and P-5 agreed; P-2 is the person that withdraws in the tests; P-3 and P-4 never agreed.
fn programme(folder: &Path) -> (Programme, [PathBuf; 3]) {
    let programme = Programme::new(Backend::Embedded);
    let (tables, bank, packets) = write_inputs(folder);
    let mut sheet = "site,namespace,number,participant\n".to_owned();
    for at in 1..=5 {
        for namespace in ["mrn", "bank", "phenopacket"] {
            sheet += &format!("hospital-a,{namespace},PLANTED-{at},P-{at}\n");
        }
    }
    let links = programme.path("links.csv");
    std::fs::write(&links, sheet).unwrap();
    let _ = programme.run(&["link", "--register", text(&links)]).good();
    for (profile, namespace, path) in [
        ("omop", "mrn", &tables),
        ("miabis", "bank", &bank),
        ("phenopacket", "phenopacket", &packets),
    ] {
        let words = ["ingest", "--dataset", "rare-disease", "--profile", profile, "--site", "hospital-a"];
        let _ = programme
            .run(&[&words[..], &["--namespace", namespace, text(path)]].concat())
            .good();
    }
    programme.everybody_agrees(["P-1", "P-2", "P-5"]);
    (programme, [tables, bank, packets])
}

fn withdraw(programme: &Programme, participant: &str) {
    let _ = programme
        .import_consents(&format!("{participant},unified-1,withdrawn,,2026-04-02\n"))
        .good();
}

#[test]
fn no_format_has_a_withdrawn_participant_a_number_of_the_hospital_or_data_of_another_institution() {
    let folder = tempfile::tempdir().unwrap();
    let (programme, _) = programme(folder.path());
    // Each participant has a feature, a year of birth and a kind of day of its own.
    let of_person = |format: &str, at: usize| match format {
        "bff" | "miabis-on-fhir" => format!("\"P-{at}\""),
        _ => unreachable!(),
    };
    for format in ["bff", "miabis-on-fhir"] {
        let out = folder.path().join(format!("{format}-before"));
        let said = export(&programme, format, "hospital-a", &[], &out);
        assert!(
            said.starts_with("exported: 3 participants; 2 members of the dataset are left out"),
            "{said}"
        );
        let files = everything(&out);
        assert!(!files.contains("PLANTED"), "{files}");
        let there: Vec<usize> = (1..=5).filter(|at| files.contains(&of_person(format, *at))).collect();
        assert_eq!(there, [1, 2, 5], "{format}");
    }
    withdraw(&programme, "P-2");
    for format in ["bff", "omop", "miabis-on-fhir"] {
        let out = folder.path().join(format!("{format}-after"));
        let said = export(&programme, format, "hospital-a", &[], &out);
        assert!(
            said.starts_with("exported: 2 participants; 3 members of the dataset are left out"),
            "{said}"
        );
        let files = everything(&out);
        assert!(
            !files.contains("PLANTED") && !files.contains("P-2") && !files.contains("HP:0001252"),
            "{format}"
        );
        let one = folder.path().join(format!("{format}-one"));
        let said = export(
            &programme,
            format,
            "hospital-a",
            &["--participant", "P-2", "--reason", "a test"],
            &one,
        );
        assert!(said.starts_with("exported: 0 participants; 1 members of the dataset"), "{said}");
        let other = folder.path().join(format!("{format}-other"));
        let said = export(&programme, format, "hospital-b", &[], &other);
        assert!(
            said.contains("exported: 0 participants; 3 members") && said.contains("the institution sent nothing: 2\n"),
            "{said}"
        );
        assert!(said.contains("left out by other-institution: "), "{said}");
        for empty in [&one, &other] {
            let files = everything(empty);
            assert!(
                !files.contains("P-") && !files.contains("HP:") && !files.contains("E10.9"),
                "{format}: {files}"
            );
        }
    }
    let verified = programme.run(&["audit", "verify"]).good();
    assert!(!verified.out.contains("PLANTED"));
}

#[test]
fn the_statements_of_packets_are_in_the_individuals() {
    let folder = tempfile::tempdir().unwrap();
    let (programme, [_, _, packets]) = programme(folder.path());
    programme.everybody_agrees(["P-3", "P-4"]);
    let out = folder.path().join("out");
    let said = export(&programme, "bff", "hospital-a", &[], &out);
    assert!(
        said.contains("individuals.json: 5\n") && said.contains("biosamples.json: 15\n"),
        "{said}"
    );
    // The individuals also have the conditions of the tables. Without them, they have the statements of the packets.
    let mut individuals: Vec<Value> = serde_json::from_slice(&std::fs::read(out.join("individuals.json")).unwrap()).unwrap();
    for record in &mut individuals {
        let diseases = record.as_object_mut().unwrap().remove("diseases").unwrap();
        assert!(
            diseases
                .as_array()
                .unwrap()
                .iter()
                .all(|d| d["diseaseCode"]["id"].as_str().unwrap().starts_with("OMOP:201826")
                    || d["diseaseCode"]["id"].as_str().unwrap().starts_with("hospital-a.condition:"))
        );
    }
    std::fs::write(out.join("individuals.json"), serde_json::to_vec(&individuals).unwrap()).unwrap();
    let participants: serde_json::Map<String, Value> = (1..=5).map(|at| (format!("PLANTED-{at}"), json!(format!("P-{at}")))).collect();
    let compared = python(
        "exported_individuals.py",
        &json!({"packets": text(&packets), "exported": text(&out), "participants": participants}),
    );
    assert_eq!(compared["differing"], json!([]), "{compared}");
    assert_eq!(
        (&compared["compared"], &compared["statements"], &compared["rest"]),
        (&json!(5), &json!(10), &json!(0))
    );
}

#[test]
fn the_rows_of_a_hospital_are_in_the_tables_again() {
    let folder = tempfile::tempdir().unwrap();
    let (programme, [tables, bank, _]) = programme(folder.path());
    let out = folder.path().join("out");
    let said = export(&programme, "omop", "hospital-a", &[], &out);
    assert!(
        said.contains("person.parquet: 3\n") && said.contains("cdm_source.parquet: 1\n"),
        "{said}"
    );
    assert!(
        said.contains("left out by status: ") && said.contains("left out by no-last-day: "),
        "{said}"
    );
    let asked =
        json!({"inputs": text(&tables), "donors": text(&bank), "tables": text(&out), "numbers": ["PLANTED-1", "PLANTED-2", "PLANTED-5"]});
    let compared = python("exported_rows.py", &asked);
    if compared.get("skipped").is_some() {
        return skipped("pyarrow is not installed, so no exported table is read");
    }
    assert_eq!(compared["differing"], json!([]), "{compared}");
    assert_eq!(compared["compared"], json!(3 * (3 + 4 + 2 + 1 + 1)), "{compared}");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/exported_tables.py");
    let read = gemj_tests::oracle::run(&interpreter(), [script, out], b"");
    let read: Value = serde_json::from_slice(&read).unwrap();
    assert_eq!(read["faults"], json!([]));
}

#[test]
fn the_samples_of_a_bank_are_in_the_specimens_again() {
    let folder = tempfile::tempdir().unwrap();
    let (programme, _) = programme(folder.path());
    let out = folder.path().join("out");
    let said = export(&programme, "miabis-on-fhir", "hospital-a", &[], &out);
    assert!(
        said.contains("Patient.ndjson: 3\n") && said.contains("Specimen.ndjson: 9\n"),
        "{said}"
    );
    let specimens: Vec<Value> = std::fs::read_to_string(out.join("Specimen.ndjson"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let made: Vec<&Value> = specimens.iter().filter(|specimen| specimen.get("parent").is_some()).collect();
    assert_eq!(made.len(), 3);
    for specimen in made {
        let parent = specimen["parent"][0]["reference"].as_str().unwrap();
        let of = specimens
            .iter()
            .find(|other| format!("Specimen/{}", other["id"].as_str().unwrap()) == parent);
        let of = of.expect("the parent is in the file");
        assert_eq!(of["subject"], specimen["subject"]);
        assert_eq!(of["collection"]["collectedDateTime"].as_str().map(str::len), Some(10));
    }
    assert!(specimens.iter().all(|specimen| specimen["type"]["coding"][0]["code"] == "DNA"));
}
