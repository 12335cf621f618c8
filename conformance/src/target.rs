//! The deployment under test: the address of each standard, the tokens, and the caller's settings.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use url::Url;

use crate::check::{Standard, Stop};
use crate::client::{Ask, Client, Credential};
use crate::credentials::Token;
use crate::schemas::Schemas;
use crate::settings::Settings;

/// The caller's tokens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {
    /// For all standards except FHIR.
    pub(crate) own: Option<Token>,
    /// For FHIR.
    pub(crate) fhir: Option<Token>,
    /// Expired, but otherwise valid.
    pub(crate) expired: Option<Token>,
    /// Valid, but without a visa for the protected path.
    pub(crate) visaless: Option<Token>,
}

impl Tokens {
    /// All tokens, so that a censor can replace them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Token> {
        [&self.own, &self.fhir, &self.expired, &self.visaless].into_iter().flatten()
    }
}

/// The address of a standard.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) base: Url,
    /// The reason why the standard counts as absent, if it does.
    pub(crate) absence: Option<String>,
}

/// The deployment and the tools for its checks.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) base: Url,
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    pub(crate) tokens: Tokens,
    pub(crate) schemas: Option<Rc<Schemas>>,
    pub(crate) places: BTreeMap<Standard, Place>,
    /// A run that a check of WES started and that has ended.
    pub(crate) finished_run: RefCell<Option<String>>,
}

impl Target {
    /// The reason why the standard counts as not offered; `None` if the standard is checked.
    pub(crate) fn absence(&self, standard: Standard) -> Option<String> {
        self.places.get(&standard)?.absence.clone()
    }

    /// Base URL of a standard; if it has none, the URL of the target.
    pub(crate) fn base_of(&self, standard: Standard) -> &Url {
        self.places.get(&standard).map_or(&self.base, |place| &place.base)
    }

    /// The URL of a path of the standard. Each segment is percent-encoded.
    pub(crate) fn url(&self, standard: Standard, segments: &[&str]) -> Url {
        below(self.base_of(standard), segments)
    }

    /// A request with the caller's token.
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

    /// GET with the caller's token.
    pub(crate) fn get(&self, standard: Standard, segments: &[&str]) -> Ask<'_> {
        self.ask("GET", standard, segments)
    }

    /// The official schemas. Without a folder of schemas the check is skipped.
    pub(crate) fn schemas(&self) -> Result<&Schemas, Stop> {
        self.schemas.as_deref().ok_or_else(|| Stop::Skip("no schemas folder".to_owned()))
    }
}

/// The URL with segments appended, each percent-encoded.
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
