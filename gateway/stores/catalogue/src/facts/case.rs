//! Ingestion of one case: one unit of a feed with all facts about one participant.

use gemj_access::{Mandate, WriteAction};
use gemj_model::fact::{CaseRecord, Committed, Comparator};
use gemj_model::{MeasuredValue, Ordinal, PartialDate};

use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;
use crate::filter_changes::facts_change;
use crate::interpretations::remove_interpretations;
use crate::observations::{add_observations, retire_pending};
use crate::participants::{Stated, enrol, register};
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
    /// # Errors
    /// [`CatalogueError::Conflict`] `sex`, `born`, `family`, `specimen` or `carriers` (an allele of another participant);
    /// [`CatalogueError::Invalid`] for text that cannot be stored.
    pub async fn commit_case(&self, mandate: &Mandate, record: &CaseRecord) -> Result<Committed, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        if record.carriers.iter().any(|c| c.participant != record.participant) {
            return Err(CatalogueError::Conflict { field: "carriers" });
        }
        let people = register(&mut write, &[Stated::of_case(record)]).await?;
        let ordinal = people.ordinals.get(&record.participant).copied();
        let ordinal = ordinal.ok_or(CatalogueError::Corrupt { what: "participant" })?;
        let outcome = match replace_earlier(&mut write, record, ordinal).await? {
            Earlier::Newer => {
                write.commit(self, mandate, record.dataset.as_str(), 0).await?;
                return Ok(Committed::Duplicate);
            }
            Earlier::Same(outcome @ (Committed::Duplicate | Committed::Superseded)) => return Ok(outcome),
            Earlier::Same(outcome) => outcome,
        };
        enrol(&mut write, &record.dataset, &[ordinal]).await?;
        let source = add_source(&mut write, record, ordinal, self.clock.now().0).await?;
        facts_change(&mut write, &record.dataset, ordinal).await?;
        add_facts(&mut write, record, source, ordinal).await?;
        add_statements(&mut write, source, ordinal, &record.specimens).await?;
        add_observations(&mut write, source, &record.dataset, ordinal, &record.carriers).await?;
        let rows = record.facts.len() + record.carriers.len() + record.specimens.len();
        write.commit(self, mandate, record.dataset.as_str(), rows as u64).await?;
        Ok(outcome)
    }
}

/// What the stored versions of a unit mean for a new case.
enum Earlier {
    /// The case is new, a replacement, a duplicate or superseded.
    Same(Committed),
    /// The case is a duplicate with a newer version. The version of the stored source was changed.
    Newer,
}

/// Retires the sources that the new case replaces.
async fn replace_earlier(write: &mut Write, record: &CaseRecord, ordinal: Ordinal) -> Result<Earlier, CatalogueError> {
    let sql = "SELECT id, profile, sha256, mapping_version, unit, version, ordinal FROM fact_source \
               WHERE dataset = $1 AND retired = FALSE AND (ordinal = $2 OR (unit IN ($3, $4) AND unit <> ''))";
    let new = &record.source;
    let arguments = vec![
        record.dataset.as_str().into(),
        ordinal.0.into(),
        Value::outside(&new.unit, "unit")?,
        Value::outside(new.earlier_unit.as_deref().unwrap_or(&new.unit), "unit")?,
    ];
    let mut replaced = Vec::new();
    for row in write.transaction.fetch_all(sql, arguments).await? {
        let same_profile = row.text(1, "profile")? == new.profile;
        let same_bytes = row.text(2, "sha256")? == new.sha256;
        let same_mapping = row.text(3, "mapping version")? == new.mapping_version;
        let unit = row.text(4, "unit")?;
        let same_person = row.ordinal(6)? == ordinal;
        // The earlier name does not contain the site. Another hospital's patient can have it.
        let same_unit = unit == new.unit || (Some(&unit) == new.earlier_unit.as_ref() && same_person);
        // The name of a unit contains the format, the site and the namespace, so it identifies the unit whatever the profile is called. Units without
        // names are those of a profile.
        let is_named = !unit.is_empty();
        if same_bytes && same_unit && same_person && (same_mapping || (!is_named && !same_profile)) {
            let version = row.text(5, "version")?;
            if new.version > version {
                // The same content is also that of the newer version. An export between the two, which arrives later, must not replace it.
                let sql = "UPDATE fact_source SET version = $2 WHERE id = $1";
                let arguments = vec![row.int(0, "source")?.into(), Value::outside(&new.version, "version")?];
                write.transaction.execute(sql, arguments).await?;
                return Ok(Earlier::Newer);
            }
            return Ok(Earlier::Same(Committed::Duplicate));
        }
        // An earlier version of a profile may have delivered units without names, one for each participant. The participant's first named unit
        // replaces the unnamed unit.
        let is_unnamed = unit.is_empty() && same_person;
        if (is_named && same_unit) || (same_profile && is_unnamed) {
            let version = row.text(5, "version")?;
            if !version.is_empty() && !new.version.is_empty() && version > new.version {
                return Ok(Earlier::Same(Committed::Superseded));
            }
            replaced.push((row.int(0, "source")?, row.ordinal(6)?));
        }
    }
    let outcome = if replaced.is_empty() { Committed::New } else { Committed::Replaced };
    for (source, person) in replaced {
        // An earlier version of a named unit may have concerned another participant.
        if person != ordinal {
            facts_change(write, &record.dataset, person).await?;
        }
        write
            .transaction
            .execute("DELETE FROM fact WHERE source = $1", vec![source.into()])
            .await?;
        let statements = "DELETE FROM specimen_statement WHERE source = $1";
        write.transaction.execute(statements, vec![source.into()]).await?;
        let retire = "UPDATE fact_source SET retired = TRUE WHERE id = $1";
        write.transaction.execute(retire, vec![source.into()]).await?;
        retire_pending(write, source).await?;
        remove_interpretations(write, source).await?;
        write.manifest_changes();
    }
    Ok(Earlier::Same(outcome))
}

async fn add_source(write: &mut Write, record: &CaseRecord, ordinal: Ordinal, recorded: i64) -> Result<i64, CatalogueError> {
    let last = "SELECT COALESCE(MAX(id), 0) FROM fact_source";
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
    ];
    let into = "fact_source (id, dataset, ordinal, profile, sha256, mapping_version, recorded, retired, unit, version, sex, born, \
                age_at_last_encounter)";
    write.transaction.insert(into, [row]).await?;
    Ok(id)
}

async fn add_facts(write: &mut Write, record: &CaseRecord, source: i64, ordinal: Ordinal) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 15]> = Vec::with_capacity(record.facts.len());
    for (fact, position) in record.facts.iter().zip(0i64..) {
        let value = Stored::of(fact.value.as_ref());
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
    write.transaction.insert(into, rows).await
}

/// A measured value, divided into the columns of `fact`.
#[derive(Default)]
struct Stored<'a> {
    comparator: Option<&'a str>,
    number: Option<&'a str>,
    unit: Option<&'a str>,
    code: Option<&'a str>,
    text: Option<&'a str>,
}

impl<'a> Stored<'a> {
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
