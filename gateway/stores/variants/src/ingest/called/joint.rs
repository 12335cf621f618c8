//! Collects the participants that were called in the records of a joint file.
//!
//! In most records, most participants of a joint file are called with two copies. Men have one copy on X, and only men have copies on Y.
//! The called copies of all participants are therefore stored as a few numbered patterns of the file. A record names one pattern and lists
//! only the participants that differ from it.

use std::cmp::Ordering;
use std::collections::HashMap;

use gemj_model::{Allele, Contig, Ordinal, ZeroBased};

use super::tiles;
use crate::builder::{BuildError, SegmentBuilder, SourceNumber};
use crate::callability::{Copies, MOST_PATTERNS, PATTERNS, Statement, statements_on};

/// The participants with another number of called copies than two, by ascending ordinal.
type Exceptions = Vec<(u32, Copies)>;

/// The statement that the records at the current position make about one range of bases.
#[derive(Debug)]
struct Stated {
    stretch: (u64, u64),
    /// The text that a record puts in place of the range; absent if the record has no alternative allele.
    put: Option<String>,
    exceptions: Exceptions,
}

/// The state while a joint file is read.
#[derive(Debug)]
pub(super) struct Joint {
    /// The ordinals of all participants with a column, ascending.
    people: Vec<u32>,
    /// The number of columns of each participant that has several columns.
    columns: HashMap<u32, usize>,
    patterns: Vec<Exceptions>,
    /// The number of the pattern that the last record used.
    pattern: usize,
    contig: Contig,
    position: u64,
    /// The statements of the records at the current position. A multi-allelic record may be split into several lines; their statements
    /// about one allele are combined.
    stated: Vec<Stated>,
}

impl Joint {
    /// Makes the state for a file with these columns. Absent if no column is mapped to a participant.
    pub(super) fn of(columns: &[Option<Ordinal>]) -> Option<Self> {
        let mut in_columns: HashMap<u32, usize> = HashMap::new();
        for ordinal in columns.iter().flatten() {
            *in_columns.entry(ordinal.0).or_default() += 1;
        }
        let mut people: Vec<u32> = in_columns.keys().copied().collect();
        people.sort_unstable();
        in_columns.retain(|_, columns| *columns > 1);
        (!people.is_empty()).then(|| Self {
            people,
            columns: in_columns,
            patterns: Vec::new(),
            pattern: 0,
            contig: Contig(String::new()),
            position: 0,
            stated: Vec::new(),
        })
    }

    /// Sorts the exceptions of a record and keeps at most one for each participant. If a participant has several columns, the column with
    /// the most copies counts.
    pub(super) fn settled(&self, mut exceptions: Exceptions) -> Exceptions {
        exceptions.sort_unstable();
        if self.columns.is_empty() {
            return exceptions;
        }
        let mut settled = Vec::with_capacity(exceptions.len());
        for of_person in exceptions.chunk_by(|a, b| a.0 == b.0) {
            let person = of_person[0].0;
            if of_person.len() == self.columns.get(&person).copied().unwrap_or(1) {
                settled.extend(of_person.last());
            }
        }
        settled
    }

    /// Begins a record at a position. If the position differs from the previous record's position, the statements of the previous position
    /// are stored.
    pub(super) fn begin(
        &mut self,
        contig: &Contig,
        position: u64,
        source: SourceNumber,
        builder: &mut SegmentBuilder,
    ) -> Result<(), BuildError> {
        if self.position != position || self.contig != *contig {
            self.flush(source, builder)?;
            self.position = position;
            if self.contig != *contig {
                self.contig = contig.clone();
            }
        }
        Ok(())
    }

    /// Adds the statement of a record about a range of bases and the text that replaces the range. Statements of several records at this
    /// position about the same range and text are combined: for each participant, the record with the most called copies counts.
    pub(super) fn state(&mut self, stretch: (u64, u64), put: Option<String>, exceptions: &[(u32, Copies)]) {
        let same = |stated: &&mut Stated| stated.stretch == stretch && stated.put == put;
        match self.stated.iter_mut().find(same) {
            Some(stated) => {
                stated.exceptions.retain_mut(|(person, copies)| {
                    let other = exceptions.binary_search_by_key(person, |(person, _)| *person);
                    let other = other.map_or(Copies::Two, |at| exceptions[at].1);
                    *copies = (*copies).max(other);
                    *copies != Copies::Two
                });
            }
            None => self.stated.push(Stated {
                stretch,
                put,
                exceptions: exceptions.to_vec(),
            }),
        }
    }

    /// Stores the statements of the current position in the segment.
    pub(super) fn flush(&mut self, source: SourceNumber, builder: &mut SegmentBuilder) -> Result<(), BuildError> {
        for stated in std::mem::take(&mut self.stated) {
            if self.patterns.is_empty() {
                self.add_pattern(Vec::new(), source, builder)?;
            }
            self.choose_pattern(&stated.exceptions, source, builder)?;
            let pattern = self.pattern as u64;
            let mut entries = differences(&stated.exceptions, &self.patterns[self.pattern]);
            if entries.is_empty() {
                let first = self.people[0];
                let found = stated.exceptions.first().filter(|(person, _)| *person == first);
                entries.push((first, found.map_or(Copies::Two, |(_, copies)| *copies)));
            }
            let entries: Vec<_> = entries
                .into_iter()
                .map(|(person, copies)| (Ordinal(person), copies.stored()))
                .collect();
            let mut statement = statement(statements_on(&self.contig), stated.stretch, Statement::Site(pattern));
            if let Some(put) = stated.put {
                statement.reference = put;
                builder.state(&statement, source, &entries)?;
            } else {
                statement.alternate = Statement::Block(pattern).word();
                for (start, end) in tiles(stated.stretch) {
                    (statement.start, statement.end) = (ZeroBased(start), ZeroBased(end));
                    builder.state(&statement, source, &entries)?;
                }
            }
        }
        Ok(())
    }

