//! What was stated of a Grant's participants, value by value, for filters that compare.

use std::collections::BTreeMap;

use gemj_access::Grant;
use gemj_model::fact::{Comparator, FactKind};
use gemj_model::{DatasetId, Ordinal, PartialDate};
use roaring::RoaringBitmap;

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Row, Value, placeholders};
use crate::error::CatalogueError;

/// How many ordinals are read at once: what bounds the memory of one question.
const PAGE: u32 = 4_096;

/// One present fact, as it was received.
#[derive(Clone, PartialEq, Eq)]
pub struct StatedFact {
    /// Whose it is.
    pub ordinal: Ordinal,
    /// The code as a CURIE.
    pub code: String,
    /// The label; empty where none came.
    pub label: String,
    /// The onset; absent where none came.
    pub onset: Option<String>,
    /// The bound of the number; absent where the number is the value itself.
    pub comparator: Option<Comparator>,
    /// The decimal number measured; absent for other values.
    pub number: Option<String>,
    /// Its unit; empty where none came, absent without a number.
    pub unit: Option<String>,
    /// The coded result; absent for other values.
    pub value_code: Option<String>,
    /// The label of a coded result, or a result in words; absent for other values.
    pub value_text: Option<String>,
}

impl std::fmt::Debug for StatedFact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StatedFact(..)")
    }
}

/// What is known of one participant's age when last seen.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StatedAge {
    /// The ages that units stated, as received, in the order they were taken in.
    pub stated: Vec<String>,
    /// When born, to the month at most; absent where no feed said.
    pub born: Option<PartialDate>,
    /// The last date at which anything was observed; absent where no fact has one.
    pub last_observed: Option<PartialDate>,
}

impl std::fmt::Debug for StatedAge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StatedAge(..)")
    }
}

impl Catalogue {
    /// Shows every present fact of a kind of the Grant's participants of a dataset, in order of participants; only those of these codes, where
    /// codes are given. Everything is read from one snapshot, a page of participants at a time.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn visit_facts(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        kind: FactKind,
        codes: Option<&[String]>,
        mut visit: impl FnMut(StatedFact),
    ) -> Result<(), CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(());
        };
        let people = granted.participants();
        let mut snapshot = self.database.begin_snapshot().await?;
        // One question holds the page's two ends, the dataset and the kind beside the codes.
        let chunks: Vec<Option<&[String]>> = match codes {
            None => vec![None],
            Some(codes) => codes.chunks(MAX_PARAMETERS - 4).map(Some).collect(),
        };
        for (first, last) in pages(people) {
            for chunk in &chunks {
                let only = chunk.map_or_else(String::new, |codes| format!(" AND code IN ({})", placeholders(5, codes.len())));
                let sql = format!(
                    "SELECT ordinal, code, label, onset, comparator, number, unit, value_code, value_text FROM fact \
                     WHERE dataset = $1 AND kind = $2 AND ordinal >= $3 AND ordinal <= $4 AND status = 'present'{only} ORDER BY ordinal"
                );
                let mut arguments: Vec<Value> = vec![dataset.as_str().into(), kind.as_str().into(), first.into(), last.into()];
                // No stored code has a NUL character, and PostgreSQL refuses to be asked for one.
                let wanted = chunk.iter().flat_map(|codes| codes.iter());
                arguments.extend(wanted.map(|code| Value::from(if code.contains('\0') { "" } else { code.as_str() })));
                for row in snapshot.fetch_all_of(sql, arguments).await? {
                    let fact = fact(&row)?;
                    if people.contains(fact.ordinal.0) {
                        visit(fact);
                    }
                }
            }
            // Others have their turn between pages.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// What is known of the ages of the Grant's participants of a dataset; only of those of whom anything is.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn stated_ages(&self, grant: &Grant, dataset: &DatasetId) -> Result<BTreeMap<Ordinal, StatedAge>, CatalogueError> {
        let mut ages: BTreeMap<Ordinal, StatedAge> = BTreeMap::new();
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(ages);
        };
        let people = granted.participants();
        let mut snapshot = self.database.begin_snapshot().await?;
        let stated = "SELECT ordinal, age_at_last_encounter FROM fact_source \
                      WHERE dataset = $1 AND retired = FALSE AND age_at_last_encounter IS NOT NULL ORDER BY id";
        for row in snapshot.fetch_all(stated, vec![dataset.as_str().into()]).await? {
            let ordinal = row.ordinal(0)?;
            if people.contains(ordinal.0) {
                ages.entry(ordinal).or_default().stated.push(row.text(1, "age")?);
            }
        }
        // A date stands for itself and everything finer: the last one as text is the last.
        let seen = "SELECT p.ordinal, p.born, MAX(f.observed) FROM fact f JOIN participant p ON p.ordinal = f.ordinal \
                    WHERE f.dataset = $1 AND f.observed IS NOT NULL AND p.born IS NOT NULL GROUP BY p.ordinal, p.born";
        for row in snapshot.fetch_all(seen, vec![dataset.as_str().into()]).await? {
            let ordinal = row.ordinal(0)?;
            if people.contains(ordinal.0) {
                let age = ages.entry(ordinal).or_default();
                age.born = row.maybe_parsed(1, "date of birth", PartialDate::parse)?;
                age.last_observed = row.maybe_parsed(2, "date", PartialDate::parse)?;
            }
        }
        Ok(ages)
    }

    /// The Grant's participants of a dataset of whom a specimen of one of these kinds, or from one of these sites of the body, is stated.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn participants_with_specimen(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        codes: &[String],
    ) -> Result<RoaringBitmap, CatalogueError> {
        let mut found = RoaringBitmap::new();
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(found);
        };
        for chunk in codes.chunks((MAX_PARAMETERS - 1) / 2) {
            let sql = format!(
                "SELECT DISTINCT f.ordinal FROM specimen_statement s JOIN fact_source f ON f.id = s.source \
                 WHERE f.dataset = $1 AND f.retired = FALSE AND (s.kind_code IN ({}) OR s.body_site IN ({}))",
                placeholders(2, chunk.len()),
                placeholders(2 + chunk.len(), chunk.len())
            );
            let wanted = || chunk.iter().map(|code| if code.contains('\0') { "" } else { code.as_str() });
            let arguments = std::iter::once(dataset.as_str()).chain(wanted()).chain(wanted());
            for row in self.database.fetch_all_of(sql, arguments.map(Value::from).collect()).await? {
                found.insert(row.ordinal(0)?.0);
            }
        }
        Ok(found & granted.participants().as_ref())
    }
}

/// The first and last ordinals of pages that hold all of these people.
fn pages(people: &RoaringBitmap) -> Vec<(u32, u32)> {
    let (Some(min), Some(max)) = (people.min(), people.max()) else {
        return Vec::new();
    };
    (min / PAGE..=max / PAGE)
        .map(|page| (page * PAGE, (page * PAGE).saturating_add(PAGE - 1)))
        .filter(|(first, last)| people.range_cardinality(*first..=*last) > 0)
        .collect()
}

fn fact(row: &Row) -> Result<StatedFact, CatalogueError> {
    Ok(StatedFact {
        ordinal: row.ordinal(0)?,
        code: row.text(1, "code")?,
        label: row.text(2, "label")?,
        onset: row.maybe_text(3, "onset")?,
        comparator: row.maybe_parsed(4, "comparator", |text| Comparator::parse(text).ok_or(()))?,
        number: row.maybe_text(5, "number")?,
        unit: row.maybe_text(6, "unit")?,
        value_code: row.maybe_text(7, "value code")?,
        value_text: row.maybe_text(8, "value")?,
    })
}
