//! Stub.
use std::collections::HashMap;

use ga4gh_beacon::{EntryType, Record};
use gemj_access::{DatasetGrant, Grant, PseudonymKey};
use roaring::RoaringBitmap;

use crate::service_error::ServiceError;
use crate::stores::Stores;

pub(super) struct Within<'a> {
    pub people: Option<&'a RoaringBitmap>,
    pub thing: Option<&'a Found>,
}
pub(super) struct Found(RoaringBitmap);
impl Found {
    pub(super) fn people(&self) -> &RoaringBitmap {
        &self.0
    }
}
#[derive(Clone)]
pub(super) struct Thing(u32);
impl Thing {
    pub(super) fn person(&self) -> Option<gemj_model::Ordinal> {
        Some(gemj_model::Ordinal(self.0))
    }
}
#[derive(Default)]
pub(super) struct Things(Vec<Thing>, RoaringBitmap);
impl Things {
    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }
    pub(super) fn people(&self) -> &RoaringBitmap {
        &self.1
    }
    pub(super) async fn page(&self, _names: &PseudonymKey, first: u64, most: u64) -> Vec<Thing> {
        self.0.iter().skip(first as usize).take(most as usize).cloned().collect()
    }
    pub(super) fn merge(self, _other: Self) -> Self {
        self
    }
}
pub(super) async fn things(_s: &Stores, _g: &Grant, d: &DatasetGrant, _e: EntryType, w: &Within<'_>) -> Result<Things, ServiceError> {
    let _ = w.thing;
    let all = d.participants().as_ref();
    let p = w.people.map_or_else(|| all.clone(), |p| p & all);
    Ok(Things(p.iter().map(Thing).collect(), p))
}
pub(super) async fn records(
    _s: &Stores,
    _g: &Grant,
    names: &PseudonymKey,
    _d: &DatasetGrant,
    _e: EntryType,
    things: &[Thing],
) -> Result<Vec<Record>, ServiceError> {
    Ok(things
        .iter()
        .map(|t| ga4gh_beacon::Individual::new(&names.person(gemj_model::Ordinal(t.0)), ga4gh_beacon::Sex::Unknown).into())
        .collect())
}
pub(super) async fn find(
    _s: &Stores,
    _g: &Grant,
    names: &PseudonymKey,
    d: &DatasetGrant,
    _e: EntryType,
    id: &str,
) -> Result<Option<Found>, ServiceError> {
    let found = d.participants().iter().find(|p| names.person(gemj_model::Ordinal(*p)) == id);
    Ok(found.map(|p| Found(RoaringBitmap::from_iter([p]))))
}
pub(super) async fn specimens(
    _s: &Stores,
    _g: &Grant,
    _n: &PseudonymKey,
    _d: &DatasetGrant,
    _p: &RoaringBitmap,
) -> Result<HashMap<u32, String>, ServiceError> {
    Ok(HashMap::new())
}
