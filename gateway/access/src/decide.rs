//! The function that makes every decision about a read: [`decide`].

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

/// One question to decide: the caller, the action, the object of the action, the declared use, and the time.
#[derive(Clone, Copy, Debug)]
pub struct AccessRequest<'a> {
    /// The id of this decision, which the resulting Grant or Denial carries.
    pub decision: DecisionId,
    /// The caller who makes the request.
    pub caller: &'a Caller,
    /// The action that the caller requests.
    pub action: Action,
    /// The object of the action, as `locate` found it.
    pub resource: Resource<'a>,
    /// The use that the request declares; absent if the client cannot declare a use.
    pub declared: Option<&'a Declared>,
    /// The time of the decision.
    pub now: Timestamp,
}

impl AccessRequest<'_> {
    /// # Errors
    /// [`Rule::CredentialsRequired`] if the caller's token has ended: an ended token counts as no credential.
    pub(crate) fn has_not_ended(&self) -> Result<(), Rule> {
        if self.caller.not_after.is_some_and(|end| end <= self.now) {
            return Err(Rule::CredentialsRequired);
        }
        Ok(())
    }

    /// The purpose that the request declares; absent if the request declares no purpose.
    pub(crate) fn declared_purpose(&self) -> Option<Purpose> {
        self.declared.and_then(|declared| declared.purpose)
    }

    /// The end of the caller's credentials. An anonymous caller has no credential that could end. If a named caller's credentials state no
    /// end, they are valid for this question only.
    pub(crate) fn end(&self) -> Timestamp {
        let without = if self.caller.is_anonymous() {
            Timestamp(i64::MAX)
        } else {
            self.now
        };
        self.caller.not_after.unwrap_or(without)
    }
}

/// Decides one question. The function is pure: the same question, policy and view give the same answer. A question that no rule allows is denied.
///
/// # Errors
/// The [`Denial`] with the rule that denied the question.
pub fn decide(question: &AccessRequest<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Denial> {
    answer(question, policy, view).map_err(|refused| refused.denial(question.decision))
}

fn answer(question: &AccessRequest<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Refused> {
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
