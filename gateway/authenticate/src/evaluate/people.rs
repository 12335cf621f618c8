//! Which identities of one request are the same person.

use ga4gh_passport::{Identity, IdentityPartition, VisaType, parse_linked_identities};
use gemj_model::Timestamp;

use super::accepted::Accepted;

/// Identities joined by trusted LinkedIdentities visas.
pub(super) struct People {
    partition: IdentityPartition,
    /// The earliest end of any link. One end for all is the cautious choice: no path through the links outlives it.
    links_until: Timestamp,
}

impl People {
    /// Joins what the accepted LinkedIdentities visas link. A visa's own identity belongs to its set; each listed identity only
    /// if this issuer and source may link identities of that issuer.
    pub(super) fn from_links(accepted: &[Accepted<'_>]) -> Self {
        let mut people = Self {
            partition: IdentityPartition::new(),
            links_until: Timestamp(i64::MAX),
        };
        for visa in accepted
            .iter()
            .filter(|visa| visa.visa.object.visa_type == VisaType::LinkedIdentities)
        {
            for linked in parse_linked_identities(&visa.visa.object.value).unwrap_or_default() {
                if visa.issuer.may_link(&visa.visa.object, &linked.issuer) {
                    people.partition.link(&visa.visa.claims.identity, &linked);
                    people.links_until = people.links_until.min(visa.until);
                }
            }
        }
        people
    }

    /// Until when two identities are known to be one person; `None` when they are not.
    pub(super) fn same_person_until(&self, one: &Identity, other: &Identity) -> Option<Timestamp> {
        if one == other {
            return Some(Timestamp(i64::MAX));
        }
        self.partition.same_person(one, other).then_some(self.links_until)
    }
}
