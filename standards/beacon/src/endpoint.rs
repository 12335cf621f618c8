//! Every endpoint that the Beacon specification defines.

use crate::entry_type::EntryType;

/// The kind of an endpoint of a Beacon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndpointKind {
    /// `/`, with the same answer as `/info`.
    Root,
    /// `/info`: a description of the Beacon.
    Info,
    /// `/service-info`: a description in the format of GA4GH Service Info.
    ServiceInfo,
    /// `/configuration`: the configuration of the Beacon.
    Configuration,
    /// `/map`: the endpoints and their URLs.
    Map,
    /// `/entry_types`: the entry types of the Beacon.
    EntryTypes,
    /// `/filtering_terms`: the terms that filters may use.
    FilteringTerms,
    /// The list of all records of an entry type.
    List(EntryType),
    /// One record of an entry type, by its id.
    Single(EntryType),
    /// The records of one entry type that belong to one record of another entry type.
    Nested {
        /// The entry type of the id in the path.
        of: EntryType,
        /// The entry type of the returned records.
        returned: EntryType,
    },
    /// The filtering terms of an entry type, for example at `/individuals/filtering_terms`.
    FilteringTermsOfAll(EntryType),
    /// The filtering terms of the data of one record, for example at `/datasets/{id}/filtering_terms`.
    FilteringTermsOfOne(EntryType),
}

/// One endpoint: a path template below the Beacon's root. `{id}` is a placeholder for an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The path template, such as `/individuals/{id}/g_variants`.
    pub path: &'static str,
    /// The kind of the endpoint.
    pub kind: EndpointKind,
}

impl Endpoint {
    /// The entry type of the returned records; `None` if the endpoint returns no records.
    #[must_use]
    pub fn returned(&self) -> Option<EntryType> {
        match self.kind {
            EndpointKind::List(entry) | EndpointKind::Single(entry) | EndpointKind::Nested { returned: entry, .. } => Some(entry),
            EndpointKind::Root
            | EndpointKind::Info
            | EndpointKind::ServiceInfo
            | EndpointKind::Configuration
            | EndpointKind::Map
            | EndpointKind::EntryTypes
            | EndpointKind::FilteringTerms
            | EndpointKind::FilteringTermsOfAll(_)
            | EndpointKind::FilteringTermsOfOne(_) => None,
        }
    }

    /// The entry type of the id in the path; `None` if the path has no id.
    #[must_use]
    pub fn nested_in(&self) -> Option<EntryType> {
        match self.kind {
            EndpointKind::Single(entry) | EndpointKind::FilteringTermsOfOne(entry) | EndpointKind::Nested { of: entry, .. } => Some(entry),
            EndpointKind::Root
            | EndpointKind::Info
            | EndpointKind::ServiceInfo
            | EndpointKind::Configuration
            | EndpointKind::Map
            | EndpointKind::EntryTypes
            | EndpointKind::FilteringTerms
            | EndpointKind::List(_)
            | EndpointKind::FilteringTermsOfAll(_) => None,
        }
    }

    /// Whether the endpoint accepts POST as well as GET. Every endpoint of an entry type accepts POST. The informational endpoints do not.
    #[must_use]
    pub fn takes_post(&self) -> bool {
        match self.kind {
            EndpointKind::Root
            | EndpointKind::Info
            | EndpointKind::ServiceInfo
            | EndpointKind::Configuration
            | EndpointKind::Map
            | EndpointKind::EntryTypes
            | EndpointKind::FilteringTerms => false,
            EndpointKind::List(_)
            | EndpointKind::Single(_)
            | EndpointKind::Nested { .. }
            | EndpointKind::FilteringTermsOfAll(_)
            | EndpointKind::FilteringTermsOfOne(_) => true,
        }
    }

    /// The endpoint with this path template; `None` if the specification has no endpoint with it.
    #[must_use]
    pub fn of(path: &str) -> Option<&'static Self> {
        ENDPOINTS.iter().find(|endpoint| endpoint.path == path)
    }
}

const fn informational(path: &'static str, kind: EndpointKind) -> Endpoint {
    Endpoint { path, kind }
}

const fn list(path: &'static str, entry: EntryType) -> Endpoint {
    Endpoint {
        path,
        kind: EndpointKind::List(entry),
    }
}

const fn single(path: &'static str, entry: EntryType) -> Endpoint {
    Endpoint {
        path,
        kind: EndpointKind::Single(entry),
    }
}

const fn nested(path: &'static str, of: EntryType, returned: EntryType) -> Endpoint {
    Endpoint {
        path,
        kind: EndpointKind::Nested { of, returned },
    }
}

const fn terms_of_one(path: &'static str, entry: EntryType) -> Endpoint {
    Endpoint {
        path,
        kind: EndpointKind::FilteringTermsOfOne(entry),
    }
}

