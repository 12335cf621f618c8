//! FHIR resources that hospitals sent. The text is stored as the calling code passes it: as received, but with the gateway's id, version and time.

use gemj_access::{Action, Grant, LocatedPatient, Mandate, WriteAction};
use gemj_model::{Ordinal, SiteId, Timestamp};
use roaring::RoaringBitmap;

use crate::catalogue::Catalogue;
use crate::consent_ledger::{ConsentStatement, append_events};
use crate::database::{MAX_PARAMETERS, Row, Value, placeholders};
use crate::error::CatalogueError;
use crate::purge::refuse_purged;
use crate::write::Write;

/// The FHIR resource types that the gateway stores. Each type is read under one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FhirType {
    /// Patient: a patient as the hospital describes the patient.
    Patient,
    /// Consent: the record of a participant's consent or withdrawal.
    Consent,
    /// Observation: a measurement or finding of the hospital.
    Observation,
    /// DiagnosticReport: a report of the hospital.
    DiagnosticReport,
    /// Specimen: a specimen of the hospital.
    Specimen,
}

impl FhirType {
    /// The name of the resource type in FHIR.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "Patient",
            Self::Consent => "Consent",
            Self::Observation => "Observation",
            Self::DiagnosticReport => "DiagnosticReport",
            Self::Specimen => "Specimen",
        }
    }

    /// The action under which resources of this type are read.
    #[must_use]
    pub fn read_action(self) -> Action {
        match self {
            Self::Patient | Self::Consent => Action::ReadPatient,
            Self::Observation | Self::DiagnosticReport | Self::Specimen => Action::ReadClinicalRecord,
        }
    }
}

/// A FHIR resource to store.
#[derive(Clone)]
pub struct NewFhirResource<'a> {
    /// The resource type.
    pub kind: FhirType,
    /// The id of the resource in the gateway.
    pub id: &'a str,
    /// The participant that the resource concerns.
    pub participant: Ordinal,
    /// The hospital that sent the resource.
    pub site: &'a SiteId,
    /// The resource's JSON text, in which the calling code has already set the id, the version and the time.
    pub body: &'a str,
    /// Keyed digests of values by which the resource can be searched, each with the name of its search parameter.
    pub tokens: &'a [(&'static str, String)],
    /// The time at which the resource was received.
    pub updated: Timestamp,
}

/// A stored version of a FHIR resource.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredFhirResource {
    /// The id of the resource in the gateway.
    pub id: String,
    /// The number of the version, from 1.
    pub version: u64,
    /// The participant that the resource concerns.
    pub participant: Ordinal,
    /// The time at which this version was received.
    pub updated: Timestamp,
    /// The resource's JSON text.
    pub body: String,
}

impl std::fmt::Debug for StoredFhirResource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredFhirResource(version {})", self.version)
    }
}

