//! Ingestion of one case: one unit of a feed with all facts about one participant.

use gemj_access::{Mandate, WriteAction};
use gemj_model::fact::{CaseRecord, Committed, Comparator, PacketContent};
use gemj_model::{MeasuredValue, Ordinal, PartialDate, SiteId};

use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;
use crate::filter_changes::facts_change;
use crate::interpretations::remove_interpretations;
use crate::kept_packets::keep;
use crate::merges::joined_in;
use crate::observations::{add_observations, retire_pending};
use crate::participants::{Stated, enrol, refold, register, states_what_is_known};
use crate::purge::refuse_purged;
use crate::specimens::add_statements;
use crate::write::Write;

impl Catalogue {
    /// Stores one case in one transaction, completely or not at all (action `Ingest`): the participant and the membership of the dataset, the
    /// facts, and the alleles as pending observations for the carrier index.
    ///
    /// A dataset contains at most one current version of a unit with a name, even if an earlier version concerned another participant or was read with
    /// another profile. If units have no names, each participant has one unit for each profile.
    ///
    /// * New content of a unit replaces the facts of the current version, and retires its source. This is so even if the content equals a
    ///   version before the current one.
    /// * If the feed orders its versions and a later version is stored, the case is superseded and not stored.
    /// * A case with the same bytes as the current version is a duplicate, unless it was mapped with another mapping version.
    ///
    /// If the participant was merged into another, the case is stored on the survivor. The sex and the month of birth of a participant follow from all
    /// current cases and enrolments, so a new version of a case replaces its own earlier statement.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `sex`, `born`, `family`, `specimen`, `carriers` (an allele of another participant) or `purged` (the participant's
    /// data was erased);
    /// [`CatalogueError::Invalid`] for text that cannot be stored.
    pub async fn commit_case(&self, mandate: &Mandate, record: &CaseRecord) -> Result<Committed, CatalogueError> {
        self.commit_case_of(mandate, None, record, None).await
    }

    /// Stores one case as [`Catalogue::commit_case`] does.
    ///
    /// * `run`: the case is counted in the account of this run, which has begun. The count is part of the same transaction, so the account of a run that is
    ///   killed has every case that the run stored. A case that changes nothing is not counted.
    /// * `content`: the sealed content of the packet from which the case was read. It is stored and replaced together with the facts.
    ///
    /// # Errors
    /// The errors of [`Catalogue::commit_case`]; [`CatalogueError::NotFound`] if no run with this id has begun, or if the run has a result.
    pub async fn commit_case_of(
        &self,
        mandate: &Mandate,
        run: Option<&str>,
        record: &CaseRecord,
        content: Option<&PacketContent>,
    ) -> Result<Committed, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        let (outcome, rows) = match store_case(&mut write, self.clock.now().0, record, content).await? {
            Stored::Nothing(outcome) => return Ok(outcome),
            Stored::Version => (Committed::Duplicate, 0),
            Stored::Case { outcome, rows } => {
                if let Some(run) = run {
                    let mut counts = Counts::default();
                    counts.add(outcome);
                    count_in_run(&mut write, run, counts).await?;
                }
                (outcome, rows)
            }
        };
        write.commit(self, mandate, record.dataset.as_str(), rows).await?;
        Ok(outcome)
    }
}

/// What a case changed in the write in progress.
pub(crate) enum Stored {
    /// Nothing that must be committed: the case is a duplicate or superseded.
    Nothing(Committed),
    /// Only the version of the stored case, which is a duplicate.
    Version,
    /// The case was stored.
    Case {
        /// Whether the case is new or a replacement.
        outcome: Committed,
        /// The number of rows of the case, for the audit.
        rows: u64,
    },
}

