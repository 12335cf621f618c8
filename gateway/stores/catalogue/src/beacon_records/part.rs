//! Divides a set of participants into parts, one for each SQL statement. For a small set, a statement lists the participants. For a large set,
//! a statement reads a range of ordinals.

use roaring::RoaringBitmap;

use crate::database::{Value, placeholders};

/// The maximum number of participants for which statements list the participants.
const MOST_NAMED: u64 = 1_000;

/// The number of ordinals in a range. The number bounds the memory of one statement.
const STRETCH: u32 = 8_192;

/// The participants that one SQL statement reads. A range may contain participants outside the set, so the calling code must check each result
/// against the set.
pub(super) enum Part {
    Named(Vec<u32>),
    Stretch { first: u32, last: u32 },
}

impl Part {
    /// The parts that together contain all participants of a set, in order.
    pub(super) fn of(people: &RoaringBitmap) -> Vec<Self> {
        let (Some(min), Some(max)) = (people.min(), people.max()) else {
            return Vec::new();
        };
        if people.len() <= MOST_NAMED {
            return vec![Self::Named(people.iter().collect())];
        }
        (min / STRETCH..=max / STRETCH)
            .map(|at| (at * STRETCH, (at * STRETCH).saturating_add(STRETCH - 1)))
            .filter(|(first, last)| people.range_cardinality(*first..=*last) > 0)
            .map(|(first, last)| Self::Stretch { first, last })
            .collect()
    }

    /// The SQL condition that a column contains a participant of this part. The arguments of the condition begin at `$first`.
    pub(super) fn condition(&self, column: &str, first: usize) -> String {
        match self {
            Self::Named(people) => format!("{column} IN ({})", placeholders(first, people.len())),
            Self::Stretch { .. } => format!("{column} >= ${first} AND {column} <= ${}", first + 1),
        }
    }

    /// The arguments of [`Self::condition`].
    pub(super) fn arguments(&self) -> Vec<Value> {
        match self {
            Self::Named(people) => people.iter().map(|person| Value::from(*person)).collect(),
            Self::Stretch { first, last } => vec![(*first).into(), (*last).into()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_thousand_participants_need_13_statements_and_each_is_in_one() {
        let everybody: RoaringBitmap = (0..100_000).collect();
        assert_eq!(Part::of(&everybody).len(), 13);
        let few: RoaringBitmap = [3, 99_999].into_iter().collect();
        assert!(matches!(&Part::of(&few)[..], [Part::Named(people)] if people[..] == [3, 99_999]));
        assert!(Part::of(&RoaringBitmap::new()).is_empty());
        let sparse: RoaringBitmap = (0..2_000).map(|n| n * 40).chain([u32::MAX - 1]).collect();
        let held: u64 = Part::of(&sparse)
            .iter()
            .map(|part| match part {
                Part::Named(people) => people.len() as u64,
                Part::Stretch { first, last } => sparse.range_cardinality(*first..=*last),
            })
            .sum();
        assert_eq!(held, sparse.len());
    }
}
