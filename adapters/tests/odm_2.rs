//! Tests of ODM 2.0, and of the members of a profile that only ODM has.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "odm_kit/kit.rs"]
#[allow(dead_code)]
mod kit;
#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use gemj_adapters::feed::{Asked, agree};
use gemj_adapters::profile::Profile;
use gemj_model::{DatasetId, FactStatus, SiteId};
use kit::{read, snapshot, subject, values};
use world::{Store, folder, numbers, reasons, take};

fn v2(kind: &str, day: usize, clinical: &str) -> String {
    format!(
        r#"<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" ODMVersion="2.0" FileType="{kind}" Granularity="All" FileOID="{kind}.{day}" CreationDateTime="2026-04-{day:02}T12:00:00+09:00"><Study OID="S" StudyName="s"><MetaDataVersion OID="M" Name="m"><ItemGroupDef OID="F" Name="f" Type="Form" Repeating="No"/><ItemDef OID="A" Name="a" DataType="integer"><CodeListRef CodeListOID="CL"/></ItemDef><ItemDef OID="B" Name="b" DataType="text"/><CodeList OID="CL" Name="c" DataType="integer"><CodeListItem CodedValue="1"><Decode/></CodeListItem><CodeListItem CodedValue="2"><Decode/></CodeListItem></CodeList></MetaDataVersion></Study><ClinicalData StudyOID="S" MetaDataVersionOID="M">{clinical}</ClinicalData></ODM>"#
    )
}

/// A subject with the group `G` inside the group `F`, as in ODM 1.3 the form `F` contains the group.
fn nested(key: &str, kind: &str, items: &str) -> String {
    format!(
        r#"<SubjectData SubjectKey="{key}" {kind}><StudyEventData StudyEventOID="E" StudyEventRepeatKey="1"><ItemGroupData ItemGroupOID="F"><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1">{items}</ItemGroupData></ItemGroupData></StudyEventData></SubjectData>"#
    )
}

#[test]
fn both_versions_of_odm_give_the_same_records() {
    let items = r#"<ItemData ItemOID="A" Value="1"/><ItemData ItemOID="B" Value=" a &amp; b "/><ItemData ItemOID="C" IsNull="Yes"/>"#;
    let new = r#"<ItemData ItemOID="A"><Value>1</Value></ItemData><ItemData ItemOID="B"><Value> a &amp; b </Value></ItemData><ItemData ItemOID="C" IsNull="Yes"/>"#;
    let old = read(&[&snapshot(1, &subject("1", [""; 4], items))]);
    let new = v2("Snapshot", 1, &nested("1", "", new)).replace(
        "</MetaDataVersion>",
        r#"<ItemDef OID="C" Name="c" DataType="text"/></MetaDataVersion>"#,
    );
    let new = read(&[&new]);
    assert_eq!(new.refused, vec![]);
    assert_eq!(values(old.unit("1")), values(new.unit("1")));
    let kinds = |seen: &kit::Seen| seen.unit("1").records.iter().map(|record| record.kind.clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&old), kinds(&new));
    assert_eq!(kinds(&new)[2], "FormData:F");
}

#[test]
fn groups_of_odm_2_are_addressed_by_their_own_oid_at_every_depth() {
    let text = v2(
        "Snapshot",
        1,
        r#"<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="E"><ItemGroupData ItemGroupOID="F" ItemGroupRepeatKey="7"><ItemData ItemOID="B"><Value>form</Value></ItemData><ItemGroupData ItemGroupOID="S" ItemGroupRepeatKey="8"><ItemGroupData ItemGroupOID="G" ItemGroupDataSeq="3"><ItemData ItemOID="A"><Value>1</Value></ItemData></ItemGroupData></ItemGroupData></ItemGroupData><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1"><ItemData ItemOID="A"><Value>2</Value></ItemData></ItemGroupData></StudyEventData></SubjectData>"#,
    );
    let seen = read(&[&text]);
    let unit = seen.unit("1");
    let kinds: Vec<(&str, Option<usize>)> = unit.records.iter().map(|r| (r.kind.as_str(), r.parent)).collect();
    assert_eq!(
        kinds,
        [
            ("SubjectData", None),
            ("StudyEventData:E", Some(0)),
            ("ItemGroupData:F", Some(1)),
            ("ItemGroupData:S", Some(2)),
            ("ItemGroupData:G", Some(3)),
            ("ItemGroupData:G", Some(1)),
        ]
    );
    let at = |record: usize, name: &str| match unit.field(record, name) {
        Some(gemj_adapters::unit::Field::Value(value)) => Some(value.as_str()),
        _ => None,
    };
    assert_eq!(
        (at(4, "@FormRepeatKey"), at(4, "@ItemGroupDataSeq"), at(4, "B"), at(4, "A")),
        (Some("7"), Some("3"), Some("form"), Some("1"))
    );
    assert_eq!(
        (at(5, "@FormRepeatKey"), at(5, "@ItemGroupRepeatKey"), at(5, "B"), at(5, "A")),
        (None, Some("1"), None, Some("2"))
    );
}

