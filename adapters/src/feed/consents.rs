//! Reads the consent statements of a unit by the consent rules of the profile.

use gemj_model::feed_consent::{FeedConsent, FeedConsentState};
use gemj_model::{Clause, ClauseSet, FormId};

use crate::profile::{ConsentRule, Expression, Profile, Selector};
use crate::unit::{Field, Unit};

/// One statement of a unit.
pub(super) struct Found {
    /// The rule and the number of its record in the unit.
    pub(super) rule: String,
    pub(super) state: FeedConsentState,
    /// The texts in which a word for a withdrawal must not be overlooked.
    pub(super) texts: Vec<String>,
}

/// Whether units of the profile can state a withdrawal.
pub(super) fn can_withdraw(profile: &Profile) -> bool {
    let mut rules = profile.consents.iter();
    rules.any(|rule| rule.withdrawn.is_some() || rule.withdrawn_at.is_some())
}

/// The statement that a unit could not be read. `name` is the unit's name or mark. Its person is not certain.
pub(super) fn unread(name: &str) -> FeedConsent {
    FeedConsent {
        unit: name.to_owned(),
        rule: "unread".to_owned(),
        participant: None,
        state: FeedConsentState::Unread,
        texts: Vec::new(),
    }
}

/// The consent statements of a unit. A record that states nothing about consent gives no statement.
pub(super) fn of_unit(profile: &Profile, unit: &Unit) -> Vec<Found> {
    let mut found = Vec::new();
    for rule in &profile.consents {
        // Records are counted for each rule, so that a record of another kind that is added before does not rename the statement.
        let records = (0..unit.records.len()).filter(|record| rule.reads(unit, *record));
        for (count, record) in records.enumerate() {
            if let Some(state) = state(rule, unit, record) {
                let is_read = !matches!(state, FeedConsentState::Incomplete { .. });
                found.push(Found {
                    rule: format!("{} {count}", rule.place),
                    state,
                    texts: texts(rule, unit, record, is_read),
                });
            }
        }
    }
    found
}

/// The withdrawals in what could be read of a unit that is refused. A consent in it does not count. Its texts are kept, because a word for a withdrawal in
/// them must not be overlooked.
pub(super) fn withdrawals_of_unit(profile: &Profile, unit: &Unit) -> Vec<Found> {
    let statements = of_unit(profile, unit).into_iter();
    let withdrawals = statements.map(|found| match found.state {
        FeedConsentState::Given { .. } => Found {
            state: FeedConsentState::Incomplete { missing: vec!["unit"] },
            ..found
        },
        FeedConsentState::Incomplete { .. } | FeedConsentState::Withdrawn { .. } | FeedConsentState::Unclear | FeedConsentState::Unread => {
            found
        }
    });
    withdrawals
        .filter(|found| !matches!(&found.state, FeedConsentState::Incomplete { .. } if found.texts.is_empty()))
        .collect()
}

/// The value of an optional expression: absent, a value, or a value that cannot be read.
enum Read {
    Absent,
    Value(String),
    Fault,
}

fn read(expression: Option<&Expression>, unit: &Unit, record: usize) -> Read {
    match expression.map(|expression| expression.value(unit, record)) {
        None | Some(Ok(None)) => Read::Absent,
        Some(Ok(Some(value))) => Read::Value(value),
        Some(Err(_)) => Read::Fault,
    }
}

/// An answer that a profile maps to `yes` or `no`.
fn answer(expression: Option<&Expression>, unit: &Unit, record: usize) -> Result<Option<bool>, ()> {
    match read(expression, unit, record) {
        Read::Absent => Ok(None),
        Read::Value(value) if value == "yes" => Ok(Some(true)),
        Read::Value(value) if value == "no" => Ok(Some(false)),
        Read::Value(_) | Read::Fault => Err(()),
    }
}

