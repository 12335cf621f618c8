//! Tests of HL7 v2 messages: text, segments and fields, and the fields that enter a unit. Python's codecs are the oracle for every encoding.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::ops::ControlFlow;
use std::process::{Command, Stdio};

use gemj_adapters::hl7v2::{self, Delimiters};
use gemj_adapters::unit::{Field, Met, Undecodable, Unit};
use proptest::prelude::*;

/// The bytes of `text` in one of Python's encodings. Without Python the result is `None`, and the test prints that it is skipped. In CI,
/// the test fails instead.
fn encoded(text: &str, encoding: &str) -> Option<Vec<u8>> {
    let program = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().decode('utf-8').encode(sys.argv[1]))";
    let child = Command::new("python3")
        .args(["-c", program, encoding])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var_os("CI").is_none(), "python3 is not available");
        eprintln!("SKIPPED: python3 is not available");
        return None;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(output.stdout)
}

fn read(bytes: &[u8]) -> Met {
    let mut met = read_all(bytes);
    assert_eq!(met.len(), 1);
    met.pop().unwrap()
}

/// Everything that a message gives: one unit, or one unit for each result.
fn read_all(bytes: &[u8]) -> Vec<Met> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut met = Vec::new();
    let flow = hl7v2::read(file.path(), &mut |one| {
        met.push(one);
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    met
}

/// The units of a message with results.
fn units(bytes: &[u8]) -> Vec<Unit> {
    let all = read_all(bytes).into_iter().map(|met| match met {
        Met::Unit(unit) => unit,
        Met::Undecodable(Undecodable { reason_code, detail, .. }) => panic!("{reason_code}: {detail}"),
        Met::Ignored(_) | Met::LeftOut(..) | Met::Repaired(_) | Met::Remains(_) => panic!("no unit"),
    });
    all.collect()
}

fn unit(bytes: &[u8]) -> Unit {
    match read(bytes) {
        Met::Unit(unit) => unit,
        Met::Undecodable(Undecodable { reason_code, detail, .. }) => panic!("{reason_code}: {detail}"),
        Met::Ignored(kind) | Met::LeftOut(_, kind) => panic!("ignored {kind}"),
        Met::Remains(_) => panic!("no remains"),
        Met::Repaired(repair) => panic!("repaired {}", repair.as_str()),
    }
}

fn refusal(bytes: &[u8]) -> Undecodable {
    match read(bytes) {
        Met::Undecodable(refusal) => refusal,
        Met::Unit(_) | Met::Ignored(_) | Met::LeftOut(..) | Met::Repaired(_) | Met::Remains(_) => panic!("the message was not refused"),
    }
}

fn code(bytes: &[u8]) -> &'static str {
    refusal(bytes).reason_code
}

/// The value of a field, `<null>` for a field without a value, or `None` for an absent field.
fn at<'u>(unit: &'u Unit, record: usize, name: &str) -> Option<&'u str> {
    unit.field(record, name).map(|field| match field {
        Field::Value(value) => value.as_str(),
        Field::Null => "<null>",
    })
}

fn header(kind: &str) -> String {
    format!("MSH|^~\\&|HIS|H01|GW|RCV|20260401093000||{kind}|M0001|P|2.5||||||~ISO IR87||ISO 2022-1994\r")
}

const PID: &str = "PID|0001||0012345678^^^^PI~X9^^^^MR||患者^太郎^^^^^L^I~カンジャ^タロウ^^^^^L^P|旧姓|19650415|M|別名||東京都千代田区^^^^1000001||03-1234-5678||||||SSN-55|||||||||||Y\r";

fn problems(text: &str) -> String {
    format!(
        "{}{PID}PRB|AD|20260401|20054174^胃炎^MDCDX2|P1|||||20260301|K297^^I10^O^外来時^JHSD0004||||||20260215|{text}\r\
         ZPR||20054174^胃炎^MDCDX2|||8002^疑い^MDCMOD\r\
         PRB|AD|20260402|20084317^その他^MDCDX2|P2\r",
        header("PPR^ZD1^PPR_ZD1")
    )
}

