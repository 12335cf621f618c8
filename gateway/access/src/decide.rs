//! The one decision.

pub(crate) mod approvals;
pub(crate) mod custody;
pub(crate) mod data_use;
pub(crate) mod hospital;
pub(crate) mod research;
pub(crate) mod runs;

use gemj_model::{Purpose, Timestamp};

use crate::action::{Action, Basis};
use crate::caller::Caller;
use crate::consent::ConsentView;
use crate::declared::Declared;
use crate::denial::{Denial, Refused, Rule};
use crate::grant::{DecisionId, Grant};
use crate::policy::Policy;
use crate::resource::Resource;
use crate::smart_scope;

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
    /// # Errors
    /// The caller's token is past its end: it is as if nothing had been presented where something is needed.
    pub(crate) fn has_not_ended(&self) -> Result<(), Rule> {
        if self.caller.not_after.is_some_and(|end| end <= self.now) {
            return Err(Rule::CredentialsRequired);
        }
        Ok(())
    }

    /// The purpose that the request declares; absent where it declares none.
    pub(crate) fn declared_purpose(&self) -> Option<Purpose> {
        self.declared.and_then(|declared| declared.purpose)
    }

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
    answer(question, policy, view).map_err(|refused| refused.denial(question.decision))
}

fn answer(question: &Question<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Refused> {
    question.has_not_ended()?;
    if policy.bans().bars(question.caller) {
        return Err(Rule::CredentialsRequired.into());
    }
    match question.action.basis() {
        Basis::Research => research::decide(question, policy, view),
        Basis::Care | Basis::ParticipantService => {
            smart_scope::check(question.caller, question.declared)?;
            Ok(hospital::decide(question, policy, view)?)
        }
        Basis::Custody => Ok(custody::decide(question, policy, view)?),
        Basis::Operation => Err(Rule::NotVisible.into()),
    }
}
