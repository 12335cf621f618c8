//! Judges an approved use against a dataset's Data Use Ontology conditions. The result is one of three: allowed, denied, or referred to the
//! committee. A denial and a referral always name the condition that decided.
//!
//! The rules follow DUO 2021-02-23. Permissions include one another (general research > health research > research on a disease). Modifiers never
//! include one another, because the ontology's own tree puts stricter terms above laxer ones (`DUO:0000018` above `DUO:0000045`). A condition that is
//! unusable as written, obsolete or unknown is referred to the committee, never skipped. `docs/data-use.md` states the choice for every code.

mod condition;
mod modifier;
mod permission;

pub(crate) use condition::Condition;

use std::collections::{HashMap, HashSet};

use gemj_model::{Approval, Organisation, Purpose, Timestamp};

use crate::caller::{Caller, ControlledAccess};

/// The text that replaces the code of the condition if a dataset has no permission at all.
const NO_PERMISSION: &str = "none";

/// Each disease term with all its descendants, from the loaded ontologies.
pub(crate) type Descendants = HashMap<String, HashSet<String>>;

/// An approved use that is to be judged.
#[derive(Clone, Copy)]
pub(crate) struct Use<'a> {
    /// The approval.
    pub(crate) approval: &'a Approval,
    /// The organisation that uses the data.
    pub(crate) organisation: &'a Organisation,
    /// The purposes to judge: the declared purpose, or every purpose of the approval. All of them must be allowed.
    pub(crate) purposes: &'a [Purpose],
    /// The caller who uses the data.
    pub(crate) caller: &'a Caller,
    /// The visa under which the caller uses the data.
    pub(crate) visa: &'a ControlledAccess,
    /// The time of the judgement.
    pub(crate) now: Timestamp,
}

impl Use<'_> {
    /// Whether the approval records that the committee checked that the use meets this condition.
    fn meets(&self, code: &str) -> bool {
        self.approval.meets.iter().any(|met| met == code)
    }

    fn is_for(&self, purpose: Purpose) -> bool {
        self.purposes.contains(&purpose)
    }
}

/// The result of judging a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement<'a> {
    /// The use is allowed until this instant; `i64::MAX` if no condition ends it.
    Allow(Timestamp),
    /// The condition with this code denies the use.
    Deny(&'a str),
    /// The committee has to decide whether the condition with this code allows the use.
    Refer(&'a str),
}

impl<'a> Judgement<'a> {
    const ALLOW: Self = Self::Allow(Timestamp(i64::MAX));

    /// Combines two judgements. A denial takes precedence over a referral, and a referral over an allowance; of two allowances, the earlier end
    /// counts. Of two judgements of one kind, the first is reported.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Deny(_), _) => self,
            (_, Self::Deny(_)) => other,
            (Self::Refer(_), _) => self,
            (_, Self::Refer(_)) => other,
            (Self::Allow(a), Self::Allow(b)) => Self::Allow(a.min(b)),
        }
    }
}

/// Whether the conditions of a dataset contain any permission.
pub(crate) fn has_permission(conditions: &[Condition]) -> bool {
    conditions.iter().any(Condition::is_permission)
}

/// Judges a use against all conditions of a dataset. Every condition must allow the use, and at least one condition must be a permission.
pub(crate) fn judge<'a>(conditions: &'a [Condition], used: &Use<'_>, descendants: &Descendants) -> Judgement<'a> {
    if !has_permission(conditions) {
        return Judgement::Deny(NO_PERMISSION);
    }
    let widened = conditions.iter().any(Condition::opens_clinical_care);
    conditions
        .iter()
        .map(|condition| condition.judge(used, widened, descendants))
        .fold(Judgement::ALLOW, Judgement::and)
}
