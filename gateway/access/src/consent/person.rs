//! One participant as the fold reads them: their events, their birthdays, their site.

use gemj_model::{PartialDate, Timestamp};

use super::form_table::SiteNumber;
use super::record::Record;
use super::rules::ConsentRules;

/// The month of a birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BirthMonth {
    year: u16,
    month: u8,
}

impl BirthMonth {
    /// Of a date as far as it is known: without a month, January, the earliest.
    pub(super) fn of(born: &PartialDate) -> Self {
        let number = |from: usize, to: usize| born.as_str().get(from..to).and_then(|digits| digits.parse().ok());
        Self {
            year: number(0, 4).unwrap_or(0),
            month: number(5, 7).and_then(|month| u8::try_from(month).ok()).unwrap_or(1),
        }
    }

    /// The first instant, in Japan, of the month in which the person turns so many years old.
    fn turns(self, age: u8) -> Timestamp {
        let day = format!("{:04}-{:02}-01", self.year + u16::from(age), self.month);
        // A day that is none would be long past: what waits for it has come.
        Timestamp::parse(&day).unwrap_or(Timestamp(i64::MIN))
    }
}

/// A participant.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// By sequence.
    records: Vec<Record>,
    corrected: bool,
    born: Option<BirthMonth>,
    /// From when a proxy's consent needs the person's assent; [`Timestamp`]'s last instant where that never comes.
    assent_from: Timestamp,
    /// From when the person consents for themselves; the same.
    majority_from: Timestamp,
    /// Absent for none, and for one that no equivalence names.
    pub(super) site: Option<SiteNumber>,
}

/// An instant that does not come.
pub(super) const NEVER: Timestamp = Timestamp(i64::MAX);

impl Default for Person {
    fn default() -> Self {
        Self {
            records: Vec::new(),
            corrected: false,
            born: None,
            assent_from: NEVER,
            majority_from: NEVER,
            site: None,
        }
    }
}

impl Person {
    /// Takes an event, at its place in the ledger's order.
    pub(super) fn take(&mut self, record: Record) {
        self.corrected |= record.corrects.is_some();
        let place = self.records.partition_point(|r| r.sequence <= record.sequence);
        self.records.insert(place, record);
    }

    pub(super) fn be_born(&mut self, born: Option<BirthMonth>, rules: &ConsentRules) {
        self.born = born;
        self.count_birthdays(rules);
    }

    /// Works out the birthdays under these rules.
    pub(super) fn count_birthdays(&mut self, rules: &ConsentRules) {
        let turns = |age: Option<u8>| age.and_then(|age| self.born.map(|born| born.turns(age))).unwrap_or(NEVER);
        self.assent_from = turns(rules.assent_age);
        self.majority_from = turns(Some(rules.majority_age));
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Whether any event speaks of another one.
    pub(super) fn has_corrections(&self) -> bool {
        self.corrected
    }

    pub(super) fn assent_from(&self) -> Timestamp {
        self.assent_from
    }

    pub(super) fn majority_from(&self) -> Timestamp {
        self.majority_from
    }
}
