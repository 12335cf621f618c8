//! The users of an application: their pseudonyms and their organisations.

use std::collections::BTreeMap;

use gemj_access::Identity;
use serde::Deserialize;

use super::fault::{RemsFault, Whose};
use super::mapping::RemsMapping;

/// A user of REMS. Only the members that determine the pseudonym and the organisation are read.
#[derive(Clone, Deserialize)]
pub(super) struct User {
    pub(super) userid: String,
    #[serde(default)]
    pub(super) email: Option<String>,
}

impl User {
    pub(super) fn pseudonym(&self, mapping: &RemsMapping) -> String {
        let identity = Identity {
            issuer: mapping.issuer.clone(),
            subject: self.userid.clone(),
        };
        identity.pseudonym()
    }

    pub(super) fn id_and_address(&self) -> (&str, Option<&str>) {
        (&self.userid, self.email.as_deref())
    }

    /// The organisation of the user's address; absent if the mapping has none for its domain.
    pub(super) fn organisation<'a>(&self, mapping: &'a RemsMapping) -> Option<&'a str> {
        let (_, domain) = self.email.as_deref()?.rsplit_once('@')?;
        mapping.organisation(domain)
    }
}

/// The sorted pseudonyms of the users of each organisation.
pub(super) fn by_organisation<'a>(
    users: impl Iterator<Item = (Whose, &'a User)>,
    mapping: &RemsMapping,
) -> Result<BTreeMap<String, Vec<String>>, Vec<RemsFault>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut faults = Vec::new();
    for (whose, user) in users {
        // Every user without an id would be the same person.
        if user.userid.trim().is_empty() {
            faults.push(RemsFault::NoUser(whose));
            continue;
        }
        match user.organisation(mapping) {
            Some(organisation) => found.entry(organisation.to_owned()).or_default().push(user.pseudonym(mapping)),
            None => faults.push(RemsFault::UnknownOrganisation(whose)),
        }
    }
    for pseudonyms in found.values_mut() {
        pseudonyms.sort_unstable();
        pseudonyms.dedup();
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}
