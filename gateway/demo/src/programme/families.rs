//! Plans the families, and the consent history of each member.

use gemj_model::Sex;

use super::consent_history::History;
use super::disease;
use super::person::{Day, EXPORTED, Hospital, Parent, Person, Relation};
use super::sites::Site;
use crate::prng::Draw;

/// The number of participants of the cancer dataset without relatives.
const CANCER_SINGLES: usize = 230;
/// The number of families of a mother and a daughter, both with cancer.
const CANCER_MOTHER_AND_DAUGHTER: usize = 20;
/// The number of families of two siblings, both with cancer.
const CANCER_SIBLINGS: usize = 10;
/// The number of families of a child with a rare disease and both parents.
const TRIOS: usize = 50;
/// The number of families of a child with a rare disease and the mother.
const DUOS: usize = 20;
/// The number of families of a child with a rare disease, both parents and a further child.
const QUARTETS: usize = 5;
/// The number of mothers in the rare disease dataset who have cancer and are therefore in the cancer dataset too.
const IN_BOTH: usize = 10;

/// Makes all participants, family by family.
pub(super) fn plan(sites: &[Site]) -> Vec<Person> {
    let mut plan = Families {
        people: Vec::new(),
        families: 0,
        outside: 0,
        enrolled: [0; 5],
    };
    // The trios are made first, because the first trios have files.
    for number in 0..TRIOS + DUOS + QUARTETS {
        plan.rare_disease_family(number, sites);
    }
    for number in 0..CANCER_MOTHER_AND_DAUGHTER {
        plan.mother_and_daughter(number);
    }
    for number in 0..CANCER_SIBLINGS {
        plan.siblings(number);
    }
    for number in 0..CANCER_SINGLES {
        plan.single(number);
    }
    for person in &mut plan.people {
        begun_by_the_last_encounter(person);
    }
    plan.people
}

/// Limits the age at each onset to the participant's age at the last encounter.
fn begun_by_the_last_encounter(person: &mut Person) {
    let seen_months = 12 * person.born.years_until(EXPORTED);
    let onsets = person.features.iter_mut().filter_map(|feature| feature.onset_months.as_mut());
    for onset_months in onsets.chain(person.diagnosis.as_mut().map(|diagnosis| &mut diagnosis.onset_months)) {
        *onset_months = seen_months.min(*onset_months);
    }
}

struct Families {
    people: Vec<Person>,
    families: usize,
    outside: u32,
    enrolled: [u16; 5],
}

/// The attributes in which the members of one family differ.
struct Member {
    relation: Relation,
    sex: Sex,
    born: Day,
    mother: Parent,
    father: Parent,
    history: History,
}

impl Families {
    fn begin(&mut self, seed: u64, number: usize) -> (Hospital, Draw) {
        self.families += 1;
        let mut draw = Draw::of(&[seed, number as u64]);
        (*draw.pick(&Hospital::ALL), draw)
    }

    fn outside(&mut self) -> Parent {
        self.outside += 1;
        Parent::Outside(self.outside)
    }

    fn enrol(&mut self, hospital: Hospital, member: Member, draw: &mut Draw) -> usize {
        let number = &mut self.enrolled[hospital as usize];
        *number += 1;
        let index = self.people.len();
        self.people.push(Person {
            index,
            id: format!("GMJ-{}-{number:04}", hospital.letter()),
            family: format!("GMF-{:04}", self.families),
            hospital,
            sex: member.sex,
            born: member.born,
            relation: member.relation,
            in_cancer: false,
            in_rare_disease: false,
            mother: member.mother,
            father: member.father,
            consents: member.history.rows(member.born, draw),
            features: Vec::new(),
            diagnosis: None,
            causal_site: None,
        });
        index
    }

