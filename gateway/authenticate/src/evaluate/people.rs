//! Determines which identities of one request belong to the same person.

use ga4gh_passport::{Identity, IdentityPartition, VisaType, parse_linked_identities};
use gemj_model::Timestamp;

use super::accepted::Accepted;
use crate::verify::Credential;

/// The end of a link between an identity and itself: never.
pub(super) const FOREVER: Timestamp = Timestamp(i64::MAX);

/// Sets of identities that trusted LinkedIdentities visas join. Each set is one person.
pub(super) struct People(IdentityPartition<Timestamp>);

impl People {
    /// Joins the identities that the accepted LinkedIdentities visas link. The subject of a visa belongs to the joined set. A listed identity is
    /// joined only if the visa's issuer and source may link identities of the listed identity's issuer.
    ///
    /// An access token and the passport that its issuer returned for it under another subject are joined too, if the configuration accepts this. This
    /// link never ends, because the statement of the issuer does not become wrong. The access ends with the tokens.
    pub(super) fn from_links(accepted: &[Accepted<'_>], credentials: &[Credential]) -> Self {
        let mut links = Vec::new();
        for credential in credentials {
            if let Some(other) = &credential.joined_to {
                links.push((credential.claims.identity.clone(), other.clone(), FOREVER));
            }
        }
        for visa in accepted
            .iter()
            .filter(|visa| visa.visa.object.visa_type == VisaType::LinkedIdentities)
        {
            for linked in parse_linked_identities(&visa.visa.object.value).unwrap_or_default() {
                if visa.issuer.may_link(&visa.visa.object, &linked.issuer) {
                    links.push((visa.visa.claims.identity.clone(), linked, visa.until));
                }
            }
        }
        Self(IdentityPartition::from_links(links))
    }

    /// The end of the longest lasting chain of links between two identities; absent if no chain joins them.
    pub(super) fn same_person_until(&self, one: &Identity, other: &Identity) -> Option<Timestamp> {
        if one == other {
            return Some(FOREVER);
        }
        self.0.linked(one, other)
    }

    /// The other identities of a person, each with the end of its longest lasting chain of links.
    pub(super) fn other_names<'a>(&'a self, person: &'a Identity) -> impl Iterator<Item = (&'a Identity, Timestamp)> + 'a {
        self.0.linked_to(person)
    }
}
