//! Tests of ODM snapshots. Python's own XML reader recounts the content.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use gemj_adapters::odm;
use gemj_adapters::unit::{Field, Met, Unit};
use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Default)]
struct Seen {
    units: Vec<Unit>,
    refused: Vec<(String, &'static str, String)>,
    ignored: Vec<String>,
    repairs: Vec<&'static str>,
}

impl Seen {
    fn codes(&self) -> Vec<&'static str> {
        self.refused.iter().map(|(_, code, _)| *code).collect()
    }
}

fn read_file(path: &Path) -> Seen {
    let mut seen = Seen::default();
    let flow = odm::read(&[path.to_owned()], None, &mut |met| {
        match met {
            Met::Unit(unit) => {
                for (rule, names) in &unit.account.left_out {
                    seen.ignored.extend(names.keys().map(|name| format!("{}:{name}", rule.as_str())));
                }
                seen.units.push(unit);
            }
            Met::Undecodable(refused) => seen.refused.push((refused.locator, refused.reason_code, refused.detail)),
            Met::Ignored(kind) => panic!("{kind}"),
            Met::LeftOut(rule, name) => seen.ignored.push(format!("{}:{name}", rule.as_str())),
            Met::Remains(_) => {}
            Met::Repaired(repair) => seen.repairs.push(repair.as_str()),
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    seen
}

fn read(bytes: impl AsRef<[u8]>) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("subjects.xml");
    std::fs::write(&file, bytes).unwrap();
    read_file(&file)
}

const META: &str = r#"<Study OID="S"><GlobalVariables/><MetaDataVersion OID="M" Name="m">
<ItemDef OID="I.SEX" Name="sex" DataType="integer"><CodeListRef CodeListOID="CL.SEX"/></ItemDef>
<ItemDef OID="I.NAME" Name="n" DataType="text"/><ItemDef OID="I.EXT" Name="e" DataType="text"><CodeListRef CodeListOID="CL.EXT"/></ItemDef>
<CodeList OID="CL.SEX" Name="sex" DataType="integer"><CodeListItem CodedValue="1"><Decode/></CodeListItem><EnumeratedItem CodedValue="2"/></CodeList>
<CodeList OID="CL.EXT" Name="x" DataType="text"><ExternalCodeList Dictionary="ICD"/></CodeList>
</MetaDataVersion></Study>"#;

fn file(meta: &str, clinical: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Snapshot" FileOID="F" CreationDateTime="2026-04-01T12:00:00+09:00">{meta}<ClinicalData StudyOID="S" MetaDataVersionOID="M">{clinical}</ClinicalData></ODM>"#
    )
}

fn subject(key: &str, items: &str) -> String {
    format!(
        r#"<SubjectData SubjectKey="{key}"><StudyEventData StudyEventOID="E" StudyEventRepeatKey="1"><FormData FormOID="F"><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1">{items}</ItemGroupData></FormData></StudyEventData></SubjectData>"#
    )
}

fn at<'u>(unit: &'u Unit, record: usize, name: &str) -> Option<&'u str> {
    unit.field(record, name).map(|field| match field {
        Field::Value(value) => value.as_str(),
        Field::Null => "<null>",
    })
}