/// Stores one case in a write in progress, as [`Catalogue::commit_case`] describes. The caller commits the write, or rolls it back after an error and if
/// nothing was stored.
pub(crate) async fn store_case(
    write: &mut Write,
    recorded: i64,
    record: &CaseRecord,
    content: Option<&PacketContent>,
) -> Result<Stored, CatalogueError> {
    if record.carriers.iter().any(|c| c.participant != record.participant) {
        return Err(CatalogueError::Conflict { field: "carriers" });
    }
    let people = register(write, &[Stated::of_case(record)]).await?;
    let linked = people.ordinals.get(&record.participant).copied();
    let linked = linked.ok_or(CatalogueError::Corrupt { what: "participant" })?;
    let joined = joined_in(&mut write.transaction).await?;
    let ordinal = joined.survivor_of(linked);
    refuse_purged(write, [linked, ordinal]).await?;
    let (outcome, others) = match replace_earlier(write, record, linked, ordinal).await? {
        Earlier::Newer => return Ok(Stored::Version),
        Earlier::Same(outcome @ (Committed::Duplicate | Committed::Superseded), _) => return Ok(Stored::Nothing(outcome)),
        Earlier::Same(outcome, others) => (outcome, others),
    };
    enrol(write, &record.dataset, &[ordinal]).await?;
    let source = add_source(write, record, (linked, ordinal), recorded).await?;
    facts_change(write, &record.dataset, ordinal).await?;
    add_facts(write, record, source, ordinal).await?;
    if let Some(content) = content {
        keep(write, source, content).await?;
    }
    add_statements(write, source, linked, &record.specimens).await?;
    add_observations(write, source, &record.dataset, ordinal, &record.carriers).await?;
    // A new unit that states what is known of the person changes nothing. The other units of the participant are then not read.
    let is_known = outcome == Committed::New && states_what_is_known(write, ordinal, record).await?;
    for person in others.into_iter().chain((!is_known).then_some(ordinal)) {
        refold(write, person, &joined).await?;
    }
    let rows = record.facts.len() + record.carriers.len() + record.specimens.len();
    Ok(Stored::Case {
        outcome,
        rows: rows as u64,
    })
}

/// The numbers of stored cases, by what they were.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    new: i64,
    replaced: i64,
}

impl Counts {
    pub(super) fn add(&mut self, outcome: Committed) {
        match outcome {
            Committed::Replaced => self.replaced += 1,
            _ => self.new += 1,
        }
    }

    pub(super) fn cases(self) -> u64 {
        (self.new + self.replaced).unsigned_abs()
    }
}

/// Counts stored cases in the account of their run.
pub(super) async fn count_in_run(write: &mut Write, run: &str, counts: Counts) -> Result<(), CatalogueError> {
    let sql = "UPDATE ingest_run SET received = received + $2 + $3, committed = committed + $2, replaced = replaced + $3 \
               WHERE id = $1 AND state = 'begun'";
    let values = vec![Value::outside(run, "run")?, counts.new.into(), counts.replaced.into()];
    match write.transaction.execute(sql, values).await? {
        1 => Ok(()),
        _ => Err(CatalogueError::NotFound { what: "begun run" }),
    }
}

/// What the stored versions of a unit mean for a new case.
enum Earlier {
    /// The case is new, a replacement, a duplicate or superseded. The list has the other participants whose units the case replaced.
    Same(Committed, Vec<Ordinal>),
    /// The case is a duplicate with a newer version. The version of the stored source was changed.
    Newer,
}

