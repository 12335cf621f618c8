//! One participant as the fold reads the participant: consent events, birthdays and site.

use gemj_model::{PartialDate, Timestamp};

use super::form_table::SiteNumber;
use super::record::Record;
use super::rules::ConsentRules;

/// The year and month in which a participant was born.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BirthMonth {
    year: u16,
    month: u8,
}

impl BirthMonth {
    /// The month of a date, if the date contains a month. Otherwise January, the earliest month.
    pub(super) fn of(born: &PartialDate) -> Self {
        let number = |from: usize, to: usize| born.as_str().get(from..to).and_then(|digits| digits.parse().ok());
        Self {
            year: number(0, 4).unwrap_or(0),
            month: number(5, 7).and_then(|month| u8::try_from(month).ok()).unwrap_or(1),
        }
    }

    /// The first instant, in Japan's time zone, of the month in which the participant reaches an age in years.
    fn turns(self, age: u8) -> Timestamp {
        let day = format!("{:04}-{:02}-01", self.year + u16::from(age), self.month);
        // A date that cannot be parsed counts as long past, so that the birthday has come.
        Timestamp::parse(&day).unwrap_or(Timestamp(i64::MIN))
    }
}

/// One participant, with everything that the fold needs.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The participant's consent events, in the order of their sequence numbers.
    records: Vec<Record>,
    corrected: bool,
    born: Option<BirthMonth>,
    /// The instant from which a proxy's consent needs the participant's own assent; [`NEVER`] if that instant never comes.
    assent_from: Timestamp,
    /// The instant from which the participant consents for themselves; [`NEVER`] if that instant never comes.
    majority_from: Timestamp,
    /// The site that enrolled the participant. Absent if no site did, or if no equivalence of forms names the site.
    pub(super) site: Option<SiteNumber>,
}

/// An instant that never comes.
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
    /// Adds a consent event at its place in the ledger's order.
    pub(super) fn take(&mut self, record: Record) {
        self.corrected |= record.corrects.is_some();
        let place = self.records.partition_point(|r| r.sequence <= record.sequence);
        self.records.insert(place, record);
    }

    pub(super) fn be_born(&mut self, born: Option<BirthMonth>, rules: &ConsentRules) {
        self.born = born;
        self.count_birthdays(rules);
    }

    /// Computes the instants of assent and majority under these rules.
    pub(super) fn count_birthdays(&mut self, rules: &ConsentRules) {
        let turns = |age: Option<u8>| age.and_then(|age| self.born.map(|born| born.turns(age))).unwrap_or(NEVER);
        self.assent_from = turns(rules.assent_age);
        self.majority_from = turns(Some(rules.majority_age));
    }

    /// The participant with only the events after a sequence number. A correction of an earlier event belongs to that event, so it is left out too.
    pub(super) fn since(&self, sequence: u64) -> Self {
        let is_later = |record: &&Record| record.sequence > sequence && record.corrects.is_none_or(|earlier| earlier > sequence);
        let records: Vec<Record> = self.records.iter().filter(is_later).copied().collect();
        Self {
            corrected: records.iter().any(|record| record.corrects.is_some()),
            records,
            ..*self
        }
    }

    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Whether any event corrects another event.
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