#[test]
fn values_of_each_form_are_fields_of_their_group_and_find_the_keys() {
    let items = r#"<ItemData ItemOID="A" Value="a&amp;b"/><ItemDataString ItemOID="B"> x &#x3042;<![CDATA[<y>]]></ItemDataString>
<ItemDataFloat ItemOID="C"> 7.2 <MeasurementUnitRef MeasurementUnitOID="MU.GDL"/></ItemDataFloat><ItemDataPartialDate ItemOID="D">2026-04</ItemDataPartialDate>
<ItemData ItemOID="N" IsNull="Yes"/><ItemData ItemOID="Z" Value=""/><ItemDataBoolean ItemOID="T">true</ItemDataBoolean>"#;
    let seen = read(file("", &subject("001", items)));
    assert!(seen.refused.is_empty(), "{:?}", seen.refused);
    let unit = &seen.units[0];
    let kinds: Vec<_> = unit.records.iter().map(|r| (r.kind.as_str(), r.parent)).collect();
    assert_eq!(
        kinds,
        [
            ("SubjectData", None),
            ("StudyEventData:E", Some(0)),
            ("FormData:F", Some(1)),
            ("ItemGroupData:G", Some(2))
        ]
    );
    for (name, value) in [
        ("A", Some("a&b")),
        ("B", Some(" x あ<y>")),
        ("C", Some("7.2")),
        ("C@MeasurementUnitOID", Some("MU.GDL")),
        ("D", Some("2026-04")),
        ("N", Some("<null>")),
        ("Z", None),
        ("T", Some("true")),
        ("@SubjectKey", Some("001")),
        ("@StudyOID", Some("S")),
        ("@StudyEventRepeatKey", Some("1")),
        ("@FormRepeatKey", None),
        ("@ItemGroupRepeatKey", Some("1")),
    ] {
        assert_eq!(at(unit, 3, name), value, "{name}");
    }
    assert_eq!((unit.version.as_str(), unit.encoding), ("2026-04-01T03:00:00.000000Z", "utf-8"));
    assert_eq!(unit.locator, "subjects.xml#SubjectData[1]");
}