/// The statement of one record. A withdrawal is never made smaller: a value about the withdrawal that cannot be read, or that contradicts another one, makes
/// the withdrawal unclear.
fn state(rule: &ConsentRule, unit: &Unit, record: usize) -> Option<FeedConsentState> {
    let withdrawn = answer(rule.withdrawn.as_ref(), unit, record);
    let at = read(rule.withdrawn_at.as_ref(), unit, record);
    match (withdrawn, at) {
        (Err(()), _) | (_, Read::Fault) | (Ok(Some(false)), Read::Value(_)) => return Some(FeedConsentState::Unclear),
        (Ok(Some(true)), Read::Absent) => {
            return Some(FeedConsentState::Withdrawn {
                clauses: rule.withdraws.iter().copied().collect(),
                at: None,
            });
        }
        (Ok(_), Read::Value(at)) => {
            return Some(FeedConsentState::Withdrawn {
                clauses: rule.withdraws.iter().copied().collect(),
                at: Some(at),
            });
        }
        (Ok(None | Some(false)), Read::Absent) => {}
    }
    given(rule, unit, record)
}

fn given(rule: &ConsentRule, unit: &Unit, record: usize) -> Option<FeedConsentState> {
    let mut missing = Vec::new();
    let mut value = |name, expression: Option<&Expression>| match read(expression, unit, record) {
        Read::Value(value) => Some(value),
        Read::Absent | Read::Fault => {
            missing.push(name);
            None
        }
    };
    let form = value("form", rule.form.as_ref()).and_then(|id| FormId::parse(&id).ok());
    let signed = value("signed", rule.signed.as_ref());
    if form.is_none() && !missing.contains(&"form") {
        missing.push("form");
    }
    let mut clauses = ClauseSet::EMPTY;
    let mut answered = false;
    for (clause, expression) in &rule.clauses {
        match answer(Some(expression), unit, record) {
            Ok(Some(true)) => {
                clauses = clauses.with(*clause);
                answered = true;
            }
            Ok(Some(false)) => answered = true,
            // A clause without an answer does not hold.
            Ok(None) => {}
            Err(()) => missing.push(Clause::as_str(*clause)),
        }
    }
    if !answered {
        missing.push("clauses");
    }
    let proxy = answer(rule.proxy.as_ref(), unit, record);
    if proxy.is_err() {
        missing.push("proxy");
    }
    match (form, signed, proxy) {
        (Some(form), Some(signed), Ok(proxy)) if missing.is_empty() => Some(FeedConsentState::Given {
            form,
            clauses,
            signed,
            by_proxy: proxy == Some(true),
        }),
        _ => has_own_value(rule, unit, record).then_some(FeedConsentState::Incomplete { missing }),
    }
}

/// Whether the record itself has a value in a field that the rule reads. Fields of enclosing records alone state no consent.
fn has_own_value(rule: &ConsentRule, unit: &Unit, record: usize) -> bool {
    rule.selectors().into_iter().any(|selector| match selector.find(unit, record) {
        Some((at, _, Field::Value(text))) => at == record && !text.trim().is_empty(),
        Some((_, _, Field::Null)) | None => false,
    })
}

/// The texts of the record in which a word for a withdrawal must not be overlooked. If the statement could be read, the fields that the rule reads and the
/// labels of their codes do not count: the label of an answered question can be a word such as `同意しない`.
fn texts(rule: &ConsentRule, unit: &Unit, record: usize, is_read: bool) -> Vec<String> {
    let read: Vec<&str> = rule.selectors().into_iter().map(Selector::name).collect();
    let counts = |name: &str| !is_read || !read.contains(&name.split(':').next().unwrap_or(name)) && !read.contains(&name);
    let fields = unit.records.get(record).into_iter().flat_map(|record| &record.fields);
    let texts = fields.filter_map(|(name, field)| match field {
        Field::Value(text) if counts(name) => Some(text.clone()),
        Field::Value(_) | Field::Null => None,
    });
    texts.collect()
}
