//! The destination of a run: the dataset, and the institution and namespace to which the numbers in the feed belong.

use gemj_model::{DatasetId, SiteId, SiteNumber, Timestamp};
use sha2::{Digest, Sha256};

/// The maximum length of a namespace, in bytes.
const MAX_NAMESPACE_BYTES: usize = 255;

/// The dataset, the site and the namespace to which the units of a run belong. A run has exactly one site and one namespace, so the numbers of
/// two institutions are never read as the numbers of one.
#[derive(Clone, Debug)]
pub struct Target {
    dataset: DatasetId,
    site: SiteId,
    namespace: String,
    exported: Option<(Timestamp, String)>,
    received: Option<Timestamp>,
}

/// Whether a text may name a namespace. It is not empty, has at most 255 bytes, and contains no `/` and no control character. The `/` is
/// reserved, because earlier versions joined site and namespace with it.
#[must_use]
pub fn is_namespace(text: &str) -> bool {
    (1..=MAX_NAMESPACE_BYTES).contains(&text.len()) && !text.contains('/') && !text.chars().any(char::is_control)
}

impl Target {
    /// The destination of a run; `None` if the namespace is not valid ([`is_namespace`]).
    #[must_use]
    pub fn new(dataset: DatasetId, site: SiteId, namespace: &str) -> Option<Self> {
        is_namespace(namespace).then(|| Self {
            dataset,
            site,
            namespace: namespace.to_owned(),
            exported: None,
            received: None,
        })
    }

    /// The same destination for a feed that the institution exported at a time. The time is the version of every unit whose format has no version. Without
    /// it, such units replace each other in the order in which they are ingested.
    #[must_use]
    pub fn exported_at(self, time: Timestamp) -> Self {
        Self {
            // Digits of one length, so that texts sort in the order of time.
            exported: Some((time, format!("{:020}", time.0.max(0)))),
            ..self
        }
    }

    /// The same destination for a feed that is received at a time. A message with a version of more than a day later is then refused, because no later
    /// correction could replace it.
    #[must_use]
    pub fn received_at(self, time: Timestamp) -> Self {
        Self {
            received: Some(time),
            ..self
        }
    }

    /// The latest time that a message of the feed can have, as 17 digits of Japanese time; `None` if the time of receipt is not known.
    pub(crate) fn latest_version(&self) -> Option<String> {
        const DAY_AND_JAPAN_MICROS: i64 = 33 * 3600 * 1_000_000;
        let latest = self.received?.0.checked_add(DAY_AND_JAPAN_MICROS)?;
        let latest = jiff::Timestamp::from_microsecond(latest).ok()?;
        Some(format!("{}999", jiff::tz::Offset::UTC.to_datetime(latest).strftime("%Y%m%d%H%M%S")))
    }

    /// The time at which the institution exported the feed; `None` if it is not known.
    #[must_use]
    pub fn exported(&self) -> Option<Timestamp> {
        self.exported.as_ref().map(|(time, _)| *time)
    }

    /// The version of a unit: its own, or the time of the export. Empty if neither is known.
    pub(crate) fn version<'v>(&'v self, own: &'v str) -> &'v str {
        match &self.exported {
            Some((_, time)) if own.is_empty() => time,
            Some(_) | None => own,
        }
    }

    /// The dataset to which the units are added.
    #[must_use]
    pub fn dataset(&self) -> &DatasetId {
        &self.dataset
    }

    /// The institution that sent the units, and that uses the numbers in them.
    #[must_use]
    pub fn site(&self) -> &SiteId {
        &self.site
    }

    /// The namespace of the numbers: the list in which the institution gives a number to one person only.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// A number of the feed, together with the site and the namespace.
    pub(crate) fn number<'n>(&'n self, number: &'n str) -> SiteNumber<'n> {
        SiteNumber {
            site: &self.site,
            namespace: &self.namespace,
            number,
        }
    }

    /// The name of a unit: a digest of format, site, namespace and the unit's key. The key may contain a person's number, and such a number can
    /// be found by trial from a digest without a key. The store therefore keeps only a keyed digest of this name.
    #[must_use]
    pub fn unit(&self, format: &str, key: &str) -> String {
        digest(&["unit-2", format, self.site.as_str(), &self.namespace, key])
    }

    /// The name of the same unit in earlier versions of the gateway, which did not include the site. `namespace` is the text that those versions
    /// used as the namespace.
    pub(crate) fn earlier_unit(format: &str, namespace: &str, key: &str) -> String {
        digest(&[format, namespace, key])
    }
}

/// The first half of a SHA-256. It stands for a text in memory, because a run can have millions of units.
pub(crate) type Half = [u8; 16];

/// The first half of the SHA-256 of texts. The length precedes each text, so that different lists never give the same input.
pub(crate) fn half(parts: &[&str]) -> Half {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(format!("{}:{part}", part.len()));
    }
    let digest: [u8; 32] = digest.finalize().into();
    let (half, _) = digest.split_first_chunk().unwrap_or((&[0; 16], &[]));
    *half
}

fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(format!("{}:{part}", part.len()));
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(site: &str, namespace: &str) -> Target {
        Target::new(DatasetId::parse("cancer").unwrap(), SiteId::parse(site).unwrap(), namespace).unwrap()
    }

    #[test]
    fn a_unit_has_another_name_if_its_format_site_namespace_or_key_differs() {
        let mut names = std::collections::BTreeSet::new();
        for (site, namespace) in [("a", "b"), ("a", "bc"), ("ab", "c"), ("b", "a")] {
            for (format, key) in [("odm", "1"), ("odm", "11"), ("redcap", "1")] {
                names.insert(target(site, namespace).unit(format, key));
            }
        }
        assert_eq!(names.len(), 12);
    }

    #[test]
    fn a_namespace_is_a_short_text_without_slash_and_control_characters() {
        for (text, is) in [("mrn", true), ("患者番号", true), ("", false), ("a/b", false), ("a\nb", false)] {
            assert_eq!(is_namespace(text), is, "{text:?}");
        }
        assert!(is_namespace(&"n".repeat(255)) && !is_namespace(&"n".repeat(256)));
    }
}
