//! The part of a file that a capability for a slice opens. The serialised form is short, because it is part of a URL.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A part of a file that an htsget ticket promised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlicePart {
    /// The htsget class: `header` or `body`; absent for the header and the body.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The selected regions; empty for the whole file.
    #[serde(rename = "r", default, skip_serializing_if = "Regions::is_empty")]
    pub regions: Regions,
    /// The file format of the answer; absent for the file's own format.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The SAM fields to return; absent for all fields.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// The SAM tags to return; absent for all tags.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// The SAM tags to omit.
    #[serde(rename = "n", default, skip_serializing_if = "Vec::is_empty")]
    pub without_tags: Vec<String>,
    /// The range of bytes of the selected part that the holder may fetch: 0-based start and end. Absent for all bytes.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<(u64, u64)>,
    /// A keyed digest of the source of the slice when the ticket was issued. For a joint file, the source contains the participants whose columns are
    /// returned, and these can change. If absent, the source is not compared.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub made_of: Option<String>,
}

/// Regions of a file: contig name, 0-based start, end. A region without an end reaches to the end of the contig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions(pub Vec<(String, u64, Option<u64>)>);

impl Regions {
    /// Whether no region is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The serialised form of regions: the contig, then two numbers for each region. The first number is the distance from the start of the previous
/// region on this contig (from 0 for the first region). The second number is the length, or -1 for a region to the end of the contig. Thousands
/// of regions of a panel then fit into a URL.
type Written = Vec<(String, Vec<i64>)>;

impl Serialize for Regions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let too_far = |_| serde::ser::Error::custom("a position is too large");
        let mut written: Written = Vec::new();
        let mut before = 0;
        for (name, start, end) in &self.0 {
            if written.last().is_none_or(|(last, _)| last != name) {
                written.push((name.clone(), Vec::new()));
                before = 0;
            }
            let start = i64::try_from(*start).map_err(too_far)?;
            let length = match end {
                Some(end) => i64::try_from(*end).map_err(too_far)?.saturating_sub(start).max(0),
                None => -1,
            };
            if let Some((_, numbers)) = written.last_mut() {
                numbers.extend([start - before, length]);
            }
            before = start;
        }
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Regions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let broken = || serde::de::Error::custom("broken regions");
        let mut regions = Vec::new();
        for (name, numbers) in Written::deserialize(deserializer)? {
            let (pairs, rest) = numbers.as_chunks::<2>();
            if !rest.is_empty() {
                return Err(broken());
            }
            let mut before = 0_i64;
            for [distance, length] in pairs {
                let start = before.checked_add(*distance).ok_or_else(broken)?;
                let end = match length {
                    -1 => None,
                    length => Some(start.checked_add(*length).ok_or_else(broken)?),
                };
                let unsigned = |number: i64| u64::try_from(number).map_err(|_| broken());
                regions.push((name.clone(), unsigned(start)?, end.map(unsigned).transpose()?));
                before = start;
            }
        }
        Ok(Self(regions))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn regions_round_trip_and_their_text_is_short() {
        let region = |name: &str, start, end| (name.to_owned(), start, end);
        let regions = Regions(vec![
            region("1", 0, Some(0)),
            region("1", 83_000_000, Some(83_000_100)),
            region("1", 5, None),
            region("HLA-A*01:01", 7, Some(u64::from(u32::MAX))),
            region("1", 3, Some(9)),
        ]);
        let text = serde_json::to_string(&regions).unwrap();
        assert_eq!(serde_json::from_str::<Regions>(&text).unwrap(), regions);
        let panel = Regions((0..2_000).map(|n| region("chr7", n * 50_123, Some(n * 50_123 + 250))).collect());
        assert!(serde_json::to_vec(&panel).unwrap().len() < 24_000);
        for broken in [
            "[[\"1\",[1]]]",
            "[[\"1\",[-1,5]]]",
            "[[\"1\",[9223372036854775807,1]]]",
            "[[\"1\",[1,-2]]]",
        ] {
            assert!(serde_json::from_str::<Regions>(broken).is_err(), "{broken}");
        }
    }
}
