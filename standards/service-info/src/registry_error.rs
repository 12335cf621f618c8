use serde::Serialize;
use serde_json::{Value, json};

/// The kinds of failure of a service registry (Service Registry 1.0.0 § responses).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegistryErrorKind {
    /// The credential presented is not valid.
    Unauthorized,
    /// The caller is denied access.
    Forbidden,
    /// The service does not exist, or the path does not exist.
    NotFound,
    /// The path exists, but does not support the request's method.
    MethodNotAllowed,
    /// The registry has an internal error.
    InternalServerError,
    /// The registry cannot reach a store that it needs. A later request may succeed.
    ServiceUnavailable,
}

impl RegistryErrorKind {
    /// The HTTP status for this kind of failure.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::InternalServerError => 500,
            Self::ServiceUnavailable => 503,
        }
    }

    /// The short description of this kind of failure. It is the same for every occurrence ("should not change from occurrence to occurrence").
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unauthorized => "Unauthorized",
            Self::Forbidden => "Forbidden",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::InternalServerError => "Internal server error",
            Self::ServiceUnavailable => "Service unavailable",
        }
    }
}

/// The body of a failed registry request (Service Registry 1.0.0 § Error: `status`, `title`, optional `detail`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", kind.title())]
pub struct RegistryError {
    /// The kind of failure.
    pub kind: RegistryErrorKind,
    /// A sentence about this occurrence, intended for the caller.
    pub detail: Option<String>,
}

impl RegistryError {
    /// The JSON body of the failed request.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut body = json!({"status": self.kind.status(), "title": self.kind.title()});
        if let (Some(detail), Value::Object(members)) = (&self.detail, &mut body) {
            members.insert("detail".to_owned(), Value::String(detail.clone()));
        }
        body
    }
}

impl From<RegistryErrorKind> for RegistryError {
    fn from(kind: RegistryErrorKind) -> Self {
        Self { kind, detail: None }
    }
}

impl Serialize for RegistryError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_repeats_the_status_and_has_no_null() {
        assert_eq!(
            RegistryError::from(RegistryErrorKind::NotFound).to_json(),
            json!({"status": 404, "title": "Not found"})
        );
        let error = RegistryError {
            kind: RegistryErrorKind::ServiceUnavailable,
            detail: Some("later".to_owned()),
        };
        assert_eq!(
            error.to_json(),
            json!({"status": 503, "title": "Service unavailable", "detail": "later"})
        );
    }
}