fn results() -> String {
    format!(
        "{}{PID}IN1|1|保険者^健保\rPV1|1|O|||||D01^医師^花子\rSPM|1|A1||023^血清^JC10|||||||||||||202604010800\r\
         OBR|1|ORD1||BIO^生化学^L|||202604010800|||採血者^一郎||||||発注^医師\rORC|SC|ORD1||||||||||担当^医師\r\
         OBX|1|NM|3A0160000002327102^総蛋白^JC10||7.2|g/dL|6.5-8.2|N|||F|||202604010900||実施^者\r\
         NTE|1||患者太郎は元気\r\
         OBX|2|TX|X^所見^L||患者太郎、転倒あり||||||F\r\
         SPM|2|A2||001^尿^JC10\rOBR|2|ORD2||URI^尿^L\rOBX|3|ST|1A010^蛋白^L||>= 200||||||F\r",
        header("OUL^R22^OUL_R22")
    )
}

#[test]
fn a_message_that_python_wrote_in_iso_2022_jp_is_read_unchanged() {
    let Some(bytes) = encoded(&problems("上腹部痛"), "iso2022_jp") else {
        return;
    };
    let unit = unit(&bytes);
    assert_eq!(unit.encoding, "iso-2022-jp");
    let kinds: Vec<_> = unit.records.iter().map(|r| (r.kind.as_str(), r.parent)).collect();
    assert_eq!(
        kinds,
        [("MSH", None), ("PID", None), ("PRB", Some(1)), ("ZPR", Some(2)), ("PRB", Some(1))]
    );
    assert_eq!(at(&unit, 2, "PRB-3.2"), Some("胃炎"));
    assert_eq!(at(&unit, 2, "PRB-10.1"), Some("K297"));
    assert_eq!(at(&unit, 2, "PRB-10.2"), None);
    assert_eq!(at(&unit, 2, "PRB-17"), Some("上腹部痛"));
    assert_eq!(at(&unit, 3, "ZPR-5.2"), Some("疑い"));
    assert_eq!(at(&unit, 4, "ZPR-5.2"), None);
    for record in &unit.records {
        let offset = usize::try_from(record.offset.unwrap()).unwrap();
        assert!(bytes[offset..].starts_with(record.kind.as_bytes()));
        assert!(offset == 0 || bytes[offset - 1] == b'\r');
    }
}

#[test]
fn a_kanji_that_contains_a_delimiter_byte_is_not_split() {
    let ideographs: String = ('\u{4e00}'..='\u{9fa0}').collect();
    let program = "import sys\nd=sys.stdin.buffer.read().decode()\nr=''\nfor c in d:\n try: b=c.encode('iso2022_jp')\n except UnicodeError: continue\n if any(x in b'|^&~\\\\' for x in b[3:5]): r+=c\nsys.stdout.buffer.write(r.encode())";
    let child = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var_os("CI").is_none(), "python3 is not available");
        eprintln!("SKIPPED: python3 is not available");
        return;
    };
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(ideographs.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let kanji = String::from_utf8(output.stdout).unwrap();
    assert!(kanji.chars().count() > 250, "{} found", kanji.chars().count());
    let bytes = encoded(&problems(&kanji), "iso2022_jp").unwrap();
    assert_eq!(at(&unit(&bytes), 2, "PRB-17"), Some(kanji.as_str()));
}

#[test]
fn an_unclosed_kanji_run_does_not_affect_later_segments() {
    let Some(bytes) = encoded(&problems("上腹部痛"), "iso2022_jp") else {
        return;
    };
    let open: Vec<u8> = String::from_utf8(bytes.clone()).unwrap().replace("\x1b(B\r", "\r").into_bytes();
    assert!(open.len() < bytes.len());
    let (open, closed) = (unit(&open), unit(&bytes));
    assert_eq!(open.records.len(), closed.records.len());
    for at in 0..open.records.len() {
        assert!(open.records[at].fields == closed.records[at].fields);
    }
}

#[test]
fn empty_and_adjacent_kanji_runs_change_nothing() {
    let Some(bytes) = encoded(&problems("上腹部痛"), "iso2022_jp") else {
        return;
    };
    let text = String::from_utf8(bytes.clone()).unwrap();
    let text = text
        .replace("\x1b$B", "\x1b$B\x1b(B\x1b$B")
        .replace("K297", "K2\x1b$B\x1b(B97")
        .replace("\rZPR", "\x1b$B\x1b(B\rZPR");
    let (empty, plain) = (unit(text.as_bytes()), unit(&bytes));
    assert_eq!(empty.encoding, "iso-2022-jp");
    for at in 0..plain.records.len() {
        assert!(empty.records[at].fields == plain.records[at].fields);
    }
}

