//! The world of a contract test: a separate database, and functions that prepare the programme's data.

use gemj_access::{Action, Caller, Grant, Job, Mandate, OperatorRead, OperatorReadAction, Resource, Role, RoleKind, Upkeep, WriteAction};
use gemj_catalogue::{Catalogue, NewConsent, NewObject, NewSample, PolicyWatch, SegmentRow, UnknownParticipant};
use gemj_model::{Assembly, ClauseSet, ConsentKind, FamilyId, FileFormat, IndexFormat, ObjectId, Origin, Sex, SpecimenId};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

pub(crate) use crate::programme::*;

pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) catalogue: Catalogue,
    pub(crate) folder: tempfile::TempDir,
    server: Option<(String, String)>,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/catalogue.db", folder.path().display());
        let catalogue = Catalogue::open(&url, 8).await.unwrap();
        Self {
            url,
            catalogue,
            folder,
            server: None,
        }
    }

    pub(crate) async fn postgres(test: &str) -> Option<Self> {
        let Ok(server) = std::env::var("GEMJ_TEST_POSTGRES_URL") else {
            eprintln!("SKIPPED: {test} on PostgreSQL: GEMJ_TEST_POSTGRES_URL is not set");
            return None;
        };
        let name = format!("gemj_test_{:016x}", rand::random::<u64>());
        let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        admin.close().await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        let catalogue = Catalogue::open(&url, 8).await.unwrap();
        Some(Self {
            url,
            catalogue,
            folder: tempfile::tempdir().unwrap(),
            server: Some((server, name)),
        })
    }

    /// Opens another pool on the same database, like the pool of another process.
    pub(crate) async fn open_again(&self) -> Catalogue {
        Catalogue::open(&self.url, 4).await.unwrap()
    }

    /// A copy of the database, in a world of its own. The connections of this world are closed and opened again.
    pub(crate) async fn copy(&mut self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some((server, name)) = &self.server {
            self.catalogue.close().await;
            let copy = format!("{name}_{:08x}", rand::random::<u32>());
            let mut admin = sqlx::PgConnection::connect(server).await.unwrap();
            let make = format!("CREATE DATABASE {copy} TEMPLATE {name}");
            admin.execute(AssertSqlSafe(make)).await.unwrap();
            let url = self.url.replace(name, &copy);
            let server = Some((server.clone(), copy));
            self.catalogue = self.open_again().await;
            let catalogue = Catalogue::open(&url, 4).await.unwrap();
            return Self {
                url,
                catalogue,
                folder,
                server,
            };
        }
        let path = folder.path().join("catalogue.db");
        assert!(self.catalogue.copy_to(upkeep(Job::BackUp), &path).await.unwrap());
        let url = format!("sqlite:{}", path.display());
        let catalogue = Catalogue::open(&url, 4).await.unwrap();
        let server = None;
        Self {
            url,
            catalogue,
            folder,
            server,
        }
    }

    /// Executes an SQL statement directly, without the catalogue, and returns the number of affected rows.
    pub(crate) async fn tamper(&self, sql: &str) -> u64 {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false);
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
            let done = connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
            connection.close().await.unwrap();
            return done.rows_affected();
        }
        let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
        connection.execute("SET session_replication_role = replica").await.unwrap();
        let done = connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        connection.close().await.unwrap();
        done.rows_affected()
    }

    pub(crate) async fn end(self) {
        self.catalogue.close().await;
        if let Some((server, name)) = self.server {
            let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
            admin
                .execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
                .await
                .unwrap();
        }
    }

    pub(crate) fn watch(&self) -> PolicyWatch {
        watch_of(&self.catalogue)
    }

    /// Records the approval on which the Grants of [`World::grant`] are based.
    pub(crate) async fn approve(&self) {
        let key = mandate(WriteAction::RecordApproval);
        self.catalogue.record_approval(&key, &approval("A-1", VISA)).await.unwrap();
    }

    /// A Grant for a population query on these datasets, decided now.
    pub(crate) async fn grant(&self, datasets: &[&str]) -> Grant {
        let view = self.watch().current().await.unwrap().view;
        let datasets: Vec<_> = datasets.iter().map(|d| dataset(d)).collect();
        decided(&view, Action::AskIndividuals, Resource::Population(&datasets)).unwrap()
    }

    /// A Grant to describe a file; absent if the request is denied.
    pub(crate) async fn object_grant(&self, id: &ObjectId) -> Option<Grant> {
        let view = self.watch().current().await.unwrap().view;
        let located = self.catalogue.locate_object(id).await.unwrap();
        decided(&view, Action::DescribeObject, Resource::Object(located.as_ref()))
    }

    /// A Grant of the hospital `site` for an action on its own patients.
    pub(crate) async fn hospital(&self, site: &str, action: Action) -> Option<Grant> {
        let view = self.watch().current().await.unwrap().view;
        let caller = Caller {
            pseudonym: format!("system of {site}"),
            roles: vec![Role {
                kind: RoleKind::HospitalSystem,
                scope: Some(site.into()),
            }],
            not_after: Some(now().plus_seconds(3600)),
            ..Caller::default()
        };
        decided_for(&caller, &view, action, Resource::OwnPatients)
    }

    /// Records for each of these participants the consent to every clause. Returns the epoch after the commit.
    pub(crate) async fn consent_all(&self, people: &[&str]) -> u64 {
        let events: Vec<_> = people.iter().map(|p| given(p)).collect();
        append(&self.catalogue, &events).await
    }
}

