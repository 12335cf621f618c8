//! Tests of the marks of removed data in the namespaces of vendors.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "odm_kit/kit.rs"]
#[allow(dead_code)]
mod kit;

use kit::{GROUP, Seen, change, read, snapshot, subject, transactional};

const ITEMS: &str = r#"<ItemData ItemOID="A" Value="1"/><ItemData ItemOID="B" Value="2"/>"#;

/// Reads files whose root binds the prefixes of OpenClinica and Medidata Rave.
fn read_bound(files: &[String]) -> Seen {
    let bound = |text: &String| {
        let namespaces = r#"<ODM xmlns:OpenClinica="http://www.openclinica.org/ns/odm_ext_v130/v3.1" xmlns:mdsol="http://www.mdsol.com/ns/odm/metadata" xmlns:x="http://x.example/yamada-taro" "#;
        text.replace("<ODM ", namespaces)
    };
    let files: Vec<String> = files.iter().map(bound).collect();
    read(&files.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The values of subject 1 in a snapshot in which the subject, event, form and group have these attributes.
fn with(attributes: [&str; 4], items: &str) -> Seen {
    read_bound(&[snapshot(1, &subject("1", attributes, items))])
}

const REMOVED: [&str; 7] = [
    r#"OpenClinica:Status="removed""#,
    r#"OpenClinica:Status="auto-removed""#,
    r#"OpenClinica:Removed="Yes""#,
    r#"mdsol:Status="Deleted""#,
    r#"mdsol:Status="inactive""#,
    r#"mdsol:Active="No""#,
    r#"mdsol:Deleted="true""#,
];

#[test]
fn data_that_a_vendor_marks_as_removed_is_not_present() {
    for mark in REMOVED {
        for attributes in [["", mark, "", ""], ["", "", mark, ""], ["", "", "", mark]] {
            let seen = with(attributes, ITEMS);
            assert_eq!(seen.refused, vec![], "{mark}");
            assert!(seen.values("1").keys().all(|name| !name.ends_with(" A")), "{mark}");
            assert_eq!(
                seen.left_out
                    .iter()
                    .filter(|(name, _)| name.starts_with("entered-in-error:"))
                    .count(),
                1
            );
        }
        let seen = with(
            [""; 4],
            &format!(r#"<ItemData ItemOID="A" Value="1" {mark}/><ItemData ItemOID="B" Value="2"/>"#),
        );
        assert_eq!(seen.values("1").get(&format!("{GROUP} A")), None, "{mark}");
        assert_eq!(seen.values("1").get(&format!("{GROUP} B")).map(String::as_str), Some("2"), "{mark}");
    }
}

#[test]
fn a_subject_that_a_vendor_marks_as_removed_is_a_void_unit() {
    for mark in REMOVED {
        let seen = with([mark, "", "", ""], ITEMS);
        assert_eq!(seen.refused, vec![], "{mark}");
        let unit = seen.unit("1");
        assert!(unit.deleted && unit.records.len() == 1 && unit.records[0].fields.contains_key("@SubjectKey"));
    }
    // A snapshot must not state both.
    let both = [subject("1", [REMOVED[0], "", "", ""], ITEMS), subject("1", [""; 4], ITEMS)];
    for text in [both.concat(), [both[1].as_str(), &both[0]].concat()] {
        assert_eq!(read_bound(&[snapshot(1, &text)]).codes(), ["removed-and-present"]);
    }
}

#[test]
fn a_mark_in_a_transactional_file_removes_data_whatever_its_type() {
    for kind in [
        "",
        r#"TransactionType="Update""#,
        r#"TransactionType="Context""#,
        r#"TransactionType="Upsert""#,
    ] {
        let items = format!(r#"<ItemData ItemOID="A" Value="3" {kind} mdsol:Deleted="Yes"/>"#);
        let base = snapshot(1, &subject("1", [""; 4], ITEMS));
        let seen = read_bound(&[base, transactional(2, &change("1", &items))]);
        assert_eq!(seen.refused, vec![], "{kind}");
        assert_eq!(seen.values("1").get(&format!("{GROUP} A")), None, "{kind}");
    }
}

#[test]
fn a_mark_that_could_mean_removed_is_not_understood_and_any_other_is_counted() {
    for (mark, is_unclear) in [
        (r#"OpenClinica:Status="invalid""#, true),
        (r#"x:RecordState="z""#, true),
        (r#"x:Note="deleted""#, true),
        (r#"mdsol:Active="perhaps""#, true),
        (r#"OpenClinica:Status="available""#, false),
        (r#"OpenClinica:WorkflowStatus="data entry started""#, false),
        (r#"mdsol:Active="Yes" mdsol:Deleted="No""#, false),
        (r#"mdsol:SubjectName="YAMADA TARO""#, false),
        (r#"x:YAMADA="TARO""#, false),
    ] {
        let seen = with(["", "", "", mark], ITEMS);
        assert_eq!(seen.refused, vec![], "{mark}");
        let name = format!("{GROUP} @VendorStatus");
        assert_eq!(seen.values("1").contains_key(&name), is_unclear, "{mark}");
        let counted: u64 = seen
            .left_out
            .iter()
            .filter(|(name, _)| name.starts_with("vendor-namespace:"))
            .map(|(_, count)| count)
            .sum();
        assert_eq!(counted, mark.matches(':').count() as u64, "{mark}");
        assert!(seen.left_out.keys().all(|name| !name.to_lowercase().contains("yamada")));
    }
    let seen = with(
        [""; 4],
        r#"<ItemData ItemOID="A" Value="1"><x:DeletedBy>SOMEONE</x:DeletedBy></ItemData>"#,
    );
    assert!(seen.values("1").contains_key(&format!("{GROUP} @VendorStatus")));
}

#[test]
fn a_null_is_read_in_every_spelling_of_a_yes_and_refused_in_an_unknown_one() {
    for (spelling, is_null) in [
        ("Yes", true),
        ("yes", true),
        ("YES", true),
        ("true", true),
        ("1", true),
        ("No", false),
        ("false", false),
    ] {
        let seen = with(
            [""; 4],
            &format!(r#"<ItemData ItemOID="A" IsNull="{spelling}"/><ItemData ItemOID="B" Value="2"/>"#),
        );
        assert_eq!(seen.refused, vec![], "{spelling}");
        let value = seen.values("1").get(&format!("{GROUP} A")).cloned();
        assert_eq!(value.as_deref() == Some("<null>"), is_null, "{spelling}");
        assert_eq!(
            seen.repairs.contains_key("null-spelling"),
            is_null && spelling != "Yes",
            "{spelling}"
        );
    }
    assert_eq!(with([""; 4], r#"<ItemData ItemOID="A" IsNull="maybe"/>"#).codes(), ["is-null"]);
    assert_eq!(
        with([""; 4], r#"<ItemData ItemOID="A" IsNull="yes" Value="1"/>"#).codes(),
        ["null-with-value"]
    );
}
