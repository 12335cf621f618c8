//! A programme with participants of two institutions, and a reader of exported files.

use std::collections::BTreeMap;
use std::path::Path;

use gemj_access::{CapabilityKey, Mandate, OperatorListing, OperatorRead, OperatorReadAction, WriteAction};
use gemj_adapters::feed::ingest;
use gemj_adapters::profile::Profile;
use gemj_adapters::{Accounting, Target};
use gemj_catalogue::{Catalogue, NewConsent, PolicyWatch, UnknownParticipant};
use gemj_model::fact::{CaseRecord, Committed, Comparator, FactSource, SinkError};
use gemj_model::*;
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_services::Stores;
use gemj_services::export::{Account, CaseFormat, Export};
use gemj_variants::CarrierIndex;

/// The number of participants. Their birth years are 1900 and the years after it, so that a year names a participant.
pub(crate) const PEOPLE: usize = 48;
/// A code that only hospital-b sent.
pub(crate) const OF_B: &str = "HP:7777777";
/// A code of the participants whose consent does not cover an export.
pub(crate) const WITHDRAWN: &str = "HP:6666666";

pub(crate) fn site(name: &str) -> SiteId {
    SiteId::parse(name).unwrap()
}

fn dataset() -> DatasetId {
    DatasetId::parse("rare-disease").unwrap()
}

fn now() -> Timestamp {
    SystemClock::default().now()
}

fn date(text: &str) -> Option<PartialDate> {
    PartialDate::parse(text).ok()
}

pub(crate) fn person(at: usize) -> String {
    format!("GEMJ-{at:03}")
}

/// Whether the participant agrees. Every sixth withdrew, and every sixth never agreed.
pub(crate) fn agrees(at: usize) -> bool {
    !matches!(at % 6, 1 | 4)
}

/// The facts of a participant: every kind with every status, and values, times and details of every form.
fn facts(at: usize) -> Vec<Fact> {
    let onsets = [
        None,
        Some("P3Y6M"),
        Some("HP:0003581"),
        Some("2019-04-05"),
        Some("P1Y/P2Y"),
        Some("gestation:P33W2D"),
        Some("P95Y"),
    ];
    let dates = [None, date("2021-02-03"), date("2021-02"), date("2020-02-29")];
    let values = [
        quantity(None, "1.10", "mg/dL"),
        quantity(Some(Comparator::Less), "5", "mg/L"),
        quantity(None, "-3", "local unit"),
        MeasuredValue::Coded {
            code: "NCIT:C38758".to_owned(),
            label: "Positive".to_owned(),
        },
        MeasuredValue::Text("1+".to_owned()),
    ];
    let mut facts = Vec::new();
    let mut number = at;
    for kind in FactKind::ALL {
        for status in FactStatus::ALL {
            for _ in 0..3 {
                number += 1;
                let systems = ["HP", "MONDO", "OMIM", "hospital-a.code"];
                let code = match (kind, number % 5) {
                    (FactKind::Disease, 4) => format!("OMOP:{}", 201_000 + number),
                    (_, 3) if number % 15 == 3 => "uncoded".to_owned(),
                    (_, n) => format!("{}:{:07}", systems[n % 4], number),
                };
                let is_measured = kind == FactKind::Measurement;
                facts.push(Fact {
                    kind,
                    code,
                    label: ["", "a label"][number % 2].to_owned(),
                    status,
                    onset: onsets[if is_measured { 0 } else { number % onsets.len() }].map(str::to_owned),
                    value: is_measured.then(|| values[number % values.len()].clone()),
                    observed: dates[number % dates.len()].clone(),
                    details: details(kind, number),
                });
            }
        }
    }
    facts
}

fn quantity(comparator: Option<Comparator>, number: &str, unit: &str) -> MeasuredValue {
    MeasuredValue::Quantity {
        comparator,
        number: number.to_owned(),
        unit: unit.to_owned(),
    }
}

fn details(kind: FactKind, number: usize) -> Vec<FactDetail> {
    let detail = |name, code: Option<&str>, text: &str| FactDetail {
        name,
        code: code.map(str::to_owned),
        text: text.to_owned(),
    };
    match (kind, number % 3) {
        (FactKind::Treatment | FactKind::Procedure, 0) => vec![
            detail(DetailName::Start, None, "2022-01-02"),
            detail(DetailName::End, None, "2022-03-04T00:00:00Z"),
            detail(DetailName::Route, Some("NCIT:C38288"), "oral"),
        ],
        (FactKind::Treatment | FactKind::Procedure, 1) => vec![detail(DetailName::Start, None, "2022-01")],
        (FactKind::FamilyHistory, _) => vec![detail(DetailName::Relationship, None, "mother")],
        (FactKind::Disease, 0) => vec![detail(DetailName::Stage, Some("NCIT:C27970"), "Stage IV")],
        _ => Vec::new(),
    }
}

