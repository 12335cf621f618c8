//! From verified credentials to what they are worth now. Runs on every request and caches nothing.

mod accepted;
mod names;
mod people;

use ga4gh_passport::{AffiliationAndRole, Reason, VisaType};
use gemj_access::{Caller, ControlledAccess, Identity, VisaVerdict};
use gemj_model::Timestamp;

use crate::roles::Proven;
use crate::trust::Trust;
use crate::verify::Credential;
use accepted::Accepted;
use people::{FOREVER, People};

/// The code of a visa that counts.
const USED: &str = "used";

/// Evaluates the visas of all credentials of one request and joins them into one caller.
///
/// # Errors
/// [`Reason::DifferentPeople`] when the credentials are not all of one person.
pub(crate) fn caller(trust: &Trust, now: Timestamp, credentials: &[Credential]) -> Result<Caller, Reason> {
    let Some(first) = credentials.first() else {
        return Err(Reason::CredentialsMalformed);
    };
    let count = credentials.iter().map(|credential| credential.visas.len()).sum();
    let mut verdicts = Vec::with_capacity(count);
    let mut accepted = Vec::with_capacity(count);
    for outcome in credentials.iter().flat_map(|credential| credential.visas.iter()) {
        match accepted::check(trust, now, outcome) {
            Ok(visa) => {
                accepted.push(visa.at(verdicts.len()));
                verdicts.push(VisaVerdict {
                    jti: visa.visa.claims.token_id.clone(),
                    code: USED,
                });
            }
            Err((jti, reason)) => verdicts.push(VisaVerdict { jti, code: reason.code() }),
        }
    }
    let people = People::from_links(&accepted);
    let holder = &first.claims.identity;
    let mut not_after = FOREVER;
    let mut one_person_until = FOREVER;
    for credential in credentials {
        let linked_until = people
            .same_person_until(holder, &credential.claims.identity)
            .ok_or(Reason::DifferentPeople)?;
        one_person_until = one_person_until.min(linked_until);
        not_after = not_after
            .min(linked_until)
            .min(Timestamp::from_seconds(credential.claims.expires_at.seconds()));
    }
    let used = accepted::settle_conditions(accepted, &people, &mut verdicts);
    let registered = registered_access(trust, &used, &people);
    let (affiliations, affiliated_until) = affiliations(&used, &people, registered.as_ref().map_or(holder, |(identity, _)| identity));
    let identity = Identity {
        issuer: holder.issuer.clone(),
        subject: holder.subject.clone(),
    };
    let controlled = controlled_access(&used, &people, not_after, &mut verdicts);
    let pseudonym = identity.pseudonym();
    let (known_as, named_until) = names::names(credentials, &pseudonym, &used, !controlled.is_empty(), &people);
    // The same without the ends of the tokens.
    let visa_ends = match controlled.as_slice() {
        [] => Vec::new(),
        _ => controlled_access(&used, &people, one_person_until.min(named_until), &mut Vec::new()),
    };
    let mut caller = Caller {
        pseudonym,
        identity: Some(identity),
        known_as,
        controlled,
        visa_ends: visa_ends.into_iter().map(|visa| (visa.value, visa.not_after)).collect(),
        registered_until: registered.map(|(_, until)| until.min(affiliated_until).min(not_after)),
        affiliations,
        roles: Vec::new(),
        not_after: Some(not_after.min(named_until)),
        scopes: None,
        visas: Vec::new(),
    };
    caller.visas = verdicts;
    give_roles(trust, now, credentials, &used, &mut caller);
    Ok(caller)
}

