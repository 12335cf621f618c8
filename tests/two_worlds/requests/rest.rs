//! Requests to the registry, access, recontact, WES, the airlock, the console and operations.

use gemj_demo::Persona;
use serde_json::json;

use super::{Asked, Asker, bare, encoded, posted};
use crate::people::{CARRIERS, position};

const PLAIN: [&str; 22] = [
    "/services",
    "/services/types",
    "/service-info",
    "/htsget/reads/service-info",
    "/htsget/variants/service-info",
    "/ga4gh/drs/v1/service-info",
    "/ga4gh/wes/v1/service-info",
    "/fhir/service-info",
    "/federation/service-info",
    "/access/v1/service-info",
    "/access/v1/denials",
    "/access/v1/explain",
    "/access/v1/explain",
    "/access/v1/explain",
    "/access/v1/projects",
    "/projects",
    "/",
    "/objects/held",
    "/healthz",
    "/readyz",
    "/ga4gh/wes/v1/runs",
    "/airlock/outputs",
];

pub(super) fn next(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    if caller == Some(Persona::Steward) && asker.chance(50) {
        return bare("GET", "/objects/held", "/objects/held".to_owned(), caller);
    }
    match asker.random.below(10) {
        0..=3 => {
            let path = asker.one(&PLAIN);
            bare(asker.one(&["GET", "GET", "GET", "HEAD", "OPTIONS"]), path, path.to_owned(), caller)
        }
        4 => {
            let object = asker.object();
            let query = asker.one(&["object=", "dataset=cancer&object=", "id="]);
            bare("GET", "/access/v1/explain", format!("/access/v1/explain?{query}{object}"), caller)
        }
        5 => bare(
            "GET",
            "/access/v1/disclosures/{patient}",
            format!("/access/v1/disclosures/{}", encoded(&asker.id())),
            caller,
        ),
        6 => {
            // The request is mostly about an allele with nine carriers in both worlds, of which the hidden participant would be the tenth carrier.
            let any = usize::try_from(asker.random.below(CARRIERS.len() as u64)).unwrap();
            let at = if asker.chance(60) { 1 + any % 2 } else { any };
            let body = json!({"dataset": "cancer", "assembly": "GRCh38", "referenceName": "chr1", "start": position(at) - 1, "referenceBases": "A",
                "alternateBases": "G", "reason": "re-phenotyping", "message": "A new question.", "deadline_days": 30});
            posted("/recontact/requests", "/recontact/requests".to_owned(), &body, caller)
        }
        7 | 8 => recontact(asker, caller),
        _ => {
            let id = encoded(&asker.id());
            let path = asker.one(&["", "/status", "/tasks", "/tasks/workflow"]);
            bare(
                "GET",
                &format!("/ga4gh/wes/v1/runs/{{id}}{path}"),
                format!("/ga4gh/wes/v1/runs/{id}{path}"),
                caller,
            )
        }
    }
}

/// A decision about a recontact request, or a read of one. The reader is mostly the requester, who sees the number of contacted participants.
fn recontact(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    let (id, owner) = if asker.recontacts.is_empty() || asker.chance(15) {
        (encoded(&asker.id()), caller)
    } else {
        let (id, owner) = asker.random.of_these(&asker.recontacts).clone();
        (id, if asker.chance(80) { Some(owner) } else { caller })
    };
    if asker.chance(40) {
        let body = json!({"verdict": asker.one(&["approve", "approve", "approve", "refuse"]), "reason": "discussed"});
        return posted(
            "/recontact/requests/{id}/decision",
            format!("/recontact/requests/{id}/decision"),
            &body,
            Some(Persona::RecontactApprover),
        );
    }
    bare("GET", "/recontact/requests/{id}", format!("/recontact/requests/{id}"), owner)
}
