//! What is stated of a dataset's people value by value: onsets, results of measurements and ages. Each different value is kept once, so that a comparison is
//! made once for each value and not once for each participant.

use std::collections::{BTreeSet, HashMap};

use gemj_model::PartialDate;
use gemj_model::fact::Comparator;
use roaring::{MultiOps as _, RoaringBitmap};

use super::TermKind;

/// The values of one present fact, as they were received.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct StatedValue {
    /// The onset; absent where none came.
    pub onset: Option<String>,
    /// The bound of the number; absent where the number is the value itself.
    pub comparator: Option<Comparator>,
    /// The decimal number measured; absent for other values.
    pub number: Option<String>,
    /// Its unit; empty where none came, absent without a number.
    pub unit: Option<String>,
    /// The coded result; absent for other values.
    pub value_code: Option<String>,
    /// The label of a coded result, or a result in words; absent for other values.
    pub value_text: Option<String>,
}

impl std::fmt::Debug for StatedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StatedValue(..)")
    }
}

/// The age at the last observation, from the date of birth and the date of the last observation, in completed months.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReckonedAge {
    /// The least that the dates allow.
    pub least_months: u64,
    /// The dates allow less than this.
    pub below_months: u64,
}

impl std::fmt::Debug for ReckonedAge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReckonedAge(..)")
    }
}

impl ReckonedAge {
    /// Counted from some day of the first to some day of the last month. Absent where the observation is before the birth.
    pub(super) fn between(born: &PartialDate, observed: &PartialDate) -> Option<Self> {
        let (born, observed) = (born.months()?, observed.months()?);
        Some(Self {
            least_months: u64::try_from((observed.0 - born.1 - 1).max(0)).ok()?,
            below_months: u64::try_from(observed.1 + 1 - born.0).ok()?,
        })
    }
}

/// What is known of one participant's age.
#[derive(Default)]
pub(super) struct KnownAge {
    /// The ages that units stated, in the order in which they were taken in.
    pub(super) stated: Vec<String>,
    pub(super) born: Option<PartialDate>,
    /// The last date at which anything was observed.
    pub(super) observed: Option<PartialDate>,
}

/// Everybody who has a value of which a judge says yes, and everybody who has one of which it says no.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) yes: RoaringBitmap,
    pub(super) no: RoaringBitmap,
}

/// The values of one dataset.
#[derive(Default)]
pub(super) struct Values {
    /// Each different value. One that nobody has any more stays until the dataset is folded anew.
    different: Vec<StatedValue>,
    numbers: HashMap<StatedValue, u32>,
    /// Whose fact has which of the different values, by the fact's kind and stored code.
    of_facts: HashMap<TermKind, HashMap<String, Vec<(u32, u32)>>>,
    /// Who has which of the different values under any code of a kind, for comparisons that name no code. Not kept of measurements, which are always asked for
    /// by code.
    of_kinds: HashMap<TermKind, HashMap<u32, RoaringBitmap>>,
    stated_ages: HashMap<Vec<String>, RoaringBitmap>,
    reckoned_ages: HashMap<ReckonedAge, RoaringBitmap>,
}

impl Values {
    /// Adds the value of a present fact. A fact without one is not kept.
    pub(super) fn add(&mut self, kind: TermKind, code: &str, value: StatedValue, person: u32) {
        if value == StatedValue::default() {
            return;
        }
        let number = self.number(value);
        self.extend(kind, code, [(person, number)]);
    }

    /// Adds what is known of a participant's age.
    pub(super) fn add_age(&mut self, person: u32, known: KnownAge) {
        if let (Some(born), Some(observed)) = (&known.born, &known.observed)
            && let Some(age) = ReckonedAge::between(born, observed)
        {
            self.reckoned_ages.entry(age).or_default().insert(person);
        }
        if !known.stated.is_empty() {
            self.stated_ages.entry(known.stated).or_default().insert(person);
        }
    }

    /// Adds the values of people of whom nothing is in it.
    pub(super) fn add_all(&mut self, more: Self) {
        let numbers: Vec<u32> = more.different.into_iter().map(|value| self.number(value)).collect();
        for (kind, codes) in more.of_facts {
            for (code, facts) in codes {
                let renumbered = facts.into_iter().map(|(person, value)| (person, numbers[value as usize]));
                self.extend(kind, &code, renumbered);
            }
        }
        for (age, people) in more.stated_ages {
            *self.stated_ages.entry(age).or_default() |= people;
        }
        for (age, people) in more.reckoned_ages {
            *self.reckoned_ages.entry(age).or_default() |= people;
        }
    }

    /// Takes everything of these people out.
    pub(super) fn remove(&mut self, people: &RoaringBitmap) {
        for codes in self.of_facts.values_mut() {
            codes.retain(|_, facts| {
                facts.retain(|(person, _)| !people.contains(*person));
                !facts.is_empty()
            });
        }
        let take = |from: &mut RoaringBitmap| {
            *from -= people;
            !from.is_empty()
        };
        for values in self.of_kinds.values_mut() {
            values.retain(|_, some| take(some));
        }
        self.stated_ages.retain(|_, some| take(some));
        self.reckoned_ages.retain(|_, some| take(some));
    }

