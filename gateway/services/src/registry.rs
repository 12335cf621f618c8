//! Describes the offered services: `service-info` of each service, and the registry of all services.

use std::num::NonZeroU32;

use ga4gh_beacon::Environment;
use ga4gh_drs::DrsServiceInfo;
use ga4gh_htsget::{Endpoint, HtsgetServiceInfo};
use ga4gh_service_info::{ExternalService, Organization, SERVICE_REGISTRY_ARTIFACT, SERVICE_REGISTRY_VERSION, Service, ServiceType};
use ga4gh_wes::WesServiceInfo;

/// The maximum number of ids in one bulk request. Bulk routes are not offered yet, but DRS requires this number.
const MAX_BULK_REQUEST_LENGTH: NonZeroU32 = NonZeroU32::MIN;

/// The `group` in the service type of HL7's own standards.
const FHIR_GROUP: &str = "org.hl7";

/// The `group` in the service type of services that follow no standard.
const OWN_GROUP: &str = "jp.gemj";

/// The operator's description of the gateway.
#[derive(Clone, Debug)]
pub struct Description {
    /// The gateway's id, in reverse-domain form. The ids of the services begin with this id.
    pub id: String,
    /// The gateway's display name.
    pub name: String,
    /// The organisation that operates the gateway.
    pub organization: Organization,
    /// The address for questions about the gateway; absent if not configured.
    pub contact_url: Option<String>,
    /// The kind of installation: prod, test, dev or staging.
    pub environment: Environment,
    /// The version of the gateway's software.
    pub version: String,
    /// The public address of the gateway, without a slash at the end.
    pub base_url: String,
    /// The registry entries of the partners to which queries are forwarded.
    pub partners: Vec<ExternalService>,
    /// Whether workflows can be run. If not, WES is not listed.
    pub runs_workflows: bool,
}

/// One service that the gateway offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// The registry itself, described by `/service-info` of the root.
    Registry,
    /// The htsget endpoint for reads.
    HtsgetReads,
    /// The htsget endpoint for variants.
    HtsgetVariants,
    /// The Beacon of this gateway.
    Beacon,
    /// The service that forwards Beacon queries to partners.
    Federation,
    /// The DRS service.
    Drs,
    /// The WES service.
    Wes,
    /// The FHIR service.
    Fhir,
    /// The service that explains which access a passport would open and why requests are denied.
    Access,
}

impl Offered {
    /// Every service, in the order of the registry.
    pub const ALL: [Self; 9] = [
        Self::Registry,
        Self::HtsgetReads,
        Self::HtsgetVariants,
        Self::Beacon,
        Self::Federation,
        Self::Drs,
        Self::Wes,
        Self::Fhir,
        Self::Access,
    ];

    /// The text that follows the gateway's id in the service's id.
    fn suffix(self) -> &'static str {
        match self {
            Self::Registry => "",
            Self::HtsgetReads => ".htsget.reads",
            Self::HtsgetVariants => ".htsget.variants",
            Self::Beacon => ".beacon",
            Self::Federation => ".federation",
            Self::Drs => ".drs",
            Self::Wes => ".wes",
            Self::Fhir => ".fhir",
            Self::Access => ".access",
        }
    }

    /// The path of the service below the public address. DRS defines `/ga4gh/drs/v1` as part of its own paths, and "the registered `url` must
    /// include everything up to the standardized path" (DRS 1.5 § Service Registry).
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Registry | Self::Drs => "",
            // The registered URL of WES includes its base path, because WES clients expect everything up to `/runs`.
            Self::Wes => ga4gh_wes::BASE_PATH,
            Self::HtsgetReads => "/htsget/reads",
            Self::HtsgetVariants => "/htsget/variants",
            Self::Beacon => "/beacon",
            Self::Federation => "/federation",
            Self::Fhir => "/fhir",
            Self::Access => "/access/v1",
        }
    }
}

