//! The consent rules of a profile: which fields of a record state a consent or a withdrawal.

use gemj_model::Clause;

use super::rule::Condition;
use super::{Expression, Selector};
use crate::unit::Unit;

/// One consent rule of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConsentRule {
    /// The place of the rule in the profile: `consents[0]`.
    pub(crate) place: String,
    pub(crate) record: String,
    pub(super) when: Vec<Condition>,
    pub(crate) form: Option<Expression>,
    pub(crate) signed: Option<Expression>,
    /// For each clause, the expression that gives `yes` or `no`.
    pub(crate) clauses: Vec<(Clause, Expression)>,
    /// Gives `yes` if a legal representative signed.
    pub(crate) proxy: Option<Expression>,
    /// Gives `yes` if the participant withdrew, `no` if not.
    pub(crate) withdrawn: Option<Expression>,
    /// The date of the withdrawal. A date alone is a withdrawal.
    pub(crate) withdrawn_at: Option<Expression>,
    /// The clauses that the withdrawal concerns; empty for everything.
    pub(crate) withdraws: Vec<Clause>,
}

impl ConsentRule {
    /// Whether the rule reads this record.
    pub(crate) fn reads(&self, unit: &Unit, record: usize) -> bool {
        let is_about = unit.records.get(record).is_some_and(|r| r.kind == self.record);
        is_about && self.when.iter().all(|condition| condition.holds(unit, record))
    }

    pub(crate) fn expressions(&self) -> Vec<&Expression> {
        let single = [&self.form, &self.signed, &self.proxy, &self.withdrawn, &self.withdrawn_at];
        let clauses = self.clauses.iter().map(|(_, expression)| expression);
        single.into_iter().flatten().chain(clauses).collect()
    }

    /// Every field that the rule reads, including the fields of its conditions.
    pub(crate) fn selectors(&self) -> Vec<&Selector> {
        let conditions = self.when.iter().map(|condition| &condition.selector);
        let read = self.expressions().into_iter().flat_map(Expression::selectors);
        conditions.chain(read).collect()
    }
}