    fn rare_disease_family(&mut self, number: usize, sites: &[Site]) {
        let (hospital, mut draw) = self.begin(0xF0, number);
        // In four of five families all members agreed to all clauses. In every fifth family (`mixed`), the members have other consent
        // histories.
        let mixed = number % 5 == 4;
        let (born, child_history) = child(number, mixed, &mut draw);
        let adult = |families: &mut Self, relation, sex, draw: &mut Draw| {
            let history = if mixed { *draw.pick(&History::ADULT_SPECIAL) } else { History::All };
            let member = Member {
                relation,
                sex,
                born: birthday(born.year - 26 - draw.below(10) as u16, draw),
                mother: families.outside(),
                father: families.outside(),
                history,
            };
            let index = families.enrol(hospital, member, draw);
            families.people[index].features = disease::healthy(draw);
            index
        };
        let mother = adult(self, Relation::Mother, Sex::Female, &mut draw);
        let with_father = !(TRIOS..TRIOS + DUOS).contains(&number);
        let father = with_father.then(|| adult(self, Relation::Father, Sex::Male, &mut draw));
        let father_of_child = match father {
            Some(index) => Parent::Enrolled(index),
            None => self.outside(),
        };
        let sex = any_sex(&mut draw);
        let member = Member {
            relation: Relation::Proband,
            sex,
            born,
            mother: Parent::Enrolled(mother),
            father: father_of_child,
            history: child_history,
        };
        let proband = self.enrol(hospital, member, &mut draw);
        let (diagnosis, features, causal) = disease::rare(number, sex, sites, &mut draw);
        self.people[proband].diagnosis = Some(diagnosis);
        self.people[proband].features = features;
        self.people[proband].causal_site = causal;
        let mut members = vec![mother, proband];
        members.extend(father);
        if number >= TRIOS + DUOS {
            let member = Member {
                relation: Relation::Sibling,
                sex: any_sex(&mut draw),
                born: birthday(2012 + draw.below(10) as u16, &mut draw),
                mother: Parent::Enrolled(mother),
                father: father_of_child,
                history: History::ChildWithAssent,
            };
            let sibling = self.enrol(hospital, member, &mut draw);
            self.people[sibling].features = disease::healthy(&mut draw);
            members.push(sibling);
        }
        for index in members {
            self.people[index].in_rare_disease = true;
        }
        if number % 7 == 3 && number / 7 < IN_BOTH {
            let (diagnosis, mut features) = disease::cancer(Sex::Female, &mut draw);
            let mother = &mut self.people[mother];
            mother.in_cancer = true;
            mother.diagnosis = Some(diagnosis);
            mother.features.append(&mut features);
        }
    }

    fn mother_and_daughter(&mut self, number: usize) {
        let (hospital, mut draw) = self.begin(0xF1, number);
        let mother_born = birthday(1940 + draw.below(16) as u16, &mut draw);
        let daughter_born = birthday(mother_born.year + 22 + draw.below(10) as u16, &mut draw);
        let mother = Member {
            relation: Relation::Mother,
            sex: Sex::Female,
            born: mother_born,
            mother: self.outside(),
            father: self.outside(),
            history: if number.is_multiple_of(4) {
                History::Died
            } else {
                adult_history(&mut draw)
            },
        };
        let mother = self.enrol_with_cancer(hospital, mother, &mut draw);
        let daughter = Member {
            relation: Relation::Proband,
            sex: Sex::Female,
            born: daughter_born,
            mother: Parent::Enrolled(mother),
            father: self.outside(),
            history: adult_history(&mut draw),
        };
        self.enrol_with_cancer(hospital, daughter, &mut draw);
    }

    fn siblings(&mut self, number: usize) {
        let (hospital, mut draw) = self.begin(0xF2, number);
        let (mother, father) = (self.outside(), self.outside());
        for relation in [Relation::Proband, Relation::Sibling] {
            let member = Member {
                relation,
                sex: any_sex(&mut draw),
                born: birthday(1950 + draw.below(25) as u16, &mut draw),
                mother,
                father,
                history: adult_history(&mut draw),
            };
            self.enrol_with_cancer(hospital, member, &mut draw);
        }
    }

