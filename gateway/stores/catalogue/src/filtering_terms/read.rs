//! Reading what is stored of a dataset's people: of all, or of some.

use gemj_model::DatasetId;

use super::TermKind;
use super::index::Gathered;
use crate::database::{MAX_PARAMETERS, Row, Transaction, Value, placeholders};
use crate::error::CatalogueError;

/// How many ordinals are read at once.
const PAGE: i64 = 4_096;

const KINDS: [(TermKind, &str); 3] = [
    (TermKind::Phenotype, "phenotype"),
    (TermKind::Disease, "disease"),
    (TermKind::Measurement, "measurement"),
];

const SPECIMENS: &str = "SELECT f.ordinal, s.kind_code, s.kind_label, s.body_site FROM specimen_statement s \
                         JOIN fact_source f ON f.id = s.source WHERE f.dataset = $1 AND f.retired = FALSE";

/// Everything of a dataset.
pub(super) async fn all(snapshot: &mut Transaction, dataset: &DatasetId) -> Result<Gathered, CatalogueError> {
    let mut gathered = Gathered::default();
    let last = "SELECT COALESCE(MAX(ordinal), -1) FROM membership WHERE dataset = $1";
    let last = snapshot.fetch_first(last, vec![dataset.as_str().into()]).await?;
    let last = last.ok_or(CatalogueError::Corrupt { what: "membership" })?.int(0, "ordinal")?;
    for (kind, word) in KINDS {
        let sql = "SELECT ordinal, code, label FROM fact \
                   WHERE dataset = $1 AND kind = $2 AND ordinal >= $3 AND ordinal < $4 AND status = 'present' ORDER BY ordinal";
        let mut first = 0;
        while first <= last {
            let arguments: Vec<Value> = vec![dataset.as_str().into(), word.into(), first.into(), (first + PAGE).into()];
            for row in snapshot.fetch_all(sql, arguments).await? {
                add_fact(&mut gathered, kind, &row)?;
            }
            first += PAGE;
            // Others have their turn between pages.
            tokio::task::yield_now().await;
        }
    }
    for row in snapshot.fetch_all(SPECIMENS, vec![dataset.as_str().into()]).await? {
        add_specimen(&mut gathered, &row)?;
    }
    Ok(gathered)
}

/// Everything of some people of a dataset.
pub(super) async fn of_people(snapshot: &mut Transaction, dataset: &DatasetId, people: &[u32]) -> Result<Gathered, CatalogueError> {
    let mut gathered = Gathered::default();
    for chunk in people.chunks(MAX_PARAMETERS - 2) {
        let ordinals = || chunk.iter().map(|ordinal| Value::from(*ordinal));
        for (kind, word) in KINDS {
            let sql = format!(
                "SELECT ordinal, code, label FROM fact WHERE dataset = $1 AND kind = $2 AND status = 'present' AND ordinal IN ({})",
                placeholders(3, chunk.len())
            );
            let arguments = [Value::from(dataset.as_str()), Value::from(word)].into_iter().chain(ordinals());
            for row in snapshot.fetch_all_of(sql, arguments.collect()).await? {
                add_fact(&mut gathered, kind, &row)?;
            }
        }
        let sql = format!("{SPECIMENS} AND f.ordinal IN ({})", placeholders(2, chunk.len()));
        let arguments = std::iter::once(Value::from(dataset.as_str())).chain(ordinals());
        for row in snapshot.fetch_all_of(sql, arguments.collect()).await? {
            add_specimen(&mut gathered, &row)?;
        }
    }
    Ok(gathered)
}

fn add_fact(gathered: &mut Gathered, kind: TermKind, row: &Row) -> Result<(), CatalogueError> {
    gathered.add(kind, row.text(1, "code")?, row.text(2, "label")?, row.ordinal(0)?.0);
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
