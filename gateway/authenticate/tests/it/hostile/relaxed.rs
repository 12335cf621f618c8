//! The whole table again, with every relaxation of an issuer's entry switched on. No attack may get a right because of a relaxation.

use gemj_authenticate::{BearerKind, IssuerKind, OpaqueBy, OpaqueTokens, TrustedIssuers};

use super::{Act, GROUPS, Row, Shown, has_right};
use crate::world::World;

/// The rows whose token is exactly the form that a relaxation accepts.
const RELAXED: [&str; 1] = ["access token visa"];

/// Switches on every relaxation that the entry of an issuer can have. Some rows change the kinds of an issuer, so each relaxation depends on the kind.
fn relax(world: &World, config: &mut TrustedIssuers) {
    for issuer in &mut config.issuers {
        let issues_access_tokens = issuer.kinds.contains(&IssuerKind::AccessToken);
        issuer.accept_nonce = issues_access_tokens;
        // Only the broker may have `opaque`: one issuer at most is asked about opaque tokens.
        if issuer.issuer == world.broker() && issues_access_tokens && issuer.bearer.contains(&BearerKind::AccessToken) {
            issuer.opaque = Some(OpaqueTokens {
                by: OpaqueBy::Userinfo,
                introspection_url: None,
                client_id: String::new(),
                client_secret_file: None,
                private_key_file: None,
                private_key_id: None,
                max_age_s: 60,
            });
        }
        if issuer.issuer == world.visas() && issuer.kinds.contains(&IssuerKind::VisaIssuer) {
            issuer.visa_access_tokens = true;
            if issuer.jwks_file.is_none() && issuer.jwks_url.is_none() {
                issuer.jwks_url = Some(format!("{}/jwks", world.visas()));
            }
        }
    }
}

async fn gives_no_right(group: &str, row: &Row) {
    let world = World::new().await;
    let mut config = world.config();
    if let Some(change) = &row.config {
        change(&world, &mut config, true);
    }
    relax(&world, &mut config);
    let authenticator = world.authenticator_with(&config);
    let title = format!("{group}: {} ({})", row.name, row.how);
    let mut acts = (row.make)(&world, true);
    let Some(Act::Show(attack)) = acts.pop() else {
        panic!("{title}: nothing is shown at the end")
    };
    for act in acts {
        match act {
            Act::Do(change) => change(&world),
            Act::Accepted(shown) | Act::Show(shown) => drop(shown.present(&authenticator).await),
        }
    }
    let in_body = Shown::body(attack.bearer.clone().into_iter().collect());
    let mut requests = vec![attack];
    if requests[0].also_in_body {
        requests.push(in_body);
    }
    for request in requests {
        if let Ok(caller) = request.present(&authenticator).await {
            assert!(!has_right(&caller), "{title}: a right was given");
        }
    }
    assert_eq!(world.evil.connections(), 0, "{title}: the attacker's server was connected to");
}

#[tokio::test]
async fn no_attack_of_the_table_gets_a_right_if_every_relaxation_is_on() {
    let mut left_out = 0;
    for (group, rows) in GROUPS {
        for row in rows() {
            if RELAXED.contains(&row.name) {
                left_out += 1;
            } else {
                gives_no_right(group, &row).await;
            }
        }
    }
    assert_eq!(left_out, RELAXED.len());
}