pub(crate) async fn append(catalogue: &Catalogue, events: &[NewConsent]) -> u64 {
    let mandate = mandate(WriteAction::RecordConsent);
    let appended = catalogue.append_consent(&mandate, events, now(), UnknownParticipant::Register);
    appended.await.unwrap()
}

pub(crate) fn mandate(action: WriteAction) -> Mandate {
    Mandate::operator(action)
}

pub(crate) fn operator_read(action: OperatorReadAction, participant: &str) -> OperatorRead {
    OperatorRead::new(action, person(participant), Some("a call of the hospital")).unwrap()
}

pub(crate) fn upkeep(job: Job) -> Upkeep {
    Upkeep::of(job)
}

/// A correction of the event with this number.
pub(crate) fn corrected(participant: &str, number: u64) -> NewConsent {
    NewConsent {
        corrects: Some(number),
        ..event(participant, ConsentKind::Corrected, ClauseSet::EMPTY, now())
    }
}

pub(crate) fn withdrawn(participant: &str) -> NewConsent {
    event(participant, ConsentKind::Withdrawn, ClauseSet::EMPTY, now())
}

pub(crate) fn sample(name: &str, participant: Option<&str>) -> NewSample {
    NewSample {
        sample: name.into(),
        participant: participant.map(person),
        specimen: participant.map(|p| SpecimenId::parse(&format!("{p}-{name}")).unwrap()),
        family: None,
        sex: Sex::Unknown,
        site: None,
    }
}

pub(crate) fn family(sample: NewSample, family: &str, sex: Sex) -> NewSample {
    NewSample {
        family: Some(FamilyId::parse(family).unwrap()),
        sex,
        ..sample
    }
}

pub(crate) fn object(id: &str, in_dataset: &str, samples: Vec<NewSample>) -> NewObject {
    NewObject {
        id: ObjectId::parse(id).unwrap(),
        dataset: dataset(in_dataset),
        format: FileFormat::Vcf,
        assembly: Assembly::GRCh38,
        origin: Origin::Germline,
        joint: samples.len() > 1,
        samples,
        size_bytes: 1_000,
        sha256: format!("{id:0>64}"),
        storage_key: format!("objects/{id}.vcf.gz"),
        index_key: format!("objects/{id}.vcf.gz.tbi"),
        index_format: IndexFormat::Tbi,
        created: now(),
        natural_key: format!("key of {id}"),
    }
}

pub(crate) fn segment(id: &str, in_dataset: &str) -> SegmentRow {
    SegmentRow {
        id: id.into(),
        dataset: dataset(in_dataset),
        assembly: Assembly::GRCh38,
        origin: Origin::Germline,
        storage_key: format!("segments/{id}"),
        size_bytes: 10,
        sha256: format!("{id:0>64}"),
        variant_count: 3,
        entry_count: 5,
        created: now(),
    }
}

pub(crate) fn id(text: &str) -> ObjectId {
    ObjectId::parse(text).unwrap()
}
