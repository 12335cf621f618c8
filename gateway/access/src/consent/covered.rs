//! The participants whose data an audience may see, for one consent view.

use std::sync::Arc;

use gemj_model::Clause;
use roaring::RoaringBitmap;

use super::audience::Audience;
use super::roster::Families;
use super::view::Consents;

/// The participants of a dataset whose data an audience may see.
#[derive(Clone, Debug, Default)]
pub(super) struct Covered {
    /// The participants whose consent covers the audience.
    pub(super) people: Arc<RoaringBitmap>,
    /// The participants in `people` whose registered relatives are all covered too.
    pub(super) whole_families: Arc<RoaringBitmap>,
}

/// All participants whose consent covers an audience, whether or not they belong to a dataset.
pub(super) fn agreeing(consents: &Consents, audience: &Audience) -> RoaringBitmap {
    let mut people = consents.bitmaps.clauses[Clause::StudyUse as usize].as_ref().clone();
    for clause in audience.clauses().iter() {
        people &= consents.bitmaps.clauses[clause as usize].as_ref();
        if audience.needs_consent() {
            // For a company, for a commercial aim and for the world, a clause that does not rest on consent does not count.
            people -= consents.bitmaps.other_grounds[clause as usize].as_ref();
        }
    }
    match audience {
        Audience::World => people,
        Audience::Organisation { country, .. } if country == "JP" => people,
        Audience::Organisation { country, .. } => {
            let mut named = RoaringBitmap::new();
            for (number, signers) in &consents.bitmaps.overseas {
                let names_it = consents
                    .forms
                    .get(number)
                    .is_some_and(|form| form.overseas_countries.contains(country));
                if names_it {
                    named |= signers.as_ref();
                }
            }
            people & named
        }
    }
}

/// The members of a dataset among the agreeing participants, and the participants among these members whose registered relatives all agree.
pub(super) fn cover(members: &RoaringBitmap, agreeing: &RoaringBitmap, families: &Families) -> Covered {
    let people = members & agreeing;
    let number = |ordinal: u32| families.numbers.get(ordinal as usize).copied();
    // Families with a name are numbered from 0. One bit for each of them marks a family with a member who does not agree. Participants without a
    // named family have no registered relative.
    let mut failing: Vec<u64> = Vec::new();
    for family in (families.named.as_ref() - agreeing).iter().filter_map(number) {
        let word = (family / 64) as usize;
        if failing.len() <= word {
            failing.resize(word + 1, 0);
        }
        failing[word] |= 1 << (family % 64);
    }
    let fails = |family: u32| {
        failing
            .get((family / 64) as usize)
            .is_some_and(|word| word >> (family % 64) & 1 == 1)
    };
    let torn: RoaringBitmap = (&people & families.named.as_ref())
        .iter()
        .filter(|ordinal| number(*ordinal).is_none_or(fails))
        .collect();
    let whole = Arc::new(&people - torn);
    Covered {
        whole_families: whole,
        people: Arc::new(people),
    }
}