/// The controlled-access visas, when all of them are of one person. A passport whose grants are of people who are not linked has none: whose
/// rights they are cannot be told. None outlasts `presented_until`, the end of the tokens that brought them.
fn controlled_access(
    used: &[Accepted<'_>],
    people: &People,
    presented_until: Timestamp,
    verdicts: &mut [VisaVerdict],
) -> Vec<ControlledAccess> {
    let grants: Vec<&Accepted<'_>> = used
        .iter()
        .filter(|visa| visa.visa.object.visa_type == VisaType::ControlledAccessGrants)
        .collect();
    let Some(first) = grants.first() else { return Vec::new() };
    let mut until = presented_until;
    for grant in &grants {
        match people.same_person_until(&first.visa.claims.identity, &grant.visa.claims.identity) {
            Some(linked) => until = until.min(linked),
            None => {
                for grant in &grants {
                    grant.overrule(Reason::DifferentPeople, verdicts);
                }
                return Vec::new();
            }
        }
    }
    grants
        .into_iter()
        .map(|visa| ControlledAccess {
            value: visa.visa.object.value.clone(),
            jti: visa.visa.claims.token_id.clone(),
            not_after: visa.until.min(until),
        })
        .collect()
}

/// Registered access: terms accepted and researcher status, both with the same configured value, of one person
/// (doi 10.1038/s41431-018-0219-y). The longest lasting pair, with the identity it is about.
fn registered_access<'a>(trust: &Trust, used: &[Accepted<'a>], people: &People) -> Option<(&'a ga4gh_passport::Identity, Timestamp)> {
    let of_type = |wanted: VisaType| {
        used.iter()
            .filter(move |visa| visa.visa.object.visa_type == wanted && trust.registered_access_values.contains(&visa.visa.object.value))
    };
    let mut best = None;
    for terms in of_type(VisaType::AcceptedTermsAndPolicies) {
        for status in of_type(VisaType::ResearcherStatus).filter(|status| status.visa.object.value == terms.visa.object.value) {
            let (one, other) = (&terms.visa.claims.identity, &status.visa.claims.identity);
            if let Some(linked_until) = people.same_person_until(one, other) {
                let until = terms.until.min(status.until).min(linked_until);
                if best.as_ref().is_none_or(|(_, so_far)| until > *so_far) {
                    best = Some((one, until));
                }
            }
        }
    }
    best
}

/// The organisations of the person, sorted, and until when all of them hold. If no affiliation is of the person the others are not
/// theirs either; if one is, all others are named too, because more organisations never open more.
fn affiliations(used: &[Accepted<'_>], people: &People, person: &ga4gh_passport::Identity) -> (Vec<String>, Timestamp) {
    let mut until_by_domain = std::collections::BTreeMap::new();
    let mut until_linked = None;
    for visa in used
        .iter()
        .filter(|visa| visa.visa.object.visa_type == VisaType::AffiliationAndRole)
    {
        let Some(affiliation) = AffiliationAndRole::parse(&visa.visa.object.value) else {
            continue;
        };
        if affiliation.organization == "no.organization" {
            continue;
        }
        until_linked = until_linked.max(people.same_person_until(person, &visa.visa.claims.identity));
        let until = until_by_domain.entry(affiliation.organization.to_owned()).or_insert(visa.until);
        *until = visa.until.max(*until);
    }
    match until_linked {
        None => (Vec::new(), FOREVER),
        Some(linked) => {
            let until = until_by_domain.values().copied().fold(linked, Ord::min);
            (until_by_domain.into_keys().collect(), until)
        }
    }
}

/// Adds the configured roles. A role that ends, or hangs on a visa that ends, ends the whole caller then: the next request is
/// evaluated without it.
fn give_roles(trust: &Trust, now: Timestamp, credentials: &[Credential], used: &[Accepted<'_>], caller: &mut Caller) {
    let mut proven = Vec::new();
    for credential in credentials {
        let identity = &credential.claims.identity;
        proven.push((
            Proven::Subject {
                issuer: &identity.issuer,
                subject: &identity.subject,
            },
            FOREVER,
        ));
        if let Some(client_id) = &credential.client_id {
            proven.push((
                Proven::Client {
                    issuer: &identity.issuer,
                    client_id,
                },
                FOREVER,
            ));
        }
    }
    for visa in used
        .iter()
        .filter(|visa| visa.visa.object.visa_type == VisaType::AffiliationAndRole)
    {
        let issuer = &visa.visa.claims.identity.issuer;
        proven.push((
            Proven::Affiliation {
                issuer,
                value: &visa.visa.object.value,
            },
            visa.until,
        ));
    }
    for (fact, until) in &proven {
        for (role, expires) in trust.roles.of(fact, now) {
            if !caller.roles.contains(role) {
                caller.roles.push(role.clone());
            }
            caller.not_after = caller.not_after.map(|end| end.min(expires).min(*until));
        }
    }
}
