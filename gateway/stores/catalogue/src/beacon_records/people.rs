//! Participants for Beacon answers, with the data that current sources state about them. A source is one unit of a feed. The source is current
//! until a newer version of the unit replaces it.

use std::collections::{BTreeMap, HashMap};

use gemj_access::Grant;
use gemj_model::fact::{Comparator, FactKind, FactStatus};
use gemj_model::{DatasetId, DetailName, Fact, FactDetail, MeasuredValue, Ordinal, PartialDate, Sex};
use roaring::RoaringBitmap;

use super::part::Part;
use crate::catalogue::Catalogue;
use crate::database::{Row, Value};
use crate::error::CatalogueError;

/// A participant, with the data that the dataset's current sources state.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordedPerson {
    /// The ordinal of the participant.
    pub ordinal: Ordinal,
    /// The participant's registered sex.
    pub sex: Sex,
    /// The date of birth, at most to the month; absent if no feed stated the date.
    pub born: Option<PartialDate>,
    /// The participant's age at the last encounter, as each source stated it.
    pub ages: Vec<String>,
    /// The facts about the participant and the family, of every kind and status, in the order of ingestion.
    pub facts: Vec<Fact>,
}

impl std::fmt::Debug for RecordedPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecordedPerson(..)")
    }
}

impl Catalogue {
    /// The given participants that the Grant covers in a dataset, in order of ordinal, with the data that the dataset's current
    /// sources state.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn recorded_people(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        people: &RoaringBitmap,
    ) -> Result<Vec<RecordedPerson>, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(Vec::new());
        };
        let people = people & granted.participants().as_ref();
        let mut found: BTreeMap<u32, RecordedPerson> = BTreeMap::new();
        let mut snapshot = self.database.begin_snapshot().await?;
        for part in Part::of(&people) {
            let sql = format!("SELECT ordinal, sex, born FROM participant WHERE {}", part.condition("ordinal", 1));
            for row in snapshot.fetch_all_of(sql, part.arguments()).await? {
                let ordinal = row.ordinal(0)?;
                if people.contains(ordinal.0) {
                    let person = RecordedPerson {
                        ordinal,
                        sex: row.parsed(1, "sex", |text| Sex::parse(text).ok_or(()))?,
                        born: row.maybe_parsed(2, "born", PartialDate::parse)?,
                        ages: Vec::new(),
                        facts: Vec::new(),
                    };
                    found.insert(ordinal.0, person);
                }
            }
            let arguments = || -> Vec<Value> { std::iter::once(dataset.as_str().into()).chain(part.arguments()).collect() };
            let sql = format!(
                "SELECT ordinal, age_at_last_encounter FROM fact_source \
                 WHERE dataset = $1 AND retired = FALSE AND age_at_last_encounter IS NOT NULL AND {} ORDER BY id",
                part.condition("ordinal", 2)
            );
            for row in snapshot.fetch_all_of(sql, arguments()).await? {
                if let Some(person) = found.get_mut(&row.ordinal(0)?.0) {
                    person.ages.push(row.text(1, "age")?);
                }
            }
            let sql = format!(
                "SELECT f.ordinal, f.kind, f.code, f.label, f.status, f.onset, f.comparator, f.number, f.unit, f.value_code, f.value_text, \
                 f.observed, f.source, f.position FROM fact f JOIN fact_source s ON s.id = f.source \
                 WHERE f.dataset = $1 AND s.retired = FALSE AND {} \
                 ORDER BY f.ordinal, f.source, f.position",
                part.condition("f.ordinal", 2)
            );
            let rows = snapshot.fetch_all_of(sql, arguments()).await?;
            let sql = format!(
                "SELECT d.source, d.position, d.name, d.code, d.text FROM fact_detail d JOIN fact_source s ON s.id = d.source \
                 WHERE s.dataset = $1 AND s.retired = FALSE AND {} ORDER BY d.source, d.position, d.number",
                part.condition("s.ordinal", 2)
            );
            let mut details: HashMap<(i64, i64), Vec<FactDetail>> = HashMap::new();
            for row in snapshot.fetch_all_of(sql, arguments()).await? {
                details
                    .entry((row.int(0, "source")?, row.int(1, "position")?))
                    .or_default()
                    .push(detail_of(&row)?);
            }
            for row in rows {
                if let Some(person) = found.get_mut(&row.ordinal(0)?.0) {
                    let at = (row.int(12, "source")?, row.int(13, "position")?);
                    let details = details.remove(&at).unwrap_or_default();
                    person.facts.push(Fact { details, ..fact_of(&row)? });
                }
            }
        }
        Ok(found.into_values().collect())
    }
}

pub(crate) fn detail_of(row: &Row) -> Result<FactDetail, CatalogueError> {
    Ok(FactDetail {
        name: row.parsed(2, "detail", |text| DetailName::parse(text).ok_or(()))?,
        code: row.maybe_text(3, "detail code")?,
        text: row.text(4, "detail")?,
    })
}

/// The fact of a row of the columns that [`Catalogue::recorded_people`] reads, without its details.
pub(crate) fn fact_of(row: &Row) -> Result<Fact, CatalogueError> {
    let comparator = row.maybe_parsed(6, "comparator", |text| Comparator::parse(text).ok_or(()))?;
    let (number, unit) = (row.maybe_text(7, "number")?, row.maybe_text(8, "unit")?);
    let (code, text) = (row.maybe_text(9, "value code")?, row.maybe_text(10, "value")?);
    let value = match (number, code, text) {
        (Some(number), _, _) => Some(MeasuredValue::Quantity {
            comparator,
            number,
            unit: unit.unwrap_or_default(),
        }),
        (None, Some(code), label) => Some(MeasuredValue::Coded {
            code,
            label: label.unwrap_or_default(),
        }),
        (None, None, Some(text)) => Some(MeasuredValue::Text(text)),
        (None, None, None) => None,
    };
    Ok(Fact {
        kind: row.parsed(1, "kind of fact", |text| FactKind::parse(text).ok_or(()))?,
        code: row.text(2, "code")?,
        label: row.text(3, "label")?,
        status: row.parsed(4, "status of a fact", |text| FactStatus::parse(text).ok_or(()))?,
        onset: row.maybe_text(5, "onset")?,
        value,
        observed: row.maybe_parsed(11, "date", PartialDate::parse)?,
        details: Vec::new(),
    })
}
