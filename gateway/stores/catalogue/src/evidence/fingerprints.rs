//! Fingerprints of genotypes, and band numbers, by which similar fingerprints are found.

use std::collections::HashSet;

use gemj_access::{Mandate, WriteAction};
use gemj_model::{ObjectId, Ordinal, Sex};

use super::LAST_REGISTRATION;
use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Row, Value, placeholders};
use crate::error::CatalogueError;
use crate::objects::ObjectStatus;
use crate::write::Write;

/// The number of fingerprints that one statement reads.
const AT_ONCE: usize = 100;

/// The genotype fingerprint of a column of a new file. The catalogue does not interpret its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFingerprint {
    /// The position of the column in the file, from 0.
    pub position: u64,
    /// The participant declared for the column.
    pub ordinal: Ordinal,
    /// The scheme of the fingerprint. Only fingerprints of the same scheme are compared.
    pub scheme: String,
    /// The bytes of the fingerprint.
    pub sites: Vec<u8>,
    /// The band numbers. Similar fingerprints have some of these numbers in common.
    pub bands: Vec<i64>,
}

/// A stored fingerprint, which is compared with a new fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFingerprint {
    /// The file that contains the column.
    pub object: ObjectId,
    /// The position of the column in the file, from 0.
    pub position: u64,
    /// The participant declared for the column.
    pub ordinal: Ordinal,
    /// The bytes of the fingerprint.
    pub sites: Vec<u8>,
    /// Whether the file is on hold.
    pub held: bool,
}

pub(super) async fn add(write: &mut Write, object: &ObjectId, fingerprints: &[NewFingerprint]) -> Result<(), CatalogueError> {
    let (mut rows, mut bands) = (Vec::with_capacity(fingerprints.len()), Vec::new());
    for fingerprint in fingerprints {
        let position = Value::count(fingerprint.position, "position")?;
        for band in fingerprint.bands.iter().collect::<HashSet<_>>() {
            bands.push([(*band).into(), object.as_str().into(), position.clone()]);
        }
        rows.push([
            object.as_str().into(),
            position,
            fingerprint.ordinal.0.into(),
            Value::outside(&fingerprint.scheme, "scheme")?,
            fingerprint.sites.clone().into(),
        ]);
    }
    let into = "genotype_fingerprint (object, position, ordinal, scheme, sites)";
    write.transaction.insert(into, rows).await?;
    write.transaction.insert("genotype_band (band, object, position)", bands).await
}

const FINGERPRINTS: &str =
    "SELECT f.object, f.position, f.ordinal, f.sites, o.status FROM genotype_fingerprint f JOIN data_object o ON o.id = f.object";

fn stored(row: &Row) -> Result<StoredFingerprint, CatalogueError> {
    Ok(StoredFingerprint {
        object: row.parsed(0, "object id", ObjectId::parse)?,
        position: row.count(1, "position")?,
        ordinal: row.ordinal(2)?,
        sites: row.bytes(3, "fingerprint")?,
        held: row.text(4, "object status")? == ObjectStatus::Held.as_str(),
    })
}

