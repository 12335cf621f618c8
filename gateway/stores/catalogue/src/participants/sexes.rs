//! A cache of the participants' registered sexes, so that a filter by sex reads no rows.

use std::collections::HashMap;

use gemj_access::Grant;
use gemj_model::{DatasetId, Sex};
use roaring::RoaringBitmap;
use tokio::sync::Mutex;

use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;

/// The number of participants that one query reads.
const PAGE: i64 = 20_000;

/// The cached registered sexes of all participants. Other modules can read the cache only through a Grant.
#[derive(Default)]
pub(crate) struct KeptSexes(Mutex<Option<Sexes>>);

#[derive(Default)]
struct Sexes {
    /// The epoch up to which the cache contains all changes.
    epoch: u64,
    of: HashMap<Sex, RoaringBitmap>,
}

impl Catalogue {
    /// The Grant's participants of a dataset whose registered sex is one of `sexes`.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn participants_by_sex(&self, grant: &Grant, dataset: &DatasetId, sexes: &[Sex]) -> Result<RoaringBitmap, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(RoaringBitmap::new());
        };
        let mut kept = self.sexes.0.lock().await;
        // A change of a sex is a policy change with an epoch. The database therefore contains all changes up to the Grant's epoch.
        if kept.as_ref().is_none_or(|kept| kept.epoch < grant.epoch()) {
            // The cached value is removed during the update. After an update that failed, all participants are read again.
            let mut changing = kept.take().unwrap_or_default();
            let (since, is_new) = (changing.epoch, changing.of.is_empty());
            changing.epoch = since.max(grant.epoch());
            self.read_sexes(if is_new { None } else { Some(since) }, &mut changing).await?;
            *kept = Some(changing);
        }
        let people = granted.participants().as_ref();
        let mut found = RoaringBitmap::new();
        for some in sexes.iter().filter_map(|sex| kept.as_ref()?.of.get(sex)) {
            found |= some & people;
        }
        Ok(found)
    }

    /// Reads the sexes of all participants, or of the participants that changed after the epoch `since`.
    async fn read_sexes(&self, since: Option<u64>, into: &mut Sexes) -> Result<(), CatalogueError> {
        let since = match since {
            Some(epoch) => Value::count(epoch, "epoch")?,
            None => Value::from(-1_i64),
        };
        let mut snapshot = self.database.begin_snapshot().await?;
        let mut last = -1_i64;
        loop {
            let sql = "SELECT ordinal, sex, epoch FROM participant WHERE epoch > $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3";
            let rows = snapshot.fetch_all(sql, vec![since.clone(), last.into(), PAGE.into()]).await?;
            for row in &rows {
                last = row.int(0, "ordinal")?;
                let person = row.ordinal(0)?.0;
                let sex = row.parsed(1, "sex", |text| Sex::parse(text).ok_or(()))?;
                for other in into.of.values_mut() {
                    other.remove(person);
                }
                into.of.entry(sex).or_default().insert(person);
            }
            if (rows.len() as i64) < PAGE {
                return Ok(());
            }
        }
    }
}
