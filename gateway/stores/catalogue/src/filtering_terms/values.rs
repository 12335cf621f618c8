//! The values of a dataset's participants that filters compare: onsets, results of measurements and ages. Each different value is kept once. A
//! filter is therefore evaluated once for each different value and not once for each participant.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gemj_model::PartialDate;
use gemj_model::fact::Comparator;
use roaring::{MultiOps as _, RoaringBitmap};

use super::TermKind;
use super::runs::Runs;

/// The values of one present fact, as received.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct StatedValue {
    /// The onset of the phenotype or disease; absent if none was received.
    pub onset: Option<String>,
    /// The comparator of the number, for example `<`; absent if the number is the value itself.
    pub comparator: Option<Comparator>,
    /// The measured decimal number; absent if the value is not a number.
    pub number: Option<String>,
    /// The unit of the number; empty if no unit was received, absent if there is no number.
    pub unit: Option<String>,
    /// The coded result; absent if the value has no code.
    pub value_code: Option<String>,
    /// The label of a coded result, or a result as free text; absent for other values.
    pub value_text: Option<String>,
}

impl std::fmt::Debug for StatedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StatedValue(..)")
    }
}

/// A participant's age at the last observation, in completed months. The age is calculated from the date of birth and the date of the last
/// observation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReckonedAge {
    /// The smallest age that the two dates allow, in completed months.
    pub least_months: u64,
    /// The age in months that is just too large: the two dates allow only smaller ages.
    pub below_months: u64,
}

impl std::fmt::Debug for ReckonedAge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReckonedAge(..)")
    }
}

impl ReckonedAge {
    /// Calculates the age. Each date may be any day of its month or year. Absent if the observation is before the birth.
    pub(super) fn between(born: &PartialDate, observed: &PartialDate) -> Option<Self> {
        let (born, observed) = (born.months()?, observed.months()?);
        Some(Self {
            least_months: u64::try_from((observed.0 - born.1 - 1).max(0)).ok()?,
            below_months: u64::try_from(observed.1 + 1 - born.0).ok()?,
        })
    }
}

/// The data known about one participant's age.
#[derive(Default)]
pub(super) struct KnownAge {
    /// The ages that ingested units stated, in the order of ingestion.
    pub(super) stated: Vec<String>,
    pub(super) born: Option<PartialDate>,
    /// The date of the participant's last observation.
    pub(super) observed: Option<PartialDate>,
}

/// The participants with a value that the judge function accepts, and the participants with a value that it rejects.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) yes: RoaringBitmap,
    pub(super) no: RoaringBitmap,
}

/// The values and ages of the participants of one dataset.
#[derive(Default)]
pub(super) struct Values {
    /// Each different value once. A value without participants remains until the dataset is folded again.
    different: Vec<StatedValue>,
    numbers: HashMap<StatedValue, u32>,
    /// The values of facts by kind and stored code: for each fact, the participant and the value's position in `different`.
    of_facts: HashMap<TermKind, HashMap<String, Vec<(u32, u32)>>>,
    /// The participants by value, for facts of a kind with any code. Used by filters that name no code. Not kept for measurements, because
    /// filters on measurements always name a code.
    of_kinds: HashMap<TermKind, Runs<u32>>,
    stated_ages: HashMap<Vec<String>, RoaringBitmap>,
    reckoned_ages: Runs<ReckonedAge>,
}

impl Values {
    /// Adds the value of a present fact of a participant. A fact without a value is not kept.
    pub(super) fn add(&mut self, kind: TermKind, code: &str, value: StatedValue, person: u32) {
        if value == StatedValue::default() {
            return;
        }
        let number = self.number(value);
        let codes = self.of_facts.entry(kind).or_default();
        match codes.get_mut(code) {
            Some(facts) => facts.push((person, number)),
            None => {
                codes.insert(code.to_owned(), vec![(person, number)]);
            }
        }
    }

    /// Adds the values and ages of participants. These participants must not have any values here yet.
    pub(super) fn add_all(&mut self, more: Self, ages: impl IntoIterator<Item = (u32, KnownAge)>) {
        let numbers: Vec<u32> = more.different.into_iter().map(|value| self.number(value)).collect();
        for (kind, codes) in more.of_facts {
            let mut of_kind: HashMap<u32, RoaringBitmap> = HashMap::new();
            let kept = self.of_facts.entry(kind).or_default();
            for (code, mut facts) in codes {
                for (person, value) in &mut facts {
                    *value = numbers[*value as usize];
                    if has_values_of_any_code(kind) {
                        of_kind.entry(*value).or_default().insert(*person);
                    }
                }
                kept.entry(code).or_default().append(&mut facts);
            }
            let mut of_kind: Vec<(u32, RoaringBitmap)> = of_kind.into_iter().collect();
            of_kind.sort_by_cached_key(|(value, _)| onset_order(&self.different[*value as usize]));
            self.of_kinds.entry(kind).or_default().add(of_kind);
        }
        self.add_ages(ages);
    }

