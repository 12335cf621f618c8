//! What the order, the specimen and the flags around a result mean for the result (tables 0038, 0078, 0119, 0123, 0369, 0490, 0493).

use gemj_adapters::unit::LeftOutRule;
use gemj_model::fact::Comparator;
use gemj_model::{Fact, FactStatus};

use super::world::reasons;
use super::{built_in, coded, ingested, left_out, message, number, problems, results, text};

/// The facts of one result, with the segments around it.
fn around(specimen: &str, order: &str, control: &str, result: &str) -> (gemj_adapters::Accounting, Vec<Fact>) {
    let segments: Vec<&str> = [specimen, order, control, result]
        .into_iter()
        .filter(|segment| !segment.is_empty())
        .collect();
    ingested(message("OUL^R22^OUL_R22", &segments).as_bytes(), &built_in())
}

const SPM: &str = "SPM|1|||023^血清^JC10|||||||||||||20230510";
const OBR: &str = "OBR|1|7|7|2^生化学^99GMJ|||20230510";
const OBX: &str = "OBX|1|NM|A^a^L||4.1|g/dL|||||F";

fn statuses(facts: &[Fact]) -> Vec<FactStatus> {
    facts.iter().map(|fact| fact.status).collect()
}

#[test]
fn a_number_beyond_the_scale_of_the_instrument_is_a_bound() {
    use FactStatus::{NotUnderstood, Present};
    for (value_type, received, flags, value, status) in [
        ("NM", "0.1", "<", number(Some(Comparator::Less), "0.1", ""), Present),
        ("NM", "999", "H~>", number(Some(Comparator::More), "999", ""), Present),
        ("NM", "999", "＞", number(Some(Comparator::More), "999", ""), Present),
        ("ST", "<0.1", "<", number(Some(Comparator::Less), "0.1", ""), Present),
        ("SN", ">=^100", ">", number(Some(Comparator::AtLeast), "100", ""), Present),
        ("SN", ">^100", "<", number(Some(Comparator::More), "100", ""), NotUnderstood),
        ("NM", "5", "<~>", number(None, "5", ""), NotUnderstood),
        ("ST", "1:128", ">", text("1:128"), NotUnderstood),
        ("CWE", "1^陽性", ">", coded("hospital-a.result:1", "陽性"), NotUnderstood),
        ("NM", "5", "H", number(None, "5", ""), Present),
        ("NM", "5", "H^High^HL70078", number(None, "5", ""), Present),
        ("NM", "5", "QCF", number(None, "5", ""), NotUnderstood),
        ("NM", "5", "N~*", number(None, "5", ""), NotUnderstood),
    ] {
        let (accounting, facts) = results(&[&format!("OBX|1|{value_type}|A^a^L||{received}|||{flags}|||F")]);
        assert_eq!(statuses(&facts), [status], "{received} {flags}");
        assert!(facts[0].value == Some(value), "{received} {flags}");
        assert_eq!(
            accounting.not_understood.contains_key("OBX OBX-8"),
            status == NotUnderstood,
            "{received} {flags}"
        );
    }
}

#[test]
fn a_specimen_that_is_not_the_patients_gives_no_result() {
    for role in ["Q", "C", "B", "E", "F", "G", "L", "O", "R", "V", "q", "Q^Control^HL70369", "P~Q"] {
        let specimen = format!("SPM|1|||023^血清^JC10|||||||{role}||||||20230510");
        let (accounting, facts) = around(&specimen, OBR, "ORC|SC|7", OBX);
        assert!(
            facts.is_empty() && reasons(&accounting).is_empty(),
            "{role} {:?}",
            reasons(&accounting)
        );
        let expected = [("OBR", 1), ("OBX", 1), ("ORC", 1), ("SPM", 1)];
        assert_eq!(left_out(&accounting, LeftOutRule::NotOfThePatient), expected, "{role}");
    }
    for (role, status) in [
        ("P", FactStatus::Present),
        ("P^Patient^HL70369", FactStatus::Present),
        ("", FactStatus::Present),
        ("X", FactStatus::NotUnderstood),
        ("^精度管理", FactStatus::NotUnderstood),
    ] {
        let specimen = format!("SPM|1|||023^血清^JC10|||||||{role}||||||20230510");
        let (_, facts) = around(&specimen, OBR, "", OBX);
        assert_eq!(statuses(&facts), [status], "{role}");
    }
    // The patient's own specimen beside a control keeps its results.
    let control = "SPM|1|||023^血清^JC10|||||||Q||||||20230510";
    let all = [control, OBR, "OBX|1|NM|C^c^L||99|g/dL|||||F", SPM, OBR, OBX];
    let (_, facts) = ingested(message("OUL^R22^OUL_R22", &all).as_bytes(), &built_in());
    assert_eq!(
        facts.iter().map(|fact| fact.code.as_str()).collect::<Vec<_>>(),
        ["hospital-a.lab:A"]
    );
}

