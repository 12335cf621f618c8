//! The `conditions` of a visa: an OR of ANDs over the other visas of the same person.

mod glob;

use serde_json::Value;

use crate::limits::{CONDITION_CLAUSES_MAX_COUNT, STRING_MAX_SCALARS};
use crate::reason::Reason;
use crate::visa::VisaObject;

use glob::Glob;
pub use glob::linear_glob;

/// Parsed conditions (`Passport 1.2.1 § conditions`). The outer list contains alternatives. In an alternative every clause must be met, and
/// one single visa must meet a whole clause. A visa with conditions must not be used before its conditions are evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    alternatives: Vec<Vec<Clause>>,
}

#[derive(Clone, PartialEq, Eq)]
struct Clause {
    visa_type: String,
    members: Vec<(String, Matcher)>,
}

impl std::fmt::Debug for Clause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clause(redacted)")
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Matcher {
    Const(String),
    Pattern(Glob),
    SplitPattern(Glob),
    /// A clause value without a prefix, or with a prefix that the specification does not define. The specification says: "the clause fails".
    Unknown,
}

impl Conditions {
    /// Parses `conditions`. `null` and `[]` mean that there are no conditions. The specification says "non-empty" and does not define these
    /// cases. An empty alternative (`[[]]`) is malformed; otherwise it would always be true.
    ///
    /// # Errors
    /// [`Reason::ConditionsMalformed`] if the value does not have the form that the specification defines.
    pub fn parse(value: &Value) -> Result<Option<Self>, Reason> {
        if value.is_null() {
            return Ok(None);
        }
        let malformed = Reason::ConditionsMalformed;
        let outer = value.as_array().ok_or(malformed)?;
        let mut count = 0;
        let mut alternatives = Vec::with_capacity(outer.len());
        for inner in outer {
            let inner = inner.as_array().filter(|clauses| !clauses.is_empty()).ok_or(malformed)?;
            count += inner.len();
            if count > CONDITION_CLAUSES_MAX_COUNT {
                return Err(malformed);
            }
            alternatives.push(inner.iter().map(Clause::parse).collect::<Result<Vec<_>, _>>()?);
        }
        Ok((!alternatives.is_empty()).then_some(Self { alternatives }))
    }

    /// Evaluates the conditions. `candidates` are visas, each with a rank. A candidate must be valid and trusted, must belong to the same or a
    /// linked identity, and must have *no conditions of its own*.
    ///
    /// The rank of an alternative is the lowest rank that it needs. The result is the highest rank of all alternatives that are met. With the
    /// expiry as rank, the result is the time until which the conditions are met.
    ///
    /// `None` if no alternative of the conditions is met.
    #[must_use]
    pub fn met_until<T: Copy + Ord>(&self, candidates: &[(&VisaObject, T)]) -> Option<T> {
        self.alternatives
            .iter()
            .filter_map(|clauses| alternative_met_until(clauses, candidates))
            .max()
    }
}

fn alternative_met_until<T: Copy + Ord>(clauses: &[Clause], candidates: &[(&VisaObject, T)]) -> Option<T> {
    let mut lowest = None;
    for clause in clauses {
        let best = candidates
            .iter()
            .filter(|(visa, _)| visa.conditions.is_none() && clause.is_met_by(visa))
            .map(|(_, rank)| *rank)
            .max()?;
        lowest = Some(lowest.map_or(best, |rank: T| rank.min(best)));
    }
    lowest
}

impl Clause {
    fn parse(value: &Value) -> Result<Self, Reason> {
        let malformed = Reason::ConditionsMalformed;
        let object = value.as_object().ok_or(malformed)?;
        let mut visa_type = None;
        let mut members = Vec::new();
        for (name, value) in object {
            let text = value.as_str().ok_or(malformed)?;
            match name.as_str() {
                "type" => visa_type = Some(text.to_owned()),
                "conditions" | "asserted" => return Err(malformed),
                _ => members.push((name.clone(), Matcher::parse(text)?)),
            }
        }
        let visa_type = visa_type.ok_or(malformed)?;
        if members.is_empty() {
            return Err(malformed);
        }
        Ok(Self { visa_type, members })
    }

    /// Whether one visa matches all members of this clause. If the visa lacks a member, the visa does not match, not even `pattern:*`.
    fn is_met_by(&self, visa: &VisaObject) -> bool {
        self.visa_type == visa.visa_type.as_str()
            && self
                .members
                .iter()
                .all(|(name, matcher)| visa.string_member(name).is_some_and(|text| matcher.matches(text)))
    }
}

