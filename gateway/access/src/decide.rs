//! The one decision.

pub(crate) mod custody;
mod data_use;
pub(crate) mod hospital;
mod research;
pub(crate) mod runs;

use gemj_model::Timestamp;

use crate::action::{Action, Basis};
use crate::caller::Caller;
use crate::consent::ConsentView;
use crate::declared::Declared;
use crate::denial::{Denial, Rule};
use crate::grant::{DecisionId, Grant};
use crate::policy::Policy;
use crate::resource::Resource;

/// One question: who wants to do what with which thing, for what, and when.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The id this decision is to have.
    pub decision: DecisionId,
    /// Who asks.
    pub caller: &'a Caller,
    /// What for an action.
    pub action: Action,
    /// With what.
    pub resource: Resource<'a>,
    /// What the request says of its use; absent where the client cannot say anything.
    pub declared: Option<&'a Declared>,
    /// When.
    pub now: Timestamp,
}

impl Question<'_> {
    /// Until when the caller's credentials hold. An anonymous caller has none that could end; those of a named one that do not say until when
    /// are not relied upon beyond this question.
    pub(crate) fn end(&self) -> Timestamp {
        let without = if self.caller.is_anonymous() {
            Timestamp(i64::MAX)
        } else {
            self.now
        };
        self.caller.not_after.unwrap_or(without)
    }
}

/// Decides. Pure: the same question, policy and view give the same answer. What no rule allows is refused.
///
/// # Errors
/// The [`Denial`] with the rule that refused.
pub fn decide(question: &Question<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Denial> {
    let deny = |rule| Denial {
        decision: question.decision,
        rule,
    };
    if question.caller.not_after.is_some_and(|end| end <= question.now) {
        return Err(deny(Rule::CredentialsRequired));
    }
    match question.action.basis() {
        Basis::Research => research::decide(question, policy, view).map_err(deny),
        Basis::Care | Basis::ParticipantService => hospital::decide(question, policy, view).map_err(deny),
        Basis::Custody => custody::decide(question, policy, view).map_err(deny),
        Basis::Operation => Err(deny(Rule::NotVisible)),
    }
}