fn specimens(at: usize) -> Vec<SpecimenStatement> {
    let make = |number: usize| SpecimenStatement {
        id: SpecimenId::parse(&format!("BANK-{at}-{number}")).unwrap(),
        kind_code: ["MIABIS:WholeBlood", "SNOMEDCT:119297000", "hospital-a.code:B7", "OBI:0000655", ""][(at + number) % 5].to_owned(),
        kind_label: ["", "Whole blood"][number % 2].to_owned(),
        collected: [None, date("2023-05-06"), date("2023-05"), date("2023")][(at + number) % 4].clone(),
        body_site: [None, Some("UBERON:0000178"), Some("hospital-a.site:left-arm")][(at + number) % 3].map(str::to_owned),
        storage: [None, Some("LN")][number % 2].map(str::to_owned),
        parent: (number == 2).then(|| SpecimenId::parse(&format!("BANK-{at}-1")).unwrap()),
        steps: Vec::new(),
    };
    (0..at % 4).map(make).collect()
}

/// The case that a site sent about a participant.
pub(crate) fn case(at: usize, from: &str) -> CaseRecord {
    let mut facts = match from {
        "hospital-a" => facts(at),
        _ => vec![Fact {
            kind: FactKind::Phenotype,
            code: OF_B.to_owned(),
            label: String::new(),
            status: FactStatus::Present,
            onset: None,
            value: None,
            observed: date("2021-01-01"),
            details: Vec::new(),
        }],
    };
    if !agrees(at) {
        for fact in &mut facts {
            fact.code = WITHDRAWN.to_owned();
        }
    }
    CaseRecord {
        dataset: dataset(),
        participant: ParticipantId::parse(&person(at)).unwrap(),
        family: None,
        sex: [Sex::Female, Sex::Male, Sex::Unknown][at % 3],
        born: (from == "hospital-a" && at % 12 != 0).then(|| date(&format!("{}-0{}", 1900 + at, 1 + at % 9)).unwrap()),
        age_at_last_encounter: Some("P40Y".to_owned()),
        facts,
        carriers: Vec::new(),
        specimens: if from == "hospital-a" { specimens(at) } else { Vec::new() },
        source: FactSource {
            site: (from != "unknown").then(|| site(from)),
            profile: "test".to_owned(),
            unit: format!("{from}-{at}"),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{:0>64}", format!("{from}{at}").len() * 1000 + at),
            mapping_version: "1".to_owned(),
        },
    }
}

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    stores: Stores,
    key: CapabilityKey,
}

impl World {
    /// A programme in which hospital-a sent a case of every participant except each seventh, hospital-b of each fifth, and an unknown site of each ninth.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let catalogue = Catalogue::open(&format!("sqlite:{at}/catalogue.db"), 4).await.unwrap();
        let settings = ObjectSettings {
            url: format!("file://{at}/store"),
            ..ObjectSettings::default()
        };
        let objects = ObjectStore::open(&settings).await.unwrap();
        let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
        let world = Self {
            folder,
            stores: Stores {
                catalogue,
                objects,
                carriers,
            },
            key: CapabilityKey::new([7; 32]),
        };
        for at in 0..PEOPLE {
            for from in sent(at) {
                let mandate = Mandate::operator(WriteAction::Ingest);
                world.stores.catalogue.commit_case(&mandate, &case(at, from)).await.unwrap();
            }
        }
        world.event(ConsentKind::Given, |at| agrees(at) || at % 6 == 1).await;
        world.event(ConsentKind::Withdrawn, |at| at % 6 == 1).await;
        world
    }

    async fn event(&self, kind: ConsentKind, of: impl Fn(usize) -> bool) {
        let events = (0..PEOPLE).filter(|at| of(*at) && !sent(*at).is_empty()).map(|at| NewConsent {
            participant: ParticipantId::parse(&person(at)).unwrap(),
            kind,
            form: FormId::parse("unified-1").ok(),
            clauses: if kind == ConsentKind::Given {
                Clause::ALL.into_iter().collect()
            } else {
                ClauseSet::EMPTY
            },
            effective: now().plus_seconds(-60),
            ground: Ground::Consent,
            corrects: None,
        });
        let mandate = Mandate::operator(WriteAction::RecordConsent);
        let events: Vec<_> = events.collect();
        let appended = self
            .stores
            .catalogue
            .append_consent(&mandate, &events, now(), UnknownParticipant::Refuse);
        appended.await.unwrap();
    }

    /// Exports the data that hospital-a sent into a new folder.
    pub(crate) async fn export(&self, format: CaseFormat, folder: &Path) -> Account {
        std::fs::create_dir(folder).unwrap();
        let clock = SystemClock::default().shared();
        let watch = PolicyWatch::new(
            self.stores.catalogue.clone(),
            vec![gemj_fixtures::form("unified-1")],
            vec![dataset()],
            clock.clone(),
        );
        let export = Export {
            stores: &self.stores,
            key: &self.key,
            watch: &watch,
            clock: &*clock,
            dataset: &dataset(),
            site: &site("hospital-a"),
            listing: &OperatorListing::new(Some("a test")).unwrap(),
            read: &|participant| OperatorRead::new(OperatorReadAction::ExportFacts, participant.clone(), None),
        };
        export.write_cases(None, format, folder).await.unwrap()
    }
}