impl Matcher {
    /// Parses a clause value of the form `prefix:rest`. The prefix ends at the first colon, so `const:https://…` contains a URL.
    fn parse(text: &str) -> Result<Self, Reason> {
        let Some((prefix, rest)) = text.split_once(':') else {
            return Ok(Self::Unknown);
        };
        let bounded = |rest: &str| {
            let fits = rest.chars().count() <= STRING_MAX_SCALARS;
            fits.then(|| Glob::new(rest)).ok_or(Reason::ConditionsMalformed)
        };
        match prefix {
            "const" => Ok(Self::Const(rest.to_owned())),
            "pattern" => Ok(Self::Pattern(bounded(rest)?)),
            "split_pattern" => Ok(Self::SplitPattern(bounded(rest)?)),
            _ => Ok(Self::Unknown),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Const(wanted) => wanted == text,
            Self::Pattern(pattern) => pattern.matches(text),
            Self::SplitPattern(pattern) => text.split(';').any(|part| pattern.matches(part)),
            Self::Unknown => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn visa(visa_type: &str, value: &str) -> VisaObject {
        VisaObject::parse(&json!({"type": visa_type, "asserted": 1, "value": value, "source": "https://s.example", "by": "so"})).unwrap()
    }

    fn met(conditions: &Value, visas: &[VisaObject]) -> bool {
        let candidates: Vec<_> = visas.iter().map(|visa| (visa, 1)).collect();
        Conditions::parse(conditions).unwrap().unwrap().met_until(&candidates).is_some()
    }

    #[test]
    fn null_and_an_empty_list_mean_no_conditions_and_an_empty_alternative_is_malformed() {
        assert_eq!(Conditions::parse(&json!(null)), Ok(None));
        assert_eq!(Conditions::parse(&json!([])), Ok(None));
        let clause = json!({"type": "AffiliationAndRole", "value": "const:x"});
        let too_many: Vec<_> = vec![vec![clause.clone()]; 65];
        for bad in [
            json!([[]]),
            json!([[clause], []]),
            json!({}),
            json!("x"),
            json!([clause]),
            json!([["x"]]),
            json!([[{"type": "AffiliationAndRole"}]]),
            json!([[{"value": "const:x"}]]),
            json!([[{"type": "A", "value": ["const:x"]}]]),
            json!([[{"type": "A", "asserted": "const:1", "value": "const:x"}]]),
            json!([[{"type": "A", "conditions": "const:x"}]]),
            json!(too_many),
            json!([[{"type": "A", "value": format!("pattern:{}", "*a".repeat(200))}]]),
        ] {
            assert_eq!(Conditions::parse(&bad), Err(Reason::ConditionsMalformed), "{bad}");
        }
    }

    #[test]
    fn one_alternative_must_be_met_and_each_of_its_clauses_by_one_visa() {
        let member = visa("AffiliationAndRole", "faculty@a.example");
        let researcher = visa("ResearcherStatus", "https://doi.example/x");
        let both = json!([[{"type": "AffiliationAndRole", "value": "pattern:faculty@*"}, {"type": "ResearcherStatus", "value": "const:https://doi.example/x"}]]);
        assert!(met(&both, &[member.clone(), researcher.clone()]));
        assert!(!met(&both, std::slice::from_ref(&member)));
        let either = json!([[{"type": "ResearcherStatus", "value": "const:no"}], [{"type": "AffiliationAndRole", "value": "const:faculty@a.example"}]]);
        assert!(met(&either, std::slice::from_ref(&member)));
        // The value of one visa and the source of another visa do not meet one clause together.
        let mixed = json!([[{"type": "AffiliationAndRole", "value": "const:faculty@a.example", "source": "const:https://other.example"}]]);
        assert!(!met(&mixed, &[member, researcher]));
    }

    #[test]
    fn prefixes_match_exactly_and_unknown_prefixes_fail() {
        let member = visa("AffiliationAndRole", "faculty@a.example");
        for bad in [
            "CONST:faculty@a.example",
            "faculty@a.example",
            "regex:.*",
            "pattern :*",
            " const:faculty@a.example",
            "const: faculty@a.example",
            "const:faculty@*",
        ] {
            assert!(
                !met(
                    &json!([[{"type": "AffiliationAndRole", "value": bad}]]),
                    std::slice::from_ref(&member)
                ),
                "{bad}"
            );
        }
        assert!(!met(
            &json!([[{"type": "const:AffiliationAndRole", "value": "pattern:*"}]]),
            std::slice::from_ref(&member)
        ));
        assert!(!met(
            &json!([[{"type": "AffiliationAndRole", "absent": "pattern:*"}]]),
            std::slice::from_ref(&member)
        ));
    }

    #[test]
    fn split_pattern_splits_the_value_of_the_visa() {
        let linked = visa("LinkedIdentities", "1,https%3A%2F%2Fi;2,https%3A%2F%2Fj");
        let clause = |pattern: &str| json!([[{"type": "LinkedIdentities", "value": pattern}]]);
        assert!(met(&clause("split_pattern:*,https%3A%2F%2Fj"), std::slice::from_ref(&linked)));
        assert!(!met(&clause("pattern:?,https%3A%2F%2Fj"), std::slice::from_ref(&linked)));
        assert!(!met(&clause("split_pattern:1;2"), std::slice::from_ref(&linked)));
    }

    #[test]
    fn a_visa_with_conditions_meets_no_condition() {
        let conditional = VisaObject::parse(
            &json!({"type": "AffiliationAndRole", "asserted": 1, "value": "faculty@a.example", "source": "https://s.example",
            "conditions": [[{"type": "ResearcherStatus", "value": "pattern:*"}]]}),
        )
        .unwrap();
        assert!(!met(
            &json!([[{"type": "AffiliationAndRole", "value": "pattern:*"}]]),
            &[conditional]
        ));
    }

    #[test]
    fn the_result_is_the_alternative_with_the_highest_rank() {
        let (a, b) = (
            visa("AffiliationAndRole", "faculty@a.example"),
            visa("ResearcherStatus", "https://x"),
        );
        let conditions = Conditions::parse(&json!([
            [{"type": "AffiliationAndRole", "value": "pattern:*"}, {"type": "ResearcherStatus", "value": "pattern:*"}],
            [{"type": "ResearcherStatus", "value": "pattern:*"}]
        ]))
        .unwrap()
        .unwrap();
        assert_eq!(conditions.met_until(&[(&a, 5), (&a, 7), (&b, 6)]), Some(6));
        assert_eq!(conditions.met_until(&[(&a, 5), (&b, 9), (&b, 2)]), Some(9));
        assert_eq!(conditions.met_until::<i64>(&[]), None);
    }
}
