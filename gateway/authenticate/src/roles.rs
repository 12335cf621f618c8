//! The roles that the configuration gives to staff and systems.

use gemj_access::Role;
use gemj_model::Timestamp;

use crate::config::{ConfigFault, RoleMapping};

/// The configured roles.
pub(crate) struct RoleTable {
    entries: Vec<Entry>,
}

struct Entry {
    issuer: String,
    holder: Holder,
    role: Role,
    expires: Timestamp,
}

enum Holder {
    Subject(String),
    Client(String),
    Affiliation(String),
}

/// A fact that a caller proved and on which a role can depend.
pub(crate) enum Proven<'a> {
    /// The `iss` and `sub` of a passport or access token.
    Subject { issuer: &'a str, subject: &'a str },
    /// The `iss` and `client_id` of an access token.
    Client { issuer: &'a str, client_id: &'a str },
    /// The issuer and value of an accepted AffiliationAndRole visa.
    Affiliation { issuer: &'a str, value: &'a str },
}

impl RoleTable {
    pub(crate) fn new(config: &[RoleMapping]) -> Result<Self, ConfigFault> {
        let mut entries = Vec::with_capacity(config.len());
        for (index, mapping) in config.iter().enumerate() {
            let fault = ConfigFault::Role { role: index + 1 };
            let holder = match (&mapping.subject, &mapping.client_id, &mapping.affiliation) {
                (Some(subject), None, None) => Holder::Subject(subject.clone()),
                (None, Some(client), None) => Holder::Client(client.clone()),
                (None, None, Some(value)) => Holder::Affiliation(value.clone()),
                _ => return Err(fault),
            };
            entries.push(Entry {
                issuer: mapping.issuer.clone(),
                holder,
                role: Role {
                    kind: mapping.role,
                    scope: mapping.scope.clone(),
                },
                expires: Timestamp::parse(&mapping.expires).map_err(|_| fault)?,
            });
        }
        Ok(Self { entries })
    }

    /// The roles that a proven fact gives now, each with its end.
    pub(crate) fn of<'a>(&'a self, proven: &'a Proven<'a>, now: Timestamp) -> impl Iterator<Item = (&'a Role, Timestamp)> + 'a {
        self.entries
            .iter()
            .filter(move |entry| entry.expires > now && entry.is_held_by(proven))
            .map(|entry| (&entry.role, entry.expires))
    }
}

impl Entry {
    fn is_held_by(&self, proven: &Proven<'_>) -> bool {
        match (&self.holder, proven) {
            (Holder::Subject(wanted), Proven::Subject { issuer, subject }) => self.issuer == *issuer && wanted == subject,
            (Holder::Client(wanted), Proven::Client { issuer, client_id }) => self.issuer == *issuer && wanted == client_id,
            (Holder::Affiliation(wanted), Proven::Affiliation { issuer, value }) => self.issuer == *issuer && wanted == value,
            (Holder::Subject(_) | Holder::Client(_) | Holder::Affiliation(_), _) => false,
        }
    }
}
