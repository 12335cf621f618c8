use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::{NonEmpty, ObjectId};

/// How to authorize a request: the answer to OPTIONS, and a member of an access method (DRS 1.5 § Authorizations).
///
/// The JSON derives from these fields, so `supported_types` and the issuer lists always agree. Every caller may read the answer to OPTIONS.
/// The answer must be the same for an object that is hidden from the caller and for an object that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Authorizations {
    /// The object to which the authorizations apply; absent in an access method.
    pub drs_object_id: Option<ObjectId>,
    /// Whether the server accepts HTTP Basic credentials.
    pub basic: bool,
    /// The issuers of the bearer tokens that the server accepts. The list may be empty: "it assumed the caller knows which token". `None` if
    /// the server accepts no bearer tokens.
    pub bearer: Option<Vec<String>>,
    /// The *visa* issuers (`iss`) whose visas may grant access, if the server accepts passports in the body of a POST. `None` if the server
    /// accepts no passports. Callers "must only provide passports that contain visas from this list", so the list must be exact.
    pub passport: Option<NonEmpty<String>>,
}

impl Authorizations {
    /// Authorizations that require no credential: `supported_types` is `["None"]`.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same authorizations for the object `id`.
    #[must_use]
    pub fn of(mut self, id: ObjectId) -> Self {
        self.drs_object_id = Some(id);
        self
    }

    /// The JSON object of these authorizations.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let types = [
            (self.basic, "BasicAuth"),
            (self.bearer.is_some(), "BearerAuth"),
            (self.passport.is_some(), "PassportAuth"),
        ];
        let mut types: Vec<_> = types.into_iter().filter_map(|(taken, name)| taken.then_some(name)).collect();
        if types.is_empty() {
            types.push("None");
        }
        let mut members = Map::new();
        if let Some(id) = &self.drs_object_id {
            members.insert("drs_object_id".to_owned(), json!(id));
        }
        members.insert("supported_types".to_owned(), json!(types));
        if let Some(issuers) = &self.passport {
            members.insert("passport_auth_issuers".to_owned(), json!(issuers));
        }
        if let Some(issuers) = self.bearer.as_ref().filter(|issuers| !issuers.is_empty()) {
            members.insert("bearer_auth_issuers".to_owned(), json!(issuers));
        }
        Value::Object(members)
    }
}

impl Serialize for Authorizations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
