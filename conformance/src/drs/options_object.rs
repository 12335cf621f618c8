//! A check of DRS's `OPTIONS /objects/{object_id}`. The request is not a CORS preflight, because it has neither
//! Origin nor Access-Control-Request-Method.

use crate::check::{Finding, fail, not_offered};
use crate::settings::needed;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

pub(super) fn authorizations(target: &Target) -> Finding {
    let id = needed(&target.settings.drs.object_id, "drs.object_id")?;
    let answer = target.ask("OPTIONS", STANDARD, &["objects", id]).send()?;
    if matches!(answer.status, 204 | 405) {
        return not_offered(format!("{}: OPTIONS is not supported", answer.status));
    }
    let value = answer.json_200()?;
    let types = shape::list(&value, "/supported_types")?;
    for name in types {
        if !["None", "BasicAuth", "BearerAuth", "PassportAuth"]
            .iter()
            .any(|known| name == known)
        {
            return fail("a supported type that the specification does not name");
        }
    }
    if types.iter().any(|name| name == "PassportAuth") && shape::list(&value, "/passport_auth_issuers")?.is_empty() {
        return fail("PassportAuth without issuers");
    }
    Ok(format!("{} types", types.len()))
}
