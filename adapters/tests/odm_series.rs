//! Tests of ODM transactional files. Each test states the expected state by hand.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "odm_kit/kit.rs"]
#[allow(dead_code)]
mod kit;

use kit::{GROUP, change, file, read, snapshot, subject, transactional};

fn base() -> String {
    let items =
        r#"<ItemData ItemOID="A" Value="1"><MeasurementUnitRef MeasurementUnitOID="MU.1"/></ItemData><ItemData ItemOID="B" Value="old"/>"#;
    snapshot(1, &[subject("1", [""; 4], items), subject("2", [""; 4], items)].concat())
}

/// The values of the group of subject 1 after the snapshot and these changes: A, its unit, and B.
fn after(changes: &str) -> [Option<String>; 3] {
    let seen = read(&[&base(), &transactional(2, changes)]);
    assert_eq!(seen.refused, vec![], "{changes}");
    assert_eq!(seen.units.len(), 2);
    let values = seen.values("1");
    ["A", "A@MeasurementUnitOID", "B"].map(|name| match name {
        "A@MeasurementUnitOID" => {
            let unit = seen.unit("1").records.last().and_then(|record| record.fields.get(name));
            unit.map(|_| "MU".to_owned())
        }
        _ => values.get(&format!("{GROUP} {name}")).cloned(),
    })
}

