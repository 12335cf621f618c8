//! Checks of htsget's `/reads/service-info` and `/variants/service-info`.

use serde_json::Value;

use crate::check::{Finding, Stop, fail};
use crate::schemas::Named;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

const FORMATS: [(&str, [&str; 2]); 2] = [("reads", ["BAM", "CRAM"]), ("variants", ["VCF", "BCF"])];

/// One of the two services of htsget, reads or variants, with its service info.
struct Half {
    datatype: &'static str,
    formats: [&'static str; 2],
    description: Value,
}

/// The services of htsget that the server has: reads, variants or both.
fn halves(target: &Target) -> Result<Vec<Half>, Stop> {
    let mut found = Vec::new();
    for (datatype, formats) in FORMATS {
        let answer = target.get(STANDARD, &[datatype, "service-info"]).send()?;
        if answer.status != 404 {
            let description = answer.json_200()?;
            found.push(Half {
                datatype,
                formats,
                description,
            });
        }
    }
    if found.is_empty() {
        return fail("both /reads/service-info and /variants/service-info answer 404");
    }
    Ok(found)
}

pub(super) fn describes_htsget(target: &Target) -> Finding {
    let halves = halves(target)?;
    for Half {
        datatype,
        formats,
        description: value,
    } in &halves
    {
        shape::service(value, Some("htsget"))?;
        shape::is_text(value, "/htsget/datatype", datatype)?;
        for format in value.pointer("/htsget/formats").and_then(Value::as_array).into_iter().flatten() {
            if !formats.iter().any(|name| format == name) {
                return fail(format!("/htsget/formats of {datatype} names formats other than {formats:?}"));
            }
        }
        for member in ["fieldsParameterEffective", "tagsParametersEffective"] {
            if value["htsget"].get(member).is_some_and(|value| !value.is_boolean()) {
                return fail(format!("/htsget/{member} is not true or false"));
            }
        }
        // The specification spells this member in the singular. Clients do not read the plural spelling.
        if value["htsget"].get("fieldsParametersEffective").is_some() {
            return fail("/htsget/fieldsParametersEffective should be fieldsParameterEffective");
        }
    }
    let names: Vec<&str> = halves.iter().map(|half| half.datatype).collect();
    Ok(names.join(", "))
}

pub(super) fn schema(target: &Target) -> Finding {
    let schemas = target.schemas()?;
    let halves = halves(target)?;
    for half in &halves {
        schemas.judge(Named::Service, &half.description)?;
    }
    Ok(format!("{} valid", halves.len()))
}