#[test]
fn what_odm_2_does_not_allow_refuses_the_subject() {
    for (from, to, code) in [
        ("<Value>1</Value>", "<Value>1</Value><Value>2</Value>", "several-values"),
        ("<Value>1</Value>", "1", "unexpected-text"),
        ("ItemOID=\"A\"", "ItemOID=\"A\" Value=\"1\"", "unexpected-value"),
        ("<Value>1</Value>", "<Value>3</Value>", "not-in-codelist"),
        ("ItemOID=\"A\"", "ItemOID=\"Z\"", "undefined-item"),
        ("ItemOID=\"A\"", "ItemOID=\"A\" IsNull=\"Yes\"", "null-with-value"),
        (
            "ItemGroupRepeatKey=\"1\"",
            "ItemGroupRepeatKey=\"1\" ItemGroupDataSeq=\"1\"",
            "two-repeat-keys",
        ),
        ("<ItemData", "<FormData FormOID=\"F\"/><ItemData", "unexpected-element"),
        (
            "<ItemData ",
            "<ItemData xmlns=\"http://www.cdisc.org/ns/odm/v1.3\" ",
            "unexpected-element",
        ),
    ] {
        let good = nested("1", "", r#"<ItemData ItemOID="A"><Value>1</Value></ItemData>"#);
        let seen = read(&[&v2("Snapshot", 1, &[nested("2", "", ""), good.replacen(from, to, 1)].concat())]);
        assert_eq!((seen.codes(), seen.units.len()), (vec![code], 1), "{to}");
    }
}

#[test]
fn marks_and_changes_of_odm_2_are_read() {
    let marked = r#"<ItemData ItemOID="A"><Value>1</Value><AuditRecord EditPoint="Monitoring" UsedMethod="Yes"><ReasonForChange>SECRET</ReasonForChange></AuditRecord><Annotation SeqNum="1"><Comment><TranslatedText>SECRET</TranslatedText></Comment><Coding Code="x"/><Flag><FlagValue CodeListOID="C">Suspected</FlagValue></Flag></Annotation><Query OID="Q" Source="Monitor" State="Open" LastUpdateDatetime="2026-04-01T00:00:00Z"><Value>SECRET</Value></Query></ItemData>"#;
    let base = v2("Snapshot", 1, &nested("1", "", marked));
    let seen = read(&[&base]);
    let path = kit::GROUP;
    let fields = seen.values("1");
    assert_eq!(
        (
            fields[&format!("{path} @Flag(1).1")].as_str(),
            fields[&format!("{path} @Imputed")].as_str()
        ),
        ("Suspected", "Yes")
    );
    for left_out in [
        "element-not-read:Query",
        "element-not-read:Coding",
        "element-not-read:AuditRecord",
        "free-text:Comment",
    ] {
        assert_eq!(seen.left_out[left_out], 1, "{left_out}");
    }
    let change = |items: &str| v2("Transactional", 2, &nested("1", r#"TransactionType="Update""#, items));
    let seen = read(&[
        &base,
        &change(r#"<ItemData ItemOID="A"><Value>2</Value></ItemData><ItemData ItemOID="B"><Value/></ItemData>"#),
    ]);
    let fields = seen.values("1");
    assert_eq!(
        (fields[&format!("{path} A")].as_str(), fields.get(&format!("{path} @Imputed"))),
        ("2", None)
    );
    let seen = read(&[
        &base,
        &change(
            r#"<ItemData ItemOID="A"><Query OID="Q" Source="Monitor" State="Open" LastUpdateDatetime="2026-04-01T00:00:00Z"><Value>9</Value></Query></ItemData>"#,
        ),
    ]);
    assert_eq!(seen.values("1")[&format!("{path} A")], "1", "a query is not the value");
    let old = kit::snapshot(1, &subject("1", [""; 4], ""));
    assert_eq!(
        read(&[&old, &change("")]).codes(),
        ["odm-version"],
        "a series has one version of ODM"
    );
}

const CLINICAL: &str = r#"<SubjectData SubjectKey="EDC-7"><SiteRef LocationOID="LOC.1"/><StudyEventData StudyEventOID="SE.1"><ItemGroupData ItemGroupOID="F.ALL"><ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="IT.SEX"><Value>2</Value></ItemData></ItemGroupData><ItemGroupData ItemGroupOID="IG.DX" ItemGroupRepeatKey="1"><ItemData ItemOID="IT.DX.ICD10"><Value>K29.7</Value></ItemData><ItemData ItemOID="IT.DX.STATUS">STATUS</ItemData></ItemGroupData></ItemGroupData></StudyEventData></SubjectData>"#;

fn of_profile(clinical: &str) -> String {
    let text = v2("Snapshot", 1, clinical);
    let (begin, end) = (text.find("<Study ").unwrap(), text.find("<ClinicalData").unwrap());
    format!("{}{}", &text[..begin], &text[end..])
}

#[test]
fn the_built_in_profile_reads_odm_2_and_keeps_an_empty_status_as_not_understood() {
    for (status, expected) in [
        ("<Value>CONFIRMED</Value>", FactStatus::Present),
        ("<Value>SUSPECTED</Value>", FactStatus::Suspected),
        ("<Value>ODD</Value>", FactStatus::NotUnderstood),
        ("<Value></Value>", FactStatus::NotUnderstood),
        ("", FactStatus::NotUnderstood),
    ] {
        let files = folder(&[(
            "a.xml",
            of_profile(&CLINICAL.replace("STATUS</Item", &format!("{status}</Item"))).as_bytes(),
        )]);
        let mut store = Store::default();
        let accounting = take(
            files.path(),
            &Profile::open("odm").unwrap(),
            &numbers(&[("gemj-edc", "EDC-7", "P1")]),
            &mut store,
        )
        .unwrap();
        assert_eq!(
            (reasons(&accounting), accounting.unknown_fields()),
            (vec![], 0),
            "{:?}",
            accounting.fields
        );
        let facts: Vec<_> = store
            .records
            .into_values()
            .flat_map(|record| record.facts)
            .map(|fact| (fact.code, fact.status))
            .collect();
        assert_eq!(facts, [("ICD10:K29.7".to_owned(), expected)], "{status}");
        assert_eq!(accounting.not_understood.len(), usize::from(expected == FactStatus::NotUnderstood));
    }
}

fn profile(lines: &str) -> Profile {
    let text = include_str!("../../schemas/mapping-profiles/odm.yaml");
    Profile::parse(&text.replace("format: odm\n", &format!("format: odm\nsite: hospital-a\nnamespace: edc\n{lines}"))).unwrap()
}

#[test]
fn the_sites_of_the_subjects_must_be_those_of_the_profile() {
    let named = of_profile(CLINICAL);
    let nameless = named.replace(r#"<SiteRef LocationOID="LOC.1"/>"#, "");
    let other = named.replace("LOC.1", "LOC.2");
    let change = nameless.replace("Snapshot", "Transactional");
    let asked = Asked {
        dataset: DatasetId::parse("d").unwrap(),
        site: Some(SiteId::parse("hospital-a").unwrap()),
        namespace: None,
        exported: None,
    };
    for (lines, file, agrees) in [
        ("", &other, true),
        ("", &nameless, true),
        ("facilities: [LOC.1]\n", &named, true),
        ("facilities: [LOC.1]\n", &other, false),
        ("facilities: [LOC.1]\n", &nameless, false),
        ("facilities: [LOC.1]\n", &change, true),
        ("facilities: [LOC.1, \"\"]\n", &nameless, true),
        ("facilities: [LOC.1, \"\"]\n", &other, false),
        ("study: OTHER\nfacilities: [LOC.1]\n", &other, true),
        ("study: S\nfacilities: [LOC.1]\n", &other, false),
    ] {
        let folder = folder(&[("a.xml", file.as_bytes())]);
        for path in [folder.path().to_owned(), folder.path().join("a.xml")] {
            let agreed = agree(&[path], &profile(lines), &asked);
            assert_eq!(agreed.is_ok(), agrees, "{lines} {:?}", agreed.err().map(|e| e.to_string()));
        }
    }
}

#[test]
fn a_profile_states_the_study_that_it_reads() {
    let one = of_profile(&CLINICAL.replace("STATUS</Item", "<Value>CONFIRMED</Value></Item"));
    let other = one.replace("StudyOID=\"S\"", "StudyOID=\"S2\"").replace("K29.7", "C16.9");
    let files = folder(&[("a.xml", one.as_bytes()), ("b.xml", other.as_bytes())]);
    let linkage = numbers(&[("gemj-edc", "EDC-7", "P1"), ("edc", "EDC-7", "P1")]);
    let mut store = Store::default();
    let accounting = take(files.path(), &Profile::open("odm").unwrap(), &linkage, &mut store).unwrap();
    assert_eq!(
        (reasons(&accounting), store.records.len()),
        (vec!["several-studies", "several-studies"], 0)
    );
    for (study, code) in [("S", "ICD10:K29.7"), ("S2", "ICD10:C16.9")] {
        let mut store = Store::default();
        let accounting = take(files.path(), &profile(&format!("study: {study}\n")), &linkage, &mut store).unwrap();
        assert_eq!(reasons(&accounting), ["other-study"]);
        let codes: Vec<String> = store
            .records
            .into_values()
            .flat_map(|record| record.facts)
            .map(|fact| fact.code)
            .collect();
        assert_eq!(codes, [code]);
    }
    let redcap = include_str!("../../schemas/mapping-profiles/redcap.yaml");
    let wrong = Profile::parse(&redcap.replace("format: redcap\n", "format: redcap\nstudy: S\n")).unwrap_err();
    assert!(wrong.to_string().contains("study:"), "{wrong}");
}

#[test]
fn a_change_alone_never_replaces_the_stored_subject() {
    let one = of_profile(&CLINICAL.replace("STATUS</Item", "<Value>CONFIRMED</Value></Item"));
    let change = of_profile(&CLINICAL.replace("STATUS</Item", "<Value>SUSPECTED</Value></Item"))
        .replace("Snapshot", "Transactional")
        .replace("2026-04-01", "2026-04-02")
        .replace("SubjectKey=\"EDC-7\"", "SubjectKey=\"EDC-7\" TransactionType=\"Upsert\"");
    let removal = change
        .replace("Upsert", "Remove")
        .replace("2026-04-02", "2026-04-03")
        .replace("Transactional.1", "T.3");
    let linkage = numbers(&[("gemj-edc", "EDC-7", "P1")]);
    let mut store = Store::default();
    let mut run = |files: &[&str]| {
        let named: Vec<(String, &&str)> = files.iter().enumerate().map(|(at, text)| (format!("{at}.xml"), text)).collect();
        let named: Vec<(&str, &[u8])> = named.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
        let accounting = take(folder(&named).path(), &Profile::open("odm").unwrap(), &linkage, &mut store).unwrap();
        let statuses: Vec<FactStatus> = store
            .records
            .values()
            .flat_map(|record| &record.facts)
            .map(|fact| fact.status)
            .collect();
        (accounting, statuses)
    };
    assert_eq!(run(&[&one]).1, [FactStatus::Present]);
    let (accounting, statuses) = run(&[&change]);
    assert_eq!((reasons(&accounting), statuses), (vec!["no-snapshot"], vec![FactStatus::Present]));
    let (accounting, statuses) = run(&[&one, &change]);
    assert_eq!((accounting.replaced, statuses), (1, vec![FactStatus::Suspected]));
    let (accounting, statuses) = run(&[&one, &change]);
    assert_eq!((accounting.unchanged, statuses), (1, vec![FactStatus::Suspected]));
    let (accounting, statuses) = run(&[&one]);
    assert_eq!(
        (accounting.superseded, statuses),
        (1, vec![FactStatus::Suspected]),
        "an older state does not replace a later state"
    );
    let (accounting, statuses) = run(&[&one, &change, &removal]);
    assert_eq!((accounting.replaced, statuses), (1, vec![]), "the subject was removed");
}