#[test]
fn each_transaction_type_changes_the_state_as_odm_defines_it() {
    let text = |value: &str| Some(value.to_owned());
    for (items, expected) in [
        // A new value takes its own unit, and never the unit of the earlier value.
        (
            r#"<ItemData ItemOID="A" Value="2" TransactionType="Update"/>"#,
            [text("2"), None, text("old")],
        ),
        (
            r#"<ItemData ItemOID="A" Value="2" TransactionType="Upsert"/>"#,
            [text("2"), None, text("old")],
        ),
        (
            r#"<ItemData ItemOID="A" Value="2" TransactionType="Insert"/>"#,
            [text("2"), None, text("old")],
        ),
        (r#"<ItemData ItemOID="A" TransactionType="Remove"/>"#, [None, None, text("old")]),
        (
            r#"<ItemData ItemOID="A" Value="9" TransactionType="Context"/>"#,
            [text("1"), text("MU"), text("old")],
        ),
        (r#"<ItemData ItemOID="A" Value="9"/>"#, [text("1"), text("MU"), text("old")]),
        (
            r#"<ItemData ItemOID="A" IsNull="Yes" TransactionType="Update"/>"#,
            [text("<null>"), None, text("old")],
        ),
        (
            r#"<ItemData ItemOID="A" Value="" TransactionType="Update"/>"#,
            [None, None, text("old")],
        ),
        // An element without a value changes only what it contains, for example a query.
        (
            r#"<ItemData ItemOID="A" TransactionType="Upsert"/>"#,
            [text("1"), text("MU"), text("old")],
        ),
        // Several transactions of one key are applied in their order.
        (
            r#"<ItemData ItemOID="A" Value="2" TransactionType="Update"/><ItemData ItemOID="A" TransactionType="Remove"/><ItemData ItemOID="A" Value="3" TransactionType="Insert"/>"#,
            [text("3"), None, text("old")],
        ),
        (
            r#"<ItemDataString ItemOID="A" TransactionType="Update" MeasurementUnitOID="MU.2"> x </ItemDataString><ItemDataInteger ItemOID="B" TransactionType="Update"> 7 </ItemDataInteger>"#,
            [text(" x "), text("MU"), text("7")],
        ),
    ] {
        assert_eq!(after(&change("1", items)), expected, "{items}");
    }
}

#[test]
fn a_type_applies_to_the_elements_inside_its_element() {
    let new = r#"<ItemData ItemOID="A" Value="2"/>"#;
    let expected = Some("2".to_owned());
    for level in 0..4 {
        let mut types = [r#"TransactionType="Context""#, "", "", ""];
        types[level] = r#"TransactionType="Update""#;
        assert_eq!(after(&subject("1", types, new))[0], expected, "{level}");
    }
    let removed = read(&[
        &base(),
        &transactional(2, &subject("1", ["", r#"TransactionType="Remove""#, "", ""], new)),
    ]);
    let unit = removed.unit("1");
    assert_eq!(unit.records.len(), 1, "an event is removed with everything inside it");
    assert!(!unit.deleted && removed.values("2").len() > 3);
    assert_eq!(removed.left_out["entered-in-error:StudyEventData"], 1);
}

#[test]
fn a_value_without_any_type_is_inserted_and_counted() {
    let changes = subject(
        "1",
        [""; 4],
        r#"<ItemData ItemOID="A" Value="2"/><ItemData ItemOID="C" Value="3"/>"#,
    );
    let seen = read(&[&base(), &transactional(2, &changes)]);
    assert_eq!(seen.values("1")[&format!("{GROUP} A")], "2");
    assert_eq!(seen.values("1")[&format!("{GROUP} C")], "3");
    assert_eq!(
        (seen.repairs["transaction-type-absent"], seen.repairs["insert-of-existing"]),
        (2, 1)
    );
    assert_eq!(seen.left_out["superseded-value:ItemData"], 1);
    let odd = r#"<ItemData ItemOID="Z" Value="1" TransactionType="Update"/><ItemData ItemOID="Y" TransactionType="Remove"/>"#;
    let odd = read(&[&base(), &transactional(2, &change("1", odd))]);
    assert_eq!(odd.values("1")[&format!("{GROUP} Z")], "1");
    assert_eq!((odd.repairs["update-of-absent"], odd.repairs["remove-of-absent"]), (1, 1));
    let unknown = read(&[
        &base(),
        &transactional(2, &change("1", r#"<ItemData ItemOID="A" TransactionType="Delete"/>"#)),
    ]);
    assert_eq!((unknown.codes(), unknown.units.len()), (vec!["transaction-type"], 1));
}

#[test]
fn a_removed_subject_is_a_void_unit_that_still_names_its_number() {
    let removal = r#"<SubjectData SubjectKey="1" TransactionType="Remove"/>"#;
    let seen = read(&[&base(), &transactional(2, removal)]);
    let unit = seen.unit("1");
    assert!(unit.deleted && unit.records[0].fields.contains_key("@SubjectKey"));
    assert!(!seen.unit("2").deleted);
    let again = subject(
        "1",
        [r#"TransactionType="Insert""#, "", "", ""],
        r#"<ItemData ItemOID="A" Value="5"/>"#,
    );
    let again = read(&[&base(), &transactional(2, &format!("{removal}{again}"))]);
    assert!(!again.unit("1").deleted);
    let values = again.values("1");
    assert_eq!(
        (
            values.get(&format!("{GROUP} A")).map(String::as_str),
            values.get(&format!("{GROUP} B"))
        ),
        (Some("5"), None)
    );
}

#[test]
fn files_are_applied_in_the_order_of_their_times_whatever_their_names() {
    let set = |value: usize| change("1", &format!(r#"<ItemData ItemOID="A" Value="{value}" TransactionType="Update"/>"#));
    let files: Vec<String> = (2..6).map(|day| transactional(day, &set(day))).collect();
    let base = base();
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let mut given: Vec<&str> = order.iter().map(|at| files[*at].as_str()).collect();
        given.insert(order[0], &base);
        let seen = read(&given);
        assert_eq!(
            (seen.refused.as_slice(), seen.values("1")[&format!("{GROUP} A")].as_str()),
            (&[][..], "5")
        );
        assert_eq!(seen.unit("1").version, "2026-04-05T03:00:00.000000Z");
        assert_eq!(seen.unit("2").version, "2026-04-01T03:00:00.000000Z", "no file changed subject 2");
    }
}

#[test]
fn a_change_is_refused_if_a_file_before_it_is_missing() {
    let set = change("1", r#"<ItemData ItemOID="A" Value="2" TransactionType="Update"/>"#);
    let alone = read(&[&transactional(2, &set)]);
    assert_eq!((alone.codes(), alone.units.len()), (vec!["no-snapshot"], 0));
    let before = read(&[&snapshot(3, &subject("1", [""; 4], "")), &transactional(2, &set)]);
    assert_eq!(
        (before.codes(), before.units.len()),
        (vec!["no-snapshot"], 1),
        "the snapshot is later than the change"
    );
    let metadata = file("Snapshot", 1, r#"Granularity="Metadata""#, "");
    assert_eq!(read(&[&metadata, &transactional(2, &set)]).codes(), ["no-snapshot"]);
    let gap = file("Transactional", 3, r#"PriorFileOID="Transactional.2""#, &set);
    let seen = read(&[&base(), &gap]);
    assert_eq!(
        (seen.codes(), seen.values("1")[&format!("{GROUP} A")].as_str()),
        (vec!["missing-prior-file"], "1")
    );
    let second = file("Transactional", 2, r#"PriorFileOID="Snapshot.1""#, &set);
    assert_eq!(read(&[&base(), &second, &gap]).codes(), Vec::<&str>::new());
    let fork = file("Transactional", 4, r#"PriorFileOID="Snapshot.1""#, &set);
    assert_eq!(read(&[&base(), &second, &fork]).codes(), ["file-order"]);
}

#[test]
fn files_whose_order_is_not_certain_are_refused() {
    let set = |value: &str| change("1", &format!(r#"<ItemData ItemOID="A" Value="{value}" TransactionType="Update"/>"#));
    let (one, other) = (transactional(2, &set("2")), transactional(2, &set("3")));
    let copy = read(&[&base(), &one, &one, &transactional(3, &set("3"))]);
    assert_eq!(
        (copy.codes(), copy.values("1")[&format!("{GROUP} A")].as_str()),
        (vec![], "3"),
        "a file that was sent twice"
    );
    assert_eq!(copy.left_out["superseded-file:(a copy of a file)"], 1);
    let copy = read(&[&base(), &one, &other]);
    assert_eq!(
        (copy.codes(), copy.values("1")[&format!("{GROUP} A")].as_str()),
        (vec!["same-file-oid"], "2")
    );
    let named = other.replace("FileOID=\"Transactional.2\"", "FileOID=\"T.B\"");
    assert_eq!(read(&[&base(), &one, &named]).codes(), ["file-order"]);
    let linked = named.replace("CreationDateTime", "PriorFileOID=\"Transactional.2\" CreationDateTime");
    for given in [[&one, &linked], [&linked, &one]] {
        let seen = read(&[&base(), given[0], given[1]]);
        assert_eq!((seen.codes(), seen.values("1")[&format!("{GROUP} A")].as_str()), (vec![], "3"));
    }
    let aside = named.replace("CreationDateTime", "PriorFileOID=\"Snapshot.1\" CreationDateTime");
    assert_eq!(
        read(&[&base(), &one, &aside]).codes(),
        ["file-order"],
        "two files of one time, of which neither follows the other"
    );
    let local = one.replace("+09:00", "");
    let seen = read(&[&base(), &local]);
    assert_eq!(
        (seen.codes(), seen.units.len()),
        (vec!["file-order"], 2),
        "a time without an offset"
    );
}

#[test]
fn a_faulty_file_ends_the_series_and_the_state_before_it_is_kept() {
    let set = |value: usize| change("1", &format!(r#"<ItemData ItemOID="A" Value="{value}" TransactionType="Update"/>"#));
    let good = transactional(2, &set(2));
    let whole = transactional(3, &[set(3), change("2", "")].concat());
    let late = transactional(4, &set(4));
    let cut = whole.rfind("</ClinicalData>").unwrap();
    for (broken, code) in [
        (whole[..cut].to_owned(), "truncated"),
        (whole.replace("SubjectKey=\"2\"", ""), "missing-attribute"),
    ] {
        let seen = read(&[&base(), &good, &broken, &late]);
        assert_eq!(seen.codes(), [code, "prior-file-refused"]);
        assert_eq!(seen.values("1")[&format!("{GROUP} A")], "2");
        assert_eq!(seen.unit("1").version, "2026-04-02T03:00:00.000000Z");
        let restored = snapshot(5, &subject("1", [""; 4], r#"<ItemData ItemOID="A" Value="5"/>"#));
        let seen = read(&[&base(), &broken, &late, &restored, &transactional(6, &set(6))]);
        assert_eq!(
            (seen.codes(), seen.values("1")[&format!("{GROUP} A")].as_str()),
            (vec![code, "prior-file-refused"], "6")
        );
    }
    let unreadable = read(&[&base(), &good, "<!DOCTYPE ODM><ODM/>"]);
    assert_eq!(
        unreadable.codes(),
        ["doctype", "prior-file-refused"],
        "the file can be any file of the series"
    );
    assert_eq!(unreadable.values("1")[&format!("{GROUP} A")], "1");
}

#[test]
fn a_change_that_is_cut_at_any_byte_changes_nothing() {
    let whole = transactional(
        2,
        &[
            change("1", r#"<ItemData ItemOID="A" Value="2" TransactionType="Update"/>"#),
            change("2", ""),
        ]
        .concat(),
    );
    let base = base();
    let state = |seen: &kit::Seen| [seen.values("1"), seen.values("2")];
    let before = state(&read(&[&base]));
    for cut in 0..whole.len() {
        let seen = read(&[&base, &whole[..cut]]);
        assert_eq!((seen.refused.len(), state(&seen) == before), (1, true), "cut at {cut}");
    }
    assert!(state(&read(&[&base, &whole])) != before);
}

#[test]
fn a_fault_in_a_change_refuses_only_its_subject() {
    let bad = change("1", r#"<ItemData ItemOID="A" Value="1" IsNull="Yes" TransactionType="Update"/>"#);
    let good = change("2", r#"<ItemData ItemOID="A" Value="2" TransactionType="Update"/>"#);
    let seen = read(&[&base(), &transactional(2, &[bad, good].concat())]);
    assert_eq!(seen.refused, [("1.xml#SubjectData[1]".to_owned(), "null-with-value")]);
    assert_eq!((seen.units.len(), seen.values("2")[&format!("{GROUP} A")].as_str()), (1, "2"));
}

#[test]
fn a_new_subject_is_accepted_only_if_the_files_show_that_it_is_new() {
    let new = |kind: &str| {
        subject(
            "9",
            [kind, "", "", ""],
            r#"<ItemData ItemOID="A" Value="1" TransactionType="Upsert"/>"#,
        )
    };
    let part = base().replace("Granularity=\"All\"", "Granularity=\"SingleSite\"");
    for (kind, in_all, in_part) in [
        (r#"TransactionType="Insert""#, true, true),
        (r#"TransactionType="Upsert""#, true, false),
        ("", true, false),
        (r#"TransactionType="Update""#, false, false),
        (r#"TransactionType="Context""#, false, false),
    ] {
        for (base, accepted) in [(&base(), in_all), (&part, in_part)] {
            let seen = read(&[base, &transactional(2, &new(kind))]);
            let codes = if accepted { vec![] } else { vec!["no-snapshot"] };
            assert_eq!((seen.codes(), seen.units.len()), (codes, 2 + usize::from(accepted)), "{kind}");
        }
    }
    let history = file("Transactional", 2, r#"Granularity="All" Archival="Yes""#, &new(""));
    assert_eq!(
        read(&[&history]).values("9")[&format!("{GROUP} A")],
        "1",
        "a complete history needs no snapshot"
    );
    let dropped = read(&[
        &base(),
        &snapshot(2, &subject("2", [""; 4], "")),
        &transactional(3, &change("1", "")),
    ]);
    assert_eq!(
        dropped.codes(),
        ["no-snapshot"],
        "the last snapshot of all subjects no longer contains subject 1"
    );
}

#[test]
fn a_later_snapshot_replaces_the_changes_before_it() {
    let set = change("1", r#"<ItemData ItemOID="A" Value="2" TransactionType="Update"/>"#);
    let later = snapshot(3, &subject("1", [""; 4], r#"<ItemData ItemOID="B" Value="new"/>"#));
    let seen = read(&[&base(), &transactional(2, &set), &later]);
    let values = seen.values("1");
    assert_eq!(
        (values.get(&format!("{GROUP} A")), values[&format!("{GROUP} B")].as_str()),
        (None, "new")
    );
    assert_eq!(seen.left_out["superseded-file:SubjectData"], 2);
    assert_eq!(seen.units.len(), 2, "subject 2 keeps its earlier state");
    let twin = base().replace("old", "other");
    let seen = read(&[&base(), &twin]);
    assert_eq!(
        (seen.codes(), seen.units.len()),
        (vec!["same-key", "same-key"], 0),
        "two snapshots of one time contradict each other"
    );
    assert_eq!(read(&[&base(), &base()]).units.len(), 2);
}

#[test]
fn flags_follow_the_transactions_of_their_annotations() {
    let flag = |number: u8, kind: &str, value: &str| {
        format!(r#"<Annotation SeqNum="{number}" {kind}><Flag><FlagValue CodeListOID="C">{value}</FlagValue></Flag></Annotation>"#)
    };
    let item = |value: &str, inside: &str| {
        change(
            "1",
            &format!(r#"<ItemData ItemOID="A" {value} TransactionType="Update">{inside}</ItemData>"#),
        )
    };
    let flags = |changes: &[String]| {
        let files: Vec<String> = changes
            .iter()
            .enumerate()
            .map(|(at, change)| transactional(at + 2, change))
            .collect();
        let base = base();
        let mut given = vec![base.as_str()];
        given.extend(files.iter().map(String::as_str));
        let seen = read(&given);
        assert_eq!(seen.refused, vec![]);
        let values = seen.values("1");
        values
            .into_iter()
            .filter(|(name, _)| name.contains("@Flag"))
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    };
    let first = item("", &flag(1, "", "Suspected"));
    assert_eq!(flags(std::slice::from_ref(&first)), ["Suspected"]);
    assert_eq!(
        flags(&[first.clone(), item("Value=\"2\"", "")]),
        ["Suspected"],
        "a new value keeps its annotations"
    );
    assert_eq!(flags(&[first.clone(), item("", &flag(2, "", "SDV"))]), ["Suspected", "SDV"]);
    assert_eq!(flags(&[first.clone(), item("", &flag(1, "", "SDV"))]), ["SDV"]);
    assert_eq!(
        flags(&[first.clone(), item("", &flag(1, r#"TransactionType="Remove""#, "x"))]),
        Vec::<String>::new()
    );
    assert_eq!(
        flags(&[first, change("1", r#"<ItemData ItemOID="A" TransactionType="Remove"/>"#)]),
        Vec::<String>::new()
    );
}

#[test]
fn audit_records_and_annotations_are_found_by_their_ids() {
    let items = r#"<ItemDataString ItemOID="A" AuditRecordID="AR.1" AnnotationID="AN.1">x</ItemDataString><ItemDataString ItemOID="B" AuditRecordID="AR.2">y</ItemDataString>"#;
    let sections = r#"<AuditRecords><AuditRecord ID="AR.1" EditPoint="DataManagement" UsedImputationMethod="No"><UserRef UserOID="U"/><ReasonForChange>SECRET</ReasonForChange></AuditRecord><AuditRecord ID="AR.2" UsedImputationMethod="Yes"/></AuditRecords><Annotations><Annotation ID="AN.1" SeqNum="1"><Comment>SECRET</Comment><Flag><FlagValue CodeListOID="C">Suspected</FlagValue></Flag></Annotation></Annotations>"#;
    let seen = read(&[&snapshot(1, &format!("{}{sections}", subject("1", [""; 4], items)))]);
    let values = seen.values("1");
    assert_eq!(values[&format!("{GROUP} @Flag(1).1")], "Suspected");
    assert_eq!(values[&format!("{GROUP} @Imputed")], "Yes");
    assert_eq!(values.get(&format!("{GROUP} @Unresolved")), None);
    assert_eq!(
        (seen.left_out["element-not-read:AuditRecord"], seen.left_out["free-text:Comment"]),
        (2, 1)
    );
    for missing in ["AR.1", "AN.1"] {
        let text = snapshot(1, &format!("{}{sections}", subject("1", [""; 4], items))).replace(&format!(" ID=\"{missing}\""), "");
        assert_eq!(read(&[&text]).values("1")[&format!("{GROUP} @Unresolved")], "Yes", "{missing}");
    }
}

#[test]
fn a_repeat_key_that_is_missing_beside_others_refuses_the_subject() {
    let group = |repeat: &str, value: &str| {
        format!(
            r#"<ItemGroupData ItemGroupOID="G" {repeat} TransactionType="Upsert"><ItemData ItemOID="A" Value="{value}"/></ItemGroupData>"#
        )
    };
    let subject = |groups: &str, kind: &str| {
        format!(
            r#"<SubjectData SubjectKey="1" {kind}><StudyEventData StudyEventOID="E"><FormData FormOID="F">{groups}</FormData></StudyEventData></SubjectData>"#
        )
    };
    let plain = |repeat: &str| group(repeat, "1").replace("TransactionType=\"Upsert\"", "");
    let mixed = read(&[&snapshot(1, &subject(&[plain(""), plain("ItemGroupRepeatKey=\"1\"")].concat(), ""))]);
    assert_eq!((mixed.codes(), mixed.units.len()), (vec!["missing-repeat-key"], 0));
    let base = snapshot(1, &subject(&plain("ItemGroupRepeatKey=\"1\""), ""));
    let changed = read(&[&base, &transactional(2, &subject(&group("", "2"), r#"TransactionType="Context""#))]);
    assert_eq!((changed.codes(), changed.units.len()), (vec!["missing-repeat-key"], 0));
}

#[test]
fn a_subject_in_several_elements_of_a_snapshot_is_one_unit() {
    let other = subject("1", [""; 4], r#"<ItemData ItemOID="A" Value="2"/>"#).replace("FormOID=\"F\"", "FormOID=\"F2\"");
    let first = subject("1", [""; 4], r#"<ItemData ItemOID="A" Value="1"/>"#);
    let seen = read(&[&snapshot(1, &[first.clone(), subject("2", [""; 4], ""), other.clone()].concat())]);
    assert_eq!((seen.codes(), seen.units.len()), (vec![], 2));
    let values = seen.values("1");
    assert_eq!(values[&format!("{GROUP} A")], "1");
    assert_eq!(values[&format!("{} A", GROUP.replace("FormData:F", "FormData:F2"))], "2");
    let twice = read(&[&snapshot(1, &[first.clone(), first.replace("Value=\"1\"", "Value=\"9\"")].concat())]);
    assert_eq!(
        (twice.codes(), twice.units.len()),
        (vec!["duplicate-item"], 0),
        "the same key twice"
    );
    let divided = read(&[&snapshot(
        1,
        &[first.clone(), first.replace("ItemOID=\"A\"", "ItemOID=\"B\"")].concat(),
    )]);
    assert_eq!((divided.codes(), divided.units.len()), (vec!["duplicate-repeat"], 0));
    let whole = snapshot(1, &[first, other, subject("2", [""; 4], "")].concat());
    let cut = read(&[&whole[..whole.rfind("</SubjectData>").unwrap()]]);
    assert_eq!(
        (cut.codes(), cut.units.len()),
        (vec!["truncated"], 0),
        "the rest of the file can contain further parts"
    );
}

#[test]
fn a_series_can_have_files_of_several_encodings_and_prefixes() {
    let set = change("1", r#"<ItemData ItemOID="A" Value="胃炎" TransactionType="Update" w:More="x"/>"#);
    let text = transactional(2, &set).replace("<ClinicalData", "<ClinicalData xmlns:w=\"urn:w\"");
    let prefixed = text
        .replace('<', "<o:")
        .replace("<o:/", "</o:")
        .replace("<o:?", "<?")
        .replace("xmlns=", "xmlns:o=");
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("a.xml"), folder.path().join("b.xml")];
    std::fs::write(&paths[0], base()).unwrap();
    let marked = format!("\u{feff}{prefixed}");
    let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [text.as_bytes(), prefixed.as_bytes(), marked.as_bytes(), &wide] {
        std::fs::write(&paths[1], bytes).unwrap();
        let seen = kit::read_paths(&paths, None);
        assert_eq!((seen.codes(), seen.values("1")[&format!("{GROUP} A")].as_str()), (vec![], "胃炎"));
        assert_eq!(seen.left_out["vendor-namespace:(undeclared name)"], 1);
    }
}

#[test]
fn the_subjects_of_two_studies_are_never_joined() {
    let one = snapshot(1, &subject("1", [""; 4], r#"<ItemData ItemOID="A" Value="1"/>"#));
    let other = one
        .replace("StudyOID=\"S\"", "StudyOID=\"S2\"")
        .replace("Value=\"1\"", "Value=\"2\"");
    let both = one.replace("</ODM>", &other[other.find("<ClinicalData").unwrap()..]);
    for files in [vec![one.as_str(), other.as_str()], vec![both.as_str()]] {
        let seen = read(&files);
        assert_eq!(seen.units.len(), 0);
        assert!(seen.codes().iter().all(|code| *code == "several-studies") && seen.codes().len() == files.len());
        for (study, value) in [("S", "1"), ("S2", "2")] {
            let seen = kit::read_study(&files, Some(study));
            assert_eq!((seen.units.len(), seen.values("1")[&format!("{GROUP} A")].as_str()), (1, value));
            assert_eq!(seen.left_out["other-study:SubjectData"], 1);
        }
    }
    let seen = kit::read_study(&[&one], Some("S3"));
    assert_eq!((seen.codes(), seen.units.len()), (vec!["other-study"], 0));
}

#[test]
fn a_removal_whose_repeat_key_is_missing_or_written_otherwise_refuses_the_subject() {
    let group = |repeat: &str| {
        format!(
            r#"<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="E" TransactionType="Context"><FormData FormOID="F"><ItemGroupData ItemGroupOID="G" {repeat} TransactionType="Remove"/></FormData></StudyEventData></SubjectData>"#
        )
    };
    let snapshot = snapshot(
        1,
        r#"<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="E"><FormData FormOID="F"><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1"><ItemData ItemOID="A" Value="7"/></ItemGroupData></FormData></StudyEventData></SubjectData>"#,
    );
    for repeat in ["", r#"ItemGroupRepeatKey="01""#, r#"ItemGroupRepeatKey=" 1""#] {
        let seen = read(&[&snapshot, &transactional(2, &group(repeat))]);
        assert_eq!((seen.codes(), seen.units.len()), (vec!["missing-repeat-key"], 0), "{repeat}");
    }
    // Complete keys that name no occurrence remove nothing.
    let seen = read(&[&snapshot, &transactional(2, &group(r#"ItemGroupRepeatKey="2""#))]);
    assert_eq!((seen.codes(), seen.repairs["remove-of-absent"]), (vec![], 1));
    assert!(seen.values("1").values().any(|value| value == "7"));
    let seen = read(&[&snapshot, &transactional(2, &group(r#"ItemGroupRepeatKey="1""#))]);
    assert!(seen.refused.is_empty() && seen.values("1").values().all(|value| value != "7"));
}

#[test]
fn a_file_with_a_creation_time_in_the_future_is_refused() {
    for time in [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59",
        "9999-12-31T23:59:59-12:00",
        "2999-01-01T00:00:00+09:00",
    ] {
        let text = base().replace("2026-04-01T12:00:00+09:00", time);
        let codes = read(&[&text]).codes();
        assert!(codes == ["future-creation-time"] || codes == ["creation-time"], "{time}: {codes:?}");
    }
}

#[test]
fn snapshots_with_and_without_an_offset_within_a_day_have_no_certain_order() {
    // The first is later by text, and earlier by instant if its time zone is UTC+9.
    let local = base().replace("2026-04-01T12:00:00+09:00", "2026-04-01T12:00:00");
    let other = snapshot(1, &subject("1", [""; 4], r#"<ItemData ItemOID="A" Value="new"/>"#)).replace("12:00:00+09:00", "05:00:00Z");
    let seen = read(&[&local, &other]);
    assert_eq!(seen.codes(), ["file-order"]);
    assert_eq!(seen.values("1").get(&format!("{GROUP} A")).map(String::as_str), Some("new"));
    // The order of times that are days apart is certain.
    let later = other.replace("2026-04-01T05", "2026-04-09T05");
    assert_eq!(read(&[&local, &later]).codes(), Vec::<&str>::new());
}
