//! The flags of ODM, and statuses that a profile does not map.

use gemj_adapters::profile::Profile;
use gemj_model::FactStatus;

use super::world::{Store, folder, numbers, reasons, take};

/// The statuses of the diseases of a subject with one group of a diagnosis. `inside` is added to the group, and `around` to the form.
fn statuses(status: &str, inside: &str, around: &str) -> Vec<FactStatus> {
    let text = format!(
        r#"<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" FileOID="F.1" ODMVersion="1.3.2" CreationDateTime="2024-01-31T09:00:00+09:00">
<ClinicalData StudyOID="ST.1" MetaDataVersionOID="MDV.1"><SubjectData SubjectKey="EDC-7"><StudyEventData StudyEventOID="SE.1"><FormData FormOID="F.ALL">
<ItemGroupData ItemGroupOID="IG.DX"><ItemData ItemOID="IT.DX.ICD10" Value="K29.7"/><ItemData ItemOID="IT.DX.STATUS" Value="{status}"/>{inside}</ItemGroupData>{around}
</FormData></StudyEventData></SubjectData></ClinicalData></ODM>"#
    );
    let folder = folder(&[("subjects.xml", text.as_bytes())]);
    let mut store = Store::default();
    let linkage = numbers(&[("gemj-edc", "EDC-7", "P1")]);
    let accounting = take(folder.path(), &Profile::open("odm").unwrap(), &linkage, &mut store).unwrap();
    assert_eq!((accounting.committed, reasons(&accounting)), (1, vec![]));
    assert_eq!(accounting.unknown_fields(), 0, "{:#?}", accounting.fields);
    let facts = store.records.into_values().flat_map(|record| record.facts);
    facts.map(|fact| fact.status).collect()
}

#[test]
fn a_flag_that_is_not_understood_never_gives_present() {
    use FactStatus::{NotUnderstood, Present, Suspected};
    let flag = |value: &str| format!(r#"<Annotation SeqNum="1"><Flag><FlagValue CodeListOID="C">{value}</FlagValue></Flag></Annotation>"#);
    for (value, status) in [
        ("SDV", Present),
        ("Locked", Present),
        ("Suspected", Suspected),
        ("7", NotUnderstood),
        ("Query open", NotUnderstood),
        ("entered in error", NotUnderstood),
    ] {
        assert_eq!(statuses("CONFIRMED", &flag(value), ""), [status], "{value}");
        assert_eq!(statuses("CONFIRMED", "", &flag(value)), [status], "a flag of the form: {value}");
    }
    let on_item = format!(r#"<ItemData ItemOID="IT.DX.TERM" Value="x">{}</ItemData>"#, flag("7"));
    assert_eq!(statuses("CONFIRMED", &on_item, ""), [NotUnderstood]);
    assert_eq!(
        statuses("CONFIRMED", r#"<AuditRecord UsedImputationMethod="Yes"/>"#, ""),
        [NotUnderstood]
    );
    assert_eq!(statuses("CONFIRMED", "<AuditRecord/>", ""), [Present]);
}

#[test]
fn a_status_that_the_profile_does_not_map_is_kept_as_not_understood() {
    use FactStatus::{NotUnderstood, Present, Suspected};
    for (code, status) in [("CONFIRMED", Present), ("SUSPECTED", Suspected), ("PROBABLY", NotUnderstood)] {
        assert_eq!(statuses(code, "", ""), [status], "{code}");
    }
}
