//! The rows of an audit chain and their hashes.

use gemj_model::Timestamp;
use sha2::{Digest, Sha256};

use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;

/// A SHA-256 hash.
pub(super) type Hash = [u8; 32];

/// The head of a chain: the sequence number and the hash of its last row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) sequence: u64,
    pub(super) hash: Hash,
}

impl Head {
    /// The head of a chain that has no rows yet.
    pub(super) fn genesis(chain: &str) -> Self {
        let mut hash = Sha256::new();
        field(&mut hash, b"gemj-audit-1");
        field(&mut hash, chain.as_bytes());
        Self {
            sequence: 0,
            hash: hash.finalize().into(),
        }
    }
}

/// One audit row as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChainRow {
    pub(super) sequence: u64,
    pub(super) recorded: Timestamp,
    pub(super) decision: String,
    pub(super) actor: String,
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) verdict: String,
    pub(super) rule: String,
    pub(super) approvals: String,
    pub(super) visas: String,
    pub(super) epoch: Option<i64>,
    pub(super) rows: Option<i64>,
    pub(super) bytes: Option<i64>,
    /// The hash over the rows of other tables (for example disclosures or consent events) that belong to this audit row. Absent if no other
    /// rows belong to it.
    pub(super) covers: Option<Vec<u8>>,
}

/// Adds a field to a hash, after the field's length. Therefore two different rows never have the same encoding.
fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn maybe(hash: &mut Sha256, value: Option<i64>) {
    match value {
        Some(value) => field(hash, &value.to_be_bytes()),
        None => field(hash, b""),
    }
}

impl ChainRow {
    /// The row's hash, which also covers the hash of the previous row.
    pub(super) fn hash(&self, previous: &Hash) -> Hash {
        self.hash_at(previous, self.sequence)
    }

    /// The hash that the row would have if its sequence number were `sequence`.
    pub(super) fn hash_at(&self, previous: &Hash, sequence: u64) -> Hash {
        let mut hash = Sha256::new();
        field(&mut hash, previous);
        field(&mut hash, &sequence.to_be_bytes());
        field(&mut hash, &self.recorded.0.to_be_bytes());
        for text in [
            &self.decision,
            &self.actor,
            &self.action,
            &self.resource,
            &self.verdict,
            &self.rule,
            &self.approvals,
            &self.visas,
        ] {
            field(&mut hash, text.as_bytes());
        }
        maybe(&mut hash, self.epoch);
        maybe(&mut hash, self.rows);
        maybe(&mut hash, self.bytes);
        // An absent value is not hashed at all. Rows that were written before this field existed therefore keep their hash.
        if let Some(covers) = &self.covers {
            field(&mut hash, covers);
        }
        hash.finalize().into()
    }

    fn values(&self, chain: &str, hash: &Hash) -> [Value; 16] {
        [
            chain.into(),
            Value::Int(self.sequence as i64),
            self.recorded.into(),
            plain(&self.decision),
            plain(&self.actor),
            plain(&self.action),
            plain(&self.resource),
            plain(&self.verdict),
            plain(&self.rule),
            plain(&self.approvals),
            plain(&self.visas),
            self.epoch.into(),
            self.rows.into(),
            self.bytes.into(),
            hash.to_vec().into(),
            self.covers.clone().into(),
        ]
    }

    /// Replaces every NUL character in the row's texts. PostgreSQL cannot store NUL, and every decision must be recorded, whatever text the row
    /// quotes.
    pub(super) fn storable(mut self) -> Self {
        for text in [
            &mut self.decision,
            &mut self.actor,
            &mut self.action,
            &mut self.resource,
            &mut self.verdict,
            &mut self.rule,
            &mut self.approvals,
            &mut self.visas,
        ] {
            if text.contains('\0') {
                *text = text.replace('\0', "\u{fffd}");
            }
        }
        self
    }
}

fn plain(text: &str) -> Value {
    text.into()
}

/// The columns of `audit_row` that `row_of` reads, in order.
pub(super) const ROW_COLUMNS: &str =
    "sequence, recorded, decision, actor, action, resource, verdict, rule, approvals, visas, epoch, row_count, byte_count, hash, covers";