/// Retires the sources that the new case replaces.
async fn replace_earlier(write: &mut Write, record: &CaseRecord, linked: Ordinal, ordinal: Ordinal) -> Result<Earlier, CatalogueError> {
    // Named units are found by their names. A participant can have very many other units, which are not read.
    let sql = "SELECT id, profile, sha256, mapping_version, unit, version, linked, ordinal, site FROM fact_source \
               WHERE dataset = $1 AND retired = FALSE AND unit IN ($3, $4) AND unit <> '' UNION ALL \
               SELECT id, profile, sha256, mapping_version, unit, version, linked, ordinal, site FROM fact_source \
               WHERE dataset = $1 AND retired = FALSE AND linked = $2 AND unit = ''";
    let new = &record.source;
    let arguments = vec![
        record.dataset.as_str().into(),
        linked.0.into(),
        Value::outside(&new.unit, "unit")?,
        Value::outside(new.earlier_unit.as_deref().unwrap_or(&new.unit), "unit")?,
    ];
    let mut replaced = Vec::new();
    for row in write.transaction.fetch_all(sql, arguments).await? {
        let same_profile = row.text(1, "profile")? == new.profile;
        let same_bytes = row.text(2, "sha256")? == new.sha256;
        let same_mapping = row.text(3, "mapping version")? == new.mapping_version;
        let unit = row.text(4, "unit")?;
        let same_person = row.ordinal(6)? == linked;
        // The earlier name does not contain the site. Another hospital's patient can have it.
        let same_unit = unit == new.unit || (Some(&unit) == new.earlier_unit.as_ref() && same_person);
        // The name of a unit contains the format, the site and the namespace, so it identifies the unit whatever the profile is called. Units without
        // names are those of a profile.
        let is_named = !unit.is_empty();
        if same_bytes && same_unit && same_person && (same_mapping || (!is_named && !same_profile)) {
            let (version, site) = (row.text(5, "version")?, row.text(8, "site")?);
            let stated_site = new.site.as_ref().map_or("", SiteId::as_str);
            // A unit of an earlier version of the gateway has no institution until it is received again.
            let learns_site = site.is_empty() && !stated_site.is_empty();
            if new.version > version || learns_site {
                // The same content is also that of the newer version. An export between the two, which arrives later, must not replace it.
                let sql = "UPDATE fact_source SET version = $2, site = $3 WHERE id = $1";
                let arguments = vec![
                    row.int(0, "source")?.into(),
                    Value::outside((&new.version).max(&version), "version")?,
                    if learns_site { stated_site } else { &site }.into(),
                ];
                write.transaction.execute(sql, arguments).await?;
                return Ok(Earlier::Newer);
            }
            return Ok(Earlier::Same(Committed::Duplicate, Vec::new()));
        }
        // An earlier version of a profile may have delivered units without names, one for each participant. The participant's first named unit
        // replaces the unnamed unit.
        let is_unnamed = unit.is_empty() && same_person;
        if (is_named && same_unit) || (same_profile && is_unnamed) {
            let version = row.text(5, "version")?;
            if !version.is_empty() && !new.version.is_empty() && version > new.version {
                return Ok(Earlier::Same(Committed::Superseded, Vec::new()));
            }
            replaced.push((row.int(0, "source")?, row.ordinal(7)?));
        }
    }
    let outcome = if replaced.is_empty() { Committed::New } else { Committed::Replaced };
    let mut others = Vec::new();
    for (source, person) in replaced {
        // An earlier version of a named unit may have concerned another participant.
        if person != ordinal {
            facts_change(write, &record.dataset, person).await?;
            others.push(person);
        }
        retire_source(write, source).await?;
    }
    Ok(Earlier::Same(outcome, others))
}

/// Retires a source: nothing that it stated is answered any more.
pub(crate) async fn retire_source(write: &mut Write, source: i64) -> Result<(), CatalogueError> {
    for sql in [
        "DELETE FROM fact_detail WHERE source = $1",
        "DELETE FROM fact WHERE source = $1",
        "DELETE FROM specimen_step WHERE source = $1",
        "DELETE FROM specimen_statement WHERE source = $1",
        "DELETE FROM kept_packet WHERE source = $1",
        "UPDATE fact_source SET retired = TRUE WHERE id = $1",
    ] {
        write.transaction.execute(sql, vec![source.into()]).await?;
    }
    retire_pending(write, source).await?;
    remove_interpretations(write, source).await?;
    write.manifest_changes();
    Ok(())
}

