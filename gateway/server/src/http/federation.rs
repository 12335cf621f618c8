//! Queries about variants (`g_variants`) that this gateway and every partner answer.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_beacon::{BeaconError, BeaconRequest, BooleanResponse, EntryType, parse_get};
use gemj_access::{Action, Granularity};
use gemj_catalogue::audit::{AuditEntry, AuditResource};
use gemj_services::ServiceError;
use gemj_services::beacon;
use gemj_services::federation::{Busy, Member, combined};

use super::anonymous_work::{Work, cost_ms};
use super::beacon::{beacon_id, error, query_budget, read_post, refused};
use super::credentials;
use super::flow::{Granted, Refusal, permit_population, unanswered};
use super::gateway::Gateway;
use super::places::{Full, Shares};
use super::query::query_pairs;

/// `GET /federation/g_variants`: a variant query to this gateway and all partners.
pub(crate) async fn get_g_variants(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    let asked = parse_get(EntryType::GenomicVariant, &query_pairs(&request));
    respond(&gateway, &request, asked).await
}

/// `POST /federation/g_variants`: a variant query to this gateway and all partners.
pub(crate) async fn post_g_variants(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> HttpResponse {
    let asked = read_post(&request, body, EntryType::GenomicVariant).await;
    respond(&gateway, &request, asked).await
}

async fn respond(gateway: &Gateway, request: &HttpRequest, asked: Result<BeaconRequest, BeaconError>) -> HttpResponse {
    let asked = match asked {
        Ok(asked) => asked,
        Err(fault) => return error(gateway, Some(EntryType::GenomicVariant), None, &fault),
    };
    if !asked.datasets.is_empty() {
        // A query with a list of datasets is refused, because each partner has its own datasets. Without the list, the partners would get a
        // wider query than the caller's.
        let feature = "a list of datasets in a query that is forwarded to partners";
        return error(gateway, None, Some(&asked), &BeaconError::NotSupportedYet { feature });
    }
    match ask(gateway, request, &asked).await {
        Ok(members) => render(gateway, &asked, &members),
        Err(refusal) => refused(gateway, &asked, &refusal),
    }
}

/// Limits of the concurrent queries to partners: 32 in total, 8 of one caller and 16 of one address.
pub(crate) const PARTNER_QUESTIONS: Shares = Shares {
    total: 32,
    of_a_caller: 8,
    of_an_address: 16,
};

/// Answers a query by this gateway and by the partners. This gateway decides first. A caller who is denied here cannot query the partners
/// through this gateway.
async fn ask(gateway: &Gateway, request: &HttpRequest, asked: &BeaconRequest) -> Result<Vec<Member>, Refusal> {
    let caller = credentials::caller(gateway, request).await?;
    if caller.is_anonymous() {
        let work = Work::PassedOn(cost_ms(asked));
        gateway.anonymous_work.take(credentials::address(gateway, request), work)?;
    }
    let granularity = match asked.granularity_asked {
        ga4gh_beacon::Granularity::Boolean => Granularity::Boolean,
        ga4gh_beacon::Granularity::Count | ga4gh_beacon::Granularity::Record => Granularity::Count,
    };
    let permit = permit_population(gateway, caller, Action::AskVariants, &[]).await?;
    let address = credentials::address(gateway, request);
    let _share = gateway
        .partner_questions
        .take(&permit.caller().pseudonym, address)
        .map_err(Refusal::Busy)?;
    let place = gateway.federation.place().map_err(|Busy| Refusal::Busy(Full::All))?;
    let own = async |permit: &Granted| own_answer(gateway, permit, asked, granularity).await;
    let partners = gateway.federation.partners();
    if partners.is_empty() {
        return Ok(vec![permit.answer_query(gateway, own, |_| None).await?]);
    }
    let (permit, own) = permit.open(own).await?;
    // A query can name a participant. Therefore the audit row about the forwarding is written before the query is sent.
    let about = AuditResource::Thing {
        kind: "federation",
        id: partners.iter().map(|p| p.id()).collect::<Vec<_>>().join(" "),
    };
    let mut entry = AuditEntry::allowed(&permit.grant, &permit.caller, about);
    entry.action = "pass-on-question".to_owned();
    gateway.audit.append(entry).await?;
    // Partners answer this gateway as a registered caller of theirs. Such an answer is returned only to a registered caller of this gateway.
    let registered = permit.grant.datasets().iter().all(|dataset| dataset.terms().is_for_known_callers());
    let mut members = vec![own];
    members.extend(place.ask(asked, registered).await);
    Ok(members)
}

/// This gateway's own answer to a federated query.
async fn own_answer(gateway: &Gateway, permit: &Granted, asked: &BeaconRequest, granularity: Granularity) -> Result<Member, Refusal> {
    let charged = query_budget::charge(gateway, permit, &beacon::question::of_request(asked, None)).await;
    let stores = &gateway.stores;
    let carriers = stores.carriers.at(permit.generation).await.map_err(ServiceError::Carriers)?;
    let (id, name) = (beacon_id(gateway), &gateway.about.name);
    Ok(match charged {
        Ok(()) => {
            match beacon::count(stores, &carriers, &permit.grant, asked, granularity).await {
                Ok(own) => Member::own(&id, name, &own),
                // A partner can know names of alleles that this gateway has not loaded, so the federated query goes on.
                Err(ServiceError::NamesNotLoaded) => Member::own_unsupported(&id, name),
                Err(error) => return Err(unanswered(gateway, permit, &[], error)),
            }
        }
        // If the caller's budget at this gateway is spent, the partners are still queried, because they have their own limits.
        Err(Refusal::Budget(_)) => Member::own_refused(&id, name),
        Err(refusal) => return Err(refusal),
    })
}

/// Renders a Boolean Beacon answer. `info.members` contains the answer of each member. The counts of several members are not added up.
fn render(gateway: &Gateway, asked: &BeaconRequest, members: &[Member]) -> HttpResponse {
    let (exists, complete, info) = combined(members);
    let answer = BooleanResponse::new(&beacon_id(gateway), asked, exists).with_info(info);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    match serde_json::to_value(answer) {
        Ok(mut json) => {
            // The member `complete` is placed next to `exists`, so that a client reads both together.
            json["responseSummary"]["complete"] = complete.into();
            response.json(json)
        }
        Err(_) => error(gateway, None, Some(asked), &BeaconError::Internal),
    }
}
