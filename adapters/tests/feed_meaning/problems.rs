//! The status of problems (PRB) and their modifiers (ZPR, ZPD).

use gemj_adapters::profile::Profile;
use gemj_adapters::unit::LeftOutRule;
use gemj_model::FactStatus;

use super::{ingested, left_out, message, problems};

#[test]
fn a_problem_is_present_only_if_every_field_of_its_status_is_understood() {
    use FactStatus::{Excluded, History, NotUnderstood, Present, RuledOut, Suspected};
    // The fields PRB-1, -9, -13, -14, -19 and -20.
    for (fields, status) in [
        (["AD", "", "", "", "", ""], Present),
        (["UP", "", "", "", "", ""], Present),
        (["UC", "", "", "", "", ""], Present),
        (["", "", "", "", "", ""], Present),
        (["ZZ", "", "", "", "", ""], NotUnderstood),
        (["UN", "", "", "", "", ""], NotUnderstood),
        (["AD", "20231224", "", "", "", ""], History),
        (["AD", "20240111", "", "", "", ""], NotUnderstood),
        (["AD", "\"\"", "", "", "", ""], Present),
        (["AD", "治癒", "", "", "", ""], NotUnderstood),
        (["AD", "", "1", "", "", ""], Suspected),
        (["AD", "", "0", "", "", ""], Present),
        (["AD", "", "7^疑い^L", "", "", ""], Suspected),
        (["AD", "", "7^^^Q^疑い", "", "", ""], Suspected),
        (["AD", "", "0~1", "", "", ""], NotUnderstood),
        (["AD", "", "0^疑い", "", "", ""], NotUnderstood),
        (["AD", "", "9", "", "", ""], NotUnderstood),
        (["AD", "", "N", "", "", ""], NotUnderstood),
        (["AD", "", "^否定", "", "", ""], Excluded),
        (["AD", "", "^否定できない", "", "", ""], Suspected),
        (["AD", "", "", "1^治癒^L", "", ""], History),
        (["AD", "", "", "^継続", "", ""], Present),
        (["AD", "", "", "4", "", ""], NotUnderstood),
        (["AD", "", "", "", "^ruled out", ""], RuledOut),
        (["AD", "", "", "", "C", ""], NotUnderstood),
        (["AD", "", "", "", "^確実", ""], Present),
        (["AD", "", "", "", "", "1"], Present),
        (["AD", "", "", "", "", "0.4"], Suspected),
        (["AD", "", "", "", "", "0"], Excluded),
        (["AD", "", "", "", "", "90%"], NotUnderstood),
        (["AD", "20231224", "1", "", "", ""], NotUnderstood),
    ] {
        let [action, resolved, confirmed, cycle, certainty, probability] = fields;
        let segment =
            format!("PRB|{action}|20240110|1^胃炎^MDCDX2|1|||||{resolved}|K297|||{confirmed}|{cycle}|||||{certainty}|{probability}");
        let (accounting, facts) = problems(&[&segment]);
        let found: Vec<_> = facts.iter().map(|fact| fact.status).collect();
        assert_eq!(found, [status], "{fields:?}");
        assert_eq!(accounting.unknown_fields(), 0, "{:#?}", accounting.fields);
        assert_eq!(accounting.not_understood.is_empty(), status != NotUnderstood, "{fields:?}");
    }
}

