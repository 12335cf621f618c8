//! The deployment under test: where each standard is served, with which tokens, and what the caller told of it.

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
    /// For everything but FHIR.
    pub(crate) own: Option<Token>,
    /// For FHIR.
    pub(crate) fhir: Option<Token>,
    /// Good once, now expired.
    pub(crate) expired: Option<Token>,
    /// Good, and without a visa for the protected path.
    pub(crate) visaless: Option<Token>,
}

impl Tokens {
    /// All of them, to be struck from whatever is printed.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Token> {
        [&self.own, &self.fhir, &self.expired, &self.visaless].into_iter().flatten()
    }
}

/// Where a standard is served.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) base: Url,
    /// Why it counts as not there, if it does.
    pub(crate) absence: Option<String>,
}

/// What is checked.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) base: Url,
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    pub(crate) tokens: Tokens,
    pub(crate) schemas: Option<Rc<Schemas>>,
    pub(crate) places: BTreeMap<Standard, Place>,
    /// A run that a check of WES started and saw to its end.
    pub(crate) finished_run: RefCell<Option<String>>,
}

impl Target {
    /// Why the standard counts as not offered; `None` where it is checked.
    pub(crate) fn absence(&self, standard: Standard) -> Option<String> {
        self.places.get(&standard)?.absence.clone()
    }

    /// Base URL of a standard, or the target's own.
    pub(crate) fn base_of(&self, standard: Standard) -> &Url {
        self.places.get(&standard).map_or(&self.base, |place| &place.base)
    }

    /// The URL of a path of the standard; each segment is percent-encoded.
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

    /// The official schemas; without the folder the check is skipped.
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
    fn ids_are_percent_encoded_and_slashes_at_the_end_do_not_double() {
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
