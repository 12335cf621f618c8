//! What is left out of messages, and what is repaired.

use std::collections::BTreeMap;

use gemj_adapters::unit::{LeftOutRule, Repair};

use super::{built_in, ingested, left_out, message, results, text};

#[test]
fn segments_and_fields_that_are_not_admitted_are_counted_by_name() {
    let (accounting, _) = results(&["OBX|1|NM|A^a^L||1|g|||||F|||||検査^技師", "NTE|1||患者は元気", "NTE|2||^^", "ZZ9|x"]);
    assert_eq!(left_out(&accounting, LeftOutRule::SegmentNotRead), [("NTE", 2), ("ZZ9", 1)]);
    let expected = [("MSH-11", 1), ("MSH-12", 1), ("OBX-16", 1), ("PID-1", 1), ("PID-5", 1)];
    assert_eq!(left_out(&accounting, LeftOutRule::FieldNotAdmitted), expected);
    let (accounting, _) = ingested(message("ADT^A23", &["PV1|1"]).as_bytes(), &built_in());
    assert_eq!(left_out(&accounting, LeftOutRule::DeletedUnit), [("PID", 1), ("PV1", 1)]);
}

#[test]
fn repairs_of_bytes_delimiters_and_times_are_counted_by_name() {
    let segments = [
        "SPM|1|||023|||||||||||||20230510",
        "OBR|1|7",
        "OBX|1|ST|A^a^L||1^2||||||F|||20230510090000123",
        "OBX|2|ST|B^b^L||x||||||F|||202305102400",
    ];
    let plain = message("OUL^R22", &segments);
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let values = [(Repair::UnescapedDelimiter, 1), (Repair::LongTime, 1), (Repair::EndOfDay, 1)];
    let labelled = plain.replace("UNICODE UTF-8", "~ISO IR87");
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&labelled);
    for (bytes, repairs) in [
        (plain.clone().into_bytes(), &[][..]),
        ([b"\x0b", plain.as_bytes(), b"\x1c\r"].concat(), &[Repair::MllpFrame]),
        (format!("\u{feff}{plain}").into_bytes(), &[Repair::ByteOrderMark]),
        (wide(&plain), &[Repair::Utf16]),
        (wide(&format!("\u{feff}{labelled}")), &[Repair::Utf16]),
        (plain.replace('\r', "\r\n").into_bytes(), &[Repair::LineEnds]),
        (plain.replacen('\r', "\n", 2).into_bytes(), &[Repair::LineEnds]),
        (labelled.clone().into_bytes(), &[Repair::ReadAsUtf8]),
        (shift_jis.into_owned(), &[Repair::ReadAsWindows31j]),
    ] {
        let (accounting, facts) = ingested(&bytes, &built_in());
        let expected: BTreeMap<Repair, u64> = values.into_iter().chain(repairs.iter().map(|repair| (*repair, 1))).collect();
        assert_eq!(accounting.repairs, expected, "{repairs:?}");
        let days: Vec<_> = facts.iter().map(|fact| fact.observed.as_ref().unwrap().as_str()).collect();
        assert_eq!(days, ["2023-05-10", "2023-05-11"]);
        assert!(facts[0].value == Some(text("1^2")));
    }
}
