//! The statuses, types and repetitions of results (OBX).

use gemj_adapters::profile::Profile;
use gemj_adapters::unit::LeftOutRule;
use gemj_model::fact::Comparator;
use gemj_model::{FactKind, FactStatus};

use super::world::reasons;
use super::{coded, ingested, left_out, message, number, results, text};

#[test]
fn the_status_of_a_result_follows_table_0085() {
    use FactStatus::{NotUnderstood, Present, Suspected};
    for (code, status) in [
        ("F", Some(Present)),
        ("C", Some(Present)),
        ("U", Some(Present)),
        ("P", Some(Suspected)),
        ("R", Some(Suspected)),
        ("S", Some(Suspected)),
        // Statuses that contradict a value, and statuses that the table does not have.
        ("I", Some(NotUnderstood)),
        ("N", Some(NotUnderstood)),
        ("O", Some(NotUnderstood)),
        ("Q", Some(NotUnderstood)),
        ("final", Some(NotUnderstood)),
        ("F^x", Some(NotUnderstood)),
        ("", Some(NotUnderstood)),
        ("D", None),
        ("W", None),
        ("X", None),
    ] {
        let (accounting, facts) = results(&[&format!("OBX|1|NM|3A016000002327102^アルブミン^JC10||4.10|g/dL|||||{code}")]);
        assert_eq!((accounting.committed, reasons(&accounting)), (1, vec![]), "{code}");
        let found: Vec<_> = facts.iter().map(|fact| fact.status).collect();
        assert_eq!(found, status.into_iter().collect::<Vec<_>>(), "{code}");
        if let [fact] = facts.as_slice() {
            assert_eq!(fact.value, Some(number(None, "4.10", "g/dL")), "{code}");
        }
        let expected: &[_] = if status == Some(NotUnderstood) { &["OBX OBX-11"] } else { &[] };
        assert_eq!(accounting.not_understood.keys().collect::<Vec<_>>(), expected, "{code}");
    }
}

#[test]
fn a_result_that_is_wrong_or_absent_is_left_out_by_its_rule() {
    let (accounting, facts) = results(&[
        "OBX|1|NM|A^a^L||1|g|||||D",
        "OBX|2|NM|B^b^L||2|g|||||W",
        "OBX|3|NM|C^c^L||3|g|||||X",
        "OBX|4|NM|D^d^L||||||||N",
        "OBX|5|NM|E^e^L||||||||I",
        "OBX|6|NM|F^f^L||6|g|||||F",
    ]);
    assert_eq!(facts.len(), 1);
    assert_eq!(left_out(&accounting, LeftOutRule::EnteredInError), [("OBX", 2)]);
    assert_eq!(left_out(&accounting, LeftOutRule::NoResult), [("OBX", 3)]);
}

#[test]
fn a_result_of_each_type_is_kept_with_its_meaning_or_as_not_understood() {
    use FactStatus::{NotUnderstood, Present};
    for (value_type, received, value, status) in [
        ("NM", "4.1", number(None, "4.1", ""), Present),
        ("SI", "3", number(None, "3", ""), Present),
        ("SN", ">^100", number(Some(Comparator::More), "100", ""), Present),
        ("SN", "<=^0.1", number(Some(Comparator::AtMost), "0.1", ""), Present),
        ("SN", "=^5", number(None, "5", ""), Present),
        ("SN", "^5", number(None, "5", ""), Present),
        ("SN", "^1^:^128", text("1:128"), Present),
        ("SN", "^2^+", text("2+"), Present),
        ("SN", ">^1^:^2^x", text(">^1^:^2^x"), Present),
        ("SN", ">^^-^5", text(">^^-^5"), Present),
        ("CE", "1^陽性^L", coded("hospital-a.result:1", "陽性"), Present),
        ("CWE", "^陽性", text("陽性"), Present),
        ("CWE", "^^L", text("^^L"), NotUnderstood),
        ("IS", "POS", text("POS"), Present),
        ("DT", "20230510", text("20230510"), Present),
        ("TS", "20230510090000", text("20230510090000"), Present),
        ("DR", "20230510^20230511", text("20230510^20230511"), NotUnderstood),
        ("CP", "100&JPY", text("100&JPY"), NotUnderstood),
        ("ZZ", "a^b&c", text("a^b&c"), NotUnderstood),
        ("XYZ", "12", text("12"), NotUnderstood),
        ("", "12", text("12"), NotUnderstood),
        ("nm", "12", text("12"), NotUnderstood),
        ("NM^x", "12", number(None, "12", ""), NotUnderstood),
    ] {
        let (accounting, facts) = results(&[&format!("OBX|1|{value_type}|A^a^L||{received}||||||F")]);
        let found: Vec<_> = facts.iter().map(|fact| (fact.status, fact.code.as_str())).collect();
        assert_eq!(
            found,
            [(status, "hospital-a.lab:A")],
            "{value_type} {received} {:?}",
            accounting.results_refused
        );
        assert!(facts[0].value == Some(value), "{value_type} {received}");
    }
}

