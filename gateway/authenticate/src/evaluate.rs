//! Evaluates verified credentials for the current time. The evaluation runs on every request, and its results are not cached.

mod accepted;
mod names;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use ga4gh_passport::{AffiliationAndRole, Reason, RegisteredClaims, VisaType};
use gemj_access::{Caller, ControlledAccess, Identity, Mark, VisaPlace, VisaSubject, VisaVerdict};
use gemj_model::Timestamp;

use crate::roles::Proven;
use crate::trust::{Trust, statements};
use crate::verify::Credential;
use accepted::Accepted;
use people::{FOREVER, People};

/// The code in the verdict of an accepted visa.
const USED: &str = "used";

/// Evaluates the visas of all credentials of one request and joins them into one caller.
///
/// # Errors
/// [`Reason::DifferentPeople`] if the presented tokens do not all belong to one person. The subject of a visa never causes this error, because a visa
/// that a request does not need is ignored. A link is required where visas are combined (`Passport 1.2.1`, requirements 8.2 and 8.4).
pub(crate) fn caller(trust: &Trust, now: Timestamp, credentials: &[Credential]) -> Result<Caller, Reason> {
    let Some(first) = credentials.first() else {
        return Err(Reason::CredentialsMalformed);
    };
    let (accepted, mut verdicts) = accepted_of(trust, now, credentials);
    let people = People::from_links(&accepted, credentials);
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
    let marks = marks(credentials, &accepted);
    let conditional = conditional_marks(&accepted);
    let mut used = accepted::settle_conditions(accepted, &people, &mut verdicts);
    if trust.visas_of_holder_only {
        used = of_holder_only(used, holder, &people, &mut verdicts);
    }
    let (registered_until, affiliations) = registered_access(trust, &used, &people);
    let controlled = used
        .iter()
        .filter(|visa| visa.visa.object.visa_type == VisaType::ControlledAccessGrants)
        .map(|visa| ControlledAccess {
            value: visa.visa.object.value.clone(),
            jti: visa.visa.claims.token_id.clone(),
            not_after: visa.until.min(not_after),
            subject: VisaSubject {
                known_as: names::of_visa(credentials, &visa.visa.claims.identity, &people),
                marks: visa_marks(visa, &conditional, credentials),
                approval: None,
                place: visa.place(&verdicts),
            },
        })
        .collect();
    let identity = Identity {
        issuer: holder.issuer.clone(),
        subject: holder.subject.clone(),
    };
    // The end of each visa, without the ends of the tokens that carried the visa. A decision may need any name of the visa's subject, so the visa
    // ends when the first link to one of these names ends.
    let visa_ends = used
        .iter()
        .filter(|visa| visa.visa.object.visa_type == VisaType::ControlledAccessGrants)
        .map(|visa| {
            let names = names::of_visa(credentials, &visa.visa.claims.identity, &people);
            let named_until = names.iter().map(|name| name.until).min().unwrap_or(FOREVER);
            let end = visa.until.min(one_person_until).min(named_until);
            (visa.visa.object.value.clone(), end)
        })
        .collect();
    let mut caller = Caller {
        pseudonym: identity.pseudonym(),
        identity: Some(identity),
        known_as: names::of_caller(credentials, &people)
            .into_iter()
            .map(|name| name.pseudonym)
            .collect(),
        controlled,
        visa_ends,
        marks,
        registered_until: registered_until.map(|until| until.min(not_after)),
        affiliations,
        roles: Vec::new(),
        not_after: Some(not_after),
        scopes: None,
        visas: Vec::new(),
    };
    give_roles(trust, now, credentials, &used, &mut caller);
    caller.visas = verdicts;
    Ok(caller)
}

/// The visas that are accepted before conditions are evaluated. The verdicts contain one entry for each visa, and one entry for each
/// credential whose issuer returned no visas.
fn accepted_of<'a>(trust: &Trust, now: Timestamp, credentials: &'a [Credential]) -> (Vec<Accepted<'a>>, Vec<VisaVerdict>) {
    let count = credentials.iter().map(|credential| credential.visas.len()).sum();
    let mut verdicts = Vec::with_capacity(count);
    let mut accepted = Vec::with_capacity(count);
    for (index, credential) in credentials.iter().enumerate() {
        if let Some(note) = credential.note {
            verdicts.push(VisaVerdict {
                code: note.code(),
                failed: note.claim().into_iter().collect(),
                ..VisaVerdict::default()
            });
        }
        for (position, outcome) in credential.visas.iter().enumerate() {
            let mut verdict = VisaVerdict {
                jti: outcome.token_id().map(str::to_owned),
                code: USED,
                place: Some(VisaPlace {
                    credential: index + 1,
                    position: position + 1,
                }),
                says: outcome.says(),
                failed: Vec::new(),
            };
            match accepted::check(trust, now, outcome) {
                Ok(visa) => accepted.push(visa.at(verdicts.len())),
                Err(unfit) => {
                    verdict.code = unfit.reason.code();
                    verdict.failed = unfit.failed;
                }
            }
            verdicts.push(verdict);
        }
    }
    (accepted, verdicts)
}