    fn single(&mut self, number: usize) {
        let (hospital, mut draw) = self.begin(0xF3, number);
        // The first eight of these participants agreed to all clauses. Then each special history occurs twice, before histories are drawn
        // at random.
        let history = match number.checked_sub(8) {
            None => History::All,
            Some(n) if n < 2 * History::ADULT_SPECIAL.len() => History::ADULT_SPECIAL[n % History::ADULT_SPECIAL.len()],
            Some(_) => adult_history(&mut draw),
        };
        let member = Member {
            relation: Relation::Proband,
            sex: any_sex(&mut draw),
            born: birthday(1938 + draw.below(48) as u16, &mut draw),
            mother: self.outside(),
            father: self.outside(),
            history,
        };
        self.enrol_with_cancer(hospital, member, &mut draw);
    }

    fn enrol_with_cancer(&mut self, hospital: Hospital, member: Member, draw: &mut Draw) -> usize {
        let sex = member.sex;
        let index = self.enrol(hospital, member, draw);
        let (diagnosis, features) = disease::cancer(sex, draw);
        let person = &mut self.people[index];
        person.in_cancer = true;
        person.diagnosis = Some(diagnosis);
        person.features = features;
        index
    }
}

/// The birthday and the consent history of the affected child of a family.
fn child(number: usize, mixed: bool, draw: &mut Draw) -> (Day, History) {
    let day = |year, month, day| Day { year, month, day };
    match number {
        // These children come of age nine days, three weeks and four months after the reference date.
        0 => (day(2008, 12, 10), History::Child),
        1 => (day(2008, 12, 22), History::ChildWithAssent),
        2 => (day(2009, 4, 2), History::Child),
        // These children came of age between the parents' signature and the reference date.
        14 | 19 => (day(2007, 8, 12), History::CameOfAge),
        24 | 29 => (day(2007, 7, 3), History::CameOfAgeAndSigned),
        34 => (birthday(2017, draw), History::ChildWithdrawn),
        39 => (birthday(2018, draw), History::ChildDied),
        44 => (birthday(2013, draw), History::ChildWithoutCommercial),
        // These probands were already adult at the time of the signature.
        n if n % 4 == 3 => (
            birthday(1994 + draw.below(10) as u16, draw),
            if mixed { *draw.pick(&History::ADULT_SPECIAL) } else { History::All },
        ),
        _ => {
            let born = birthday(2010 + draw.below(13) as u16, draw);
            let history = if mixed {
                *draw.pick(&History::CHILD_SPECIAL)
            } else if born.year < 2014 {
                History::ChildWithAssent
            } else {
                History::Child
            };
            (born, history)
        }
    }
}

/// The history of an adult. Most adults agree to everything.
fn adult_history(draw: &mut Draw) -> History {
    if draw.per_mille(810) {
        History::All
    } else {
        *draw.pick(&History::ADULT_SPECIAL)
    }
}

fn any_sex(draw: &mut Draw) -> Sex {
    if draw.per_mille(500) { Sex::Female } else { Sex::Male }
}

fn birthday(year: u16, draw: &mut Draw) -> Day {
    Day {
        year,
        month: (draw.below(12) + 1) as u8,
        day: (draw.below(28) + 1) as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_began_after_the_last_encounter() {
        let people = crate::programme::Programme::plan().people;
        let mut onsets = 0;
        for person in &people {
            let seen_months = 12 * person.born.years_until(EXPORTED);
            let of_features = person.features.iter().filter_map(|feature| feature.onset_months);
            for onset_months in of_features.chain(person.diagnosis.map(|diagnosis| diagnosis.onset_months)) {
                onsets += 1;
                assert!(onset_months <= seen_months, "{}: {onset_months} of {seen_months} months", person.id);
            }
        }
        assert!(onsets > 300, "{onsets}");
    }
}
