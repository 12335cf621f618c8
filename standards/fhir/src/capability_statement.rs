//! The capabilities of the server: `GET [base]/metadata` (FHIR R4 § CapabilityStatement).

use serde_json::{Value, json};

use crate::interaction::Interaction;
use crate::search::Parameter;
use crate::{FHIR_VERSION, ResourceType};

/// The server's description of itself. It lists the search parameters that [`crate::search::parse`] parses.
#[derive(Clone, Debug)]
pub struct CapabilityStatement<'a> {
    /// The base URL of the server, without a slash at the end.
    pub base_url: &'a str,
    /// The name of the software.
    pub software: &'a str,
    /// The version of the software.
    pub version: &'a str,
    /// A description of this instance for human readers.
    pub description: &'a str,
    /// The date of the last change of the statement, a `dateTime`.
    pub date: &'a str,
    /// The token endpoint of SMART Backend Services; `None` for a server that accepts no tokens.
    pub token_endpoint: Option<&'a str>,
    /// The supported resource types.
    pub resources: &'a [ResourceCapability<'a>],
    /// The operations on system level. Each pair is the operation's name without `$` and the canonical URL of its definition.
    pub operations: &'a [(&'a str, &'a str)],
}

/// The interactions that the server supports with one resource type.
#[derive(Clone, Debug)]
pub struct ResourceCapability<'a> {
    /// The resource type.
    pub resource_type: ResourceType,
    /// The supported interactions. If `search-type` is included, the statement also lists the search parameters.
    pub interactions: &'a [Interaction],
    /// The canonical URLs of the profiles to which the resources conform.
    pub supported_profiles: &'a [&'a str],
}

impl CapabilityStatement<'_> {
    /// Renders the CapabilityStatement: active, `kind` instance, JSON only, FHIR 4.0.1.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut rest = json!({
            "mode": "server",
            "resource": self.resources.iter().map(ResourceCapability::to_json).collect::<Vec<_>>(),
        });
        if let Some(token_endpoint) = self.token_endpoint {
            rest["security"] = security(token_endpoint);
        }
        if !self.operations.is_empty() {
            let operation = |(name, definition): &(&str, &str)| json!({"name": name, "definition": definition});
            rest["operation"] = self.operations.iter().map(operation).collect();
        }
        json!({
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": self.date,
            "kind": "instance",
            "software": {"name": self.software, "version": self.version},
            "implementation": {"description": self.description, "url": self.base_url},
            "fhirVersion": FHIR_VERSION,
            "format": ["application/fhir+json", "json"],
            "rest": [rest],
        })
    }
}

impl ResourceCapability<'_> {
    fn to_json(&self) -> Value {
        let interactions = self.interactions.iter().map(|interaction| json!({"code": interaction.as_str()}));
        let mut resource = json!({
            "type": self.resource_type.as_str(),
            "interaction": interactions.collect::<Vec<_>>(),
            "versioning": "versioned",
            "readHistory": false,
            "updateCreate": false,
            "conditionalCreate": false,
            "conditionalRead": "not-supported",
            "conditionalUpdate": false,
            "conditionalDelete": "not-supported",
        });
        if !self.supported_profiles.is_empty() {
            resource["supportedProfile"] = json!(self.supported_profiles);
        }
        if self.interactions.contains(&Interaction::SearchType) {
            let parameter = |p: &Parameter| json!({"name": p.as_str(), "type": p.parameter_type().as_str()});
            resource["searchParam"] = Parameter::of(self.resource_type).iter().map(parameter).collect();
        }
        resource
    }
}

/// The member `security` (SMART App Launch 2.2.0 § Conformance): the code of the SMART service, and the extension with the token endpoint for
/// older clients.
fn security(token_endpoint: &str) -> Value {
    json!({
        "extension": [{
            "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
            "extension": [{"url": "token", "valueUri": token_endpoint}],
        }],
        "service": [{
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}],
            "text": "SMART Backend Services",
        }],
        "description": "OAuth 2.0 client credentials with a signed assertion (SMART Backend Services)",
    })
}
