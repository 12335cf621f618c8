//! Tests of valid requests, which must be accepted.

use gemj_access::RoleKind;
use gemj_model::Timestamp;
use serde_json::json;

use crate::world::{AUDIENCE, DATASET, NOW, REGISTERED, World, bearer, codes};

#[tokio::test]
async fn a_request_without_credentials_is_anonymous_and_fetches_nothing() {
    let world = World::new().await;
    let caller = world.authenticator().authenticate(None, &[]).await.unwrap();
    assert!(caller.is_anonymous() && caller.not_after.is_none());
    assert_eq!(world.good.total(), 0);
}

#[tokio::test]
async fn a_passport_with_a_grant_is_accepted_with_both_algorithms_as_bearer_and_in_the_body() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    for broker_key in [&world.broker_rs, &world.broker_es] {
        for visa_key in [&world.visa_rs, &world.visa_es] {
            let visa = visa_key.sign(&world.visa_header(visa_key), &world.grant_claims());
            let passport = broker_key.sign(&world.passport_header(broker_key), &world.passport_claims(&[visa]));
            let caller = bearer(&authenticator, &passport).await.unwrap();
            assert_eq!(authenticator.authenticate(None, &[passport]).await.unwrap(), caller);
            assert_eq!(codes(&caller), ["used"]);
            assert_eq!(caller.visas[0].jti.as_deref(), Some("v-1"));
            assert_eq!(caller.controlled.len(), 1);
            assert_eq!(
                (caller.controlled[0].value.as_str(), caller.controlled[0].not_after),
                (DATASET, Timestamp::from_seconds(NOW + 500))
            );
            assert_eq!(caller.not_after, Some(Timestamp::from_seconds(NOW + 600)));
            let identity = caller.identity.clone().unwrap();
            assert_eq!((identity.issuer, identity.subject), (world.broker(), "alice".to_owned()));
            assert!(!caller.is_anonymous() && caller.roles.is_empty() && caller.registered_until.is_none());
        }
    }
    assert_eq!((world.good.count("/broker/jwks"), world.good.count("/visas/jwks")), (1, 1));
}

#[tokio::test]
async fn typ_spellings_audience_lists_and_an_empty_passport_are_accepted() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let mut header = world.passport_header(&world.broker_es);
    header["typ"] = json!("application/VND.ga4gh.passport+JWT");
    let mut claims = world.passport_claims(&[]);
    claims["aud"] = json!(["https://someone.example", AUDIENCE]);
    claims["nbf"] = json!(NOW);
    claims["iat"] = json!(NOW + 30);
    claims["unknown"] = json!({"deep": [1, {"x": null}]});
    let caller = bearer(&authenticator, &world.broker_es.sign(&header, &claims)).await.unwrap();
    assert!(caller.controlled.is_empty() && caller.visas.is_empty());

    for typ in [
        None,
        Some("JWT"),
        Some("jwt"),
        Some("vnd.ga4gh.visa+jwt"),
        Some("application/vnd.ga4gh.visa+jwt"),
    ] {
        let mut header = world.visa_header(&world.visa_rs);
        header.as_object_mut().unwrap().remove("typ");
        if let Some(typ) = typ {
            header["typ"] = json!(typ);
        }
        let visa = world.visa_rs.sign(&header, &world.grant_claims());
        assert_eq!(
            codes(&bearer(&authenticator, &world.passport(&[visa])).await.unwrap()),
            ["used"],
            "{typ:?}"
        );
    }
}

