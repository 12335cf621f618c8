//! The statements that are withdrawn when a file is unloaded: the statements about participants that only the file's row in the sample sheet
//! made.
//!
//! * A participant's membership of the dataset ends if no other data of the participant is in the dataset.
//! * A sex or site is withdrawn if the unloaded file's row stated it and no row of another file states it. Cases, and files that were loaded
//!   before rows were stored, may have made the same statement without a record. If the participant has such data, the statement stays and is
//!   counted in the result for the operator.
//! * A family stays while the participant is a member of any dataset. A row without a family does not contradict the family. Without the
//!   family, relatives would count as unrelated: fewer real families would reach k, and protections of relatives would be lost. A row or case
//!   that names another family replaces the stored family if only an unloaded file named it ([`is_family_said`]). The family is withdrawn together
//!   with the participant's last membership, unless a case, or a file that was loaded before rows were stored, may have stated it.

use gemj_model::{ObjectId, Ordinal};

use crate::database::Value;
use crate::error::CatalogueError;
use crate::write::Write;

/// The result of unloading a file: the numbers of withdrawn statements, and of statements that an operator should check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// The number of memberships that ended.
    pub memberships: u64,
    /// The number of withdrawn statements of sex, family and site.
    pub statements: u64,
    /// The number of the file's participants who stay members of the dataset, because the dataset has other data of them. A participant with two
    /// columns whose rows differ counts twice.
    pub still_members: u64,
    /// The number of statements that stay because other data may have made them too. Also counts the families of participants who stay members
    /// of a dataset.
    pub still_stated: u64,
}

/// A sample column with a participant, and the family, sex and site that the column's row in the sample sheet stated.
struct Column {
    ordinal: Ordinal,
    said: [Option<String>; 3],
}

const FIELDS: [&str; 3] = ["family", "sex", "site"];

/// Withdraws the statements that only the file `object` made. The same write has already unloaded the file.
pub(super) async fn take_back(write: &mut Write, object: &ObjectId) -> Result<TakenBack, CatalogueError> {
    let sql = "SELECT DISTINCT s.ordinal, t.family, t.sex, t.site, o.dataset FROM object_sample s JOIN data_object o ON o.id = s.object \
               LEFT JOIN object_statement t ON t.object = s.object AND t.position = s.position \
               WHERE s.object = $1 AND s.ordinal IS NOT NULL ORDER BY s.ordinal";
    let rows = write.transaction.fetch_all(sql, vec![object.as_str().into()]).await?;
    let mut told = TakenBack::default();
    for row in rows {
        let column = Column {
            ordinal: row.ordinal(0)?,
            said: [
                row.maybe_text(1, "family")?,
                row.maybe_text(2, "sex")?.filter(|sex| sex != "unknown"),
                row.maybe_text(3, "site")?,
            ],
        };
        let dataset = row.text(4, "dataset")?;
        if is_else_in(write, column.ordinal, &dataset).await? {
            told.still_members += 1;
        } else {
            let epoch = write.policy_changes();
            let sql = "UPDATE membership SET ended = TRUE, epoch = $1 WHERE dataset = $2 AND ordinal = $3 AND NOT ended";
            let arguments = vec![epoch.into(), Value::Text(dataset), column.ordinal.0.into()];
            told.memberships += write.transaction.execute(sql, arguments).await?;
        }
        statements(write, &column, &mut told).await?;
    }
    Ok(told)
}

/// Whether a dataset contains any data of a participant: a file that is not unloaded, or facts of a current case.
pub(crate) async fn is_else_in(write: &mut Write, ordinal: Ordinal, dataset: &str) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM object_sample s JOIN data_object o ON o.id = s.object \
               WHERE s.ordinal = $1 AND o.dataset = $2 AND o.status <> 'unloaded' \
               UNION ALL SELECT 1 FROM fact_source f WHERE f.ordinal = $1 AND f.dataset = $2 AND NOT f.retired";
    let arguments = vec![ordinal.0.into(), dataset.into()];
    Ok(write.transaction.fetch_first(sql, arguments).await?.is_some())
}

