//! What is taken back when a file is taken out: what its row of a sheet alone said of people.
//!
//! A membership goes where nothing else of the person is in the dataset; a sex or site where the row said it and nothing else that is there did.
//! Where something that is there may have said it too and there is no telling (cases and files loaded before rows were kept say what they say without
//! a record of it), it stays, and the operator is told.
//!
//! A family stays with whoever stays a member of any dataset. A row that names none says nothing against it, and without it relatives would count as
//! strangers: k would be reached by fewer families, and what is owed to a relative would leave. It is changed by a row or a case that names another
//! where nothing that is there names it any more ([`is_family_said`]), and goes with its person's last membership.

use gemj_model::{ObjectId, Ordinal};

use crate::database::Value;
use crate::error::CatalogueError;
use crate::write::Write;

/// What was taken back, and what stays for somebody to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Memberships that ended.
    pub memberships: u64,
    /// Statements of sex, family and site that were withdrawn.
    pub statements: u64,
    /// Columns of people who stay members of the dataset, since there is more of them in it.
    pub still_members: u64,
    /// Statements of the row that stay, since something else may have said them too; and families of people who stay members of some dataset.
    pub still_stated: u64,
}

/// One column with an owner, and what its row said.
struct Column {
    ordinal: Ordinal,
    said: [Option<String>; 3],
}

const FIELDS: [&str; 3] = ["family", "sex", "site"];

/// Takes back what `object`, which is unloaded in this write already, alone said.
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

/// Whether anything of a person is in a dataset: a file, a case, facts of one.
async fn is_else_in(write: &mut Write, ordinal: Ordinal, dataset: &str) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM object_sample s JOIN data_object o ON o.id = s.object \
               WHERE s.ordinal = $1 AND o.dataset = $2 AND o.status <> 'unloaded' \
               UNION ALL SELECT 1 FROM fact_source f WHERE f.ordinal = $1 AND f.dataset = $2 AND NOT f.retired";
    let arguments = vec![ordinal.0.into(), dataset.into()];
    Ok(write.transaction.fetch_first(sql, arguments).await?.is_some())
}

/// Withdraws what nothing else said.
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
        // A family may have outlived the row that named it.
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
            1 => "UPDATE participant SET sex = 'unknown', epoch = $1 WHERE ordinal = $2",
            _ => "UPDATE participant SET site = NULL, epoch = $1 WHERE ordinal = $2",
        };
        let arguments = vec![epoch.into(), column.ordinal.0.into()];
        told.statements += write.transaction.execute(sql, arguments).await?;
    }
    Ok(())
}

/// Whether something of a person is there that may have said anything of them: cases, and files whose rows were not kept.
async fn is_said_by_what_kept_no_rows(write: &mut Write, ordinal: Ordinal) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM fact_source f WHERE f.ordinal = $1 \
               UNION ALL SELECT 1 FROM object_sample s JOIN data_object o ON o.id = s.object \
               WHERE s.ordinal = $1 AND o.status <> 'unloaded' \
               AND NOT EXISTS (SELECT 1 FROM object_statement t WHERE t.object = s.object AND t.position = s.position)";
    Ok(write.transaction.fetch_first(sql, vec![ordinal.0.into()]).await?.is_some())
}

/// Whether something that is there names a person's family, or may: else it stands since its file was taken out, and another may be named.
pub(crate) async fn is_family_said(write: &mut Write, ordinal: Ordinal) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM object_statement t JOIN object_sample s ON s.object = t.object AND s.position = t.position \
               JOIN data_object o ON o.id = t.object JOIN participant p ON p.ordinal = s.ordinal \
               WHERE s.ordinal = $1 AND o.status <> 'unloaded' AND t.family = p.family";
    let is_said = write.transaction.fetch_first(sql, vec![ordinal.0.into()]).await?.is_some();
    Ok(is_said || is_said_by_what_kept_no_rows(write, ordinal).await?)
}
