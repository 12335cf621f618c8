//! The list of all codes of refusals and explanations, with the titles and remedies of each code.

use actix_web::HttpResponse;

use gemj_access::explain::{Lapse, Obstacle};
use gemj_access::{DecisionId, Denial, Language, Rule};
use gemj_authenticate::{AuthError, BindingFault, ClaimName, ExchangeFault, Reason};
use gemj_model::{DatasetId, Delivery, Purpose};
use serde_json::{Value, json};

use super::remedies::{self, Remedy};
use crate::http::request_code::RequestCode;
use crate::http::status;

/// `GET /access/v1/denials`: the list that the `type` of a problem links to. The list has one entry for each code, sorted by code. It contains
/// the codes of decisions, of credentials, of visas and approvals in an explanation, and of requests. `status` is absent for a code that does
/// not refuse a request by itself.
pub(crate) async fn get_denials() -> HttpResponse {
    HttpResponse::Ok().json(json!({"denials": entries()}))
}

fn entries() -> Vec<Value> {
    let mut entries: Vec<Value> = rules().iter().map(of_rule).collect();
    entries.extend(Reason::WITHOUT_CLAIM.iter().copied().map(of_reason));
    entries.extend([Reason::ClaimMissing(ClaimName::Issuer), Reason::ClaimMalformed(ClaimName::Issuer)].map(of_reason));
    entries.extend(BindingFault::ALL.into_iter().map(|fault| {
        let text = fault.to_string();
        credentials(fault.code(), &AuthError::Binding(fault), &text, remedies::of_binding())
    }));
    entries.extend(ExchangeFault::OWN.into_iter().map(|fault| {
        let text = fault.to_string();
        credentials(fault.code(), &AuthError::Exchange(fault), &text, remedies::of_exchange())
    }));
    entries.extend(obstacles().iter().filter(|obstacle| obstacle.rule().is_none()).map(|obstacle| {
        let titles = (obstacle.title(Language::Ja), obstacle.title(Language::En));
        entry(obstacle.code(), None, titles, remedies::of_obstacle(obstacle))
    }));
    entries.extend([Lapse::NotBegun, Lapse::Ended, Lapse::Revoked].map(|lapse| {
        let titles = (lapse.title(Language::Ja), lapse.title(Language::En));
        entry(lapse.code(), None, titles, remedies::of_lapse())
    }));
    entries.extend(RequestCode::ALL.map(|refused| {
        let status = status::of(refused.kind()).as_u16();
        entry(refused.code(), Some(status), refused.titles(), refused.remedy())
    }));
    entries.sort_by(|a, b| a["code"].as_str().cmp(&b["code"].as_str()));
    entries.dedup_by(|a, b| a["code"] == b["code"]);
    entries
}

fn entry(code: &str, status: Option<u16>, (ja, en): (&str, &str), remedy: Remedy) -> Value {
    let mut entry = json!({
        "code": code,
        "title": {"ja": ja, "en": en},
        "remedy": {"ja": remedy.ja, "en": remedy.en},
    });
    if let Some(status) = status {
        entry["status"] = status.into();
    }
    entry
}

fn of_rule(rule: &Rule) -> Value {
    let titles = (rule.title(Language::Ja), rule.title(Language::En));
    let status = status::of(denial(rule).kind()).as_u16();
    entry(rule.code(), Some(status), titles, remedies::of_rule(rule))
}

fn of_reason(reason: Reason) -> Value {
    let text = match reason {
        Reason::ClaimMissing(_) => "a member of the token is missing; the answer names it".to_owned(),
        Reason::ClaimMalformed(_) => "a member of the token is malformed; the answer names it".to_owned(),
        other => other.to_string(),
    };
    credentials(reason.code(), &AuthError::Together(reason), &text, remedies::of_reason(reason))
}

/// The entry for a code of faulty credentials. For a token, the entry contains the status of the error. For a visa, the entry contains no
/// status, because a faulty visa is ignored and refuses no request.
fn credentials(code: &str, error: &AuthError, text: &str, remedy: Remedy) -> Value {
    let is_of_visa = code.starts_with("visa-") || code == Reason::UserInfoWithoutPassport.code();
    let ja = if is_of_visa {
        "ビザが使われません"
    } else {
        "資格情報が受け入れられません"
    };
    let status = (!is_of_visa).then(|| status::of(error.kind()).as_u16());
    entry(code, status, (ja, text), remedy)
}

/// One example value of each obstacle, for the list of codes. The list does not show the ids and names in these values.
fn obstacles() -> [Obstacle; 11] {
    let code = String::new;
    [
        Obstacle::VisaEnded,
        Obstacle::NoApproval,
        Obstacle::NotNamed,
        Obstacle::NotDeclared,
        Obstacle::OtherDataset,
        Obstacle::Release,
        Obstacle::NoPurpose,
        Obstacle::PurposeNever(Purpose::Insurance),
        Obstacle::Purpose,
        Obstacle::DataUse { code: code() },
        Obstacle::DataUseReferred { code: code() },
    ]
}

fn denial(rule: &Rule) -> Denial {
    Denial {
        decision: DecisionId(0),
        rule: rule.clone(),
        visa: None,
    }
}

/// One example value of each rule, for the list of codes. The list does not show the ids and names in these values.
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
        Rule::Scope { asked: None },
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

    /// The position of a rule in the enumeration [`Rule`]. If [`Rule`] gets a new variant, this function does not compile until the variant
    /// is added here. The variant must then also be added to `rules`, and the number of rules in the test must be increased.
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
            Rule::Scope { .. } => 15,
        }
    }

    #[test]
    fn every_code_is_listed_once_with_titles_and_a_remedy_in_both_languages() {
        let entries = entries();
        let codes: Vec<&str> = entries.iter().filter_map(|entry| entry["code"].as_str()).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        for reason in Reason::WITHOUT_CLAIM {
            assert!(codes.contains(&reason.code()), "{}", reason.code());
        }
        for obstacle in obstacles() {
            assert!(codes.contains(&obstacle.code()), "{}", obstacle.code());
        }
        for refused in RequestCode::ALL {
            assert!(codes.contains(&refused.code()), "{}", refused.code());
        }
        for fault in BindingFault::ALL {
            assert!(codes.contains(&fault.code()), "{}", fault.code());
        }
        for entry in &entries {
            for member in ["title", "remedy"] {
                let (ja, en) = (entry[member]["ja"].as_str(), entry[member]["en"].as_str());
                assert!(
                    ja.is_some_and(|text| !text.is_ascii()) && en.is_some_and(|text| !text.is_empty()),
                    "{entry}"
                );
            }
        }
    }

    #[test]
    fn every_rule_is_listed_once() {
        let mut places: Vec<usize> = rules().iter().map(place).collect();
        places.sort_unstable();
        assert_eq!(places, (0..16).collect::<Vec<_>>());
        let mut codes = Rule::CODES;
        codes.sort_unstable();
        assert_eq!(codes.to_vec(), rules().iter().map(Rule::code).collect::<Vec<_>>());
    }
}
