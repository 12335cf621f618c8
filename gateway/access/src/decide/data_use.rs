//! A dataset's Data Use Ontology conditions against an approved use. Three answers: allowed, denied, or to be referred to the committee; the
//! condition that decided is always named.
//!
//! DUO 2021-02-23. Permissions include one another (general research > health research > research on a disease); modifiers never do, since
//! the ontology's own tree puts stricter terms above laxer ones (`DUO:0000018` above `DUO:0000045`). What is unusable as written, obsolete
//! or not known is referred, never passed over. `docs/data-use.md` has the choice for every code.

mod condition;
mod modifier;
mod permission;

pub(crate) use condition::Condition;

use std::collections::{HashMap, HashSet};

use gemj_model::{Approval, Organisation, Purpose, Timestamp};

use crate::caller::{Caller, ControlledAccess};

/// What stands for the missing code where a dataset has no permission at all.
const NO_PERMISSION: &str = "none";

/// Disease terms with all their descendants, as the loaded ontologies have them.
pub(crate) type Descendants = HashMap<String, HashSet<String>>;

/// A use that was approved, as it is judged.
#[derive(Clone, Copy)]
pub(crate) struct Use<'a> {
    /// The approval.
    pub(crate) approval: &'a Approval,
    /// Whose use it is.
    pub(crate) organisation: &'a Organisation,
    /// The purposes to be judged, all of them: the declared one, or every one that the approval has.
    pub(crate) purposes: &'a [Purpose],
    /// Who uses it.
    pub(crate) caller: &'a Caller,
    /// By which visa.
    pub(crate) visa: &'a ControlledAccess,
    /// When.
    pub(crate) now: Timestamp,
}

impl Use<'_> {
    /// Whether the committee has checked that the use meets a condition.
    fn meets(&self, code: &str) -> bool {
        self.approval.meets.iter().any(|met| met == code)
    }

    fn is_for(&self, purpose: Purpose) -> bool {
        self.purposes.contains(&purpose)
    }
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement<'a> {
    /// The use is allowed until this instant; `i64::MAX` where no condition ends it.
    Allow(Timestamp),
    /// The condition of this code does not allow it.
    Deny(&'a str),
    /// Whether the condition of this code allows it is for the committee to say.
    Refer(&'a str),
}

impl<'a> Judgement<'a> {
    const ALLOW: Self = Self::Allow(Timestamp(i64::MAX));

    /// Both: a denial before anything else, then a referral, then the sooner end. Of two of a kind the first is told.
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

/// Whether a dataset has any permission at all.
pub(crate) fn has_permission(conditions: &[Condition]) -> bool {
    conditions.iter().any(Condition::is_permission)
}

/// Judges a use against all of a dataset's conditions: every one has to allow it, and one of them has to be a permission.
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