#[test]
fn a_wrongly_declared_encoding_is_detected_and_reported() {
    let text = problems("上腹部痛");
    let utf8 = unit(text.as_bytes());
    assert_eq!((utf8.encoding, at(&utf8, 2, "PRB-17")), ("utf-8", Some("上腹部痛")));
    let marked = unit(format!("\u{feff}{text}").as_bytes());
    assert_eq!((marked.encoding, at(&marked, 2, "PRB-17")), ("utf-8", Some("上腹部痛")));
    assert_eq!(marked.records[0].offset, Some(3));
    let Some(sjis) = encoded(&text, "cp932") else { return };
    let sjis = unit(&sjis);
    assert_eq!((sjis.encoding, at(&sjis, 2, "PRB-17")), ("windows-31j", Some("上腹部痛")));
}

#[test]
fn euc_jp_is_refused_and_never_read_as_half_width_kana() {
    let Some(unclean) = encoded(&problems("日本語"), "euc_jp") else {
        return;
    };
    assert_eq!(code(&unclean), "charset-unclean");
    let ascii = format!("{}PID|||1||||19650415|M\rPRB|AD|20260401|1^X^L||||||||||||||", header("PPR^ZD1"));
    let mut ambiguous = ascii.clone().into_bytes();
    ambiguous.extend(encoded("病変異子", "euc_jp").unwrap());
    assert_eq!(code(&ambiguous), "charset-ambiguous");
    let declared = ascii.replace("~ISO IR87", "SHIFT_JIS");
    let mut declared = declared.into_bytes();
    declared.extend(encoded("ｶﾀ", "cp932").unwrap());
    assert_eq!(at(&unit(&declared), 2, "PRB-17"), Some("ｶﾀ"));
}

#[test]
fn half_width_kana_stay_half_width() {
    let Some(kana) = encoded("ﾀﾛｳ", "iso2022_jp_ext") else {
        return;
    };
    assert!(kana.starts_with(b"\x1b(I"));
    let mut bytes = format!("{}PID|||1\rPRB|AD|20260401|1^", header("PPR^ZD1")).into_bytes();
    bytes.extend(kana);
    bytes.extend(b"^L\r");
    assert_eq!(at(&unit(&bytes), 2, "PRB-3.2"), Some("ﾀﾛｳ"));
}

#[test]
fn jis_roman_does_not_change_the_escape_character() {
    let text = format!("{}PID|||1\rPRB|AD|20260401|1^\x1b$B0_1j\x1b(J\\T\\A~2^X\r", header("PPR^ZD1"));
    let unit = unit(text.as_bytes());
    assert_eq!(at(&unit, 2, "PRB-3.2"), Some("胃炎&A"));
    assert_eq!(at(&unit, 2, "PRB-3(2).1"), Some("2"));
}

#[test]
fn an_unsupported_character_set_is_refused_by_name() {
    let with = |bytes: &[u8]| {
        let mut message = format!("{}PID|||1\rPRB|AD|20260401|1^", header("PPR^ZD1")).into_bytes();
        message.extend(bytes);
        message
    };
    if let (Some(supplementary), Some(extended)) = (encoded("丂", "iso2022_jp_1"), encoded("俱", "iso2022_jp_2004")) {
        assert_eq!(code(&with(&supplementary)), "charset-jis-x-0212");
        assert_eq!(code(&with(&extended)), "charset-jis-x-0213");
    }
    assert_eq!(code(&with(b"\x0e@[3\x0f")), "charset-shift-out");
    assert_eq!(code(&with(b"\x00")), "control-character");
    assert_eq!(code(&with(b"\x1b$Bz")), "charset-unclean");
    assert_eq!(code(&with(b"\x80\xff")), "charset-unclean");
    assert_eq!(code(b"\xff\xfeM\0S\0H"), "utf-16");
    let other = problems("x").replace("~ISO IR87", "8859/1");
    assert_eq!(code(other.as_bytes()), "charset-unknown");
}