#[test]
fn a_word_in_any_field_of_a_modifier_counts() {
    use FactStatus::{Excluded, History, NotUnderstood, Present, Suspected};
    const PROBLEM: &str = "PRB|AD|20240110|1^胃炎^MDCDX2|1||||||K297";
    for (modifier, status) in [
        ("ZPR|1||4012^急性^MDCDX2|||8002^疑い^MDCMOD", Suspected),
        ("ZPR|1|1^胃炎^MDCDX2|4012^急性^MDCDX2", Present),
        ("ZPR|1||8888^既往|||8002^疑い", NotUnderstood),
        ("ZPD|1||4012^急性|^家族歴", NotUnderstood),
        // A modifier before the name, alone or beside a modifier after the name.
        ("ZPR|4012^急性^MDCDX2|1^胃炎^MDCDX2", Present),
        ("ZPR|2056^左^MDCDX2~4012^急性^MDCDX2|1^胃炎^MDCDX2|8002^の疑い^MDCDX2", Suspected),
        ("ZPR|8902^術後^MDCDX2|1^胃炎^MDCDX2|4012^急性^MDCDX2", NotUnderstood),
        ("ZPR|8902^術後^MDCDX2|1^胃炎^MDCDX2", NotUnderstood),
        ("ZPR|4012^急性^MDCDX2|1^胃炎^MDCDX2|8902^術後^MDCDX2", NotUnderstood),
        ("ZPR|7654|1^胃炎^MDCDX2|4012^急性^MDCDX2", NotUnderstood),
        ("ZPR|8002|1^胃炎^MDCDX2", Suspected),
        // The modifier before the name only as a code for exchange.
        ("ZPR||1^胃炎^MDCDX2|4012^急性^MDCDX2|7654^術後", NotUnderstood),
        ("ZPR||1^胃炎^MDCDX2|4012^急性^MDCDX2|2^急性", Present),
        // The name and the comment are not modifiers, but their words count.
        ("ZPR||1^胃炎^MDCDX2", Present),
        ("ZPR||1^胃炎^MDCDX2|4012^急性^MDCDX2||||経過観察", Present),
        ("ZPR||1^胃炎^MDCDX2|4012^急性^MDCDX2||||否定", Excluded),
        ("ZPR||1^胃炎の既往^MDCDX2|4012^急性^MDCDX2", History),
        // A field that the specification does not define.
        ("ZPR||1^胃炎^MDCDX2|4012^急性^MDCDX2|||||X", NotUnderstood),
        // A tooth is not a modifier.
        ("ZPD|1|1018^右上８^99XYZ", Present),
        ("ZPD|1", Present),
        ("ZPD|1|1018^右上８^99XYZ|8002^の疑い", Suspected),
        ("ZPD|1|1018^抜歯後^99XYZ", NotUnderstood),
        ("ZPD|1|1018", NotUnderstood),
    ] {
        let (_, facts) = problems(&[PROBLEM, modifier]);
        assert_eq!(facts[0].status, status, "{modifier}");
    }
}

#[test]
fn a_problem_that_was_entered_in_error_is_left_out_with_its_segments() {
    let (accounting, facts) = problems(&[
        "PRB|DE|20240110|1^誤り^MDCDX2|1||||||A00",
        "ZPR|1||8002^の疑い",
        "OBX|1|NM|A^a^L||1|g|||||F",
        "PRB|de|20240110|2^誤り^MDCDX2|1||||||A01",
        "PRB|AD|20240110|3^胃炎^MDCDX2|1||||||K297^^I10",
    ]);
    let codes: Vec<_> = facts.iter().map(|fact| (fact.code.as_str(), fact.status)).collect();
    assert_eq!(codes, [("ICD10:K29.7", FactStatus::Present)]);
    assert_eq!(
        left_out(&accounting, LeftOutRule::EnteredInError),
        [("OBX", 1), ("PRB", 2), ("ZPR", 1)]
    );
}

#[test]
fn a_site_profile_can_map_a_status_but_not_hide_another() {
    let built = include_str!("../../../schemas/mapping-profiles/ss-mix2.yaml");
    let own = built.replacen(
        "    label: PRB-3.2\n",
        "    label: PRB-3.2\n    status: { from: PRB-13.1, via: [{ map: { N: present, Q: history } }] }\n",
        1,
    );
    let own = Profile::parse(&own).unwrap();
    use FactStatus::{History, NotUnderstood, Present, Suspected};
    for (confirmed, status) in [
        ("N", Present),
        ("Q^x", History),
        ("N^確定", Present),
        ("N^何か", Present),
        ("N^疑い", Suspected),
        ("5", NotUnderstood),
        ("", Present),
    ] {
        let segment = format!("PRB|AD|20240110|1^胃炎^MDCDX2|1||||||K297|||{confirmed}");
        let (accounting, facts) = ingested(message("PPR^ZD1", &[&segment]).as_bytes(), &own);
        assert_eq!(facts.iter().map(|fact| fact.status).collect::<Vec<_>>(), [status], "{confirmed}");
        assert_eq!(accounting.committed, 1);
    }
    // A profile with the conditions of earlier versions loses no result either.
    let old = built.replace(
        "OBX-2, in: [NM, SI] }",
        "OBX-2, in: [NM] }\n      - { field: OBX-11, in: [F, C, P] }",
    );
    let old = Profile::parse(&old).unwrap();
    let text_of = |status: &str| message("OUL^R22", &["SPM|1", "OBR|1|7", &format!("OBX|1|NM|A^a^L||1|g|||||{status}")]);
    for (status, expected) in [("F", Present), ("P", Suspected), ("Q", NotUnderstood), ("R", NotUnderstood)] {
        let (_, facts) = ingested(text_of(status).as_bytes(), &old);
        assert_eq!(facts.iter().map(|fact| fact.status).collect::<Vec<_>>(), [expected], "{status}");
    }
}