async fn add_source(
    write: &mut Write,
    record: &CaseRecord,
    (linked, ordinal): (Ordinal, Ordinal),
    recorded: i64,
) -> Result<i64, CatalogueError> {
    let last = "SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM fact_source UNION ALL SELECT id FROM newest_id WHERE kind = 'fact_source') n";
    let last = write.transaction.fetch_first(last, Vec::new()).await?;
    let id = last.ok_or(CatalogueError::Corrupt { what: "source" })?.int(0, "source")? + 1;
    let row = [
        id.into(),
        record.dataset.as_str().into(),
        ordinal.0.into(),
        Value::outside(&record.source.profile, "profile")?,
        Value::outside(&record.source.sha256, "sha256")?,
        Value::outside(&record.source.mapping_version, "mapping_version")?,
        recorded.into(),
        false.into(),
        Value::outside(&record.source.unit, "unit")?,
        Value::outside(&record.source.version, "version")?,
        record.sex.as_str().into(),
        record
            .born
            .as_ref()
            .map(PartialDate::to_month)
            .as_ref()
            .map(PartialDate::as_str)
            .into(),
        Value::maybe_outside(record.age_at_last_encounter.as_deref(), "age_at_last_encounter")?,
        linked.0.into(),
        record.source.site.as_ref().map_or("", SiteId::as_str).into(),
    ];
    let into = "fact_source (id, dataset, ordinal, profile, sha256, mapping_version, recorded, retired, unit, version, sex, born, \
                age_at_last_encounter, linked, site)";
    write.transaction.insert(into, [row]).await?;
    Ok(id)
}

async fn add_facts(write: &mut Write, record: &CaseRecord, source: i64, ordinal: Ordinal) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 15]> = Vec::with_capacity(record.facts.len());
    for (fact, position) in record.facts.iter().zip(0i64..) {
        let value = StoredValue::of(fact.value.as_ref());
        rows.push([
            source.into(),
            position.into(),
            record.dataset.as_str().into(),
            ordinal.0.into(),
            fact.kind.as_str().into(),
            Value::outside(&fact.code, "code")?,
            Value::outside(&fact.label, "label")?,
            fact.status.as_str().into(),
            Value::maybe_outside(fact.onset.as_deref(), "onset")?,
            value.comparator.into(),
            Value::maybe_outside(value.number, "number")?,
            Value::maybe_outside(value.unit, "unit")?,
            Value::maybe_outside(value.code, "value code")?,
            Value::maybe_outside(value.text, "value")?,
            fact.observed.as_ref().map(PartialDate::as_str).into(),
        ]);
    }
    let into = "fact (source, position, dataset, ordinal, kind, code, label, status, onset, comparator, number, unit, value_code, \
                value_text, observed)";
    write.transaction.insert(into, rows).await?;
    add_details(write, record, source).await
}

async fn add_details(write: &mut Write, record: &CaseRecord, source: i64) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 6]> = Vec::new();
    for (fact, position) in record.facts.iter().zip(0i64..) {
        for (detail, number) in fact.details.iter().zip(0i64..) {
            rows.push([
                source.into(),
                position.into(),
                number.into(),
                detail.name.as_str().into(),
                Value::maybe_outside(detail.code.as_deref(), "detail code")?,
                Value::outside(&detail.text, "detail")?,
            ]);
        }
    }
    let into = "fact_detail (source, position, number, name, code, text)";
    write.transaction.insert(into, rows).await
}

/// A measured value, divided into the columns of `fact`.
#[derive(Default)]
struct StoredValue<'a> {
    comparator: Option<&'a str>,
    number: Option<&'a str>,
    unit: Option<&'a str>,
    code: Option<&'a str>,
    text: Option<&'a str>,
}

impl<'a> StoredValue<'a> {
    fn of(value: Option<&'a MeasuredValue>) -> Self {
        match value {
            None => Self::default(),
            Some(MeasuredValue::Quantity { comparator, number, unit }) => Self {
                comparator: comparator.map(Comparator::as_str),
                number: Some(number),
                unit: Some(unit),
                ..Self::default()
            },
            Some(MeasuredValue::Coded { code, label }) => Self {
                code: Some(code),
                text: Some(label),
                ..Self::default()
            },
            Some(MeasuredValue::Text(text)) => Self {
                text: Some(text),
                ..Self::default()
            },
        }
    }
}