impl Catalogue {
    /// Finds the participant of a stored resource, for a decision. The result contains no protected data. Absent for an unknown id, and for a
    /// resource from another institution than the participant's present one.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_fhir_resource(&self, kind: FhirType, id: &str) -> Result<Option<LocatedPatient>, CatalogueError> {
        let Ok(id) = Value::outside(id, "id") else { return Ok(None) };
        let sql = "SELECT p.ordinal, p.site FROM fhir_resource r JOIN participant p ON p.ordinal = r.ordinal \
                   WHERE r.type = $1 AND r.id = $2 AND r.current = TRUE AND r.site = p.site";
        let rows = self.database.fetch_all(sql, vec![kind.as_str().into(), id]).await?;
        rows.first()
            .map(|row| {
                Ok(LocatedPatient {
                    participant: row.ordinal(0)?,
                    site: row.maybe_parsed(1, "site", SiteId::parse)?,
                })
            })
            .transpose()
    }

    /// Reads a resource by its id. Absent if the id is unknown or the Grant does not cover the patient.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant of another action; the database does not answer or cannot be read.
    pub async fn fhir_resource(&self, grant: &Grant, kind: FhirType, id: &str) -> Result<Option<StoredFhirResource>, CatalogueError> {
        let Ok(id) = Value::outside(id, "id") else { return Ok(None) };
        if grant.action() != kind.read_action() {
            return Err(CatalogueError::WrongKey);
        }
        let sql = format!("SELECT {COLUMNS} FROM fhir_resource r WHERE r.type = $1 AND r.id = $2 AND r.current = TRUE");
        let rows = self.database.fetch_all_of(sql, vec![kind.as_str().into(), id]).await?;
        let found = rows.first().map(stored).transpose()?;
        Ok(found.filter(|resource| grant.patients().contains(resource.participant.0)))
    }

    /// The resources of one type that concern the Grant's patients, in order of id. The result begins after the id `after` and contains at most
    /// `limit` resources. If `tokens` is present, only resources with one of these tokens are included. Only the first 256 tokens count.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant of another action; the database does not answer or cannot be read.
    pub async fn fhir_resources(
        &self,
        grant: &Grant,
        kind: FhirType,
        tokens: Option<(&'static str, &[String])>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<StoredFhirResource>, CatalogueError> {
        if grant.action() != kind.read_action() {
            return Err(CatalogueError::WrongKey);
        }
        let mut found = Vec::new();
        for people in chunks(grant.patients()) {
            let mut arguments = vec![kind.as_str().into(), Value::outside(after, "page")?, limit.into()];
            arguments.extend(people.iter().map(|o| Value::from(*o)));
            let mut sql = format!(
                "SELECT {COLUMNS} FROM fhir_resource r WHERE r.type = $1 AND r.id > $2 AND r.current = TRUE AND r.ordinal IN ({})",
                placeholders(4, people.len())
            );
            if let Some((name, digests)) = tokens {
                let digests = &digests[..digests.len().min(MAX_TOKENS)];
                if digests.is_empty() {
                    return Ok(Vec::new());
                }
                sql.push_str(&format!(
                    " AND EXISTS (SELECT 1 FROM fhir_token t WHERE t.type = r.type AND t.id = r.id AND t.name = ${} AND t.digest IN ({}))",
                    arguments.len() + 1,
                    placeholders(arguments.len() + 2, digests.len())
                ));
                arguments.push(name.into());
                arguments.extend(digests.iter().map(|d| Value::from(d.as_str())));
            }
            sql.push_str(" ORDER BY r.id LIMIT $3");
            for row in self.database.fetch_all_of(sql, arguments).await? {
                found.push(stored(&row)?);
            }
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.truncate(limit as usize);
        Ok(found)
    }

    /// Stores a new resource (action `WriteFhir`). The mandate must cover the patient.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a patient outside the mandate; [`CatalogueError::Conflict`] `id` if a resource with this id exists.
    pub async fn create_fhir_resource(&self, mandate: &Mandate, resource: &NewFhirResource<'_>) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::WriteFhir]).await?;
        add(&mut write, mandate, resource).await?;
        write.commit(self, mandate, &format!("fhir:{}", resource.kind.as_str()), 1).await?;
        Ok(())
    }

    /// Stores a Consent resource and appends its events to the consent ledger, both or neither (action `RecordConsent`). The mandate must cover
    /// the patient. Every answer that begins after this call returns takes the events into account.
    ///
    /// # Errors
    /// The errors of [`Catalogue::create_fhir_resource`], and the errors of [`Catalogue::append_consent`] for a wrong correction.
    pub async fn create_fhir_consent(
        &self,
        mandate: &Mandate,
        resource: &NewFhirResource<'_>,
        events: Vec<ConsentStatement>,
        recorded: Timestamp,
    ) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        add(&mut write, mandate, resource).await?;
        let count = events.len() as u64;
        let events: Vec<_> = events.into_iter().map(|event| (resource.participant, event)).collect();
        append_events(&mut write, mandate, &events, recorded).await?;
        write.commit(self, mandate, "consent-ledger", count + 1).await?;
        Ok(())
    }

    /// Appends a consent event of one patient without storing a Consent resource (action `RecordConsent`). An example is the event that blocks
    /// a patient after an unreadable Consent. The mandate must cover the patient.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a patient outside the mandate; the database does not answer.
    pub async fn append_patient_consent(
        &self,
        mandate: &Mandate,
        participant: Ordinal,
        event: ConsentStatement,
        recorded: Timestamp,
    ) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        append_events(&mut write, mandate, &[(participant, event)], recorded).await?;
        write.commit(self, mandate, "consent-ledger", 1).await?;
        Ok(())
    }
}

/// The maximum number of alternative tokens in one search.
const MAX_TOKENS: usize = 256;

async fn add(write: &mut Write, mandate: &Mandate, resource: &NewFhirResource<'_>) -> Result<(), CatalogueError> {
    if !mandate.reaches_patient(resource.participant) {
        return Err(CatalogueError::WrongKey);
    }
    refuse_purged(write, [resource.participant]).await?;
    let kind = resource.kind.as_str();
    let sql = "SELECT 1 FROM fhir_resource WHERE type = $1 AND id = $2";
    let arguments = vec![kind.into(), Value::outside(resource.id, "id")?];
    if write.transaction.fetch_first(sql, arguments).await?.is_some() {
        return Err(CatalogueError::Conflict { field: "id" });
    }
    let row = [
        kind.into(),
        Value::outside(resource.id, "id")?,
        1i64.into(),
        resource.site.as_str().into(),
        resource.participant.0.into(),
        Value::outside(resource.body, "body")?,
        resource.updated.into(),
        true.into(),
    ];
    let into = "fhir_resource (type, id, version, site, ordinal, body, updated, current)";
    write.transaction.insert(into, [row]).await?;
    let mut tokens: Vec<_> = resource.tokens.iter().collect();
    tokens.sort();
    tokens.dedup();
    let rows = tokens
        .into_iter()
        .map(|(name, digest)| [kind.into(), resource.id.into(), (*name).into(), digest.as_str().into()]);
    write.transaction.insert("fhir_token (type, id, name, digest)", rows).await
}

const COLUMNS: &str = "r.id, r.version, r.ordinal, r.updated, r.body";

fn stored(row: &Row) -> Result<StoredFhirResource, CatalogueError> {
    Ok(StoredFhirResource {
        id: row.text(0, "resource id")?,
        version: row.count(1, "version")?,
        participant: row.ordinal(2)?,
        updated: row.time(3, "updated")?,
        body: row.text(4, "body")?,
    })
}

fn chunks(people: &RoaringBitmap) -> Vec<Vec<u32>> {
    let all: Vec<u32> = people.iter().collect();
    all.chunks(MAX_PARAMETERS - MAX_TOKENS - 8).map(<[u32]>::to_vec).collect()
}