#[test]
fn values_of_persons_texts_and_documents_are_left_out_by_rule() {
    for (value_type, rule) in [
        ("XPN", LeftOutRule::IdentifierType),
        ("XCN", LeftOutRule::IdentifierType),
        ("PPN", LeftOutRule::IdentifierType),
        ("PN", LeftOutRule::IdentifierType),
        ("XAD", LeftOutRule::IdentifierType),
        ("XTN", LeftOutRule::IdentifierType),
        ("CX", LeftOutRule::IdentifierType),
        ("xpn", LeftOutRule::IdentifierType),
        ("ＸＰＮ", LeftOutRule::IdentifierType),
        ("XPN^x", LeftOutRule::IdentifierType),
        ("TX", LeftOutRule::FreeText),
        ("FT", LeftOutRule::FreeText),
        ("ED", LeftOutRule::DocumentType),
    ] {
        let (accounting, facts) = results(&[&format!("OBX|1|{value_type}|A^a^L||山田^花子||||||F")]);
        assert!(facts.is_empty(), "{value_type}");
        assert_eq!(left_out(&accounting, rule), [("OBX-5", 1)], "{value_type}");
        assert!(!format!("{accounting:?}").contains("山田"));
    }
}

#[test]
fn every_repetition_of_a_value_is_a_fact_of_its_own() {
    let (accounting, facts) = results(&["OBX|1|CWE|A^a^L||1^陽性^L~2~~^再検||||||F|||20230511"]);
    let values: Vec<_> = facts.iter().map(|fact| fact.value.clone().unwrap()).collect();
    // The second repetition has no label. It must not get the label of another repetition.
    let expected = [coded("hospital-a.result:1", "陽性"), coded("hospital-a.result:2", ""), text("再検")];
    assert!(values == expected);
    assert!(facts.iter().all(|fact| {
        (fact.code.as_str(), fact.status) == ("hospital-a.lab:A", FactStatus::Present)
            && fact.observed.as_ref().map(|date| date.as_str()) == Some("2023-05-11")
    }));
    assert_eq!((accounting.not_taken.get("OBX"), accounting.results_refused.len()), (None, 0));
    let (_, facts) = results(&["OBX|1|NM|A^a^L||1~2^3~x|g|||||F"]);
    assert_eq!(facts.len(), 1, "two of three repetitions are no numbers");
    let (accounting, facts) = results(&["OBX|1|ST|A^a^L||1~1||||||F"]);
    assert_eq!((facts.len(), accounting.repeated), (1, 1));
}

#[test]
fn the_status_of_a_result_applies_to_every_kind_of_fact() {
    let rule =
        "rules:\n  - fact: phenotype\n    record: OBX\n    when: [{ field: OBX-2, in: [ST] }]\n    code: { from: OBX-5, via: [hpo] }\n";
    let built = include_str!("../../../schemas/mapping-profiles/ss-mix2.yaml");
    let own = Profile::parse(&built.replacen("rules:\n", rule, 1).replace("in: [ST, SN]", "in: [SN]")).unwrap();
    for (code, status) in [
        ("F", FactStatus::Present),
        ("P", FactStatus::Suspected),
        ("Q", FactStatus::NotUnderstood),
    ] {
        let result = format!("OBX|1|ST|A^a^L||HP:0001250||||||{code}");
        let (_, facts) = ingested(message("OUL^R22", &["SPM|1", "OBR|1|7", &result]).as_bytes(), &own);
        let found: Vec<_> = facts.iter().map(|fact| (fact.kind, fact.status)).collect();
        assert_eq!(found, [(FactKind::Phenotype, status)], "{code}");
    }
}