#[test]
fn the_declared_character_set_is_read_in_every_spelling() {
    for spelling in ["~ISO IR87", "~ISOIR87", "ISO IR6~ISO IR87", "", "ASCII"] {
        let text = problems("上腹部痛")
            .replace("~ISO IR87", spelling)
            .replace("ISO 2022-1994", "ISO2022-1994");
        let Some(bytes) = encoded(&text, "iso2022_jp") else { return };
        assert_eq!(unit(&bytes).encoding, "iso-2022-jp", "{spelling}");
    }
    let utf8 = problems("上腹部痛").replace("~ISO IR87", "UNICODE UTF-8");
    assert_eq!(unit(utf8.as_bytes()).encoding, "utf-8");
}

#[test]
fn results_are_inside_their_order_and_specimen_and_find_the_patient() {
    let units = units(results().as_bytes());
    let mut found: Vec<_> = units
        .iter()
        .map(|unit| (at(unit, unit.records.len() - 1, "OBX-3.1").unwrap(), unit))
        .collect();
    found.sort_by_key(|(code, _)| *code);
    let [(_, protein), (_, total), (_, free)] = found.as_slice() else {
        panic!("three results")
    };
    let kinds = |unit: &Unit| unit.records.iter().map(|r| (r.kind.clone(), r.parent)).collect::<Vec<_>>();
    let named = |all: &[(&str, Option<usize>)]| all.iter().map(|(kind, parent)| ((*kind).to_owned(), *parent)).collect::<Vec<_>>();
    let with_order = named(&[
        ("MSH", None),
        ("PID", None),
        ("SPM", Some(1)),
        ("OBR", Some(2)),
        ("ORC", Some(3)),
        ("OBX", Some(3)),
    ]);
    assert_eq!(kinds(total), with_order);
    assert_eq!(kinds(free), with_order);
    assert_eq!(
        kinds(protein),
        named(&[("MSH", None), ("PID", None), ("SPM", Some(1)), ("OBR", Some(2)), ("OBX", Some(3))])
    );
    assert_eq!(at(total, 5, "PID-3.1"), Some("0012345678"));
    assert_eq!(at(total, 5, "PID-3(2).1"), Some("X9"));
    assert_eq!(at(total, 5, "PID-8"), Some("M"));
    assert_eq!(at(total, 5, "PID-8.1"), Some("M"));
    assert_eq!(at(total, 5, "SPM-4.2"), Some("血清"));
    assert_eq!(at(total, 5, "OBX-5.1"), Some("7.2"));
    assert_eq!(at(protein, 4, "SPM-4.1"), Some("001"));
    assert_eq!(at(protein, 4, "SPM-17"), None, "no time of the first specimen");
    assert_eq!(at(protein, 4, "OBX-5.1"), Some(">= 200"));
    assert_eq!(at(free, 5, "OBX-3.1"), Some("X"));
    assert_eq!(at(free, 5, "OBX-5"), None, "free text does not enter");
    assert_eq!(total.version, "20260401093000000");
    // What was left out of the message is counted once.
    let counted = units.iter().filter(|unit| !unit.account.left_out.is_empty());
    assert_eq!(counted.count(), 1);
}

#[test]
fn no_direct_identifier_enters_a_unit_or_an_error() {
    let secrets = [
        "患者",
        "太郎",
        "カンジャ",
        "旧姓",
        "別名",
        "千代田",
        "1000001",
        "03-1234",
        "SSN-55",
        "健保",
        "花子",
        "採血者",
        "発注",
        "担当",
        "実施",
        "転倒",
    ];
    let update = format!(
        "{}{PID}NK1|1|患者^母\rOBX|1|NM|HT^身長^L||170|cm\rOBX|2|XPN|N^名^L||患者^太郎\r",
        header("ADT^A08^ADT_A01")
    );
    for message in [results(), problems("x"), update.clone()] {
        let units = units(message.as_bytes());
        let values = units
            .iter()
            .flat_map(|unit| &unit.records)
            .flat_map(|record| record.fields.values());
        for value in values {
            if let Field::Value(value) = value {
                assert!(!secrets.iter().any(|secret| value.contains(secret)), "{value}");
            }
        }
        let shown = format!("{units:?} {:?}", hl7v2::parse(message.as_bytes()).unwrap());
        assert!(!shown.contains("0012345678") && !secrets.iter().any(|secret| shown.contains(secret)));
    }
    for broken in [
        format!("{update}{PID}"),
        update.replace("OBX|1", "患者|1"),
        format!("{}OBX|1\r{PID}", header("ADT^A08")),
    ] {
        let shown = format!("{:?}", refusal(broken.as_bytes()));
        assert!(
            !shown.contains("0012345678") && !secrets.iter().any(|secret| shown.contains(secret)),
            "{shown}"
        );
    }
    let body = unit(update.as_bytes());
    assert_eq!(at(&body, 1, "PID-30"), Some("Y"));
    assert_eq!(at(&body, 2, "OBX-5"), Some("170"));
}