use EntryType::{Analysis, Biosample, Cohort, Dataset, GenomicVariant, Individual, Run};

/// Every endpoint in `endpoints.json` of the framework and of the seven entry types, or in `beaconMap.json` of the default model. These files
/// differ, and this list is their union.
pub const ENDPOINTS: &[Endpoint] = &[
    informational("/", EndpointKind::Root),
    informational("/info", EndpointKind::Info),
    informational("/service-info", EndpointKind::ServiceInfo),
    informational("/configuration", EndpointKind::Configuration),
    informational("/map", EndpointKind::Map),
    informational("/entry_types", EndpointKind::EntryTypes),
    informational("/filtering_terms", EndpointKind::FilteringTerms),
    list("/g_variants", GenomicVariant),
    single("/g_variants/{id}", GenomicVariant),
    nested("/g_variants/{id}/individuals", GenomicVariant, Individual),
    nested("/g_variants/{id}/biosamples", GenomicVariant, Biosample),
    nested("/g_variants/{id}/runs", GenomicVariant, Run),
    nested("/g_variants/{id}/analyses", GenomicVariant, Analysis),
    list("/individuals", Individual),
    Endpoint {
        path: "/individuals/filtering_terms",
        kind: EndpointKind::FilteringTermsOfAll(Individual),
    },
    single("/individuals/{id}", Individual),
    nested("/individuals/{id}/g_variants", Individual, GenomicVariant),
    nested("/individuals/{id}/biosamples", Individual, Biosample),
    nested("/individuals/{id}/runs", Individual, Run),
    nested("/individuals/{id}/analyses", Individual, Analysis),
    terms_of_one("/individuals/{id}/filtering_terms", Individual),
    list("/biosamples", Biosample),
    single("/biosamples/{id}", Biosample),
    nested("/biosamples/{id}/g_variants", Biosample, GenomicVariant),
    nested("/biosamples/{id}/runs", Biosample, Run),
    nested("/biosamples/{id}/analyses", Biosample, Analysis),
    list("/runs", Run),
    single("/runs/{id}", Run),
    nested("/runs/{id}/g_variants", Run, GenomicVariant),
    nested("/runs/{id}/analyses", Run, Analysis),
    list("/analyses", Analysis),
    single("/analyses/{id}", Analysis),
    nested("/analyses/{id}/g_variants", Analysis, GenomicVariant),
    list("/datasets", Dataset),
    single("/datasets/{id}", Dataset),
    nested("/datasets/{id}/g_variants", Dataset, GenomicVariant),
    nested("/datasets/{id}/individuals", Dataset, Individual),
    nested("/datasets/{id}/biosamples", Dataset, Biosample),
    nested("/datasets/{id}/runs", Dataset, Run),
    nested("/datasets/{id}/analyses", Dataset, Analysis),
    terms_of_one("/datasets/{id}/filtering_terms", Dataset),
    list("/cohorts", Cohort),
    single("/cohorts/{id}", Cohort),
    nested("/cohorts/{id}/g_variants", Cohort, GenomicVariant),
    nested("/cohorts/{id}/individuals", Cohort, Individual),
    nested("/cohorts/{id}/biosamples", Cohort, Biosample),
    nested("/cohorts/{id}/runs", Cohort, Run),
    nested("/cohorts/{id}/analyses", Cohort, Analysis),
    terms_of_one("/cohorts/{id}/filtering_terms", Cohort),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_agrees_with_its_kind() {
        for (at, endpoint) in ENDPOINTS.iter().enumerate() {
            assert!(ENDPOINTS[..at].iter().all(|other| other.path != endpoint.path), "{endpoint:?}");
            assert_eq!(Endpoint::of(endpoint.path), Some(endpoint));
            let written = match endpoint.kind {
                EndpointKind::List(entry) => format!("/{}", entry.path_segment()),
                EndpointKind::Single(entry) => format!("/{}/{{id}}", entry.path_segment()),
                EndpointKind::Nested { of, returned } => format!("/{}/{{id}}/{}", of.path_segment(), returned.path_segment()),
                EndpointKind::FilteringTermsOfAll(entry) => format!("/{}/filtering_terms", entry.path_segment()),
                EndpointKind::FilteringTermsOfOne(entry) => format!("/{}/{{id}}/filtering_terms", entry.path_segment()),
                EndpointKind::Root
                | EndpointKind::Info
                | EndpointKind::ServiceInfo
                | EndpointKind::Configuration
                | EndpointKind::Map
                | EndpointKind::EntryTypes
                | EndpointKind::FilteringTerms => endpoint.path.to_owned(),
            };
            assert_eq!(endpoint.path, written);
            assert_eq!(endpoint.nested_in().is_some(), endpoint.path.contains("{id}"));
        }
    }
}
