//! Reads the stored terms of a dataset, for all participants or for given participants.

use gemj_model::fact::{Comparator, FactStatus};
use gemj_model::{DatasetId, PartialDate};

use super::TermKind;
use super::index::Gathered;
use super::values::StatedValue;
use crate::code_tables::targets_of;
use crate::database::{MAX_PARAMETERS, Row, Transaction, Value, placeholders};
use crate::error::CatalogueError;

/// The number of participants (a range of ordinals) in one read.
const PAGE: i64 = 4_096;

const KINDS: [(TermKind, &str); 3] = [
    (TermKind::Phenotype, "phenotype"),
    (TermKind::Disease, "disease"),
    (TermKind::Measurement, "measurement"),
];

/// Facts of every status are read. A fact with another status than `present` also has a date, which counts for the date of the last observation.
const FACTS: &str = "SELECT ordinal, code, label, status, observed, onset, comparator, number, unit, value_code, value_text FROM fact \
                     WHERE dataset = $1 AND kind = $2";

const STATED_AGES: &str = "SELECT ordinal, age_at_last_encounter FROM fact_source \
                           WHERE dataset = $1 AND retired = FALSE AND age_at_last_encounter IS NOT NULL";

const BIRTHS: &str = "SELECT p.ordinal, p.born FROM membership m JOIN participant p ON p.ordinal = m.ordinal \
                      WHERE m.dataset = $1 AND p.born IS NOT NULL";

const SPECIMENS: &str = "SELECT f.ordinal, s.kind_code, s.kind_label, s.body_site FROM specimen_statement s \
                         JOIN fact_source f ON f.id = s.source WHERE f.dataset = $1 AND f.retired = FALSE";

/// Reads the stored facts, specimens, stated ages and dates of birth of all participants of a dataset.
pub(super) async fn all(snapshot: &mut Transaction, dataset: &DatasetId) -> Result<Gathered, CatalogueError> {
    let mut gathered = Gathered::default();
    let last = "SELECT COALESCE(MAX(ordinal), -1) FROM membership WHERE dataset = $1";
    let last = snapshot.fetch_first(last, vec![dataset.as_str().into()]).await?;
    let last = last.ok_or(CatalogueError::Corrupt { what: "membership" })?.int(0, "ordinal")?;
    for (kind, word) in KINDS {
        let sql = format!("{FACTS} AND ordinal >= $3 AND ordinal < $4 ORDER BY ordinal");
        let mut first = 0;
        while first <= last {
            let arguments: Vec<Value> = vec![dataset.as_str().into(), word.into(), first.into(), (first + PAGE).into()];
            for row in snapshot.fetch_all_of(sql.clone(), arguments).await? {
                add_fact(&mut gathered, kind, &row)?;
            }
            first += PAGE;
            // Lets other tasks run between two pages.
            tokio::task::yield_now().await;
        }
    }
    for row in snapshot.fetch_all(SPECIMENS, vec![dataset.as_str().into()]).await? {
        add_specimen(&mut gathered, &row)?;
    }
    let stated = format!("{STATED_AGES} ORDER BY id");
    for row in snapshot.fetch_all_of(stated, vec![dataset.as_str().into()]).await? {
        add_stated_age(&mut gathered, &row)?;
    }
    for row in snapshot.fetch_all(BIRTHS, vec![dataset.as_str().into()]).await? {
        add_birth(&mut gathered, &row)?;
    }
    add_targets(snapshot, &mut gathered).await?;
    Ok(gathered)
}

/// Adds the codes that follow from the codes of present facts by the code tables in use.
async fn add_targets(snapshot: &mut Transaction, gathered: &mut Gathered) -> Result<(), CatalogueError> {
    let targets = targets_of(snapshot, &gathered.codes()).await?;
    gathered.set_targets(targets);
    Ok(())
}

/// Reads the stored facts, specimens, stated ages and dates of birth of these participants of a dataset.
pub(super) async fn of_people(snapshot: &mut Transaction, dataset: &DatasetId, people: &[u32]) -> Result<Gathered, CatalogueError> {
    let mut gathered = Gathered::default();
    for chunk in people.chunks(MAX_PARAMETERS - 2) {
        let ordinals = || chunk.iter().map(|ordinal| Value::from(*ordinal));
        for (kind, word) in KINDS {
            let sql = format!("{FACTS} AND ordinal IN ({})", placeholders(3, chunk.len()));
            let arguments = [Value::from(dataset.as_str()), Value::from(word)].into_iter().chain(ordinals());
            for row in snapshot.fetch_all_of(sql, arguments.collect()).await? {
                add_fact(&mut gathered, kind, &row)?;
            }
        }
        let arguments = || std::iter::once(Value::from(dataset.as_str())).chain(ordinals()).collect();
        let these = placeholders(2, chunk.len());
        let sql = format!("{SPECIMENS} AND f.ordinal IN ({these})");
        for row in snapshot.fetch_all_of(sql, arguments()).await? {
            add_specimen(&mut gathered, &row)?;
        }
        let sql = format!("{STATED_AGES} AND ordinal IN ({these}) ORDER BY id");
        for row in snapshot.fetch_all_of(sql, arguments()).await? {
            add_stated_age(&mut gathered, &row)?;
        }
        let sql = format!("{BIRTHS} AND p.ordinal IN ({these})");
        for row in snapshot.fetch_all_of(sql, arguments()).await? {
            add_birth(&mut gathered, &row)?;
        }
    }
    add_targets(snapshot, &mut gathered).await?;
    Ok(gathered)
}

fn add_fact(gathered: &mut Gathered, kind: TermKind, row: &Row) -> Result<(), CatalogueError> {
    let person = row.ordinal(0)?.0;
    if let Some(observed) = row.maybe_parsed(4, "date", PartialDate::parse)? {
        // A date without a day or month covers all its days. As text it sorts before these days, so the greatest text is the last date.
        let last = &mut gathered.age_of(person).observed;
        *last = last.take().max(Some(observed));
    }
    if row.parsed(3, "status", |text| FactStatus::parse(text).ok_or(()))? != FactStatus::Present {
        return Ok(());
    }
    let value = StatedValue {
        onset: row.maybe_text(5, "onset")?,
        comparator: row.maybe_parsed(6, "comparator", |text| Comparator::parse(text).ok_or(()))?,
        number: row.maybe_text(7, "number")?,
        unit: row.maybe_text(8, "unit")?,
        value_code: row.maybe_text(9, "value code")?,
        value_text: row.maybe_text(10, "value")?,
    };
    let code = row.text(1, "code")?;
    gathered.add_value(kind, &code, value, person);
    gathered.add(kind, code, row.text(2, "label")?, person);
    Ok(())
}

fn add_stated_age(gathered: &mut Gathered, row: &Row) -> Result<(), CatalogueError> {
    let stated = row.text(1, "age")?;
    gathered.age_of(row.ordinal(0)?.0).stated.push(stated);
    Ok(())
}

fn add_birth(gathered: &mut Gathered, row: &Row) -> Result<(), CatalogueError> {
    gathered.age_of(row.ordinal(0)?.0).born = row.maybe_parsed(1, "date of birth", PartialDate::parse)?;
    Ok(())
}

fn add_specimen(gathered: &mut Gathered, row: &Row) -> Result<(), CatalogueError> {
    let person = row.ordinal(0)?.0;
    gathered.add(
        TermKind::Specimen,
        row.text(1, "specimen kind")?,
        row.text(2, "specimen kind")?,
        person,
    );
    if let Some(site) = row.maybe_text(3, "body site")? {
        gathered.add(TermKind::Specimen, site, String::new(), person);
    }
    Ok(())
}