#[test]
fn a_result_of_a_cancelled_order_or_a_rejected_specimen_is_never_present() {
    use FactStatus::{NotUnderstood, Present, Suspected};
    let order = |status: &str| format!("OBR|1|7|7|2^生化学^99GMJ|||20230510||||||||||||||||||{status}");
    let specimen = |rejected: &str, condition: &str| format!("SPM|1|||023^血清^JC10|||||||||||||20230510||||{rejected}|||{condition}");
    for (spm, obr, orc, status) in [
        (SPM.to_owned(), OBR.to_owned(), "ORC|SC|7|7||CM", Present),
        (SPM.to_owned(), OBR.to_owned(), "ORC|CA|7", NotUnderstood),
        (SPM.to_owned(), OBR.to_owned(), "ORC|OC|7", NotUnderstood),
        (SPM.to_owned(), OBR.to_owned(), "ORC|DC|7", NotUnderstood),
        (SPM.to_owned(), OBR.to_owned(), "ORC|OD|7", NotUnderstood),
        (SPM.to_owned(), OBR.to_owned(), "ORC|CR|7", NotUnderstood),
        (SPM.to_owned(), OBR.to_owned(), "ORC|ZZ|7", NotUnderstood),
        (SPM.to_owned(), OBR.to_owned(), "ORC|SC|7|||CA", NotUnderstood),
        (SPM.to_owned(), OBR.to_owned(), "ORC|SC|7|||RP", NotUnderstood),
        (SPM.to_owned(), order("F"), "", Present),
        (SPM.to_owned(), order("X"), "", NotUnderstood),
        (SPM.to_owned(), order("Y"), "", NotUnderstood),
        (SPM.to_owned(), order("P"), "", Suspected),
        (specimen("QS^^HL70490", ""), OBR.to_owned(), "", NotUnderstood),
        (specimen("", "HEM"), OBR.to_owned(), "", NotUnderstood),
        (specimen("", "HEM~COOL"), OBR.to_owned(), "", NotUnderstood),
        (specimen("", "COOL"), OBR.to_owned(), "", Present),
    ] {
        let (_, facts) = around(&spm, &obr, orc, OBX);
        assert_eq!(statuses(&facts), [status], "{spm} {obr} {orc}");
    }
}

#[test]
fn an_order_control_counts_for_its_own_order_only() {
    let second = OBR.replace("OBR|1|7|7|2", "OBR|2|8|8|3");
    let other = OBX.replace("A^a", "B^b");
    let found = |segments: &[&str]| {
        let (accounting, facts) = ingested(message("OUL^R22^OUL_R22", segments).as_bytes(), &built_in());
        let mut found: Vec<_> = facts
            .into_iter()
            .map(|fact| (fact.code, fact.status == FactStatus::Present))
            .collect();
        found.sort();
        (reasons(&accounting), found)
    };
    let expected = |first, second| vec![("hospital-a.lab:A".to_owned(), first), ("hospital-a.lab:B".to_owned(), second)];
    // The order control follows its order (HL7 v2.5), or stands before it (as in other results).
    let after = found(&[SPM, OBR, "ORC|CA|7", OBX, &second, "ORC|SC|8", &other]);
    assert_eq!(after, (vec![], expected(false, true)));
    let before = found(&[SPM, "ORC|SC|7", OBR, OBX, "ORC|CA|8", &second, &other]);
    assert_eq!(before, (vec![], expected(true, false)));
    // Here the order control could belong to either order.
    assert_eq!(
        found(&[SPM, OBR, OBX, "ORC|CA|8", &second, &other]),
        (vec!["segment-order"], vec![])
    );
}