/// The GA4GH `service-info` of one service.
#[must_use]
pub fn service_info(about: &Description, offered: Offered) -> Service {
    let service = |service_type: ServiceType, what: &str, description: &str| {
        let (id, name) = (format!("{}{}", about.id, offered.suffix()), format!("{}{what}", about.name));
        let mut service = Service::new(id, name, service_type, about.organization.clone(), about.version.clone());
        service.description = Some(description.to_owned());
        service.contact_url.clone_from(&about.contact_url);
        service.environment = Some(environment(about.environment).to_owned());
        service
    };
    let htsget = |endpoint: Endpoint, what: &str, description: &str| {
        let info = HtsgetServiceInfo {
            datatype: endpoint,
            formats: endpoint.formats().to_vec(),
            fields_parameter_effective: endpoint == Endpoint::Reads,
            tags_parameters_effective: endpoint == Endpoint::Reads,
        };
        info.describe(service(HtsgetServiceInfo::service_type(), what, description))
    };
    match offered {
        Offered::Registry => service(
            ServiceType::ga4gh(SERVICE_REGISTRY_ARTIFACT, SERVICE_REGISTRY_VERSION),
            "",
            "GA4GH interoperability gateway: the registry of its services is at /services.",
        ),
        Offered::HtsgetReads => htsget(Endpoint::Reads, ": htsget reads", "Exact slices of BAM and CRAM."),
        Offered::HtsgetVariants => htsget(Endpoint::Variants, ": htsget variants", "Exact slices of VCF and BCF."),
        Offered::Beacon => service(
            ServiceType::ga4gh(ga4gh_beacon::SERVICE_TYPE_ARTIFACT, ga4gh_beacon::SERVICE_TYPE_VERSION),
            ": Beacon",
            "Variants and individuals, counted under consent.",
        ),
        Offered::Federation => service(
            ServiceType {
                group: OWN_GROUP.to_owned(),
                artifact: "federation".to_owned(),
                version: "1.0.0".to_owned(),
            },
            ": federation",
            "Beacon's g_variants, answered by this gateway and by every partner, with each answer listed separately.",
        ),
        Offered::Drs => {
            // The service info of DRS does not state the number and sizes of objects, because they would reveal participants that the
            // caller may not know of.
            let info = DrsServiceInfo {
                max_bulk_request_length: MAX_BULK_REQUEST_LENGTH,
                object_count: None,
                total_object_size_bytes: None,
            };
            info.describe(service(DrsServiceInfo::service_type(), ": DRS", "Files by id."))
        }
        Offered::Wes => service(WesServiceInfo::service_type(), ": WES", "Workflows on the programme's files."),
        Offered::Fhir => service(
            ServiceType {
                group: FHIR_GROUP.to_owned(),
                artifact: "fhir".to_owned(),
                version: hl7_fhir::FHIR_VERSION.to_owned(),
            },
            ": FHIR",
            "A hospital's own patients; details are at /fhir/metadata.",
        ),
        Offered::Access => service(
            ServiceType {
                group: OWN_GROUP.to_owned(),
                artifact: "access".to_owned(),
                version: "1.0.0".to_owned(),
            },
            ": access",
            "A dry run of the access that passports open (/explain), the codes of denials (/denials) and approved projects (/projects).",
        ),
    }
}

/// The entries of the registry: every service with its address, then the partners.
#[must_use]
pub fn services(about: &Description) -> Vec<ExternalService> {
    let offered = Offered::ALL
        .into_iter()
        .filter(|offered| *offered != Offered::Wes || about.runs_workflows);
    let offered = offered.map(|offered| external(about, offered));
    offered.chain(about.partners.iter().cloned()).collect()
}

/// The registry entry with this id; absent if no service has the id.
#[must_use]
pub fn service_by_id(about: &Description, id: &str) -> Option<ExternalService> {
    services(about).into_iter().find(|s| s.service().id == id)
}

/// The distinct types of the services in the registry, in the order of the registry.
#[must_use]
pub fn service_types(about: &Description) -> Vec<ServiceType> {
    let mut types: Vec<ServiceType> = Vec::new();
    for service in services(about) {
        if !types.contains(&service.service().service_type) {
            types.push(service.service().service_type.clone());
        }
    }
    types
}

fn external(about: &Description, offered: Offered) -> ExternalService {
    ExternalService::new(service_info(about, offered), format!("{}{}", about.base_url, offered.path()))
}

fn environment(environment: Environment) -> &'static str {
    match environment {
        Environment::Prod => "prod",
        Environment::Test => "test",
        Environment::Dev => "dev",
        Environment::Staging => "staging",
    }
}
