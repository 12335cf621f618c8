//! The codes of refusals, with their titles.

use actix_web::HttpResponse;
use gemj_access::{DecisionId, Denial, Language, Rule};
use gemj_model::{DatasetId, Delivery, Purpose};
use serde_json::json;

use crate::http::status;

/// `GET /access/v1/denials`: where the `type` of a problem leads. One entry for each rule, in the order of the code.
pub(crate) async fn get_denials() -> HttpResponse {
    let told: Vec<_> = rules()
        .iter()
        .map(|rule| {
            json!({
                "code": rule.code(),
                "status": status::of(denial(rule).kind()).as_u16(),
                "title": {"ja": rule.title(Language::Ja), "en": rule.title(Language::En)},
            })
        })
        .collect();
    HttpResponse::Ok().json(json!({"denials": told}))
}

fn denial(rule: &Rule) -> Denial {
    Denial {
        decision: DecisionId(0),
        rule: rule.clone(),
        visa: None,
    }
}

/// One of each rule; what they name is never shown.
fn rules() -> Vec<Rule> {
    let code = String::new;
    let mut rules = vec![
        Rule::CredentialsRequired,
        Rule::NotVisible,
        Rule::MixedTiers,
        Rule::Delivery {
            allowed: Delivery::TreOnly,
        },
        Rule::RoleRequired,
        Rule::OwnRequest,
        Rule::Held,
        Rule::Purpose,
        Rule::PurposeRefused(Purpose::Insurance),
        Rule::ApprovalNeeded,
        Rule::DataUse { code: code() },
        Rule::DataUseReferred { code: code() },
        Rule::RegionBudget,
        Rule::Regions,
    ];
    rules.extend(DatasetId::parse("any").map(Rule::DatasetNotOpen));
    rules.sort_by_key(Rule::code);
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of a rule in the enumeration; one that is new does not compile until it stands here and above.
    fn place(rule: &Rule) -> usize {
        match rule {
            Rule::CredentialsRequired => 0,
            Rule::NotVisible => 1,
            Rule::DatasetNotOpen(_) => 2,
            Rule::MixedTiers => 3,
            Rule::Delivery { .. } => 4,
            Rule::RoleRequired => 5,
            Rule::OwnRequest => 6,
            Rule::Held => 7,
            Rule::Purpose => 8,
            Rule::PurposeRefused(_) => 9,
            Rule::ApprovalNeeded => 10,
            Rule::DataUse { .. } => 11,
            Rule::DataUseReferred { .. } => 12,
            Rule::RegionBudget => 13,
            Rule::Regions => 14,
        }
    }

    #[test]
    fn every_rule_is_listed_once() {
        let mut places: Vec<usize> = rules().iter().map(place).collect();
        places.sort_unstable();
        assert_eq!(places, (0..15).collect::<Vec<_>>());
    }
}
