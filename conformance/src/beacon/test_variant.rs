//! Builds Beacon queries for the variant in the settings, and checks the meta section of the answers.

use serde_json::{Value, json};

use crate::check::{Stop, fail};
use crate::client::Ask;
use crate::settings::needed;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

/// The variant in the settings, for which the checks query the Beacon.
#[derive(Clone, Debug)]
pub(super) struct TestVariant {
    assembly: String,
    reference_name: String,
    start: u64,
    reference_bases: String,
    pub(super) alternate_bases: String,
}

impl TestVariant {
    pub(super) fn of(target: &Target) -> Result<Self, Stop> {
        let settings = &target.settings.beacon;
        Ok(Self {
            assembly: needed(&settings.assembly, "beacon.assembly")?.clone(),
            reference_name: needed(&settings.reference_name, "beacon.reference_name")?.clone(),
            start: *needed(&settings.start, "beacon.start")?,
            reference_bases: needed(&settings.reference_bases, "beacon.reference_bases")?.clone(),
            alternate_bases: needed(&settings.alternate_bases, "beacon.alternate_bases")?.clone(),
        })
    }

    /// The start of the variant. `None` unless the variant has one reference base and one alternate base, at a position above 0.
    pub(super) fn substitution_start(&self) -> Option<u64> {
        (self.reference_bases.len() == 1 && self.alternate_bases.len() == 1 && self.start > 0).then_some(self.start)
    }

    /// A GET request for all variants from 5000 bases before to 5000 bases after the variant's start.
    pub(super) fn ask_around<'t>(&self, target: &'t Target, granularity: &str) -> Ask<'t> {
        const BASES: u64 = 5000;
        target
            .get(STANDARD, &["g_variants"])
            .query("assemblyId", &self.assembly)
            .query("referenceName", &self.reference_name)
            .query("start", &self.start.saturating_sub(BASES).to_string())
            .query("end", &self.start.saturating_add(BASES).to_string())
            .query("requestedGranularity", granularity)
    }

    /// A GET request for the variant with another `start`.
    pub(super) fn ask_at<'t>(&self, target: &'t Target, granularity: &str, start: &str) -> Ask<'t> {
        target
            .get(STANDARD, &["g_variants"])
            .query("assemblyId", &self.assembly)
            .query("referenceName", &self.reference_name)
            .query("start", start)
            .query("referenceBases", &self.reference_bases)
            .query("alternateBases", &self.alternate_bases)
            .query("requestedGranularity", granularity)
    }

    /// A GET request for the variant in the settings.
    pub(super) fn ask<'t>(&self, target: &'t Target, granularity: &str) -> Ask<'t> {
        self.ask_at(target, granularity, &self.start.to_string())
    }

    /// The query for the variant in the settings, as the body of a POST request.
    pub(super) fn body(&self, granularity: &str) -> Value {
        json!({
            "meta": {"apiVersion": "v2.1.1"},
            "query": {
                "requestParameters": {"g_variant": {
                    "assemblyId": self.assembly, "referenceName": self.reference_name, "start": [self.start],
                    "referenceBases": self.reference_bases, "alternateBases": self.alternate_bases
                }},
                "requestedGranularity": granularity
            }
        })
    }
}

/// Checks that the meta section of an answer has the members that every answer must have. Returns the stated granularity.
pub(super) fn granularity(value: &Value) -> Result<&str, Stop> {
    shape::text(value, "/meta/beaconId")?;
    shape::text(value, "/meta/apiVersion")?;
    shape::list(value, "/meta/returnedSchemas")?;
    shape::text(value, "/meta/receivedRequestSummary/apiVersion")?;
    shape::list(value, "/meta/receivedRequestSummary/requestedSchemas")?;
    shape::member(value, "/meta/receivedRequestSummary/pagination")?;
    shape::text(value, "/meta/receivedRequestSummary/requestedGranularity")?;
    match shape::text(value, "/meta/returnedGranularity")? {
        found @ ("boolean" | "count" | "record" | "aggregated") => Ok(found),
        found => fail(format!("returnedGranularity \"{}\"", shape::short(found))),
    }
}
