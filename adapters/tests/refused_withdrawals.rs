//! A withdrawal takes effect although its unit is refused, and a consent in a refused unit does not.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use gemj_adapters::feed::ingest;
use gemj_adapters::profile::Profile;
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit};
use gemj_model::feed_consent::{FeedConsent, FeedConsentState};
use gemj_model::{DatasetId, FactSink, ParticipantId};

use world::{folder, numbers, target};

/// A sink that keeps the consent statements.
#[derive(Default)]
struct Consents(Vec<FeedConsent>);

impl FactSink for Consents {
    fn commit(&mut self, _: CaseRecord) -> Result<Committed, SinkError> {
        Ok(Committed::New)
    }

    fn stored(&mut self, _: &DatasetId, _: &str) -> Result<StoredUnit, SinkError> {
        Ok(StoredUnit::Absent)
    }

    fn hide(&mut self, _: &DatasetId, _: &ParticipantId, _: &FactSource) -> Result<u64, SinkError> {
        Ok(0)
    }

    fn consent(&mut self, statement: FeedConsent) -> Result<(), SinkError> {
        self.0.push(statement);
        Ok(())
    }
}

const REDCAP: &str = r#"profile: consent-form
version: "1"
format: redcap
redcap: { dictionary: data_dictionary.csv }
participant: { record: "*", number: record_id }
rules:
  - fact: phenotype
    record: row
    code: { from: hpo_code, via: [hpo] }
consents:
  - record: row
    form: { from: c_form, via: [{ map: { "1": unified-1 } }] }
    signed: { from: c_date, via: [{ date: [iso] }] }
    clauses: { study-use: { from: c_study, via: [{ map: { "1": "yes", "0": "no" } }] } }
    withdrawn: { from: c_withdrawn, via: [{ map: { "1": "yes", "0": "no" } }] }
"#;

const DICTIONARY: &str = "Variable / Field Name,Form Name,Section Header,Field Type,Field Label,\"Choices, Calculations, OR Slider Labels\",Field Note,Text Validation Type OR Show Slider Number,Identifier?\n\
record_id,consent,,text,Record,,,,\n\
c_form,consent,,text,Form,,,,\n\
c_date,consent,,text,Signed,,,date_ymd,\n\
c_study,consent,,text,Study use,,,,\n\
c_withdrawn,consent,,radio,Status,\"1, yes | 0, no\",,,\n\
hpo_code,phenotype,,radio,HPO,\"HP:0001250, seizure\",,,\n";

const ODM: &str = r#"profile: consents
version: "1"
format: odm
participant: { record: SubjectData, number: "@SubjectKey" }
rules:
  - fact: disease
    record: "ItemGroupData:IG.DX"
    code: { from: IT.ICD, via: [icd10, { prefix: "ICD10:" }] }
consents:
  - record: "ItemGroupData:IG.CONS"
    withdrawn: { from: IT.WD, via: [{ map: { "1": "yes", "0": "no" } }] }
"#;

/// The statements of a feed, and the codes of its refusals.
fn stated(profile: &str, files: &[(&str, &str)], read: &str) -> (Vec<FeedConsent>, Vec<&'static str>) {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let folder = folder(&files);
    let mut sink = Consents::default();
    let linkage = numbers(&[("mrn", "0012345", "P1"), ("mrn", "77", "P2")]);
    let paths = [folder.path().join(read)];
    let profile = Profile::parse(profile).unwrap();
    let accounting = ingest(&paths, &profile, &target("hospital-a", "mrn"), &linkage, &mut sink).unwrap();
    assert!(accounting.is_balanced(), "{accounting:#?}");
    (sink.0, world::reasons(&accounting))
}

/// The participants whose withdrawal was stated, and those with a withdrawal that is not clear.
fn withdrawn(statements: &[FeedConsent]) -> (Vec<&str>, Vec<&str>) {
    let of = |wanted: fn(&FeedConsentState) -> bool| {
        let found = statements.iter().filter(|said| wanted(&said.state));
        found
            .map(|said| said.participant.as_ref().map_or("nobody", ParticipantId::as_str))
            .collect()
    };
    (
        of(|state| matches!(state, FeedConsentState::Withdrawn { .. })),
        of(|state| matches!(state, FeedConsentState::Unclear)),
    )
}

fn redcap(rows: &str) -> (Vec<FeedConsent>, Vec<&'static str>) {
    let export = format!("record_id,c_form,c_date,c_study,c_withdrawn,hpo_code\n{rows}");
    stated(
        REDCAP,
        &[("data_dictionary.csv", DICTIONARY), ("records.csv", &export)],
        "records.csv",
    )
}

#[test]
fn a_withdrawal_in_a_redcap_record_that_is_refused_names_its_participant() {
    // The code of the phenotype is not in the dictionary.
    let (statements, refused) = redcap("0012345,,,,1,9\n77,,,,1,HP:0001250\n");
    assert_eq!(refused, ["unknown-choice"]);
    assert_eq!(withdrawn(&statements), (vec!["P1", "P2"], vec![]));
    assert!(statements.iter().any(|said| said.state == FeedConsentState::Unread));
    // The code of the withdrawal itself is not in the dictionary.
    let (statements, refused) = redcap("0012345,,,,2,HP:0001250\n");
    assert_eq!(refused, ["unknown-choice"]);
    assert_eq!(withdrawn(&statements), (vec![], vec!["P1"]));
    // One of two rows of one place has a withdrawal.
    let (statements, refused) = redcap("0012345,,,,1,HP:0001250\n0012345,,,,0,HP:0001250\n");
    assert_eq!(refused, ["duplicate-row"]);
    assert_eq!(withdrawn(&statements), (vec!["P1"], vec![]));
}

#[test]
fn a_consent_in_a_record_that_is_refused_gives_nothing() {
    let (statements, refused) = redcap("0012345,1,2026-05-01,1,0,9\n");
    assert_eq!(refused, ["unknown-choice"]);
    let states: Vec<_> = statements.iter().map(|said| &said.state).collect();
    assert!(
        states
            .iter()
            .all(|state| matches!(state, FeedConsentState::Incomplete { .. } | FeedConsentState::Unread)),
        "{states:?}"
    );
}

#[test]
fn a_withdrawal_in_a_subject_that_is_refused_names_its_participant() {
    let subject = |key: &str, diagnosis: &str| {
        format!(
            r#"<SubjectData SubjectKey="{key}"><StudyEventData StudyEventOID="E"><FormData FormOID="F">
            <ItemGroupData ItemGroupOID="IG.DX">{diagnosis}</ItemGroupData>
            <ItemGroupData ItemGroupOID="IG.CONS"><ItemData ItemOID="IT.WD" Value="1"/></ItemGroupData>
            </FormData></StudyEventData></SubjectData>"#
        )
    };
    let file = format!(
        r#"<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" FileOID="1" CreationDateTime="2026-05-01T00:00:00Z" ODMVersion="1.3.2">
        <ClinicalData StudyOID="S" MetaDataVersionOID="M">{}{}</ClinicalData></ODM>"#,
        subject("0012345", r#"<ItemData Value="C509"/>"#),
        subject("77", r#"<ItemData ItemOID="IT.ICD" Value="C509"/>"#),
    );
    let (statements, refused) = stated(ODM, &[("a.xml", &file)], "a.xml");
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(withdrawn(&statements), (vec!["P1", "P2"], vec![]));
}
