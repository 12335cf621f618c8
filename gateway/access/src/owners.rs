//! The participants to whom a file's data belongs.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use gemj_model::Ordinal;
use roaring::RoaringBitmap;

/// The owner of each column of a file, in order of the columns; absent for a sample that is mapped to no participant. The set of all owners is built
/// once, because many decisions are made about one joint file. Cloning is cheap.
#[derive(Clone)]
pub struct Owners(Arc<Parts>);

struct Parts {
    columns: Box<[Option<Ordinal>]>,
    people: RoaringBitmap,
}

impl Owners {
    /// All participants who own at least one column.
    #[must_use]
    pub fn people(&self) -> &RoaringBitmap {
        &self.0.people
    }
}

impl From<Vec<Option<Ordinal>>> for Owners {
    fn from(columns: Vec<Option<Ordinal>>) -> Self {
        let known = || columns.iter().flatten().map(|ordinal| ordinal.0);
        let people = RoaringBitmap::from_sorted_iter(known()).unwrap_or_else(|_| known().collect());
        Self(Arc::new(Parts {
            columns: columns.into(),
            people,
        }))
    }
}

impl FromIterator<Option<Ordinal>> for Owners {
    fn from_iter<T: IntoIterator<Item = Option<Ordinal>>>(columns: T) -> Self {
        Self::from(columns.into_iter().collect::<Vec<_>>())
    }
}

impl Deref for Owners {
    type Target = [Option<Ordinal>];

    fn deref(&self) -> &Self::Target {
        &self.0.columns
    }
}

impl<'a> IntoIterator for &'a Owners {
    type Item = &'a Option<Ordinal>;
    type IntoIter = std::slice::Iter<'a, Option<Ordinal>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Owners {
    fn eq(&self, other: &Self) -> bool {
        self.0.columns == other.0.columns
    }
}

impl Eq for Owners {}

impl PartialEq<Vec<Option<Ordinal>>> for Owners {
    fn eq(&self, other: &Vec<Option<Ordinal>>) -> bool {
        self.0.columns[..] == other[..]
    }
}

impl fmt::Debug for Owners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.columns.fmt(f)
    }
}