#[test]
fn null_empty_and_absent_values_differ() {
    let text = format!("{}PID|||1||||\"\"|\rPRB|AD|20260401|1^\"\"^L&M||\"\"^^\r", header("PPR^ZD1"));
    let unit = unit(text.as_bytes());
    assert_eq!(at(&unit, 1, "PID-7"), Some("<null>"));
    assert_eq!(at(&unit, 1, "PID-7.1"), Some("<null>"));
    assert_eq!(at(&unit, 1, "PID-8"), None);
    assert_eq!(at(&unit, 2, "PRB-3.2"), Some("<null>"));
    assert_eq!(at(&unit, 2, "PRB-3"), None);
    assert_eq!(at(&unit, 2, "PRB-3.3"), None);
    assert_eq!((at(&unit, 2, "PRB-3.3.1"), at(&unit, 2, "PRB-3.3.2")), (Some("L"), Some("M")));
    assert_eq!(at(&unit, 2, "PRB-5"), Some("<null>"));
}

#[test]
fn line_ends_and_delimiters_of_other_systems_are_read() {
    for end in ["\n", "\r\n", "\r\r"] {
        let unit = unit(problems("x").replace('\r', end).as_bytes());
        assert_eq!(unit.records.len(), 5);
    }
    let other = "MSH#*!?%#A#B###20260401##PPR*ZD1#1#P#2.5\rPID###7*x\rPRB#AD#1#2*a?S?b?X41??br?%c*L!3?.br?\r";
    let unit = unit(other.as_bytes());
    assert_eq!(at(&unit, 2, "PRB-3.2.1"), Some("a*bA?br?"));
    assert_eq!(at(&unit, 2, "PRB-3(2)"), Some("3\n"));
    assert_eq!(code(b"MSH|^^\\&|A\rPID|||1\r"), "delimiters");
    assert_eq!(code(b"MSHA^~\\&A\rPID|||1\r"), "delimiters");
}

#[test]
fn a_malformed_message_is_refused_with_its_reason() {
    let a08 = header("ADT^A08");
    assert_eq!(code(b""), "empty");
    assert_eq!(code(b"\r\n"), "empty");
    assert_eq!(code(b"FHS|^~\\&|A\r"), "not-hl7");
    assert_eq!(code(format!("{a08}PID|||1\r{a08}").as_bytes()), "several-messages");
    assert_eq!(code(format!("{a08}PID|||1\rPID|||2\r").as_bytes()), "several-patients");
    assert_eq!(code(format!("{a08}PV1|1\r").as_bytes()), "no-patient");
    assert_eq!(code(format!("{a08}PID|||^^^^PI\r").as_bytes()), "no-patient-number");
    assert_eq!(code(format!("{a08}PID|||\"\"\r").as_bytes()), "no-patient-number");
    assert_eq!(code(format!("{a08}PID|||1\rand so on\r").as_bytes()), "segment-name");
    let results = header("OUL^R22");
    assert_eq!(code(format!("{results}PID|||1\rOBX|1|NM|1||2\r").as_bytes()), "segment-order");
    assert_eq!(code(format!("{results}PID|||1\rOBR|1\r").as_bytes()), "segment-order");
    assert_eq!(code(format!("{}PID|||1\rZPR|1\r", header("PPR^ZD1")).as_bytes()), "segment-order");
    match read(format!("{}PID|||1\r", header("ADT^A01")).as_bytes()) {
        Met::Ignored(kind) => assert_eq!(kind, "message:ADT^A01"),
        Met::Unit(_) | Met::Undecodable(_) | Met::LeftOut(..) | Met::Repaired(_) | Met::Remains(_) => panic!("not ignored"),
    }
    match read(format!("{}PID|||1\r", header("山田^太郎")).as_bytes()) {
        Met::Ignored(kind) => assert_eq!(kind, "message:unknown"),
        Met::Unit(_) | Met::Undecodable(_) | Met::LeftOut(..) | Met::Repaired(_) | Met::Remains(_) => panic!("not ignored"),
    }
}

