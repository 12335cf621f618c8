//! A check of FHIR's `POST /{type}`.

use serde_json::{Value, json};

use crate::check::{Finding, not_offered};
use crate::target::Target;

use super::{STANDARD, capabilities, operation_outcome};

/// The first resource type that can be created according to the capability statement; absent if no type can be created.
fn creatable(statement: &Value) -> Option<&str> {
    let servers = statement["rest"].as_array()?.iter().filter(|rest| rest["mode"] == "server");
    let mut resources = servers.filter_map(|rest| rest["resource"].as_array()).flatten();
    let can_create = |resource: &&Value| {
        let interactions = resource["interaction"].as_array().into_iter().flatten();
        interactions.into_iter().any(|interaction| interaction["code"] == "create")
    };
    resources.find(can_create)?["type"].as_str()
}

pub(super) fn invalid_resource(target: &Target) -> Finding {
    let statement = capabilities::statement(target)?;
    let Some(kind) = creatable(&statement) else {
        return not_offered("no type can be created");
    };
    // The body has a resource type that FHIR does not have, so even a lenient server cannot create it.
    let body = json!({"resourceType": "NoSuchType", "status": 7});
    let ask = target.ask("POST", STANDARD, &[kind]);
    let answer = ask.body("application/fhir+json", body.to_string().into_bytes()).send()?;
    operation_outcome::expect(answer.expect(&[400, 422])?)?;
    Ok(format!("{}, OperationOutcome", answer.status))
}