/// Reads a row with the columns [`ROW_COLUMNS`]. Returns the row and its stored hash. A stored hash that does not have 32 bytes never equals a
/// computed hash.
pub(super) fn row_of(row: &Row) -> Result<(ChainRow, Vec<u8>), CatalogueError> {
    let what = "audit row";
    let read = ChainRow {
        sequence: row.count(0, what)?,
        recorded: row.time(1, what)?,
        decision: row.text(2, what)?,
        actor: row.text(3, what)?,
        action: row.text(4, what)?,
        resource: row.text(5, what)?,
        verdict: row.text(6, what)?,
        rule: row.text(7, what)?,
        approvals: row.text(8, what)?,
        visas: row.text(9, what)?,
        epoch: row.maybe_int(10, what)?,
        rows: row.maybe_int(11, what)?,
        bytes: row.maybe_int(12, what)?,
        covers: row.maybe_bytes(14, what)?,
    };
    Ok((read, row.bytes(13, what)?))
}

/// Appends rows to the chain whose last row is `head`, sets the rows' sequence numbers and updates the stored head. Returns the new head.
///
/// If the stored head differs from `head`, the chain is damaged, and nothing is appended.
pub(super) async fn append(
    transaction: &mut Transaction,
    chain: &str,
    head: &Head,
    rows: impl IntoIterator<Item = &mut ChainRow>,
) -> Result<Head, CatalogueError> {
    let mut end = head.clone();
    let mut values = Vec::new();
    for row in rows {
        row.sequence = end.sequence + 1;
        end = Head {
            sequence: row.sequence,
            hash: row.hash(&end.hash),
        };
        values.push(row.values(chain, &end.hash));
    }
    let into = "audit_row (chain, sequence, recorded, decision, actor, action, resource, verdict, rule, approvals, visas, epoch, row_count, \
                byte_count, hash, covers)";
    transaction.insert(into, values).await?;
    let update = "UPDATE audit_chain SET sequence = $2, hash = $3 WHERE chain = $1 AND sequence = $4 AND hash = $5";
    let arguments = vec![
        chain.into(),
        Value::Int(end.sequence as i64),
        end.hash.to_vec().into(),
        Value::Int(head.sequence as i64),
        head.hash.to_vec().into(),
    ];
    if transaction.execute(update, arguments).await? != 1 {
        return Err(CatalogueError::Corrupt { what: "audit head" });
    }
    Ok(end)
}

/// Creates a chain without rows, and returns its head.
pub(super) async fn begin(transaction: &mut Transaction, chain: &str, started: Timestamp) -> Result<Head, CatalogueError> {
    let head = Head::genesis(chain);
    let row = [chain.into(), started.into(), Value::Int(0), head.hash.to_vec().into()];
    transaction.insert("audit_chain (chain, started, sequence, hash)", [row]).await?;
    Ok(head)
}

/// Reads the stored head of a chain. Absent if the chain does not exist.
pub(super) async fn head_of(transaction: &mut Transaction, chain: &str) -> Result<Option<Head>, CatalogueError> {
    let sql = "SELECT sequence, hash FROM audit_chain WHERE chain = $1";
    let row = transaction.fetch_first(sql, vec![chain.into()]).await?;
    row.map(|row| {
        let hash = row.bytes(1, "audit head")?;
        Ok(Head {
            sequence: row.count(0, "audit head")?,
            hash: hash.try_into().map_err(|_| CatalogueError::Corrupt { what: "audit head" })?,
        })
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_text_between_fields_changes_the_hash() {
        let row = |actor: &str, action: &str| ChainRow {
            sequence: 1,
            recorded: Timestamp(0),
            decision: String::new(),
            actor: actor.into(),
            action: action.into(),
            resource: String::new(),
            verdict: String::new(),
            rule: String::new(),
            approvals: String::new(),
            visas: String::new(),
            epoch: None,
            rows: None,
            bytes: None,
            covers: None,
        };
        assert_ne!(row("ab", "c").hash(&[0; 32]), row("a", "bc").hash(&[0; 32]));
        assert_ne!(row("ab", "c").hash(&[0; 32]), row("ab", "c").hash(&[1; 32]));
        assert_ne!(row("ab", "c").hash(&[0; 32]), row("ab", "c").hash_at(&[0; 32], 2));
    }
}
