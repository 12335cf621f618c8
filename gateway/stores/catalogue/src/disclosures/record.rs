//! The rows of disclosures, the hash over the disclosures of one audit row, and a memory that prevents repeated rows.

use std::collections::HashMap;

use gemj_model::{ObjectId, Timestamp};
use roaring::RoaringBitmap;
use sha2::{Digest, Sha256};

use super::Disclosure;
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::people::bytes_of;

/// The number of microseconds in a day.
const DAY_US: i64 = 86_400_000_000;

/// The limits of the memory: the number of different disclosures, and the bytes of their sets of participants. If either limit is reached, the
/// memory is cleared. A repeated disclosure is then written once more, which costs a row and changes no answer.
const MOST_ENTRIES: usize = 100_000;
const MOST_BYTES: usize = 32 << 20;

/// One row of the ledger of disclosures, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DisclosureRow {
    day: i64,
    people: Vec<u8>,
    /// The texts of the row: dataset, object, recipient, organisation, country, purposes, approvals and action.
    texts: [String; 8],
}

/// Adds a field to a hash, after the field's length. Therefore two different rows never have the same encoding.
fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

impl DisclosureRow {
    /// The texts of a disclosure's row. Every NUL character is replaced, because PostgreSQL cannot store NUL, and every disclosure must be
    /// recorded, whatever text it quotes.
    fn texts(disclosure: &Disclosure) -> [String; 8] {
        let purposes: Vec<_> = disclosure.purposes.iter().map(|p| p.as_str()).collect();
        [
            disclosure.dataset.as_str().to_owned(),
            disclosure.object.as_ref().map(ObjectId::as_str).unwrap_or_default().to_owned(),
            disclosure.holder.clone(),
            disclosure.organisation.clone(),
            disclosure.country.clone(),
            purposes.join("\n"),
            serde_json::Value::from(disclosure.approvals.clone()).to_string(),
            disclosure.action.as_str().to_owned(),
        ]
        .map(|text| {
            if text.contains('\0') {
                text.replace('\0', "\u{fffd}")
            } else {
                text
            }
        })
    }

    fn hash_into(&self, hash: &mut Sha256) {
        field(hash, &self.day.to_be_bytes());
        field(hash, &self.people);
        for text in &self.texts {
            field(hash, text.as_bytes());
        }
    }
}

/// The disclosures that this process has written on the current day (UTC), since this memory was last cleared.
#[derive(Default)]
pub(crate) struct Memory {
    day: i64,
    written: HashMap<[u8; 16], RoaringBitmap>,
    bytes: usize,
}

impl Memory {
    /// Returns rows for the disclosures that are new on the day of `recorded`. Each row contains only the participants for whom the same
    /// disclosure was not yet written on that day.
    pub(crate) fn news(&mut self, recorded: Timestamp, disclosures: &[Disclosure]) -> Result<Vec<DisclosureRow>, CatalogueError> {
        let day = recorded.0.div_euclid(DAY_US);
        if day != self.day || self.written.len() >= MOST_ENTRIES || self.bytes >= MOST_BYTES {
            self.written.clear();
            self.bytes = 0;
            self.day = day;
        }
        let mut rows = Vec::new();
        for disclosure in disclosures {
            let texts = DisclosureRow::texts(disclosure);
            let mut hash = Sha256::new();
            for text in &texts {
                field(&mut hash, text.as_bytes());
            }
            let mut key = [0; 16];
            key.copy_from_slice(&hash.finalize()[..16]);
            let known = self.written.entry(key).or_default();
            if disclosure.people.is_subset(known) {
                continue;
            }
            let people = bytes_of(&(disclosure.people.as_ref() - &*known))?;
            let before = known.serialized_size();
            *known |= disclosure.people.as_ref();
            self.bytes += known.serialized_size().saturating_sub(before);
            rows.push(DisclosureRow { day, people, texts });
        }
        Ok(rows)
    }
}

/// SHA-256 over the disclosures of one audit row, in order. Absent if the audit row has no disclosures.
pub(crate) fn covers(rows: &[DisclosureRow]) -> Option<Vec<u8>> {
    if rows.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    field(&mut hash, b"gemj-disclosures-1");
    for row in rows {
        row.hash_into(&mut hash);
    }
    Some(hash.finalize().to_vec())
}

/// Inserts the disclosures of audit rows, given as pairs of an audit row's sequence number and the row's disclosures.
pub(crate) async fn add_disclosures(
    transaction: &mut Transaction,
    chain: &str,
    rows: impl IntoIterator<Item = (u64, &[DisclosureRow])>,
) -> Result<(), CatalogueError> {
    let mut values: Vec<[Value; 13]> = Vec::new();
    for (sequence, rows) in rows {
        for (row, position) in rows.iter().zip(0i64..) {
            let [dataset, object, holder, organisation, country, purposes, approvals, action] =
                row.texts.each_ref().map(|t| t.as_str().into());
            values.push([
                chain.into(),
                Value::count(sequence, "sequence")?,
                position.into(),
                row.day.into(),
                dataset,
                object,
                row.people.clone().into(),
                holder,
                organisation,
                country,
                purposes,
                approvals,
                action,
            ]);
        }
    }
    let into =
        "disclosure (chain, sequence, position, day, dataset, object, people, holder, organisation, country, purposes, approvals, action)";
    transaction.insert(into, values).await
}

fn row_of(row: &Row) -> Result<(u64, DisclosureRow), CatalogueError> {
    let what = "disclosure";
    let text = |index| row.text(index, what);
    let stored = DisclosureRow {
        day: row.int(1, what)?,
        people: row.bytes(2, what)?,
        texts: [text(3)?, text(4)?, text(5)?, text(6)?, text(7)?, text(8)?, text(9)?, text(10)?],
    };
    Ok((row.count(0, what)?, stored))
}

/// The hashes over the stored disclosures (see [`covers`]) of the audit rows after `after` and up to `last`, by sequence number. Audit rows
/// without disclosures are absent.
pub(crate) async fn covers_by_row(
    transaction: &mut Transaction,
    chain: &str,
    after: i64,
    last: i64,
) -> Result<HashMap<u64, Vec<u8>>, CatalogueError> {
    let sql = "SELECT sequence, day, people, dataset, object, holder, organisation, country, purposes, approvals, action FROM disclosure \
               WHERE chain = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence, position";
    let mut rows: HashMap<u64, Vec<DisclosureRow>> = HashMap::new();
    for row in transaction.fetch_all(sql, vec![chain.into(), after.into(), last.into()]).await? {
        let (sequence, row) = row_of(&row)?;
        rows.entry(sequence).or_default().push(row);
    }
    Ok(rows
        .into_iter()
        .filter_map(|(sequence, rows)| covers(&rows).map(|hash| (sequence, hash)))
        .collect())
}

/// Finds a disclosure whose audit row does not exist. Returns the disclosure's chain and sequence number. Absent if every disclosure has its
/// audit row.
pub(crate) async fn refuse_orphans(transaction: &mut Transaction) -> Result<Option<(String, u64)>, CatalogueError> {
    let sql = "SELECT d.chain, d.sequence FROM disclosure d \
               WHERE NOT EXISTS (SELECT 1 FROM audit_row r WHERE r.chain = d.chain AND r.sequence = d.sequence) LIMIT 1";
    let row = transaction.fetch_first(sql, Vec::new()).await?;
    row.map(|row| Ok((row.text(0, "disclosure")?, row.count(1, "disclosure").unwrap_or(0))))
        .transpose()
}