impl Catalogue {
    /// The generation at which the last file was registered (action `Load`). A comparison that begins now covers all files up to this
    /// generation.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn last_registration(&self, mandate: &Mandate) -> Result<i64, CatalogueError> {
        check(mandate)?;
        let rows = self.database.fetch_all(LAST_REGISTRATION, Vec::new()).await?;
        rows.first()
            .ok_or(CatalogueError::Corrupt { what: "generation" })?
            .int(0, "generation")
    }

    /// The registered sexes of these participants, in the order of `people` (action `Load`). `Unknown` for a participant who is not registered.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn declared_sexes(&self, mandate: &Mandate, people: &[Ordinal]) -> Result<Vec<Sex>, CatalogueError> {
        check(mandate)?;
        let mut found = std::collections::HashMap::new();
        for chunk in people.chunks(MAX_PARAMETERS) {
            let sql = format!(
                "SELECT ordinal, sex FROM participant WHERE ordinal IN ({})",
                placeholders(1, chunk.len())
            );
            let arguments = chunk.iter().map(|o| Value::from(o.0)).collect();
            for row in self.database.fetch_all_of(sql, arguments).await? {
                found.insert(row.ordinal(0)?, row.parsed(1, "sex", |text| Sex::parse(text).ok_or(()))?);
            }
        }
        Ok(people.iter().map(|o| found.get(o).copied().unwrap_or_default()).collect())
    }

    /// Returns the stored fingerprints to compare with a new fingerprint of a participant (action `Load`). Only files that were registered up
    /// to the generation `up_to` are included:
    ///
    /// * all fingerprints of the participant's own files with this scheme;
    /// * at most `most` fingerprints of other participants with this scheme that have a band number in common with the new fingerprint. The
    ///   fingerprints with the largest number of common band numbers are selected.
    ///
    /// Fingerprints of another participant are omitted if a steward accepted the match of the two participants. The bytes never leave the
    /// process.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn fingerprints_to_compare(
        &self,
        mandate: &Mandate,
        person: Ordinal,
        scheme: &str,
        bands: &[i64],
        up_to: i64,
        most: usize,
    ) -> Result<Vec<StoredFingerprint>, CatalogueError> {
        check(mandate)?;
        let own = format!("{FINGERPRINTS} WHERE f.ordinal = $1 AND f.scheme = $2 AND o.generation <= $3 ORDER BY f.object, f.position");
        let arguments = vec![person.0.into(), scheme.into(), up_to.into()];
        let own = self.database.fetch_all_of(own, arguments).await?;
        let mut found = own.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        if bands.is_empty() {
            return Ok(found);
        }
        // Fingerprints with an accepted match are excluded in this statement, so that they do not count towards the limit.
        let sql = format!(
            "SELECT b.object, b.position FROM genotype_band b JOIN genotype_fingerprint f ON f.object = b.object AND f.position = b.position \
             JOIN data_object o ON o.id = b.object WHERE f.ordinal <> $1 AND f.scheme = $2 AND o.generation <= $3 AND b.band IN ({}) \
             AND f.ordinal NOT IN (SELECT a.other FROM accepted_likeness a WHERE a.one = $1 UNION SELECT a.one FROM accepted_likeness a WHERE a.other = $1) \
             GROUP BY b.object, b.position ORDER BY COUNT(*) DESC, b.object, b.position LIMIT $4",
            placeholders(5, bands.len())
        );
        let limit = Value::count(most as u64, "limit")?;
        let mut arguments = vec![person.0.into(), scheme.into(), up_to.into(), limit];
        arguments.extend(bands.iter().map(|band| Value::from(*band)));
        let places = self.database.fetch_all_of(sql, arguments).await?;
        for chunk in places.chunks(AT_ONCE) {
            let either: Vec<String> = (0..chunk.len())
                .map(|n| format!("(f.object = ${} AND f.position = ${})", 2 * n + 1, 2 * n + 2))
                .collect();
            let mut arguments: Vec<Value> = Vec::with_capacity(2 * chunk.len());
            for place in chunk {
                arguments.extend([Value::Text(place.text(0, "object id")?), Value::Int(place.int(1, "position")?)]);
            }
            let sql = format!("{FINGERPRINTS} WHERE {} ORDER BY f.object, f.position", either.join(" OR "));
            for row in self.database.fetch_all_of(sql, arguments).await? {
                found.push(stored(&row)?);
            }
        }
        Ok(found)
    }

    /// The fingerprints with a scheme in files that were registered after the first and up to the second of `generations` (action `Load`), in
    /// order of file and column. Returns one page, which begins after the column `behind`, and an empty list at the end.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn fingerprints_registered(
        &self,
        mandate: &Mandate,
        scheme: &str,
        generations: (i64, i64),
        behind: Option<(&ObjectId, u64)>,
    ) -> Result<Vec<StoredFingerprint>, CatalogueError> {
        check(mandate)?;
        let (object, position) = match behind {
            Some((object, position)) => (object.as_str(), Value::count(position, "position")?),
            None => ("", Value::Int(-1)),
        };
        let sql = format!(
            "{FINGERPRINTS} WHERE f.scheme = $1 AND o.generation > $2 AND o.generation <= $3 \
             AND (f.object > $4 OR (f.object = $4 AND f.position > $5)) ORDER BY f.object, f.position LIMIT {AT_ONCE}"
        );
        let arguments = vec![scheme.into(), generations.0.into(), generations.1.into(), object.into(), position];
        let rows = self.database.fetch_all_of(sql, arguments).await?;
        rows.iter().map(stored).collect()
    }

    /// Whether a steward accepted the match of the genotypes of two participants (action `Load`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn is_likeness_accepted(&self, mandate: &Mandate, a: Ordinal, b: Ordinal) -> Result<bool, CatalogueError> {
        check(mandate)?;
        let sql = "SELECT 1 FROM accepted_likeness WHERE one = $1 AND other = $2 LIMIT 1";
        let rows = self.database.fetch_all(sql, vec![a.min(b).0.into(), a.max(b).0.into()]).await?;
        Ok(!rows.is_empty())
    }
}

fn check(mandate: &Mandate) -> Result<(), CatalogueError> {
    if mandate.action() == WriteAction::Load {
        Ok(())
    } else {
        Err(CatalogueError::WrongKey)
    }
}
