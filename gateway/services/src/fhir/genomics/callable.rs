//! The parts of a chromosome where a patient's files show the reference sequence.

use gemj_objects::Stretch;

/// Ranges of one chromosome in which the files show the reference.
#[derive(Clone, Debug, Default)]
pub(super) struct Callable(Vec<(u64, u64)>);

impl Callable {
    /// Adds a range in which the files show the reference.
    pub(super) fn add(&mut self, stretch: Stretch) {
        self.0.push((stretch.start.0, stretch.end.0));
    }

    /// Removes a range.
    pub(super) fn remove(&mut self, stretch: Stretch) {
        let (start, end) = (stretch.start.0, stretch.end.0);
        let kept = self
            .0
            .iter()
            .flat_map(|(from, to)| [(*from, (*to).min(start)), ((*from).max(end), *to)]);
        self.0 = kept.filter(|(from, to)| from < to).collect();
    }

    /// Adds all ranges of `other`.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether every base from `start` (included) to `end` (excluded) is in a range; false if `start` is not before `end`.
    pub(super) fn covers(&self, start: u64, end: u64) -> bool {
        let mut stretches = self.0.clone();
        stretches.sort_unstable();
        let mut reached = start;
        for (from, to) in stretches {
            if from > reached || reached >= end {
                break;
            }
            reached = reached.max(to);
        }
        start < end && reached >= end
    }
}

#[cfg(test)]
mod tests {
    use gemj_model::ZeroBased;

    use super::*;

    #[test]
    fn covers_agrees_with_a_loop_over_the_bases() {
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..2_000 {
            let mut callable = Callable::default();
            let mut bases = [false; 30];
            for _ in 0..next(5) {
                let start = next(25);
                let end = start + next(6);
                let stretch = Stretch {
                    start: ZeroBased(start),
                    end: ZeroBased(end),
                };
                if next(4) == 0 {
                    (start..end.min(30)).for_each(|base| bases[base as usize] = false);
                    callable.remove(stretch);
                } else {
                    (start..end.min(30)).for_each(|base| bases[base as usize] = true);
                    callable.add(stretch);
                }
            }
            let (start, end) = (next(15), next(29));
            let expected = start < end && (start..end).all(|base| bases[base as usize]);
            assert_eq!(callable.covers(start, end), expected, "{callable:?} {start} {end}");
        }
    }
}