    fn number(&mut self, value: StatedValue) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = u32::try_from(self.different.len()).unwrap_or(u32::MAX);
        self.different.push(value.clone());
        self.numbers.insert(value, number);
        number
    }

    fn extend(&mut self, kind: TermKind, code: &str, facts: impl IntoIterator<Item = (u32, u32)>) {
        let facts: Vec<(u32, u32)> = facts.into_iter().collect();
        if has_values_of_any_code(kind) {
            let values = self.of_kinds.entry(kind).or_default();
            for (person, value) in &facts {
                values.entry(*value).or_default().insert(*person);
            }
        }
        let codes = self.of_facts.entry(kind).or_default();
        match codes.get_mut(code) {
            Some(kept) => kept.extend(facts),
            None => {
                codes.insert(code.to_owned(), facts);
            }
        }
    }

    /// Judges the values of a kind's facts; of these stored codes alone, where codes are named. A value of which the judge says nothing counts for neither.
    pub(super) fn judge(
        &self,
        kind: TermKind,
        codes: Option<&BTreeSet<String>>,
        mut judge: impl FnMut(&StatedValue) -> Option<bool>,
    ) -> Judged {
        if codes.is_none() && has_values_of_any_code(kind) {
            return self.judge_any_code(kind, judge);
        }
        let Some(of_kind) = self.of_facts.get(&kind) else {
            return Judged::default();
        };
        let mut judgements: Vec<Option<Option<bool>>> = vec![None; self.different.len()];
        let (mut yes, mut no) = (Bits::default(), Bits::default());
        let mut visit = |facts: &Vec<(u32, u32)>| {
            for (person, value) in facts {
                let at = *value as usize;
                let judgement = *judgements[at].get_or_insert_with(|| judge(&self.different[at]));
                match judgement {
                    Some(true) => yes.insert(*person),
                    Some(false) => no.insert(*person),
                    None => {}
                }
            }
        };
        match codes {
            None => of_kind.values().for_each(&mut visit),
            Some(codes) => codes.iter().filter_map(|code| of_kind.get(code)).for_each(&mut visit),
        }
        Judged {
            yes: yes.bitmap(),
            no: no.bitmap(),
        }
    }

    /// Judges each different value of a kind's facts once, whatever their codes.
    fn judge_any_code(&self, kind: TermKind, mut judge: impl FnMut(&StatedValue) -> Option<bool>) -> Judged {
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        for (value, people) in self.of_kinds.get(&kind).into_iter().flatten() {
            match judge(&self.different[*value as usize]) {
                Some(true) => yes.push(people),
                Some(false) => no.push(people),
                None => {}
            }
        }
        Judged {
            yes: yes.union(),
            no: no.union(),
        }
    }

    /// Judges ages: what was stated where `stated` says anything of it, else what the dates tell.
    pub(super) fn judge_ages(
        &self,
        mut stated: impl FnMut(&[String]) -> Option<bool>,
        mut reckoned: impl FnMut(ReckonedAge) -> bool,
    ) -> Judged {
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        for (age, people) in &self.stated_ages {
            match stated(age) {
                Some(true) => yes.push(people),
                Some(false) => no.push(people),
                None => {}
            }
        }
        let (yes, no) = (yes.union(), no.union());
        let (mut reckoned_yes, mut reckoned_no) = (Vec::new(), Vec::new());
        for (age, people) in &self.reckoned_ages {
            if reckoned(*age) { &mut reckoned_yes } else { &mut reckoned_no }.push(people);
        }
        let decided = &yes | &no;
        Judged {
            yes: yes | (reckoned_yes.union() - &decided),
            no: no | (reckoned_no.union() - &decided),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> u64 {
        let codes = self.of_facts.values().flat_map(HashMap::iter);
        let facts: usize = codes.map(|(code, facts)| code.len() + 64 + facts.capacity() * 8).sum();
        let any_code = self.of_kinds.values().flat_map(HashMap::values);
        let any_code: usize = any_code.map(|people| people.serialized_size() + 64).sum();
        let ages = self.stated_ages.values().chain(self.reckoned_ages.values());
        let ages: usize = ages.map(|people| people.serialized_size() + 128).sum();
        (self.different.len() * 400 + facts + any_code + ages) as u64
    }
}

/// Whether comparisons of a kind's values may name no code: those of onsets.
fn has_values_of_any_code(kind: TermKind) -> bool {
    match kind {
        TermKind::Phenotype | TermKind::Disease => true,
        TermKind::Measurement | TermKind::Specimen => false,
    }
}

/// A set that is filled in no order, some more than once.
#[derive(Default)]
struct Bits(Vec<u8>);

impl Bits {
    fn insert(&mut self, person: u32) {
        let at = person as usize / 8;
        if at >= self.0.len() {
            self.0.resize(at + 1, 0);
        }
        self.0[at] |= 1 << (person % 8);
    }

    fn bitmap(self) -> RoaringBitmap {
        RoaringBitmap::from_lsb0_bytes(0, &self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn reckoned(born: &str, observed: &str) -> Option<(u64, u64)> {
        let date = |text| PartialDate::parse(text).unwrap();
        ReckonedAge::between(&date(born), &date(observed)).map(|age| (age.least_months, age.below_months))
    }

    #[test]
    fn an_age_lies_between_the_months_that_the_dates_allow() {
        assert_eq!(reckoned("1990-06", "2020-06-15"), Some((359, 361)));
        assert_eq!(reckoned("1990", "2020"), Some((348, 372)));
        assert_eq!(reckoned("2020-05", "2020-05-01"), Some((0, 1)));
        assert_eq!(reckoned("2020", "1990"), None, "observed before birth");
    }
}