#[test]
fn a_deletion_is_a_unit_with_the_patient_only() {
    let (update, delete) = (
        unit(format!("{}{PID}", header("ADT^A08")).as_bytes()),
        unit(format!("{}{PID}", header("ADT^A23")).as_bytes()),
    );
    let kinds: Vec<_> = delete.records.iter().map(|record| record.kind.as_str()).collect();
    assert!(delete.deleted && kinds == ["MSH", "PID"] && !update.deleted);
    assert_eq!(update.key, delete.key);
}

#[test]
fn a_message_above_a_limit_is_refused() {
    let message = |tail: &str| format!("{}PID|||1\rPRB|AD|1|{tail}\r", header("PPR^ZD1"));
    assert_eq!(code(message(&"x".repeat(hl7v2::MAX_MESSAGE_BYTES)).as_bytes()), "too-large");
    assert_eq!(code(message(&"|".repeat(hl7v2::MAX_PARTS + 2)).as_bytes()), "too-many-parts");
    assert_eq!(code(message(&"a~".repeat(hl7v2::MAX_PARTS + 1)).as_bytes()), "too-many-parts");
    assert_eq!(code(message(&"a^".repeat(hl7v2::MAX_PARTS + 1)).as_bytes()), "too-many-parts");
    assert_eq!(
        code(message(&format!("{}a", "a&".repeat(hl7v2::MAX_PARTS + 1))).as_bytes()),
        "too-many-parts"
    );
    assert_eq!(code(message(&"x\rNTE".repeat(hl7v2::MAX_SEGMENTS)).as_bytes()), "too-many-segments");
    let wide = "a^b~".repeat(500);
    assert_eq!(
        code(message(&format!("{wide}\rPRB|AD|1|{wide}").repeat(400)).as_bytes()),
        "too-many-parts"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_unchanged_after_escape_and_unescape(text in "[ -~\n日本語ﾀ胃炎]{1,40}") {
        prop_assume!(text != "\"\"");
        let marks = Delimiters::default();
        let escaped = hl7v2::escape(&text, &marks);
        prop_assert!(!escaped.contains(['|', '^', '&', '~']));
        prop_assert_eq!(&hl7v2::unescape(&escaped, &marks), &text);
        let unit = unit(format!("{}PID|||1\rPRB|AD|1|{escaped}\r", header("PPR^ZD1")).as_bytes());
        prop_assert_eq!(at(&unit, 2, "PRB-3"), Some(text.as_str()));
    }

    #[test]
    fn mutated_bytes_give_a_unit_or_a_reason(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12), cut in any::<prop::sample::Index>()) {
        let mut bytes = results().into_bytes();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len() * 2).min(bytes.len()));
        for met in read_all(&bytes) { match met {
            Met::Unit(unit) => {
                for (at, record) in unit.records.iter().enumerate() {
                    prop_assert!(record.parent.is_none_or(|parent| parent < at));
                }
            }
            Met::Undecodable(refusal) => prop_assert!(!refusal.reason_code.is_empty()),
            Met::Ignored(kind) => prop_assert!(kind.starts_with("message:")),
            Met::LeftOut(rule, _) => prop_assert_eq!(rule.as_str(), "not-of-the-patient"),
            Met::Remains(_) | Met::Repaired(_) => prop_assert!(false, "not for messages"),
        } }
    }

    #[test]
    fn any_bytes_after_a_header_give_a_unit_or_a_reason(tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = header("PPR^ZD1").into_bytes();
        bytes.extend(b"PID|||1\rPRB|");
        bytes.extend(tail);
        let _ = read_all(&bytes);
    }
}
