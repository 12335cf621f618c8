//! What one institution stated about a participant, read for its return to that institution.

use std::collections::{BTreeSet, HashMap};

use gemj_access::{OperatorRead, OperatorReadAction};
use gemj_model::{DatasetId, Fact, FactDetail, Ordinal, PartialDate, Sex, SiteId, SpecimenId, SpecimenStatement, SpecimenStep, Timestamp};

use crate::audit::operation::append_read;
use crate::beacon_records::{RecordedPerson, detail_of, fact_of, later, step_of};
use crate::catalogue::Catalogue;
use crate::database::{Row, Transaction, Value};
use crate::disclosures::ordinal_of;
use crate::error::CatalogueError;
use crate::write::lock_state;

/// What the current units of one institution state about a participant in a dataset. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct SentCase {
    /// The sex, the month of birth, the ages and the facts that the institution stated. A value that only another institution stated is absent or unknown.
    pub person: RecordedPerson,
    /// The specimens that the institution stated, each once. If several units state a value, the value of the latest unit counts.
    pub specimens: Vec<SpecimenStatement>,
    /// The number of units of the institution.
    pub units: u64,
    /// The number of units of other institutions.
    pub units_of_others: u64,
    /// The number of units whose institution is not known, because they were stored before the gateway recorded it.
    pub units_of_unknown: u64,
}

impl std::fmt::Debug for SentCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SentCase(..)")
    }
}

impl Catalogue {
    /// What the current units that an institution sent state about a participant in a dataset, for the operator. The caller has decided with the consent
    /// at `epoch`. Absent if the epoch has moved since: then nothing is read, and the caller decides again.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a key of another action; [`CatalogueError::NotFound`] if no participant has the id of the key; the database does
    /// not answer or cannot be read. Without an audit row nothing is returned.
    pub async fn sent_case(
        &self,
        read: &OperatorRead,
        dataset: &DatasetId,
        site: &SiteId,
        epoch: u64,
        now: Timestamp,
    ) -> Result<Option<SentCase>, CatalogueError> {
        if read.action() != OperatorReadAction::ExportFacts {
            return Err(CatalogueError::WrongKey);
        }
        let mut transaction = self.database.begin_write().await?;
        let state = lock_state(&mut transaction).await?;
        if state.epoch != epoch {
            return Ok(None);
        }
        let ordinal = ordinal_of(&mut transaction, read.participant()).await?;
        append_read(&mut transaction, now, read, ordinal, state.epoch).await?;
        let ordinal = ordinal.ok_or(CatalogueError::NotFound { what: "participant" })?;
        let mut of = Of {
            transaction,
            dataset,
            site,
            ordinal,
        };
        let mut case = SentCase {
            person: of.person().await?,
            specimens: of.specimens().await?,
            units: 0,
            units_of_others: 0,
            units_of_unknown: 0,
        };
        of.count_units(&mut case).await?;
        of.transaction.commit().await?;
        Ok(Some(case))
    }
}

/// The condition of the current units of an institution, with the arguments of [`Of::arguments`].
macro_rules! current {
    ($select:literal, $order:literal) => {
        concat!(
            $select,
            " WHERE s.dataset = $1 AND s.ordinal = $2 AND s.site = $3 AND s.retired = FALSE ORDER BY ",
            $order
        )
    };
}

/// A participant in a dataset, as one institution stated the participant.
struct Of<'a> {
    transaction: Transaction,
    dataset: &'a DatasetId,
    site: &'a SiteId,
    ordinal: Ordinal,
}

