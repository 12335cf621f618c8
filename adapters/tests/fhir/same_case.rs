//! One case as SS-MIX2 and as FHIR gives the same facts.

use gemj_adapters::profile::Profile;
use serde_json::{Value, json};

use crate::world::{Store, folder, numbers, take};
use crate::{Outcome, collected, condition, observation, patient, with};

fn stored(date: &str, data_type: &str, kind: &str, segments: &[&str]) -> (String, Vec<u8>) {
    let header = format!("MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|20240110090000||{kind}|C1|P|2.5||||||~ISO IR87||ISO 2022-1994");
    let person = "PID|1||0012345^^^^PI||山田^花子||19840317|F";
    let text: String = [&[header.as_str(), person], segments]
        .concat()
        .iter()
        .map(|segment| format!("{segment}\r"))
        .collect();
    let name = format!("0012345_{date}_{data_type}_000000000000007_20240110090000000_-_1");
    let (bytes, _, _) = encoding_rs::ISO_2022_JP.encode(&text);
    (format!("001/234/0012345/{date}/{data_type}/{name}"), bytes.into_owned())
}

fn of_messages() -> Vec<String> {
    let problems = [
        "PRB|AD|20240110|20054174^胃炎^MDCDX2|1||||||K297^^I10^O||||||20230510",
        "PRB|AD|20240110|20061234^胃潰瘍^MDCDX2|2||||||K25^^I10|||1|||202306",
        "PRB|AD|20240110|20084317^めずらしい病気^MDCDX2|3",
        "PRB|AD|20240110|20000001^肺炎^MDCDX2|4|||||20230601|J189^^I10",
        "PRB|DE|20240110|20000002^誤り^MDCDX2|5||||||A00^^I10",
    ];
    let results = [
        "SPM|1|||023^血清^JC10|||||||||||||20230510",
        "OBR|1|7|7|2^生化学^99GMJ",
        "OBX|1|NM|3A016000002327102^アルブミン^JC10||4.25|g/dL|||||F|||20230510",
        "OBX|2|ST|5C070000002306101^CRP^JC10||<0.1|mg/dL|||||P|||20230510",
        "OBX|3|NM|3A016000002327102^アルブミン^JC10||9.99|g/dL|||||X",
    ];
    let files = [
        stored("-", "PPR-01", "PPR^ZD1^PPR_ZD1", &problems),
        stored("20230510", "OML-11", "OUL^R22^OUL_R22", &results),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let folder = folder(&files);
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let mut store = Store::default();
    let accounting = take(folder.path(), &Profile::open("ss-mix2").unwrap(), &linkage, &mut store).unwrap();
    assert!(accounting.quarantined.is_empty(), "{:?}", accounting.quarantined);
    Outcome { accounting, store }.facts("P1")
}

fn of_resources() -> Vec<String> {
    let coded = |code: &str, name: &str| {
        json!({ "coding": [{ "system": "http://medis.or.jp/CodeSystem/master-disease-keyNumber", "code": "20054174", "display": name },
            { "system": crate::ICD10, "code": code, "display": name }], "text": name })
    };
    let ver = |code: &str| json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": code }] });
    let analyte = |code: &str, name: &str| json!({ "coding": [{ "system": "http://medis.or.jp/CodeSystem/master-JLAC10-17digits", "code": code, "display": name }] });
    let unit = |code: &str| json!(code);
    let quantity = |value: Value, unit: Value| json!({ "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit });
    let number: Value = serde_json::from_str("4.25").unwrap();
    let resources = [
        patient("1", "001"),
        with(
            condition(),
            &[("code", coded("K297", "胃炎")), ("onsetDateTime", json!("2023-05-10"))],
        ),
        with(
            condition(),
            &[
                ("code", coded("K25", "胃潰瘍")),
                ("onsetDateTime", json!("2023-06")),
                ("verificationStatus", ver("provisional")),
            ],
        ),
        with(condition(), &[("code", json!({ "text": "めずらしい病気" }))]),
        with(
            condition(),
            &[("code", coded("J18.9", "肺炎")), ("abatementDateTime", json!("2023-06-01"))],
        ),
        with(
            condition(),
            &[("code", coded("A00", "誤り")), ("verificationStatus", ver("entered-in-error"))],
        ),
        with(
            observation(),
            &[
                ("code", analyte("3A016000002327102", "アルブミン")),
                ("valueQuantity", quantity(number, unit("g/dL"))),
                ("effectiveDateTime", json!("2023-05-10")),
            ],
        ),
        with(
            observation(),
            &[
                ("code", analyte("5C070000002306101", "CRP")),
                ("valueQuantity", json!({ "comparator": "<", "value": 0.1, "unit": "mg/dL" })),
                ("effectiveDateTime", json!("2023-05-10")),
                ("status", json!("preliminary")),
            ],
        ),
        with(
            observation(),
            &[("code", analyte("3A016000002327102", "アルブミン")), ("status", json!("cancelled"))],
        ),
    ];
    let seen = collected(&resources);
    assert!(seen.accounting.quarantined.is_empty(), "{:?}", seen.accounting.quarantined);
    seen.facts("P1")
}

#[test]
fn a_case_as_messages_and_as_resources_gives_the_same_facts() {
    let facts = of_resources();
    assert_eq!(facts, of_messages());
    assert_eq!(facts.len(), 6);
}