    /// Chooses the pattern for a statement with these exceptions. The last pattern is used if it has few differences. Otherwise the nearest
    /// other pattern is used if it has few differences, and otherwise a new pattern is added. If the file already has [`MOST_PATTERNS`]
    /// patterns, the nearest pattern is used.
    fn choose_pattern(
        &mut self,
        exceptions: &[(u32, Copies)],
        source: SourceNumber,
        builder: &mut SegmentBuilder,
    ) -> Result<(), BuildError> {
        let near = 16 + self.people.len() / 64;
        if difference_count(exceptions, &self.patterns[self.pattern]) <= near {
            return Ok(());
        }
        let distances = self.patterns.iter().map(|pattern| difference_count(exceptions, pattern));
        let nearest = distances.enumerate().min_by_key(|(_, distance)| *distance);
        match nearest {
            Some((_, distance)) if distance > near && self.patterns.len() < MOST_PATTERNS => {
                self.pattern = self.patterns.len();
                self.add_pattern(exceptions.to_vec(), source, builder)
            }
            Some((number, _)) => {
                self.pattern = number;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn add_pattern(&mut self, exceptions: Exceptions, source: SourceNumber, builder: &mut SegmentBuilder) -> Result<(), BuildError> {
        let number = self.patterns.len() as u64;
        let mut left = exceptions.iter().peekable();
        let mut entries = Vec::with_capacity(self.people.len());
        for person in &self.people {
            let copies = left
                .next_if(|(exception, _)| exception == person)
                .map_or(Copies::Two, |(_, copies)| *copies);
            if copies != Copies::None {
                entries.push((Ordinal(*person), copies.stored()));
            }
        }
        let place = statement(Contig(PATTERNS.to_owned()), (number, number + 1), Statement::Called);
        builder.state(&place, source, &entries)?;
        self.patterns.push(exceptions);
        Ok(())
    }
}

fn statement(contig: Contig, (start, end): (u64, u64), what: Statement) -> Allele {
    Allele {
        contig,
        start: ZeroBased(start),
        end: ZeroBased(end),
        reference: String::new(),
        alternate: what.word(),
        inserted: None,
    }
}

/// The participants whose copies differ between two lists of exceptions, each with the copies in the list `of`.
fn differences(of: &[(u32, Copies)], from: &[(u32, Copies)]) -> Exceptions {
    let mut found = Vec::new();
    each_difference(of, from, |person, copies| found.push((person, copies)));
    found
}

fn difference_count(of: &[(u32, Copies)], from: &[(u32, Copies)]) -> usize {
    let mut count = 0;
    each_difference(of, from, |_, _| count += 1);
    count
}

fn each_difference(mut of: &[(u32, Copies)], mut from: &[(u32, Copies)], mut visit: impl FnMut(u32, Copies)) {
    loop {
        let order = match (of.first(), from.first()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        match order {
            Ordering::Less => visit(of[0].0, of[0].1),
            Ordering::Greater => visit(from[0].0, Copies::Two),
            Ordering::Equal if of[0].1 != from[0].1 => visit(of[0].0, of[0].1),
            Ordering::Equal => {}
        }
        if order.is_le() {
            of = &of[1..];
        }
        if order.is_ge() {
            from = &from[1..];
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn exceptions() -> impl Strategy<Value = Exceptions> {
        prop::collection::btree_map(0..40u32, prop_oneof![Just(Copies::None), Just(Copies::One)], 0..30)
            .prop_map(|map| map.into_iter().collect())
    }

    fn at(exceptions: &[(u32, Copies)], person: u32) -> Copies {
        exceptions
            .iter()
            .find(|(other, _)| *other == person)
            .map_or(Copies::Two, |(_, copies)| *copies)
    }

    proptest! {
        #[test]
        fn a_pattern_with_the_differences_from_it_restores_the_record(record in exceptions(), pattern in exceptions()) {
            let named = differences(&record, &pattern);
            prop_assert_eq!(named.len(), difference_count(&record, &pattern));
            prop_assert!(named.is_sorted());
            for person in 0..40 {
                let told = named.iter().find(|(other, _)| *other == person).map_or(at(&pattern, person), |(_, copies)| *copies);
                prop_assert_eq!(told, at(&record, person));
            }
        }

        #[test]
        fn a_participant_called_in_one_line_of_a_split_record_is_called(lines in prop::collection::vec(exceptions(), 1..5)) {
            let columns: Vec<_> = (0..40).map(|person| Some(Ordinal(person))).collect();
            let mut joint = Joint::of(&columns).unwrap();
            lines.iter().for_each(|line| joint.state((7, 8), Some("T".to_owned()), line));
            prop_assert_eq!(joint.stated.len(), 1);
            for person in 0..40 {
                let best = lines.iter().map(|line| at(line, person)).max().unwrap();
                prop_assert_eq!(at(&joint.stated[0].exceptions, person), best);
            }
        }
    }

    #[test]
    fn if_a_participant_has_several_columns_the_column_with_most_copies_counts() {
        let joint = Joint::of(&[1, 2, 2, 3, 3].map(|person| Some(Ordinal(person)))).unwrap();
        use Copies::{None, One};
        assert_eq!(
            joint.settled(vec![(3, One), (2, None), (3, None), (1, None)]),
            [(1, None), (3, One)]
        );
    }
}
