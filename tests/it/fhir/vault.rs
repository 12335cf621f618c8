//! The vault: a hospital reads its own number of its own patient by the patient's FHIR id, and no other file or answer shows the number.

use gemj_demo::hospital_clients::patient_number_system;
use gemj_tests::Programme;
use serde_json::{Value, json};

use super::hospital::{Hospital, OF_A, hospitals, number_of};

/// The files of an installation that contain a text, apart from the sheets of the test.
fn files_with(programme: &Programme, text: &str) -> Vec<String> {
    fn walk(folder: &std::path::Path, text: &[u8], found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, text, found);
            } else if path.extension().is_none_or(|end| end != "csv") {
                let bytes = std::fs::read(&path).unwrap_or_default();
                if bytes.windows(text.len()).any(|window| window == text) {
                    found.push(path.display().to_string());
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(programme.config().parent().unwrap(), text.as_bytes(), &mut found);
    found
}

fn keep_numbers_of_a(programme: &Programme) {
    let config = std::fs::read_to_string(programme.config()).unwrap();
    std::fs::write(programme.config(), format!("{config}\n[vault]\nsites = [\"hospital-a\"]\n")).unwrap();
    let links = programme.path("links.csv");
    let _ = programme.run(&["link", links.to_str().unwrap()]).good();
}

fn own_number(number: usize) -> Value {
    json!([{"system": patient_number_system("hospital-a"), "value": number_of(number)}])
}

#[test]
fn only_the_enrolling_hospital_reads_a_kept_number_and_its_destruction_erases_it() {
    let Some(programme) = hospitals() else { return };
    let served = programme.serve();
    let a = Hospital::new(&programme, &served.client, "hospital-a");
    let b = Hospital::new(&programme, &served.client, "hospital-b");
    let (of_a, of_b) = (a.patient(1), b.patient(OF_A + 1));
    let read = |hospital: &Hospital<'_>, patient: &str| hospital.get(&format!("Patient/{patient}"));
    assert_eq!(
        read(&a, &of_a).expect(200).json()["identifier"],
        Value::Null,
        "no number is kept by default"
    );
    drop(served);

    keep_numbers_of_a(&programme);
    let listed = programme.run(&["vault", "list", "--json"]).good().out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        listed,
        json!([{"site": "hospital-a", "key": "current", "version": 1, "numbers": OF_A}])
    );
    assert_eq!(files_with(&programme, &number_of(1)), Vec::<String>::new());
    let served = programme.serve();
    let a = Hospital::new(&programme, &served.client, "hospital-a");
    let b = Hospital::new(&programme, &served.client, "hospital-b");
    assert_eq!(read(&a, &of_a).expect(200).json()["identifier"], own_number(1));
    assert_eq!(
        read(&b, &of_b).expect(200).json()["identifier"],
        Value::Null,
        "the numbers of hospital B are not kept"
    );
    let foreign = read(&b, &of_a);
    assert!(
        foreign.status == 404 && !foreign.text().contains(&number_of(1)),
        "{}",
        foreign.text()
    );

    let renewed = programme
        .run(&["vault", "renew", "--site", "hospital-a", "--reason", "yearly"])
        .good()
        .out;
    assert!(renewed.contains(&format!("{OF_A} numbers")), "{renewed}");
    assert_eq!(read(&a, &of_a).expect(200).json()["identifier"], own_number(1));
    let destroyed = programme
        .run(&["vault", "destroy", "--site", "hospital-a", "--reason", "the contract ended"])
        .good()
        .out;
    assert!(destroyed.contains(&format!("{OF_A} numbers")), "{destroyed}");
    assert_eq!(read(&a, &of_a).expect(200).json()["identifier"], Value::Null);
    assert_eq!(a.patient(1), of_a, "the digest still finds the patient");
    let again = programme.run(&["vault", "renew", "--site", "hospital-a", "--reason", "yearly"]);
    assert!(again.code == Some(2) && again.err.contains("vault list"), "{}", again.err);
    let _ = programme.run(&["audit", "verify"]).good();
}
