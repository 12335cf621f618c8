//! The forms of a variant query that Beacons accept.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// How long the gateway remembers the form that a partner answered.
const LEARNED_FOR: Duration = Duration::from_secs(3600);

/// The prefix of the ids of the European Genome-phenome Archive's Beacons.
const EGA: &str = "org.ega-archive.";

/// The form in which a variant query is sent to a Beacon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// The query is a POST, with the parameters under `requestParameters.g_variant`, as the schema of the request body states ("map of
    /// parameter name to object").
    Nested,
    /// The query is a POST, with the parameters directly in `requestParameters`, as in the Beacon of the European Genome-phenome Archive
    /// and in older examples.
    Flat,
    /// The query is a GET with URL query parameters.
    Get,
}

impl Dialect {
    /// All forms, in the order in which an unknown partner is tried.
    const ALL: [Self; 3] = [Self::Nested, Self::Flat, Self::Get];
}

/// The form and the address at which a partner last answered, and when.
#[derive(Debug, Default)]
pub(super) struct Learned {
    answered: Option<(Dialect, Url, Instant)>,
}

impl Learned {
    /// The form of query that the partner last answered. Absent if the partner has not answered within [`LEARNED_FOR`].
    pub(super) fn dialect(&self) -> Option<Dialect> {
        let (dialect, _, at) = self.answered.as_ref()?;
        (at.elapsed() < LEARNED_FOR).then_some(*dialect)
    }

    /// The address at which the partner last answered; absent if it has never answered.
    pub(super) fn address(&self) -> Option<Url> {
        self.answered.as_ref().map(|(_, address, _)| address.clone())
    }

    /// Records that the partner answered a query of this form at this address.
    pub(super) fn learn(&mut self, dialect: Dialect, address: &Url) {
        self.answered = Some((dialect, address.clone(), Instant::now()));
    }
}

/// The forms of query in the order in which they are tried: `first`, then all others.
pub(super) fn starting_with(first: Option<Dialect>) -> Vec<Dialect> {
    let others = Dialect::ALL.into_iter().filter(|dialect| Some(*dialect) != first);
    first.into_iter().chain(others).collect()
}

/// The form that a partner's software probably supports, from the partner's `service-info` or `info`; absent if the description does not
/// determine it.
pub(super) fn likely(about: &Value) -> Option<Dialect> {
    // The answer of Beacon's `info` has these members inside `response`.
    let about = about.get("response").unwrap_or(about);
    let texts = [about.get("id"), about.pointer("/organization/id"), about.pointer("/type/group")];
    let is_ega = texts.into_iter().flatten().filter_map(Value::as_str).any(|id| id.starts_with(EGA));
    is_ega.then_some(Dialect::Flat)
}

/// The address for variant queries in a partner's `map`; absent if the map has none.
pub(super) fn variants_address(map: &Value) -> Option<&str> {
    let sets = map.get("response").unwrap_or(map).get("endpointSets")?;
    ["genomicVariant", "genomicVariation", "g_variant", "g_variants"]
        .into_iter()
        .find_map(|name| sets.get(name)?.get("rootUrl")?.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_product_is_recognised_by_its_id_and_every_form_is_tried_once() {
        assert_eq!(likely(&json!({"id": "org.ega-archive.beacon-ri-demo"})), Some(Dialect::Flat));
        assert_eq!(likely(&json!({"response": {"id": "org.ega-archive.x"}})), Some(Dialect::Flat));
        for about in [
            json!({}),
            json!({"id": 1}),
            json!([]),
            json!({"id": "org.progenetix"}),
            json!({"id": "not.org.ega-archive."}),
        ] {
            assert_eq!(likely(&about), None, "{about}");
        }
        assert_eq!(starting_with(None), [Dialect::Nested, Dialect::Flat, Dialect::Get]);
        assert_eq!(starting_with(Some(Dialect::Get)), [Dialect::Get, Dialect::Nested, Dialect::Flat]);
    }

    #[test]
    fn the_address_comes_from_the_entry_type_of_variants() {
        let map = json!({"response": {"endpointSets": {"genomicVariant": {"rootUrl": "https://b.example/api/g_variants"}}}});
        assert_eq!(variants_address(&map), Some("https://b.example/api/g_variants"));
        assert_eq!(
            variants_address(&json!({"response": {"endpointSets": {"individual": {"rootUrl": "x"}}}})),
            None
        );
    }
}
