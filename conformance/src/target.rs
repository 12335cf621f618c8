//! The deployment under test: the address of each standard, the tokens, and the settings of the caller, who runs this program.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use url::Url;

use crate::check::{Standard, Stop};
use crate::client::{Ask, Client, Credential};
use crate::credentials::Token;
use crate::schemas::Schemas;
use crate::settings::Settings;

/// The tokens of the caller, who runs this program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {
    /// The token for all standards except FHIR.
    pub(crate) own: Option<Token>,
    /// The token for FHIR.
    pub(crate) fhir: Option<Token>,
    /// A token that has expired and is otherwise valid.
    pub(crate) expired: Option<Token>,
    /// A valid token that has no visa for the protected path.
    pub(crate) visaless: Option<Token>,
}

impl Tokens {
    /// All tokens, so that a censor can replace them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Token> {
        [&self.own, &self.fhir, &self.expired, &self.visaless].into_iter().flatten()
    }
}

/// The address of a standard, and whether the deployment offers the standard.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) base: Url,
    /// The reason why the standard counts as not offered; absent if the standard is checked.
    pub(crate) absence: Option<String>,
}

/// The deployment under test, and the client, settings and schemas for its checks.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) base: Url,
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    pub(crate) tokens: Tokens,
    pub(crate) schemas: Option<Rc<Schemas>>,
    pub(crate) places: BTreeMap<Standard, Place>,
    /// The id of a run that a check of WES started and that has ended; absent if there is none.
    pub(crate) finished_run: RefCell<Option<String>>,
}

impl Target {
    /// The reason why the standard counts as not offered; `None` if the standard is checked.
    pub(crate) fn absence(&self, standard: Standard) -> Option<String> {
        self.places.get(&standard)?.absence.clone()
    }

    /// The base URL of a standard. If the standard has no address of its own, the URL of the deployment.
    pub(crate) fn base_of(&self, standard: Standard) -> &Url {
        self.places.get(&standard).map_or(&self.base, |place| &place.base)
    }

    /// The URL of a path below the base URL of a standard. Each segment is percent-encoded.
    pub(crate) fn url(&self, standard: Standard, segments: &[&str]) -> Url {
        below(self.base_of(standard), segments)
    }

    /// Begins a request to a path of a standard, with the caller's token for that standard.
    pub(crate) fn ask(&self, method: &'static str, standard: Standard, segments: &[&str]) -> Ask<'_> {
        let token = match standard {
            Standard::Fhir => &self.tokens.fhir,
            Standard::ServiceRegistry | Standard::Htsget | Standard::Beacon | Standard::Drs | Standard::Passport | Standard::Wes => {
                &self.tokens.own
            }
        };
        let ask = self.client.ask(method, self.url(standard, segments));
        ask.credential(Credential::Own(token.clone()))
    }

    /// Begins a GET request to a path of a standard, with the caller's token for that standard.
    pub(crate) fn get(&self, standard: Standard, segments: &[&str]) -> Ask<'_> {
        self.ask("GET", standard, segments)
    }

    /// The official schemas. If the caller named no folder of schemas, the check is skipped.
    pub(crate) fn schemas(&self) -> Result<&Schemas, Stop> {
        self.schemas.as_deref().ok_or_else(|| Stop::Skip("no schemas folder".to_owned()))
    }
}

/// A URL with segments appended to its path. Each segment is percent-encoded.
pub(crate) fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_percent_encoded_and_trailing_slashes_are_not_doubled() {
        for base in ["http://h.example/a", "http://h.example/a/"] {
            let url = below(&Url::parse(base).unwrap(), &["objects", "x/y z?"]);
            assert_eq!(url.as_str(), "http://h.example/a/objects/x%2Fy%20z%3F");
        }
        assert_eq!(
            below(&Url::parse("http://h.example").unwrap(), &["services"]).as_str(),
            "http://h.example/services"
        );
    }
}
