//! Under which names a caller and the subjects of the visas are known: for approvals that name people, for bans, and for rules that two acts must
//! be of two people.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ga4gh_passport::Identity;
use gemj_access::KnownAs;
use gemj_model::Timestamp;

use super::people::{FOREVER, People};
use crate::verify::Credential;

/// Most names of one person. Of more, the identities themselves count first, then those whose links last longest.
const NAMES_MAX_COUNT: usize = 16;

/// The names of the tokens presented: their own identities, and those that links join to these.
pub(super) fn of_caller(credentials: &[Credential], people: &People) -> Vec<KnownAs> {
    let own: Vec<&Identity> = credentials.iter().map(|credential| &credential.claims.identity).collect();
    named(&own, people)
}

/// The names of a visa's subject, beside those of the tokens that brought it: the broker vouches that the visa is about the person whom it
/// calls otherwise. Identities of other visas are not among them.
pub(super) fn of_visa(credentials: &[Credential], subject: &Identity, people: &People) -> Vec<KnownAs> {
    let mut own: Vec<&Identity> = credentials.iter().map(|credential| &credential.claims.identity).collect();
    own.push(subject);
    named(&own, people)
}

/// In order of the pseudonym, each with the end of the best chain of links that shows it.
fn named(own: &[&Identity], people: &People) -> Vec<KnownAs> {
    let mut until_of: BTreeMap<&Identity, Timestamp> = BTreeMap::new();
    for identity in own {
        for (other, until) in people.other_names(identity) {
            let best = until_of.entry(other).or_insert(until);
            *best = until.max(*best);
        }
    }
    for identity in own {
        until_of.insert(identity, FOREVER);
    }
    let mut names: Vec<(&Identity, Timestamp)> = until_of.into_iter().collect();
    names.sort_by_key(|(identity, until)| (!own.contains(identity), Reverse(*until)));
    let mut names: Vec<KnownAs> = names
        .into_iter()
        .take(NAMES_MAX_COUNT.max(own.len()))
        .map(|(identity, until)| KnownAs {
            pseudonym: pseudonym(identity),
            until,
        })
        .collect();
    names.sort_unstable_by(|a, b| a.pseudonym.cmp(&b.pseudonym));
    names
}

fn pseudonym(identity: &Identity) -> String {
    gemj_access::Identity {
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
    }
    .pseudonym()
}
