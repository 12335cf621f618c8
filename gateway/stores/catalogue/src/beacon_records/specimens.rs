//! Specimens for Beacon answers: their participants, and the data that current sources state about them. A source is one unit of a feed. The
//! source is current until a newer version of the unit replaces it.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::{DatasetGrant, Grant};
use gemj_model::{DatasetId, Ordinal, Origin, PartialDate, SpecimenId, SpecimenStep, SpecimenStepKind};
use roaring::RoaringBitmap;

use super::part::Part;
use super::{opened, opened_arguments};
use crate::catalogue::Catalogue;
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::origin::origin;

/// A specimen of one of the Grant's participants. A served file was made from the specimen, or a current source describes it. `specimen` is
/// absent if data was made from a specimen whose id is not stated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnedSpecimen {
    /// The ordinal of the participant.
    pub ordinal: Ordinal,
    /// The id of the specimen; absent for the specimen of a file or of a case report's alleles whose id is not stated.
    pub specimen: Option<SpecimenId>,
}

/// A specimen with the data that the dataset's current sources state. If several sources state a value, the value of the latest source is used.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedSpecimen {
    /// The specimen and the participant to whom it belongs.
    pub owned: OwnedSpecimen,
    /// The participant's date of birth, at most to the month; absent if no feed stated the date.
    pub born: Option<PartialDate>,
    /// The kind of the specimen, as a CURIE or the source's own code; absent if not stated.
    pub kind_code: Option<String>,
    /// The date on which the specimen was collected; absent if not stated.
    pub collected: Option<PartialDate>,
    /// The body site from which the specimen was taken, as a CURIE; absent if not stated.
    pub body_site: Option<String>,
    /// The specimen from which this specimen was derived; absent if not stated.
    pub parent: Option<SpecimenId>,
    /// How the specimen was collected, processed and stored. If several sources state steps, the steps of the latest source are used.
    pub steps: Vec<SpecimenStep>,
    /// The origins (germline, somatic) of the variant files that were made from this specimen alone.
    pub origins: BTreeSet<Origin>,
}

impl std::fmt::Debug for RecordedSpecimen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordedSpecimen(..)")
    }
}

impl Catalogue {
    /// The specimens in a dataset of the given participants that the Grant covers, in order of participant and specimen. Each specimen occurs
    /// once.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn owned_specimens(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        people: &RoaringBitmap,
    ) -> Result<BTreeSet<OwnedSpecimen>, CatalogueError> {
        let mut owned = BTreeSet::new();
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(owned);
        };
        let people = people & granted.participants().as_ref();
        let mut snapshot = self.database.begin_snapshot().await?;
        for part in Part::of(&people) {
            owned_of_part(&mut snapshot, granted, &part, &people, &mut owned).await?;
        }
        Ok(owned)
    }

    /// The specimens that [`Self::owned_specimens`] returns, with the data that current sources state about them.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn recorded_specimens(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        people: &RoaringBitmap,
    ) -> Result<Vec<RecordedSpecimen>, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(Vec::new());
        };
        let people = people & granted.participants().as_ref();
        let mut found: BTreeMap<OwnedSpecimen, RecordedSpecimen> = BTreeMap::new();
        let mut snapshot = self.database.begin_snapshot().await?;
        for part in Part::of(&people) {
            let mut owned = BTreeSet::new();
            owned_of_part(&mut snapshot, granted, &part, &people, &mut owned).await?;
            found.extend(owned.into_iter().map(|owned| (owned.clone(), RecordedSpecimen::bare(owned))));
            add_births(&mut snapshot, &part, &mut found).await?;
            add_statements(&mut snapshot, dataset, &part, &mut found).await?;
            add_origins(&mut snapshot, granted, &part, &mut found).await?;
        }
        Ok(found.into_values().collect())
    }
}

impl RecordedSpecimen {
    fn bare(owned: OwnedSpecimen) -> Self {
        Self {
            owned,
            born: None,
            kind_code: None,
            collected: None,
            body_site: None,
            parent: None,
            steps: Vec::new(),
            origins: BTreeSet::new(),
        }
    }
}

pub(super) async fn owned_of_part(
    snapshot: &mut Transaction,
    granted: &DatasetGrant,
    part: &Part,
    people: &RoaringBitmap,
    owned: &mut BTreeSet<OwnedSpecimen>,
) -> Result<(), CatalogueError> {
    let before = opened_arguments(granted);
    let of_files = format!(
        "SELECT DISTINCT s.ordinal, s.specimen FROM object_sample s JOIN data_object o ON o.id = s.object WHERE {} AND {}",
        opened(granted, 1),
        part.condition("s.ordinal", before.len() + 1)
    );
    let arguments = before.into_iter().chain(part.arguments()).collect();
    let mut rows = snapshot.fetch_all_of(of_files, arguments).await?;
    let dataset = || -> Vec<Value> { std::iter::once(granted.dataset().as_str().into()).chain(part.arguments()).collect() };
    let stated = format!(
        "SELECT DISTINCT f.ordinal, t.specimen FROM specimen_statement t JOIN fact_source f ON f.id = t.source \
         WHERE f.dataset = $1 AND f.retired = FALSE AND {}",
        part.condition("f.ordinal", 2)
    );
    rows.extend(snapshot.fetch_all_of(stated, dataset()).await?);
    for row in &rows {
        insert(row, people, owned)?;
    }
    // The alleles of a case report were found in a specimen. If neither a file nor a source gave the participant a specimen, the result contains
    // a specimen without an id for these alleles.
    let of_reports = format!(
        "SELECT DISTINCT v.ordinal FROM observation v JOIN fact_source f ON f.id = v.source \
         WHERE v.dataset = $1 AND v.status <> 'retired' AND f.retired = FALSE AND {}",
        part.condition("v.ordinal", 2)
    );
    for row in snapshot.fetch_all_of(of_reports, dataset()).await? {
        let ordinal = row.ordinal(0)?;
        let least = OwnedSpecimen { ordinal, specimen: None };
        let named = owned.range(least.clone()..).next().is_some_and(|next| next.ordinal == ordinal);
        if people.contains(ordinal.0) && !named {
            owned.insert(least);
        }
    }
    Ok(())
}