/// The sites that sent a case of a participant.
pub(crate) fn sent(at: usize) -> Vec<&'static str> {
    let sites = [
        ("hospital-a", at % 7 != 6),
        ("hospital-b", at.is_multiple_of(5)),
        ("unknown", at.is_multiple_of(9)),
    ];
    sites.into_iter().filter(|(_, is_sent)| *is_sent).map(|(site, _)| site).collect()
}

/// The participants whose cases are exported to hospital-a.
pub(crate) fn exported() -> impl Iterator<Item = usize> {
    (0..PEOPLE).filter(|at| agrees(*at) && sent(*at).contains(&"hospital-a"))
}

/// Every file of a folder as one text, with the bytes that are not UTF-8 replaced.
pub(crate) fn everything(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert!(!path.to_string_lossy().ends_with(".part"), "{path:?}");
        text += &String::from_utf8_lossy(&std::fs::read(&path).unwrap());
    }
    text
}

/// A sink in memory, by participant.
#[derive(Default)]
pub(crate) struct Store(pub(crate) BTreeMap<String, CaseRecord>);

impl FactSink for Store {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        assert!(self.0.insert(record.participant.as_str().to_owned(), record).is_none());
        Ok(Committed::New)
    }

    fn stored(&mut self, _: &gemj_model::DatasetId, _: &str) -> Result<gemj_model::fact::StoredUnit, SinkError> {
        Ok(gemj_model::fact::StoredUnit::Absent)
    }

    fn hide(
        &mut self,
        _: &gemj_model::DatasetId,
        _: &gemj_model::ParticipantId,
        _: &gemj_model::fact::FactSource,
    ) -> Result<u64, SinkError> {
        Ok(0)
    }
}

/// Every number is the id of a participant, or a year of birth after `year:`.
struct Numbers;

impl Linkage for Numbers {
    fn participant(&self, of: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        let id = match of.number.strip_prefix("year:") {
            Some(year) => person(year.parse::<usize>().unwrap() - 1900),
            None => of.number.to_owned(),
        };
        Ok(ParticipantId::parse(&id).ok())
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(None)
    }
}

/// Reads exported files with a built-in profile of the gateway.
pub(crate) fn read(profile: &str, folder: &Path) -> (Accounting, Store) {
    let mut store = Store::default();
    let target = Target::new(dataset(), site("hospital-a"), "export").unwrap();
    let profile = Profile::open(profile).unwrap();
    let accounting = ingest(&[folder.to_owned()], &profile, &target, &Numbers, &mut store).unwrap();
    assert_eq!(accounting.quarantined.len(), 0, "{accounting:#?}");
    (accounting, store)
}

/// The statement of a fact in a line: kind, code, status, onset, date and value.
pub(crate) fn line(fact: &Fact, with_times: bool) -> String {
    let value = match &fact.value {
        None => String::new(),
        Some(MeasuredValue::Quantity { comparator, number, unit }) => {
            let number: f64 = number.parse().unwrap();
            format!("{}{number} {unit}", comparator.map_or("", Comparator::as_str))
        }
        Some(MeasuredValue::Coded { code, .. }) => code.clone(),
        Some(MeasuredValue::Text(text)) => format!("text {text}"),
    };
    let (onset, observed) = match with_times {
        true => (
            fact.onset.as_deref().unwrap_or_default(),
            fact.observed.as_ref().map_or("", |date| date.as_str()),
        ),
        false => ("", ""),
    };
    format!(
        "{} {} {} [{onset}] [{observed}] {value}",
        fact.kind.as_str(),
        fact.code,
        fact.status.as_str()
    )
}