/// The marks of the tokens and of the linking visas. A later ban of a token, of its issuer or of a linking visa matches one of these marks. A later
/// end of the trust in an issuer removes one of these marks from the trusted marks.
fn marks(credentials: &[Credential], accepted: &[Accepted<'_>]) -> Vec<Mark> {
    let tokens = credentials.iter().flat_map(|credential| {
        let trust = credential.issuer.marks_of_token(&credential.claims);
        marks_of(&credential.claims).chain(trust)
    });
    let links = accepted
        .iter()
        .filter(|visa| visa.visa.object.visa_type == VisaType::LinkedIdentities)
        .flat_map(marks_of_visa);
    let marks: BTreeSet<Mark> = tokens.chain(links).collect();
    marks.into_iter().collect()
}

/// The marks of one visa: of its issuer, of the visa itself, and of the trust that accepts it.
fn marks_of_visa(visa: &Accepted<'_>) -> Vec<Mark> {
    marks_of(&visa.visa.claims)
        .chain(visa.issuer.marks_of_visa(&visa.visa.object))
        .collect()
}

fn marks_of(claims: &RegisteredClaims) -> impl Iterator<Item = Mark> + use<> {
    let issuer = &claims.identity.issuer;
    let token = claims.token_id.as_ref().map(|id| Mark::of_token(issuer, id));
    std::iter::once(Mark::of_issuer(issuer)).chain(token)
}

/// The marks of the visas that can meet conditions of other visas. Which visa met a condition is not recorded. A ban of any of these visas therefore
/// ends all access that depends on conditions.
fn conditional_marks(accepted: &[Accepted<'_>]) -> Vec<Mark> {
    if accepted.iter().all(|visa| visa.visa.object.conditions.is_none()) {
        return Vec::new();
    }
    let meeting = accepted.iter().filter(|visa| visa.visa.object.conditions.is_none());
    meeting.flat_map(marks_of_visa).collect()
}

fn visa_marks(visa: &Accepted<'_>, conditional: &[Mark], credentials: &[Credential]) -> Vec<Mark> {
    let met_by = if visa.visa.object.conditions.is_some() { conditional } else { &[] };
    let subject = &visa.visa.claims.identity;
    let is_of_holder = credentials.iter().any(|credential| credential.claims.identity == *subject);
    let of_others = (!is_of_holder).then(statements::of_visas_of_others);
    let marks = marks_of_visa(visa).into_iter().chain(met_by.iter().cloned()).chain(of_others);
    let marks: BTreeSet<Mark> = marks.collect();
    marks.into_iter().collect()
}

/// If `visas_of_holder_only` is set, keeps only the visas whose subject is the holder of the tokens, by the same identity or by a link. A visa that
/// is kept because of a link ends with the link. LinkedIdentities visas are always kept, because they link identities and give no access.
fn of_holder_only<'a>(
    used: Vec<Accepted<'a>>,
    holder: &ga4gh_passport::Identity,
    people: &People,
    verdicts: &mut [VisaVerdict],
) -> Vec<Accepted<'a>> {
    let mut kept = Vec::with_capacity(used.len());
    for visa in used {
        if visa.visa.object.visa_type == VisaType::LinkedIdentities {
            kept.push(visa);
            continue;
        }
        match people.same_person_until(holder, &visa.visa.claims.identity) {
            Some(linked_until) => kept.push(Accepted {
                until: visa.until.min(linked_until),
                ..visa
            }),
            None => visa.overrule(Reason::VisaOfAnotherIdentity, verdicts),
        }
    }
    kept
}

/// Registered access requires a visa of accepted terms and a visa of researcher status, both with the same configured value, for one person (doi
/// 10.1038/s41431-018-0219-y). Returns the end of the longest lasting pair of these visas, and the sorted organisations of the affiliations that are
/// linked to the identity of a pair. If an affiliation ends earlier than the pair, the whole result ends with the affiliation. The next request is
/// then evaluated without that affiliation.
fn registered_access(trust: &Trust, used: &[Accepted<'_>], people: &People) -> (Option<Timestamp>, Vec<String>) {
    let of_type = |wanted: VisaType| {
        used.iter()
            .filter(move |visa| visa.visa.object.visa_type == wanted && trust.registered_access_values.contains(&visa.visa.object.value))
    };
    let mut pairs: Vec<(&ga4gh_passport::Identity, Timestamp)> = Vec::new();
    for terms in of_type(VisaType::AcceptedTermsAndPolicies) {
        for status in of_type(VisaType::ResearcherStatus).filter(|status| status.visa.object.value == terms.visa.object.value) {
            let (one, other) = (&terms.visa.claims.identity, &status.visa.claims.identity);
            if let Some(linked_until) = people.same_person_until(one, other) {
                pairs.push((one, terms.until.min(status.until).min(linked_until)));
            }
        }
    }
    let Some(mut until) = pairs.iter().map(|(_, until)| *until).max() else {
        return (None, Vec::new());
    };
    let mut until_by_domain: BTreeMap<String, Timestamp> = BTreeMap::new();
    for visa in used
        .iter()
        .filter(|visa| visa.visa.object.visa_type == VisaType::AffiliationAndRole)
    {
        let Some(affiliation) = AffiliationAndRole::parse(&visa.visa.object.value) else {
            continue;
        };
        let subject = &visa.visa.claims.identity;
        let joined = pairs
            .iter()
            .filter_map(|(person, pair_until)| Some(people.same_person_until(person, subject)?.min(*pair_until)));
        let Some(joined_until) = joined.max().filter(|_| affiliation.organization != "no.organization") else {
            continue;
        };
        let end = joined_until.min(visa.until);
        let so_far = until_by_domain.entry(affiliation.organization.to_owned()).or_insert(end);
        *so_far = end.max(*so_far);
    }
    for end in until_by_domain.values() {
        until = until.min(*end);
    }
    (Some(until), until_by_domain.into_keys().collect())
}

/// Adds the configured roles to the caller. If a role ends, or the visa on which the role depends ends, the whole caller ends at that time. The next
/// request is then evaluated without the role.
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