#[tokio::test]
async fn registered_access_needs_both_visas_of_one_person_and_ends_with_the_visa_that_ends_first() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let terms = |subject, ttl| {
        world.visa_of(
            subject,
            json!({"type": "AcceptedTermsAndPolicies", "value": REGISTERED, "source": "https://univ.example", "by": "self"}),
            ttl,
        )
    };
    let status = |subject, ttl| {
        world.visa_of(
            subject,
            json!({"type": "ResearcherStatus", "value": REGISTERED, "source": "https://univ.example", "by": "so"}),
            ttl,
        )
    };
    let affiliation = |subject, ttl| {
        world.visa_of(
            subject,
            json!({"type": "AffiliationAndRole", "value": "member@univ.example", "source": "https://univ.example", "by": "so"}),
            ttl,
        )
    };

    let caller = bearer(
        &authenticator,
        &world.passport(&[terms("a", 300), status("a", 200), affiliation("a", 400)]),
    )
    .await
    .unwrap();
    assert_eq!(caller.registered_until, Some(Timestamp::from_seconds(NOW + 200)));
    assert_eq!(caller.affiliations, ["univ.example"]);
    let short = bearer(
        &authenticator,
        &world.passport(&[terms("a", 300), status("a", 200), affiliation("a", 100)]),
    )
    .await
    .unwrap();
    assert_eq!(short.registered_until, Some(Timestamp::from_seconds(NOW + 100)));

    for visas in [
        vec![terms("a", 300)],
        vec![status("a", 300)],
        vec![terms("a", 300), status("b", 300)],
    ] {
        assert_eq!(
            bearer(&authenticator, &world.passport(&visas)).await.unwrap().registered_until,
            None
        );
    }
    // The affiliation of another person does not count.
    let foreign = bearer(
        &authenticator,
        &world.passport(&[terms("a", 300), status("a", 200), affiliation("b", 400)]),
    )
    .await
    .unwrap();
    assert!(foreign.affiliations.is_empty() && foreign.registered_until.is_some());
}

#[tokio::test]
async fn conditions_are_evaluated_and_limit_the_end_of_a_grant() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let condition = json!([[{"type": "AffiliationAndRole", "value": "pattern:*@univ.example", "by": "const:so"}]]);
    let grant = world.visa_of(
        "a",
        json!({"type": "ControlledAccessGrants", "value": DATASET, "source": "https://dac.example", "by": "dac", "conditions": condition}),
        500,
    );
    let affiliation = |subject, ttl| {
        world.visa_of(
            subject,
            json!({"type": "AffiliationAndRole", "value": "faculty@univ.example", "source": "https://univ.example", "by": "so"}),
            ttl,
        )
    };
    let met = bearer(&authenticator, &world.passport(&[grant.clone(), affiliation("a", 50)]))
        .await
        .unwrap();
    assert_eq!(codes(&met), ["used", "used"]);
    assert_eq!(met.controlled[0].not_after, Timestamp::from_seconds(NOW + 50));
    for visas in [
        vec![grant.clone()],
        vec![grant.clone(), affiliation("b", 50)],
        vec![grant.clone(), affiliation("a", -1)],
    ] {
        let caller = bearer(&authenticator, &world.passport(&visas)).await.unwrap();
        assert_eq!(codes(&caller)[0], "visa-conditions-not-met");
        assert!(caller.controlled.is_empty());
    }
}

#[tokio::test]
async fn roles_come_from_configuration_by_subject_and_affiliation_and_limit_the_end() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let mut claims = world.passport_claims(&[]);
    claims["sub"] = json!("steward-1");
    let steward = bearer(
        &authenticator,
        &world.broker_es.sign(&world.passport_header(&world.broker_es), &claims),
    )
    .await
    .unwrap();
    assert_eq!(steward.roles.iter().map(|role| role.kind).collect::<Vec<_>>(), [RoleKind::Steward]);

    let faculty = world.visa_of(
        "a",
        json!({"type": "AffiliationAndRole", "value": "faculty@univ.example", "source": "https://univ.example", "by": "so"}),
        50,
    );
    let auditor = bearer(&authenticator, &world.passport(&[faculty])).await.unwrap();
    assert_eq!(auditor.roles.iter().map(|role| role.kind).collect::<Vec<_>>(), [RoleKind::Auditor]);
    assert_eq!(auditor.not_after, Some(Timestamp::from_seconds(NOW + 50)));

    // The same `sub` at another broker is another person.
    let claims = json!({"iss": world.other(), "sub": "steward-1", "iat": NOW, "exp": NOW + 60, "ga4gh_passport_v1": []});
    let foreign = bearer(
        &authenticator,
        &world.other_es.sign(&world.passport_header(&world.other_es), &claims),
    )
    .await
    .unwrap();
    assert!(foreign.roles.is_empty());
}

#[tokio::test]
async fn debug_output_contains_no_part_of_a_token() {
    let world = World::new().await;
    let caller = bearer(&world.authenticator(), &world.passport(&[world.grant()])).await.unwrap();
    assert!(!format!("{:?}", caller.identity).contains("alice"));
    assert!(!format!("{:?}", world.authenticator()).contains("http"));
}
