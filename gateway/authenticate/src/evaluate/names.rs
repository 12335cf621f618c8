//! The identities of a caller and of the visas' subjects, as pseudonyms. They are used for approvals that name persons, for bans, and for
//! rules that require two different persons.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ga4gh_passport::Identity;
use gemj_access::KnownAs;
use gemj_model::Timestamp;

use super::people::{FOREVER, People};
use crate::verify::Credential;

/// The largest number of names of one person. If a person has more, the names with the longest lasting links are kept. The identities of the
/// tokens and the visa's subject are always kept and count towards this number.
const NAMES_MAX_COUNT: usize = 16;

/// The names of the caller: the identities of the presented tokens, and the identities that links join to these.
pub(super) fn of_caller(credentials: &[Credential], people: &People) -> Vec<KnownAs> {
    let own: Vec<&Identity> = credentials.iter().map(|credential| &credential.claims.identity).collect();
    named(&own, people)
}

/// The names of a visa's subject: the subject itself, the identities of the presented tokens, and the identities that links join to these. The
/// identities of the tokens are included because the broker vouches that the visa belongs to the person, even if the broker uses another name.
/// Subjects of other visas are not included.
pub(super) fn of_visa(credentials: &[Credential], subject: &Identity, people: &People) -> Vec<KnownAs> {
    let mut own: Vec<&Identity> = credentials.iter().map(|credential| &credential.claims.identity).collect();
    own.push(subject);
    named(&own, people)
}

/// The names of the identities `own`, which never end, and of all identities that links join to them. Each linked name has the end of its longest
/// lasting chain of links. The names are sorted by pseudonym.
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
