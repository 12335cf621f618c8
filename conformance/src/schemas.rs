//! The official schemas, read from a folder that the caller names; none is kept here. Nothing is fetched: an external reference is
//! answered from the folder or the schema does not build.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};

use crate::check::{Finding, Stop, fail};

mod fhir_r4;

/// A schema file above this is refused.
const MAXIMUM_FILE_BYTES: u64 = 64 << 20;
/// Where schemas without an address of their own are placed, so that their references resolve.
const SERVICE_INFO: &str = "https://raw.githubusercontent.com/ga4gh-discovery/ga4gh-service-info/v1.0.0/service-info.yaml";
const SERVICE_REGISTRY: &str = "https://conformance.invalid/service-registry.yaml";
const DRS: &str = "https://conformance.invalid/drs.yaml";
const WES: &str = "https://conformance.invalid/wes.yaml";
const BEACON: &str = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/";
const VRS: &str = "https://w3id.org/ga4gh/schema/vrs/1.3/vrs.json";

/// A schema that a check asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// Service Info 1.0.0.
    Service,
    /// Service Registry 1.0.0.
    ExternalService,
    /// DRS 1.5.0: the answer to a name in `components.responses`.
    DrsResponse(&'static str),
    /// WES 1.1.0: a name in `components.schemas`.
    Wes(&'static str),
    /// Beacon 2.1.1: a file in `framework/json/responses`, without its extension.
    BeaconResponse(&'static str),
    /// The differences of Beacon 2.2.0, which this project wrote down itself.
    BeaconOverlay(Overlay),
    /// FHIR R4: a definition.
    Fhir(String),
}

/// A file of `schemas/beacon-2.2.0-overlay`. It is part of this program: the official folder has no such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Overlay {
    /// Over an answer without result sets.
    Count,
    /// Over an answer with result sets.
    Resultsets,
}

impl Overlay {
    const fn text(self) -> &'static str {
        match self {
            Self::Count => include_str!("../../schemas/beacon-2.2.0-overlay/count.json"),
            Self::Resultsets => include_str!("../../schemas/beacon-2.2.0-overlay/resultsets.json"),
        }
    }
}

impl Named {
    fn reference(&self) -> Option<String> {
        match self {
            Self::Service => Some(format!("{SERVICE_INFO}#/components/schemas/Service")),
            Self::ExternalService => Some(format!("{SERVICE_REGISTRY}#/components/schemas/ExternalService")),
            Self::DrsResponse(name) => Some(format!("{DRS}#/components/responses/{name}/content/application~1json/schema")),
            Self::Wes(name) => Some(format!("{WES}#/components/schemas/{name}")),
            Self::BeaconResponse(name) => Some(format!("{BEACON}framework/json/responses/{name}.json")),
            Self::BeaconOverlay(_) | Self::Fhir(_) => None,
        }
    }
}

/// The folder, and the validators built from it so far.
#[derive(Debug)]
pub(crate) struct Schemas {
    folder: PathBuf,
    built: RefCell<BTreeMap<Named, Validator>>,
    fhir: RefCell<Option<Value>>,
}

/// Answers references from the folder.
struct Folder(PathBuf);

impl Retrieve for Folder {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let address = uri.as_str();
        let path = match address {
            SERVICE_INFO => "service-info/service-info-1.0.0.yaml".to_owned(),
            SERVICE_REGISTRY => "service-registry/service-registry-1.0.0.yaml".to_owned(),
            DRS => "drs/drs-1.5.0.openapi.bundled.yaml".to_owned(),
            WES => "wes/workflow_execution_service-1.1.0.openapi.yaml".to_owned(),
            VRS => "beacon-v2/vrs-1.3/vrs.json".to_owned(),
            _ => match address.strip_prefix(BEACON) {
                Some(rest) if !rest.contains("..") => format!("beacon-v2/2.1.1/{rest}"),
                _ => return Err(format!("{address} is not in the folder").into()),
            },
        };
        let mut value = read(&self.0.join(path))?;
        allow_null_where_nullable(&mut value);
        Ok(value)
    }
}

