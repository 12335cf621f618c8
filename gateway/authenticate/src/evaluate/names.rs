//! Under which names a caller is known: for approvals that name people, and for rules that two acts must be of two people.

use std::collections::BTreeMap;

use ga4gh_passport::{Identity, VisaType};
use gemj_model::Timestamp;

use super::accepted::Accepted;
use super::people::{FOREVER, People};
use crate::verify::Credential;

/// Most names of one caller. Whoever links more is known by the names of their tokens and grants first.
const NAMES_MAX_COUNT: usize = 16;

/// The pseudonyms of every identity shown to be the caller, sorted, and until when the links among them hold.
///
/// These are the identities of the tokens themselves; those of the visas in use, if all of them are one person (a broker may call somebody
/// otherwise than the visa issuers do), else only those of the grants, whose rights the caller has; and what links join to any of these.
/// `holder` is the pseudonym of the first credential.
pub(super) fn names(
    credentials: &[Credential],
    holder: &str,
    used: &[Accepted<'_>],
    has_grants: bool,
    people: &People,
) -> (Vec<String>, Timestamp) {
    let one_person = used
        .windows(2)
        .all(|pair| matches!(pair, [one, other] if people.same_person_until(identity_of(one), identity_of(other)).is_some()));
    // The visas' other identities are linked to this one.
    let of_visas = used
        .iter()
        .find(|visa| one_person || (has_grants && visa.visa.object.visa_type == VisaType::ControlledAccessGrants))
        .map(identity_of);
    let mut own: Vec<&Identity> = Vec::with_capacity(2);
    for identity in credentials.iter().map(|credential| &credential.claims.identity).chain(of_visas) {
        if !own.contains(&identity) {
            own.push(identity);
        }
    }
    let mut names: Vec<String> = Vec::with_capacity(own.len());
    names.push(holder.to_owned());
    names.extend(own.iter().skip(1).map(|identity| pseudonym(identity)));
    // Each with the end of the best chain of links that shows it.
    let mut linked: BTreeMap<&Identity, Timestamp> = BTreeMap::new();
    for (other, other_until) in own.iter().flat_map(|identity| people.other_names(identity)) {
        if !own.contains(&other) {
            let best = linked.entry(other).or_insert(other_until);
            *best = other_until.max(*best);
        }
    }
    let mut until = FOREVER;
    for (other, other_until) in linked.into_iter().take(NAMES_MAX_COUNT.saturating_sub(names.len())) {
        names.push(pseudonym(other));
        until = until.min(other_until);
    }
    names.sort_unstable();
    (names, until)
}

fn identity_of<'a>(visa: &Accepted<'a>) -> &'a Identity {
    &visa.visa.claims.identity
}

fn pseudonym(identity: &Identity) -> String {
    gemj_access::Identity {
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
    }
    .pseudonym()
}