#[test]
fn a_vital_sign_is_a_measurement_of_the_day_of_its_observation() {
    let segments = [
        "ORC|SC|2016010115",
        "OBR|1|2016010115||VITAL^バイタル^L|||201601011500",
        "OBX|1|NM|9A751000000000001^体温^JC10||36.5|cel|||||F",
    ];
    for event in ["R30", "R01"] {
        let (accounting, facts) = ingested(message(&format!("ORU^{event}"), &segments).as_bytes(), &built_in());
        assert_eq!(reasons(&accounting), Vec::<&str>::new());
        assert_eq!(facts.len(), 1);
        assert!(facts[0].value == Some(number(None, "36.5", "cel")));
        assert_eq!(facts[0].observed.as_ref().map(|date| date.as_str()), Some("2016-01-01"));
        assert_eq!(
            (facts[0].code.as_str(), facts[0].status),
            ("JLAC10:9A751000000000001", FactStatus::Present)
        );
    }
}

#[test]
fn a_message_of_a_training_system_is_refused() {
    for (id, code) in [
        ("T", Some("not-production")),
        ("D", Some("not-production")),
        ("X", Some("not-production")),
        ("P", None),
        ("P^T", None),
        ("", None),
    ] {
        let text = message("OUL^R22", &[SPM, OBR, OBX]).replacen("|P|2.5", &format!("|{id}|2.5"), 1);
        let (accounting, _) = ingested(text.as_bytes(), &built_in());
        assert_eq!(reasons(&accounting), code.into_iter().collect::<Vec<_>>(), "{id}");
    }
}

#[test]
fn a_message_that_changes_numbers_is_refused_and_never_read_as_basic_data() {
    for (kind, segment) in [
        ("ADT^A40^ADT_A39", "MRG|0000001"),
        ("ADT^A08", "MRG|0000001"),
        ("ADT^A18", ""),
        ("ADT^A24", ""),
        ("ADT^A37", ""),
        ("ADT^A47", ""),
    ] {
        let (accounting, facts) = ingested(message(kind, &[segment]).replace("\r\r", "\r").as_bytes(), &built_in());
        assert_eq!((reasons(&accounting), facts.len()), (vec!["changes-numbers"], 0), "{kind}");
    }
}

#[test]
fn a_second_code_of_a_diagnosis_is_left_out_by_its_rule() {
    let (accounting, facts) = problems(&[
        "PRB|AD|20240110|1^結核性髄膜炎^MDCDX2|1||||||A170^^I10~G01^^I10",
        "PRB|AD|20240110|2^胃炎^MDCDX2|2||||||K297^^I10^K29^別の胃炎^99X",
        "PRB|AD|20240110|3^肺炎^MDCDX2|3||||||J189^^I10^O^外来時^JHSD0004",
    ]);
    assert_eq!(statuses(&facts), [FactStatus::Present; 3]);
    assert_eq!(left_out(&accounting, LeftOutRule::OtherCoding), [("PRB-10(2)", 1), ("PRB-10.4", 1)]);
}

#[test]
fn another_name_of_a_diagnosis_can_make_it_suspected() {
    let (_, facts) = problems(&["PRB|AD|20240110|1^胃癌^MDCDX2|1||||||C169^胃癌の疑い^I10"]);
    assert_eq!(statuses(&facts), [FactStatus::Suspected]);
}

#[test]
fn the_outcome_and_the_modifiers_of_the_published_samples_are_understood() {
    // PRB-14 of table 0241, and a ZPR that only repeats the name of the diagnosis.
    for (outcome, status) in [
        ("N^回復せず^HL70241", FactStatus::Present),
        ("F^全快^HL70241", FactStatus::History),
        ("U^不明^HL70241", FactStatus::NotUnderstood),
        ("N", FactStatus::NotUnderstood),
    ] {
        let problem = format!("PRB|AD|20110915|20054174^胃炎^MDCDX2|1||||||K297^^I10^O^外来時 ^JHSD0004||||{outcome}");
        let (_, facts) = problems(&[&problem, "ZPR||20054174^胃炎^MDCDX2|||TSQF^胃炎^MDCDX2"]);
        assert_eq!(statuses(&facts), [status], "{outcome}");
    }
    let (_, facts) = problems(&[
        "PRB|AD|20110915|1^胃炎^MDCDX2|1||||||K297",
        "ZPR||1^胃炎^MDCDX2|||9999^不明な語^MDCDX2",
    ]);
    assert_eq!(statuses(&facts), [FactStatus::NotUnderstood]);
}