fn insert(row: &Row, people: &RoaringBitmap, owned: &mut BTreeSet<OwnedSpecimen>) -> Result<(), CatalogueError> {
    let one = owned_of(row)?;
    if people.contains(one.ordinal.0) {
        owned.insert(one);
    }
    Ok(())
}

fn owned_of(row: &Row) -> Result<OwnedSpecimen, CatalogueError> {
    Ok(OwnedSpecimen {
        ordinal: row.ordinal(0)?,
        specimen: row.maybe_parsed(1, "specimen", SpecimenId::parse)?,
    })
}

async fn add_births(
    snapshot: &mut Transaction,
    part: &Part,
    found: &mut BTreeMap<OwnedSpecimen, RecordedSpecimen>,
) -> Result<(), CatalogueError> {
    let sql = format!(
        "SELECT ordinal, born FROM participant WHERE born IS NOT NULL AND {}",
        part.condition("ordinal", 1)
    );
    let mut births = BTreeMap::new();
    for row in snapshot.fetch_all_of(sql, part.arguments()).await? {
        births.insert(row.ordinal(0)?, row.parsed(1, "born", PartialDate::parse)?);
    }
    for specimen in found.values_mut() {
        if let Some(born) = births.get(&specimen.owned.ordinal) {
            specimen.born = Some(born.clone());
        }
    }
    Ok(())
}

async fn add_statements(
    snapshot: &mut Transaction,
    dataset: &DatasetId,
    part: &Part,
    found: &mut BTreeMap<OwnedSpecimen, RecordedSpecimen>,
) -> Result<(), CatalogueError> {
    let sql = format!(
        "SELECT f.ordinal, t.specimen, t.kind_code, t.collected, t.body_site, p.id, t.source, t.position \
         FROM specimen_statement t JOIN fact_source f ON f.id = t.source \
         LEFT JOIN specimen p ON p.id = t.parent AND p.ordinal = f.linked \
         WHERE f.dataset = $1 AND f.retired = FALSE AND {} ORDER BY t.source, t.position",
        part.condition("f.ordinal", 2)
    );
    let arguments = || -> Vec<Value> { std::iter::once(dataset.as_str().into()).chain(part.arguments()).collect() };
    let rows = snapshot.fetch_all_of(sql, arguments()).await?;
    let sql = format!(
        "SELECT t.source, t.position, t.kind, t.code, t.label, t.time FROM specimen_step t JOIN fact_source f ON f.id = t.source \
         WHERE f.dataset = $1 AND f.retired = FALSE AND {} ORDER BY t.source, t.position, t.number",
        part.condition("f.ordinal", 2)
    );
    let mut steps: BTreeMap<(i64, i64), Vec<SpecimenStep>> = BTreeMap::new();
    for row in snapshot.fetch_all_of(sql, arguments()).await? {
        steps
            .entry((row.int(0, "source")?, row.int(1, "position")?))
            .or_default()
            .push(step_of(&row)?);
    }
    for row in rows {
        let Some(specimen) = found.get_mut(&owned_of(&row)?) else {
            continue;
        };
        if let Some(steps) = steps.remove(&(row.int(6, "source")?, row.int(7, "position")?)) {
            specimen.steps = steps;
        }
        later(
            &mut specimen.kind_code,
            Some(row.text(2, "specimen kind")?).filter(|code| !code.is_empty()),
        );
        later(&mut specimen.collected, row.maybe_parsed(3, "collected", PartialDate::parse)?);
        later(&mut specimen.body_site, row.maybe_text(4, "body site")?);
        later(&mut specimen.parent, row.maybe_parsed(5, "specimen", SpecimenId::parse)?);
    }
    Ok(())
}

pub(crate) fn step_of(row: &Row) -> Result<SpecimenStep, CatalogueError> {
    Ok(SpecimenStep {
        kind: row.parsed(2, "specimen step", |text| SpecimenStepKind::parse(text).ok_or(()))?,
        code: row.maybe_text(3, "specimen step")?,
        label: row.text(4, "specimen step")?,
        time: row.maybe_text(5, "specimen step")?,
    })
}

/// Replaces an earlier source's value with a later source's value, if the later source states one.
pub(crate) fn later<T>(known: &mut Option<T>, stated: Option<T>) {
    if stated.is_some() {
        *known = stated;
    }
}

async fn add_origins(
    snapshot: &mut Transaction,
    granted: &DatasetGrant,
    part: &Part,
    found: &mut BTreeMap<OwnedSpecimen, RecordedSpecimen>,
) -> Result<(), CatalogueError> {
    let before = opened_arguments(granted);
    let sql = format!(
        "SELECT DISTINCT s.ordinal, s.specimen, o.origin FROM object_sample s JOIN data_object o ON o.id = s.object \
         WHERE {} AND o.joint = FALSE AND o.format IN ('VCF', 'BCF') AND s.specimen IS NOT NULL AND {}",
        opened(granted, 1),
        part.condition("s.ordinal", before.len() + 1)
    );
    let arguments = before.into_iter().chain(part.arguments()).collect();
    for row in snapshot.fetch_all_of(sql, arguments).await? {
        if let Some(specimen) = found.get_mut(&owned_of(&row)?) {
            specimen.origins.insert(row.parsed(2, "origin", origin)?);
        }
    }
    Ok(())
}