fn read(path: &Path) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let file = std::fs::File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(file)
            .take(MAXIMUM_FILE_BYTES)
            .read_to_end(&mut bytes)?;
    } else {
        file.take(MAXIMUM_FILE_BYTES).read_to_end(&mut bytes)?;
    }
    if path.extension().is_some_and(|extension| extension == "yaml") {
        return Ok(serde_norway::from_slice(&bytes)?);
    }
    Ok(serde_json::from_slice(&bytes)?)
}

/// OpenAPI 3.0 says `nullable` where JSON Schema has a type `null`.
fn allow_null_where_nullable(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("nullable") == Some(&Value::Bool(true))
                && let Some(Value::String(name)) = members.get("type")
            {
                let types = json!([name, "null"]);
                members.insert("type".to_owned(), types);
            }
            members.values_mut().for_each(allow_null_where_nullable);
        }
        Value::Array(items) => items.iter_mut().for_each(allow_null_where_nullable),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Schemas {
    /// The schemas of a folder. Fails where it is no folder; a file that is missing in it is told by the check that needs it.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        anyhow::ensure!(folder.is_dir(), "{} is not a folder", folder.display());
        Ok(Self {
            folder: folder.to_owned(),
            built: RefCell::default(),
            fhir: RefCell::default(),
        })
    }

    fn build(&self, named: &Named) -> Result<Validator, String> {
        let schema = match (named, named.reference()) {
            (Named::Fhir(definition), _) => {
                let mut document = self.fhir.borrow_mut();
                if document.is_none() {
                    let path = self.folder.join("fhir/r4/fhir.schema.json.gz");
                    *document = Some(fhir_r4::repaired(read(&path).map_err(|error| error.to_string())?));
                }
                fhir_r4::of_definition(document.as_ref(), definition)?
            }
            (Named::BeaconOverlay(overlay), _) => serde_json::from_str(overlay.text()).map_err(|error| error.to_string())?,
            (_, reference) => json!({"$ref": reference}),
        };
        let options = jsonschema::options()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true);
        let options = options.with_retriever(Folder(self.folder.clone()));
        options.build(&schema).map_err(|error| error.to_string())
    }

    /// Validates. A schema that cannot be read or built skips the check and says why.
    pub(crate) fn judge(&self, named: Named, value: &Value) -> Finding {
        if !self.built.borrow().contains_key(&named) {
            let validator = self
                .build(&named)
                .map_err(|reason| Stop::Skip(format!("schema not usable: {reason}")))?;
            self.built.borrow_mut().insert(named.clone(), validator);
        }
        let built = self.built.borrow();
        let errors: Vec<_> = built[&named].iter_errors(value).take(50).collect();
        match errors.first() {
            None => Ok("valid".to_owned()),
            // The place and the keyword; the value itself may be somebody's.
            Some(error) => fail(format!(
                "{} errors; first at \"{}\" by {}",
                errors.len(),
                error.instance_path(),
                error.schema_path()
            )),
        }
    }

    /// Validates a FHIR resource; of a Bundle each entry's resource by its own definition, so that the first error is told and not
    /// only that none of 146 alternatives fits.
    pub(crate) fn judge_resource(&self, resource: &Value) -> Finding {
        let kind = crate::shape::text(resource, "/resourceType")?;
        let mut outer = resource.clone();
        if kind == "Bundle"
            && let Some(Value::Array(entries)) = outer.get_mut("entry")
        {
            for entry in entries {
                let inner = entry.as_object_mut().and_then(|members| members.remove("resource"));
                if let Some(inner) = inner {
                    self.judge_resource(&inner)?;
                }
            }
        }
        self.judge(Named::Fhir(kind.to_owned()), &outer)
    }
}