/// Withdraws those statements of a column's row that no other data made.
async fn statements(write: &mut Write, column: &Column, told: &mut TakenBack) -> Result<(), CatalogueError> {
    let person = || vec![Value::from(column.ordinal.0)];
    let unknown = is_said_by_what_kept_no_rows(write, column.ordinal).await?;
    let sql = "SELECT 1 FROM membership WHERE ordinal = $1 AND NOT ended";
    let is_member = write.transaction.fetch_first(sql, person()).await?.is_some();
    let sql = "SELECT t.family, t.sex, t.site FROM object_statement t JOIN object_sample s ON s.object = t.object AND s.position = t.position \
               JOIN data_object o ON o.id = t.object WHERE s.ordinal = $1 AND o.status <> 'unloaded'";
    let others = write.transaction.fetch_all(sql, person()).await?;
    let sql = "SELECT family, sex, site FROM participant WHERE ordinal = $1";
    let stands = write.transaction.fetch_first(sql, person()).await?;
    let stands = stands.ok_or(CatalogueError::Corrupt { what: "participant" })?;
    for (place, field) in FIELDS.into_iter().enumerate() {
        let Some(standing) = stands.maybe_text(place, field)? else {
            continue;
        };
        let is_family = field == "family";
        // The stored family may come from another file that is already unloaded. It is withdrawn with the last membership.
        let goes_with_the_last = is_family && !is_member;
        let said = column.said.get(place).and_then(Option::as_ref);
        if said != Some(&standing) && !goes_with_the_last {
            continue;
        }
        let mut again = false;
        for other in &others {
            again |= other.maybe_text(place, field)?.as_ref() == Some(&standing);
        }
        if again {
            continue;
        }
        if unknown || (is_family && is_member) {
            told.still_stated += 1;
            continue;
        }
        let epoch = write.policy_changes();
        let sql = match place {
            0 => "UPDATE participant SET family = NULL, epoch = $1 WHERE ordinal = $2",
            1 => "UPDATE participant SET sex = 'unknown', enrolled_sex = 'unknown', epoch = $1 WHERE ordinal = $2",
            _ => "UPDATE participant SET site = NULL, epoch = $1 WHERE ordinal = $2",
        };
        let arguments = vec![epoch.into(), column.ordinal.0.into()];
        told.statements += write.transaction.execute(sql, arguments).await?;
    }
    Ok(())
}

/// Whether a participant has data that may have made any statement without a record: a case, or a file whose row was not stored.
async fn is_said_by_what_kept_no_rows(write: &mut Write, ordinal: Ordinal) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM fact_source f WHERE f.ordinal = $1 \
               UNION ALL SELECT 1 FROM object_sample s JOIN data_object o ON o.id = s.object \
               WHERE s.ordinal = $1 AND o.status <> 'unloaded' \
               AND NOT EXISTS (SELECT 1 FROM object_statement t WHERE t.object = s.object AND t.position = s.position)";
    Ok(write.transaction.fetch_first(sql, vec![ordinal.0.into()]).await?.is_some())
}

/// Whether the row of a loaded file names a participant's stored family, or a case or a file without a stored row may have named it. If not, only
/// an unloaded file named the family, and a new statement may replace it.
pub(crate) async fn is_family_said(write: &mut Write, ordinal: Ordinal) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM object_statement t JOIN object_sample s ON s.object = t.object AND s.position = t.position \
               JOIN data_object o ON o.id = t.object JOIN participant p ON p.ordinal = s.ordinal \
               WHERE s.ordinal = $1 AND o.status <> 'unloaded' AND t.family = p.family";
    let is_said = write.transaction.fetch_first(sql, vec![ordinal.0.into()]).await?.is_some();
    Ok(is_said || is_said_by_what_kept_no_rows(write, ordinal).await?)
}
