//! Sends one stream of requests to both worlds and compares the answers.

use std::collections::{BTreeMap, BTreeSet};

use gemj_demo::Persona;

use crate::kind::Kind;
use crate::model::Model;
use crate::requests::{Asked, Asker};
use crate::wire::Answer;
use crate::world::Worlds;

/// The result of a stream.
pub(crate) struct Found {
    kind: Kind,
    /// The number of equal answers, by operation.
    equal: BTreeMap<String, u64>,
    /// The answers that the model allows to differ, by reason: how many were compared, and how many of them differed.
    left_out: BTreeMap<&'static str, (u64, u64)>,
    /// The operations in which an answer differed that the model allows to differ.
    differing: BTreeSet<String>,
    statuses: BTreeMap<u16, u64>,
    /// The first answers that reveal the secret.
    pub(crate) faults: Vec<String>,
}

/// The number of faults that the result lists. One fault makes the test fail; further faults help to find the common cause.
const KEPT_FAULTS: usize = 8;

/// Sends `count` requests of the stream `seed`.
pub(crate) fn run(kind: Kind, count: u64, seed: u64) -> Found {
    let mut worlds = Worlds::make(kind);
    let mut found = Found {
        kind,
        equal: BTreeMap::new(),
        left_out: BTreeMap::new(),
        differing: BTreeSet::new(),
        statuses: BTreeMap::new(),
        faults: Vec::new(),
    };
    let model = Model::new(kind, &worlds);
    let mut asker = Asker::new(&mut worlds, seed);
    for number in 0..count {
        // The clock advances half a second for each request, so that a long stream stays within the lifetime of a passport.
        let now = gemj_model::Timestamp(worlds.now.0 + 500_000 * i64::try_from(number).unwrap());
        worlds.set(now, number);
        let asked = asker.next(&mut worlds, now);
        let answers = [worlds.without.wire.send(&asked.request), worlds.with.wire.send(&asked.request)];
        // An answer that may differ can contain ids of the secret. Other callers use these ids in later requests.
        let may_differ = model.may_differ(&asked);
        asker.learn(&asked, &answers[1], may_differ.is_some());
        found.compare(may_differ, &asked, &answers);
        if found.faults.len() >= KEPT_FAULTS {
            break;
        }
    }
    found
}

impl Found {
    fn compare(&mut self, may_differ: Option<&'static str>, asked: &Asked, answers: &[Answer; 2]) {
        let [without, with] = answers;
        *self.statuses.entry(with.code()).or_default() += 1;
        match may_differ {
            Some(reason) => {
                let (count, differ) = self.left_out.entry(reason).or_default();
                *count += 1;
                if without != with {
                    *differ += 1;
                    self.differing.insert(asked.operation.clone());
                }
            }
            None if without == with => *self.equal.entry(asked.operation.clone()).or_default() += 1,
            None => self.faults.push(describe(asked, without, with)),
        }
    }

    /// Asserts that at least one answer that may differ for this reason does differ. A reason without any difference must be removed from the model,
    /// because it would exclude answers without need.
    pub(crate) fn left_out_where_it_differs(&self, reason: &str) {
        let differ = self.left_out.get(reason).map_or(0, |(_, differ)| *differ);
        assert!(differ > 0, "no answer left out because of '{reason}' differs: {}", self.summary());
    }

    pub(crate) fn operations_that_differ(&self) -> usize {
        self.differing.len()
    }

    pub(crate) fn summary(&self) -> String {
        let equal: u64 = self.equal.values().sum();
        format!(
            "{:?}: {equal} answers of {} operations equal; left out (count, differ): {:?}; differing: {:?}; statuses: {:?}",
            self.kind,
            self.equal.len(),
            self.left_out,
            self.differing,
            self.statuses
        )
    }

    pub(crate) fn report(&self) -> String {
        format!("{}\n\n{}", self.summary(), self.faults.join("\n\n"))
    }
}

fn describe(asked: &Asked, without: &Answer, with: &Answer) -> String {
    let caller = asked.caller.map_or("anonymous", Persona::as_str);
    let show = |answer: &Answer| {
        let mut text = answer.text();
        // The excerpt begins shortly before the first difference.
        let at = without
            .body
            .iter()
            .zip(&with.body)
            .take_while(|(a, b)| a == b)
            .count()
            .saturating_sub(300);
        text = text.chars().skip(at).take(900).collect();
        format!(
            "{} {:?} {} bytes, {}, cut {}: …{text}",
            answer.status,
            answer.headers,
            answer.body.len(),
            answer.framing,
            answer.cut
        )
    };
    format!(
        "{caller} {} {} {:?} {}\n  without: {}\n  with:    {}",
        asked.request.method,
        asked.request.target,
        asked
            .request
            .headers
            .iter()
            .filter(|(name, _)| name != "Authorization")
            .collect::<Vec<_>>(),
        String::from_utf8_lossy(&asked.request.body),
        show(without),
        show(with)
    )
}