impl Of<'_> {
    fn arguments(&self) -> Vec<Value> {
        vec![self.dataset.as_str().into(), self.ordinal.0.into(), self.site.as_str().into()]
    }

    async fn rows(&mut self, sql: &'static str) -> Result<Vec<Row>, CatalogueError> {
        let arguments = self.arguments();
        self.transaction.fetch_all(sql, arguments).await
    }

    async fn person(&mut self) -> Result<RecordedPerson, CatalogueError> {
        let (mut sexes, mut born, mut ages) = (BTreeSet::new(), None, Vec::new());
        let units = current!("SELECT s.sex, s.born, s.age_at_last_encounter FROM fact_source s", "s.id");
        for row in self.rows(units).await? {
            sexes.insert(row.text(0, "sex")?);
            let stated: Option<PartialDate> = row.maybe_parsed(1, "born", PartialDate::parse)?;
            // The most precise date counts. Stored dates of one participant agree with each other.
            if let Some(stated) = stated
                && born
                    .as_ref()
                    .is_none_or(|known: &PartialDate| known.as_str().len() <= stated.as_str().len())
            {
                born = Some(stated);
            }
            ages.extend(row.maybe_text(2, "age")?);
        }
        sexes.remove(Sex::Unknown.as_str());
        let sex = match sexes.first().filter(|_| sexes.len() == 1) {
            Some(only) => Sex::parse(only).ok_or(CatalogueError::Corrupt { what: "sex" })?,
            None => Sex::Unknown,
        };
        Ok(RecordedPerson {
            ordinal: self.ordinal,
            sex,
            born,
            ages,
            facts: self.facts().await?,
        })
    }

    async fn facts(&mut self) -> Result<Vec<Fact>, CatalogueError> {
        let details = current!(
            "SELECT d.source, d.position, d.name, d.code, d.text FROM fact_detail d JOIN fact_source s ON s.id = d.source",
            "d.source, d.position, d.number"
        );
        let mut of: HashMap<(i64, i64), Vec<FactDetail>> = HashMap::new();
        for row in self.rows(details).await? {
            let at = (row.int(0, "source")?, row.int(1, "position")?);
            of.entry(at).or_default().push(detail_of(&row)?);
        }
        let facts = current!(
            "SELECT f.ordinal, f.kind, f.code, f.label, f.status, f.onset, f.comparator, f.number, f.unit, f.value_code, f.value_text, f.observed, \
             f.source, f.position FROM fact f JOIN fact_source s ON s.id = f.source",
            "f.source, f.position"
        );
        let mut found = Vec::new();
        for row in self.rows(facts).await? {
            let at = (row.int(12, "source")?, row.int(13, "position")?);
            let details = of.remove(&at).unwrap_or_default();
            found.push(Fact { details, ..fact_of(&row)? });
        }
        Ok(found)
    }

    async fn specimens(&mut self) -> Result<Vec<SpecimenStatement>, CatalogueError> {
        let steps = current!(
            "SELECT t.source, t.position, t.kind, t.code, t.label, t.time FROM specimen_step t JOIN fact_source s ON s.id = t.source",
            "t.source, t.position, t.number"
        );
        let mut of: HashMap<(i64, i64), Vec<SpecimenStep>> = HashMap::new();
        for row in self.rows(steps).await? {
            let at = (row.int(0, "source")?, row.int(1, "position")?);
            of.entry(at).or_default().push(step_of(&row)?);
        }
        let statements = current!(
            "SELECT t.source, t.position, t.specimen, t.kind_code, t.kind_label, t.collected, t.body_site, t.storage, p.id \
             FROM specimen_statement t JOIN fact_source s ON s.id = t.source LEFT JOIN specimen p ON p.id = t.parent AND p.ordinal = s.linked",
            "t.source, t.position"
        );
        let mut found: Vec<SpecimenStatement> = Vec::new();
        let mut places: HashMap<SpecimenId, usize> = HashMap::new();
        for row in self.rows(statements).await? {
            let id = row.parsed(2, "specimen", SpecimenId::parse)?;
            let at = *places.entry(id.clone()).or_insert(found.len());
            if at == found.len() {
                found.push(SpecimenStatement {
                    id,
                    kind_code: String::new(),
                    kind_label: String::new(),
                    collected: None,
                    body_site: None,
                    storage: None,
                    parent: None,
                    steps: Vec::new(),
                });
            }
            let Some(specimen) = found.get_mut(at) else { continue };
            let (code, label) = (row.text(3, "specimen kind")?, row.text(4, "specimen kind")?);
            // The code and the label of one unit belong together.
            if !code.is_empty() || (!label.is_empty() && specimen.kind_code.is_empty()) {
                (specimen.kind_code, specimen.kind_label) = (code, label);
            }
            later(&mut specimen.collected, row.maybe_parsed(5, "collected", PartialDate::parse)?);
            later(&mut specimen.body_site, row.maybe_text(6, "body site")?);
            later(&mut specimen.storage, row.maybe_text(7, "storage")?);
            later(&mut specimen.parent, row.maybe_parsed(8, "specimen", SpecimenId::parse)?);
            if let Some(steps) = of.remove(&(row.int(0, "source")?, row.int(1, "position")?)) {
                specimen.steps = steps;
            }
        }
        Ok(found)
    }

    /// Counts the current units, apart from units that their institution stated as void.
    async fn count_units(&mut self, case: &mut SentCase) -> Result<(), CatalogueError> {
        let sql = "SELECT s.site, COUNT(*) FROM fact_source s WHERE s.dataset = $1 AND s.ordinal = $2 AND s.retired = FALSE \
                   AND s.sha256 NOT LIKE 'void:%' GROUP BY s.site";
        let arguments = vec![self.dataset.as_str().into(), self.ordinal.0.into()];
        for row in self.transaction.fetch_all(sql, arguments).await? {
            let count = row.count(1, "units")?;
            match row.text(0, "site")?.as_str() {
                "" => case.units_of_unknown += count,
                site if site == self.site.as_str() => case.units += count,
                _ => case.units_of_others += count,
            }
        }
        Ok(())
    }
}
