//! Builds bitmaps of all participants in one pass. The bits are first written plainly, in runs of 65,536 participants, because the
//! bitmaps store participants in these runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemj_model::{Clause, ClauseSet};
use roaring::RoaringBitmap;

use super::evaluation::{Bitmaps, other_grounds};
use super::fold::Held;
use super::form_table::FormNumber;

const BYTES: usize = 65_536 / 8;

/// The bits of one bitmap for one run of participants.
type Plane = Box<[u8; BYTES]>;

/// One run of 65,536 participants.
#[derive(Default)]
struct Run {
    clauses: [Option<Plane>; Clause::ALL.len()],
    other_grounds: [Option<Plane>; Clause::ALL.len()],
    overseas: Vec<(FormNumber, Plane)>,
}

/// All runs of participants, by the upper 16 bits of their ordinals.
#[derive(Default)]
pub(super) struct Planes {
    runs: BTreeMap<u16, Run>,
    /// The run that was written last. It is kept outside the map, because participants mostly arrive in the order of their ordinals.
    last: Option<(u16, Run)>,
}

fn empty() -> Plane {
    Box::new([0; BYTES])
}

fn mark(plane: &mut Plane, low: u16) {
    plane[usize::from(low >> 3)] |= 1 << (low & 7);
}

fn mark_each(planes: &mut [Option<Plane>], clauses: ClauseSet, low: u16) {
    let mut bits = clauses.bits();
    while bits != 0 {
        mark(planes[bits.trailing_zeros() as usize].get_or_insert_with(empty), low);
        bits &= bits - 1;
    }
}

impl Planes {
    /// Adds a participant and the clauses that hold for the participant. Each participant must be added only once.
    pub(super) fn put(&mut self, ordinal: u32, held: &Held) {
        if held.clauses.is_empty() {
            return;
        }
        let (high, low) = ((ordinal >> 16) as u16, ordinal as u16);
        let run = self.run(high);
        mark_each(&mut run.clauses, held.clauses, low);
        mark_each(&mut run.other_grounds, other_grounds(held), low);
        if let Some(form) = held.overseas {
            let place = match run.overseas.iter().position(|(number, _)| *number == form) {
                Some(place) => place,
                None => {
                    run.overseas.push((form, empty()));
                    run.overseas.len() - 1
                }
            };
            mark(&mut run.overseas[place].1, low);
        }
    }

    fn run(&mut self, high: u16) -> &mut Run {
        if self.last.as_ref().is_some_and(|(of, _)| *of != high)
            && let Some((of, run)) = self.last.take()
        {
            self.runs.insert(of, run);
        }
        let runs = &mut self.runs;
        &mut self.last.get_or_insert_with(|| (high, runs.remove(&high).unwrap_or_default())).1
    }

    pub(super) fn into_bitmaps(mut self) -> Bitmaps {
        self.runs.extend(self.last.take());
        let mut clauses: [RoaringBitmap; Clause::ALL.len()] = Default::default();
        let mut other_grounds: [RoaringBitmap; Clause::ALL.len()] = Default::default();
        let mut overseas: BTreeMap<FormNumber, RoaringBitmap> = BTreeMap::new();
        for (high, run) in self.runs {
            let first = u32::from(high) << 16;
            let pairs = clauses
                .iter_mut()
                .zip(run.clauses)
                .chain(other_grounds.iter_mut().zip(run.other_grounds));
            for (bitmap, plane) in pairs {
                if let Some(plane) = plane {
                    *bitmap |= RoaringBitmap::from_lsb0_bytes(first, plane.as_slice());
                }
            }
            for (form, plane) in run.overseas {
                *overseas.entry(form).or_default() |= RoaringBitmap::from_lsb0_bytes(first, plane.as_slice());
            }
        }
        Bitmaps {
            clauses: clauses.map(Arc::new),
            other_grounds: other_grounds.map(Arc::new),
            overseas: overseas.into_iter().map(|(form, people)| (form, Arc::new(people))).collect(),
        }
    }
}