    fn add_ages(&mut self, ages: impl IntoIterator<Item = (u32, KnownAge)>) {
        let mut reckoned: BTreeMap<ReckonedAge, RoaringBitmap> = BTreeMap::new();
        for (person, known) in ages {
            if let (Some(born), Some(observed)) = (&known.born, &known.observed)
                && let Some(age) = ReckonedAge::between(born, observed)
            {
                reckoned.entry(age).or_default().insert(person);
            }
            if !known.stated.is_empty() {
                self.stated_ages.entry(known.stated).or_default().insert(person);
            }
        }
        self.reckoned_ages.add(reckoned);
    }

    /// Removes all values and ages of these participants.
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
        self.stated_ages.retain(|_, some| take(some));
        self.of_kinds.values_mut().for_each(|values| values.remove(people));
        self.reckoned_ages.remove(people);
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

    /// Calls `judge` for the values of a kind's facts. If `codes` is present, only facts with these stored codes count. A value for which
    /// `judge` returns nothing counts neither as accepted nor as rejected.
    pub(super) fn judge(
        &self,
        kind: TermKind,
        codes: Option<&BTreeSet<String>>,
        mut judge: impl FnMut(&StatedValue) -> Option<bool>,
    ) -> Judged {
        if codes.is_none() && has_values_of_any_code(kind) {
            let of_kind = self.of_kinds.get(&kind);
            return of_kind.map_or_else(Judged::default, |runs| runs.judge(|value| judge(&self.different[*value as usize])));
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

    /// Returns the participants whose age is accepted and those whose age is rejected. The ages that sources stated are used if `stated`
    /// returns a result for them. Otherwise the age calculated from the dates is used.
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
        let by_dates = self.reckoned_ages.judge(|age| Some(reckoned(*age)));
        let decided = &yes | &no;
        Judged {
            yes: yes | (by_dates.yes - &decided),
            no: no | (by_dates.no - &decided),
        }
    }

    /// The approximate size of the values in bytes.
    pub(super) fn bytes(&self) -> u64 {
        let codes = self.of_facts.values().flat_map(HashMap::iter);
        let facts: usize = codes.map(|(code, facts)| code.len() + 64 + facts.capacity() * 8).sum();
        let any_code: usize = self.of_kinds.values().map(Runs::bytes).sum();
        let ages: usize = self.stated_ages.values().map(|people| people.serialized_size() + 128).sum();
        (self.different.len() * 400 + facts + any_code + ages + self.reckoned_ages.bytes()) as u64
    }
}

/// The sort key of a value by its onset: first the approximate number of days, then the text. Values without a readable onset come last. The
/// order affects only the speed of filters.
fn onset_order(value: &StatedValue) -> (u64, String) {
    let onset = value.onset.clone().unwrap_or_default();
    (about_days(&onset).unwrap_or(u64::MAX), onset)
}

/// The approximate number of days in an ISO 8601 duration. Hours, minutes and seconds are ignored. For two durations separated by `/`, the first
/// is used. Absent if the text is not a duration.
fn about_days(text: &str) -> Option<u64> {
    let (mut days, mut number) = (0u64, 0u64);
    for c in text.strip_prefix('P')?.chars().take_while(|c| !matches!(c, '/' | 'T')) {
        let unit_days = match c {
            '0'..='9' => {
                number = number.checked_mul(10)?.checked_add(u64::from(c) - u64::from('0'))?;
                continue;
            }
            'Y' => 365,
            'M' => 30,
            'W' => 7,
            'D' => 1,
            _ => return None,
        };
        days = days.checked_add(number.checked_mul(unit_days)?)?;
        number = 0;
    }
    Some(days)
}

/// Whether filters on values of this kind may omit the code. This is so for the kinds with onsets (phenotypes and diseases).
fn has_values_of_any_code(kind: TermKind) -> bool {
    match kind {
        TermKind::Phenotype | TermKind::Disease => true,
        TermKind::Measurement | TermKind::Specimen => false,
    }
}

/// A set of ordinals for fast insertion in any order and with repetitions.
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
    fn onsets_are_ordered_by_their_days() {
        let order = |text: &str| about_days(text);
        assert!(order("P9Y") < order("P10Y") && order("P1Y6M") < order("P19M1W") && order("P3D") < order("P1W/P2Y"));
        assert_eq!(order("P1DT12H"), Some(1));
        assert_eq!(order("HP:0003577").or(order("P99999999999999999999Y")), None);
    }

    #[test]
    fn an_age_is_between_the_months_that_the_dates_allow() {
        assert_eq!(reckoned("1990-06", "2020-06-15"), Some((359, 361)));
        assert_eq!(reckoned("1990", "2020"), Some((348, 372)));
        assert_eq!(reckoned("2020-05", "2020-05-01"), Some((0, 1)));
        assert_eq!(reckoned("2020", "1990"), None, "observed before birth");
    }
}
