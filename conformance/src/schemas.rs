//! The official schemas, read from a folder that the caller names; this program contains none of them. No schema is fetched. References between
//! schemas are resolved from the folder. If a referenced file is missing, the schema cannot be used.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};

use crate::check::{Finding, Stop, fail};

mod fhir_r4;

/// The maximum size of a schema file in bytes, after decompression.
const MAXIMUM_FILE_BYTES: u64 = 64 << 20;
/// The address under which other schemas refer to the Service Info schema. The constants with the host `conformance.invalid` are addresses
/// for official schemas that have none of their own.
const SERVICE_INFO: &str = "https://raw.githubusercontent.com/ga4gh-discovery/ga4gh-service-info/v1.0.0/service-info.yaml";
const SERVICE_REGISTRY: &str = "https://conformance.invalid/service-registry.yaml";
const DRS: &str = "https://conformance.invalid/drs.yaml";
const WES: &str = "https://conformance.invalid/wes.yaml";
const BEACON: &str = "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/";
const VRS: &str = "https://w3id.org/ga4gh/schema/vrs/1.3/vrs.json";

/// The name of an official schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// The schema of Service Info 1.0.0.
    Service,
    /// The schema of a listed service in Service Registry 1.0.0.
    ExternalService,
    /// DRS 1.5.0: a schema in `components.responses`, by its name.
    DrsResponse(&'static str),
    /// WES 1.1.0: a schema in `components.schemas`, by its name.
    Wes(&'static str),
    /// Beacon 2.1.1: a file in `framework/json/responses`, by its name without the extension.
    BeaconResponse(&'static str),
    /// The additional requirements of Beacon 2.2.0, as this project wrote them down in a schema.
    BeaconOverlay(Overlay),
    /// FHIR R4: a definition in the official JSON Schema, by its name.
    Fhir(String),
}

/// A schema in `schemas/beacon-2.2.0-overlay`. These files are part of this program, because the official folder does not contain them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Overlay {
    /// The schema for an answer without result sets.
    Count,
    /// The schema for an answer with result sets.
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

/// The folder of official schemas, and the validators that were built so far.
#[derive(Debug)]
pub(crate) struct Schemas {
    folder: PathBuf,
    built: RefCell<BTreeMap<Named, Validator>>,
    fhir: RefCell<Option<Value>>,
}

/// Resolves references between schemas from the files in this folder.
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

/// Converts `nullable` of OpenAPI 3.0 to the type `null` of JSON Schema, in the whole document.
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
    /// Opens a folder of official schemas. The error means that the path is not a folder. If a file is missing,
    /// the check that needs the file reports this.
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

    /// Validates a value against a schema. If the schema cannot be read or built, the check is skipped, and the reason is stated.
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
            // The message contains the location and the keyword of the error. It does not contain the value, which may be personal data.
            Some(error) => fail(format!(
                "{} errors; first at \"{}\" by {}",
                errors.len(),
                error.instance_path(),
                error.schema_path()
            )),
        }
    }

    /// Validates a FHIR resource. In a Bundle, each entry's resource is validated by its own definition. The report then shows the first error, and
    /// not only that none of the 146 alternatives of the schema matches.
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