#[test]
fn a_code_must_be_in_the_code_list_of_the_file() {
    let good = r#"<ItemData ItemOID="I.SEX" Value="01"/><ItemData ItemOID="I.NAME" Value="x"/><ItemData ItemOID="I.EXT" Value="C16"/>"#;
    assert_eq!(read(file(META, &subject("1", good))).units.len(), 1);
    let wrong = read(file(META, &subject("1", r#"<ItemData ItemOID="I.SEX" Value="SECRET"/>"#)));
    assert_eq!(wrong.codes(), ["not-in-codelist"]);
    assert!(!wrong.refused[0].2.contains("SECRET"));
    let undefined = read(file(META, &subject("1", r#"<ItemData ItemOID="SECRET" Value="1"/>"#)));
    assert_eq!(undefined.codes(), ["undefined-item"]);
    assert!(!undefined.refused[0].2.contains("SECRET"));
    let including = META.replace(
        "<ItemDef OID=\"I.SEX\"",
        "<Include StudyOID=\"S\" MetaDataVersionOID=\"M0\"/><ItemDef OID=\"I.SEX\"",
    );
    assert_eq!(
        read(file(&including, &subject("1", r#"<ItemData ItemOID="ELSE" Value="1"/>"#)))
            .units
            .len(),
        1
    );
    let other = file(META, &subject("1", r#"<ItemData ItemOID="ELSE" Value="1"/>"#))
        .replace("MetaDataVersionOID=\"M\"", "MetaDataVersionOID=\"M2\"");
    assert_eq!(read(other).units.len(), 1, "the file defines nothing for another version");
}

#[test]
fn one_bad_subject_does_not_stop_the_others() {
    let bad = [
        (
            r#"<ItemData ItemOID="A" Value="1"/><ItemData ItemOID="A" Value="2"/>"#,
            "duplicate-item",
        ),
        (
            r#"<ItemData ItemOID="A" Value=""/><ItemData ItemOID="A" Value="2"/>"#,
            "duplicate-item",
        ),
        (r#"<ItemData Value="1"/>"#, "missing-attribute"),
        (r#"<ItemData ItemOID="@SubjectKey" Value="1"/>"#, "item-oid"),
        (r#"<ItemData ItemOID="A" Value="1" IsNull="Yes"/>"#, "null-with-value"),
        (
            r#"<ItemData ItemOID="A" Value="1" TransactionType="Update"/>"#,
            "transaction-in-snapshot",
        ),
        (r#"<ItemData ItemOID="A"><Value>1</Value></ItemData>"#, "unexpected-element"),
        (r#"<ItemGroupData ItemGroupOID="H"/>"#, "unexpected-element"),
        ("stray", "unexpected-text"),
        (
            r#"</ItemGroupData><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1">"#,
            "duplicate-repeat",
        ),
        (
            r#"</ItemGroupData><ItemGroupData ItemGroupOID="H"/><ItemGroupData ItemGroupOID="H">"#,
            "duplicate-repeat",
        ),
    ];
    for (items, expected) in bad {
        let all = [subject("1", ""), subject("2", items), subject("3", "")].concat();
        let seen = read(file("", &all));
        assert_eq!(seen.codes(), [expected], "{items}");
        assert_eq!(seen.refused[0].0, "subjects.xml#SubjectData[2]");
        assert_eq!(seen.units.len(), 2);
    }
    let twice = read(file(
        "",
        &[subject("1", ""), subject("1", "<ItemData ItemOID=\"A\" Value=\"1\"/>")].concat(),
    ));
    assert_eq!((twice.units.len(), twice.codes()), (1, vec![]));
    let repeats = r#"</ItemGroupData><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="2">"#;
    assert_eq!(read(file("", &subject("1", repeats))).units[0].records.len(), 5);
}

#[test]
fn vendor_and_audit_elements_are_skipped_and_counted() {
    let items = r#"<ItemData ItemOID="A" Value="1" v:Flag="x"><AuditRecord><UserRef UserOID="U"/><v:Reason>SECRET</v:Reason></AuditRecord><v:More><ItemData ItemOID="A" Value="9"/></v:More></ItemData><ItemData ItemOID="B" Value="1"><AuditRecord/><Annotation SeqNum="1"/></ItemData>"#;
    let text = file("", &subject("1", items)).replace(
        "<ODM ",
        "<ODM xmlns:v=\"http://vendor.example/ns\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a b\" ",
    );
    let text = text.replace("<ClinicalData", "<AdminData><User OID=\"SECRET\"/></AdminData><ClinicalData");
    let mut seen = read(text);
    seen.ignored.sort();
    let expected = [
        "element-not-read:AdminData",
        "element-not-read:AuditRecord",
        "element-not-read:AuditRecord",
        "vendor-namespace:(undeclared name)",
        "vendor-namespace:(undeclared name)",
        "vendor-namespace:(undeclared name)",
    ];
    assert_eq!(seen.ignored, expected);
    assert_eq!((at(&seen.units[0], 3, "A"), at(&seen.units[0], 3, "B")), (Some("1"), Some("1")));
}

#[test]
fn flags_and_imputed_values_are_fields_of_the_record_and_removed_elements_are_left_out() {
    let items = r#"<ItemData ItemOID="A" Value="1"><AuditRecord UsedImputationMethod="Yes"/><Annotation SeqNum="1"><Comment>SECRET</Comment><Flag><FlagValue CodeListOID="C"> Suspected </FlagValue><FlagType CodeListOID="T">status</FlagType></Flag></Annotation></ItemData>
<ItemData ItemOID="B" Value="9" TransactionType="Remove"><AuditRecord/></ItemData><ItemData ItemOID="B" Value="2"/><Annotation SeqNum="2"><Flag><FlagValue CodeListOID="C">SDV</FlagValue></Flag></Annotation>
</ItemGroupData><ItemGroupData ItemGroupOID="H" TransactionType="Remove"><ItemData ItemOID="A" Value="1"/></ItemGroupData><ItemGroupData ItemGroupOID="I">"#;
    let mut seen = read(file("", &subject("1", items)));
    assert!(seen.refused.is_empty(), "{:?}", seen.refused);
    let unit = &seen.units[0];
    for (name, value) in [
        ("A", Some("1")),
        ("B", Some("2")),
        ("@Flag(1).1", Some("Suspected")),
        ("@Flag(1).2", Some("status")),
        ("@Flag(2).1", Some("SDV")),
        ("@Imputed", Some("Yes")),
    ] {
        assert_eq!(at(unit, 3, name), value, "{name}");
    }
    let kinds: Vec<_> = unit.records.iter().skip(3).map(|record| record.kind.as_str()).collect();
    assert_eq!(kinds, ["ItemGroupData:G", "ItemGroupData:I"]);
    assert_eq!(at(unit, 4, "@Flag(1).1"), None, "a flag does not apply to the next group");
    seen.ignored.sort();
    let expected = [
        "element-not-read:AuditRecord",
        "entered-in-error:ItemData",
        "entered-in-error:ItemGroupData",
        "free-text:Comment",
    ];
    assert_eq!(seen.ignored, expected);
}

#[test]
fn a_file_in_utf_16_is_read_and_the_repair_is_counted() {
    let text = file("", &subject("1", r#"<ItemData ItemOID="A" Value="胃炎"/>"#)).replace("UTF-8", "UTF-16");
    for (bytes, repair) in [
        (
            format!("\u{feff}{text}")
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>(),
            "utf-16",
        ),
        (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), "utf-16"),
        (
            format!("\u{feff}{}", text.replace("UTF-16", "UTF-8")).into_bytes(),
            "byte-order-mark",
        ),
    ] {
        let seen = read(&bytes);
        assert_eq!((seen.codes(), seen.repairs), (vec![], vec![repair]));
        assert_eq!(at(&seen.units[0], 3, "A"), Some("胃炎"));
    }
}

#[test]
fn a_file_that_is_not_an_odm_1_3_snapshot_is_refused_whole() {
    let good = file("", &subject("1", ""));
    for (from, to, expected) in [
        ("\"Snapshot\"", "\"Transactional\"", "no-snapshot"),
        ("FileType=\"Snapshot\"", "", "file-type"),
        ("1.3.2", "2.0", "odm-version"),
        ("ns/odm/v1.3", "ns/odm/v2.0", "odm-version"),
        ("http://www.cdisc.org/ns/odm/v1.3", "urn:other", "not-odm"),
        ("2026-04-01T12:00:00+09:00", "yesterday", "creation-time"),
        ("<ODM", "<!DOCTYPE ODM [<!ENTITY a \"b\">]><ODM", "doctype"),
        ("SubjectKey=\"1\"", "SubjectKey=\"&a;\"", "entity"),
        ("encoding=\"UTF-8\"", "encoding=\"windows-1252\"", "encoding"),
        ("SubjectKey=\"1\"", "SubjectKey=\"1\" SubjectKey=\"2\"", "malformed-xml"),
        ("</FormData>", "</FormDate>", "malformed-xml"),
    ] {
        let seen = read(good.replacen(from, to, 1));
        assert_eq!((seen.codes(), seen.units.len()), (vec![expected], 0), "{to}");
    }
    assert_eq!(read(format!("{good}<ODM/>")).codes(), ["malformed-xml"]);
    assert_eq!(read("").codes(), ["not-odm"]);
    assert_eq!(read(b"\xff\xfe<\0").codes(), ["truncated"]);
    assert_eq!(read(b"\xff\xfe<").codes(), ["encoding-errors"]);
    assert_eq!(read(file("", &subject("1", "")).replace("\"1\"", "\"\u{fffd}\"")).units.len(), 1);
    let mut bytes = good.into_bytes();
    let at = bytes.windows(12).position(|w| w == b"SubjectKey=\"").unwrap();
    bytes[at + 12] = 0xff;
    assert_eq!(read(bytes).codes(), ["not-utf-8"]);
}

#[test]
fn an_odm_file_above_a_size_or_depth_limit_is_refused() {
    let deep = format!("{}{}", "<AdminData>".repeat(100), "</AdminData>".repeat(100));
    assert_eq!(read(file(&deep, "")).codes(), ["too-deep"]);
    let wide = format!(
        "<ItemData ItemOID=\"A\" {}/>",
        (0..300).map(|n| format!("a{n}=\"\" ")).collect::<String>()
    );
    assert_eq!(read(file("", &subject("1", &wide))).codes(), ["too-many-attributes"]);
    let long = format!("<ItemData ItemOID=\"A\" Value=\"{}\"/>", "x".repeat(odm::MAX_EVENT_BYTES));
    assert_eq!(read(file("", &subject("1", &long))).codes(), ["too-large"]);
    let comment = format!("<!--{}-->", "x".repeat(1 << 20));
    let large = read(file("", &[subject("1", &comment.repeat(65)), subject("2", "")].concat()));
    assert_eq!((large.codes(), large.units.len()), (vec!["too-large"], 1));
    assert_eq!(large.units[0].locator, "subjects.xml#SubjectData[2]");
}

/// A Python program that writes a file of pseudo-random subjects, reads it with Python's own XML reader, and prints its content.
const ORACLE: &str = r#"
import sys, random, json, re, hashlib
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr, escape
path, encoding, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
r = random.Random(seed)
words = ['胃炎', '陽性 < 3 & 4', 'a "b"', '7.2', "it's", '能登ソ表', 'x']
out = []
w = out.append
w('<?xml version="1.0" encoding="%s"?>\n<!-- 注 --><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" CreationDateTime="2026-04-01T03:00:00" ODMVersion="1.3.1">\n<ClinicalData StudyOID="S" MetaDataVersionOID="M">' % encoding)
for s in range(r.randint(3, 12)):
    w('\n <SubjectData SubjectKey="P%d">' % s)
    for e in range(r.randint(0, 3)):
        w('<StudyEventData StudyEventOID="E%d" StudyEventRepeatKey="%d">' % (e % 2, e))
        for f in range(r.randint(0, 2)):
            w('<FormData FormOID="F%d">' % f)
            for g in range(r.randint(0, 3)):
                w('\n<ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="%d">' % g)
                for i in range(r.randint(0, 6)):
                    v = r.choice(words)
                    k = r.randint(0, 2)
                    if k == 0: w('<ItemData ItemOID="I%d" Value=%s/>' % (i, quoteattr(v)))
                    elif k == 1: w('<ItemDataString ItemOID="I%d">%s</ItemDataString>' % (i, escape(v)))
                    else: w('<ItemData ItemOID="I%d" IsNull="Yes"></ItemData>' % i)
                w('</ItemGroupData>')
            w('</FormData>')
        w('</StudyEventData>')
    w('</SubjectData>')
w('\n</ClinicalData></ODM>\n')
text = ''.join(out)
data = text.encode(encoding)
open(path, 'wb').write(data)
root = ET.fromstring(data if encoding == 'utf-8' else re.sub(r'<\?xml.*?\?>', '', data.decode(encoding)))
ns = '{http://www.cdisc.org/ns/odm/v1.3}'
subjects = []
pieces = re.findall(rb'<SubjectData .*?</SubjectData>', data, re.S)
for element, piece in zip(root.iter(ns + 'SubjectData'), pieces):
    items = []
    for e in element:
        for f in e:
            for g in f:
                for i in g:
                    v = None if i.get('IsNull') == 'Yes' else i.get('Value', i.text)
                    items.append([e.get('StudyEventOID'), e.get('StudyEventRepeatKey'), f.get('FormOID'), g.get('ItemGroupRepeatKey'), i.get('ItemOID'), v])
    subjects.append({'key': element.get('SubjectKey'), 'items': sorted(items, key=str), 'sha256': hashlib.sha256(piece).hexdigest(), 'records': len(list(element.iter(ns+'StudyEventData')))+len(list(element.iter(ns+'FormData')))+len(list(element.iter(ns+'ItemGroupData')))})
print(json.dumps(subjects))
"#;

fn oracle(path: &Path, encoding: &str, seed: u32) -> Option<Vec<Value>> {
    let output = Command::new("python3")
        .args(["-c", ORACLE])
        .arg(path)
        .args([encoding, &seed.to_string()])
        .output();
    let Ok(output) = output else {
        assert!(std::env::var_os("CI").is_none(), "python3 is not available");
        eprintln!("SKIPPED: python3 is not available");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn items(unit: &Unit) -> Vec<Value> {
    let mut items = Vec::new();
    for (index, record) in unit
        .records
        .iter()
        .enumerate()
        .filter(|(_, record)| record.kind.starts_with("ItemGroupData:"))
    {
        let form = &unit.records[record.parent.unwrap()];
        let event = &unit.records[form.parent.unwrap()];
        for (name, field) in record.fields.iter().filter(|(name, _)| !name.starts_with('@')) {
            let value = match field {
                Field::Value(value) => json!(value),
                Field::Null => Value::Null,
            };
            items.push(json!([
                event.kind.strip_prefix("StudyEventData:").unwrap(),
                at(unit, index, "@StudyEventRepeatKey"),
                form.kind.strip_prefix("FormData:").unwrap(),
                at(unit, index, "@ItemGroupRepeatKey"),
                name,
                value
            ]));
        }
    }
    items
}

fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_key(ToString::to_string);
    items
}

#[test]
fn python_and_the_reader_find_the_same_items_in_every_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("subjects.xml");
    let mut item_count = 0;
    for (encoding, named) in [
        ("utf-8", "utf-8"),
        ("shift_jis", "windows-31j"),
        ("euc-jp", "euc-jp"),
        ("iso-2022-jp", "iso-2022-jp"),
    ] {
        for seed in 0..6 {
            let Some(expected) = oracle(&path, encoding, seed) else { return };
            let seen = read_file(&path);
            assert!(seen.refused.is_empty() && seen.ignored.is_empty(), "{encoding} {:?}", seen.refused);
            assert_eq!(seen.units.len(), expected.len());
            for (unit, expected) in seen.units.iter().zip(&expected) {
                assert_eq!(unit.encoding, named);
                assert_eq!(json!(at(unit, 0, "@SubjectKey")), expected["key"]);
                assert_eq!(json!(unit.records.len() - 1), expected["records"]);
                let wanted = expected["items"].as_array().unwrap().clone();
                item_count += wanted.len();
                assert_eq!(sorted(items(unit)), sorted(wanted));
                if encoding == "utf-8" {
                    assert_eq!(json!(unit.sha256), expected["sha256"]);
                }
            }
        }
    }
    assert!(item_count > 500, "{item_count}");
}

#[test]
fn a_truncated_file_gives_its_complete_subjects_and_one_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("subjects.xml");
    let Some(_) = oracle(&path, "utf-8", 1) else { return };
    let bytes = std::fs::read(&path).unwrap();
    let body = bytes.windows(12).position(|w| w == b"<SubjectData").unwrap();
    let end = bytes.windows(6).rposition(|w| w == b"</ODM>").unwrap();
    for cut in (body..end + 5).step_by(7) {
        let part = &bytes[..cut];
        let complete = part.windows(14).filter(|w| w == b"</SubjectData>").count();
        let seen = read(part);
        assert_eq!((seen.units.len(), seen.codes()), (complete, vec!["truncated"]), "cut at {cut}");
    }
}

#[test]
fn errors_and_debug_output_never_contain_data_of_a_subject() {
    let items = r#"<ItemData ItemOID="NAME" Value="山田太郎"/><ItemData ItemOID="NAME" Value="山田太郎"/>"#;
    let seen = read(file("", &[subject("PATIENT-77", items), subject("PATIENT-78", "")].concat()));
    let shown = format!("{:?} {:?} {:?}", seen.refused, seen.units, seen.ignored);
    assert!(!shown.contains("山田") && !shown.contains("PATIENT"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn mutated_bytes_never_lose_a_subject_silently(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let items = r#"<ItemData ItemOID="I.SEX" Value="1"/><ItemDataString ItemOID="I.NAME">x&amp;y</ItemDataString>"#;
        let mut bytes = file(META, &[subject("1", items), subject("2", items)].concat()).into_bytes();
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let seen = read(&bytes);
        for unit in &seen.units {
            for (at, record) in unit.records.iter().enumerate() {
                prop_assert!(record.parent.is_none_or(|parent| parent < at));
            }
        }
        let (given, said) = (seen.units.len(), seen.refused.len() + seen.ignored.len());
        let opened = bytes.windows(13).filter(|w| w == b"<SubjectData ").count();
        prop_assert!(given >= opened || said > 0 || bytes.windows(4).any(|w| w == b"<!--"), "{given} of {opened}");
    }
}
