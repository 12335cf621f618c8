//! Response times in both worlds. A classifier that sees only response times must not be much better than a guess.

use std::time::Instant;

use gemj_demo::Persona;
use gemj_demo::hospital_clients::patient_number_system;

use crate::kind::Kind;
use crate::people::{HIDDEN, number_of, position, site};
use crate::requests::{Asker, encoded};
use crate::wire::Request;
use crate::world::Worlds;

/// One line of the report.
pub(crate) struct Timed {
    pub(crate) operation: String,
    /// The median response times in microseconds: of the first world (without the secret), then of the second world (with the secret).
    pub(crate) medians_us: [f64; 2],
    /// The probability that an answer of the second world takes longer than an answer of the first world; equal times count half. 0.5 means that
    /// response times reveal nothing.
    pub(crate) auc: f64,
}

/// The number of pairs of gateways. The system's placement of a gateway's threads makes short answers faster or slower while the gateway runs. The
/// mean over several pairs removes most of this effect, as the control shows.
const PAIRS: usize = 4;

/// Measures `count` response times of every operation in each world, in turn.
pub(crate) fn time(kind: Kind, count: usize) -> Vec<Timed> {
    let rounds = count.div_ceil(PAIRS);
    let mut all: Vec<Taken> = Vec::new();
    for _ in 0..PAIRS {
        let taken = time_one_pair(kind, rounds);
        if all.is_empty() {
            all = taken;
        } else {
            for (sum, one) in all.iter_mut().zip(taken) {
                sum.auc += one.auc;
                for (times, more) in sum.times_us.iter_mut().zip(one.times_us) {
                    times.extend(more);
                }
            }
        }
    }
    let timed = |taken: Taken| Timed {
        operation: taken.operation,
        medians_us: taken.times_us.map(median),
        auc: taken.auc / PAIRS as f64,
    };
    all.into_iter().map(timed).collect()
}

/// The times of one operation.
struct Taken {
    operation: String,
    times_us: [Vec<f64>; 2],
    /// The area under the curve (AUC) within one pair of gateways. For several pairs, the sum of their AUCs.
    auc: f64,
}

fn time_one_pair(kind: Kind, count: usize) -> Vec<Taken> {
    let mut worlds = Worlds::make(kind);
    let mut asker = Asker::new(&mut worlds, 1);
    let now = worlds.now;
    worlds.set(now, 0);
    asker.smart_tokens(&mut worlds, now);
    let mut all = Vec::new();
    for (operation, caller, mut request) in operations(&worlds) {
        if let Some(token) = caller.map(|persona| asker.token(persona, &request.target)) {
            request.headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        let mut times_us: [Vec<f64>; 2] = [Vec::with_capacity(count), Vec::with_capacity(count)];
        for round in 0..count + count / 10 {
            worlds.set(now, round as u64);
            // The two worlds are first in turn, so that caches of the machine favour neither world.
            for world in [round % 2, 1 - round % 2] {
                let wire = if world == 0 {
                    &mut worlds.without.wire
                } else {
                    &mut worlds.with.wire
                };
                // A new connection, because another thread of the gateway may serve it.
                wire.reconnect();
                let began = Instant::now();
                let _ = wire.send(&request);
                let elapsed = began.elapsed().as_secs_f64() * 1e6;
                // The first tenth of the rounds is not counted; it warms the caches.
                if round >= count / 10 {
                    times_us[world].push(elapsed);
                }
            }
        }
        all.push(Taken {
            operation,
            auc: auc(&times_us[0], &times_us[1]),
            times_us,
        });
    }
    all
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The area under the curve of a classifier that uses only response times: the Mann-Whitney statistic.
fn auc(without: &[f64], with: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = without.iter().map(|t| (*t, false)).chain(with.iter().map(|t| (*t, true))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut sum, mut at) = (0.0, 0.0, 0);
    while at < all.len() {
        let same = all[at..].iter().take_while(|one| one.0 == all[at].0).count();
        let of_with = all[at..at + same].iter().filter(|one| one.1).count() as f64;
        let of_without = same as f64 - of_with;
        sum += of_with * (below + of_without / 2.0);
        below += of_without;
        at += same;
    }
    sum / (without.len() as f64 * with.len() as f64)
}

fn get(target: String) -> Request {
    Request {
        method: "GET".to_owned(),
        target,
        headers: Vec::new(),
        body: Vec::new(),
    }
}

/// The operations to measure, with their callers. Each operation requests the hidden data, except the control.
fn operations(worlds: &Worlds) -> Vec<(String, Option<Persona>, Request)> {
    let file = worlds.variant_files_of(HIDDEN)[0].clone();
    let allele = format!(
        "assemblyId=GRCh38&referenceName=chr1&start={}&referenceBases=A&alternateBases=G",
        position(1) - 1
    );
    let number = encoded(&format!("{}|{}", patient_number_system(site(HIDDEN)), number_of(HIDDEN)));
    let researcher = Some(Persona::DomesticAcademic);
    let of = |name: &str, caller, target: String| (name.to_owned(), caller, get(target));
    vec![
        of("control: service-info", None, "/service-info".to_owned()),
        of("DRS object", researcher, format!("/ga4gh/drs/v1/objects/{file}")),
        of("DRS access", researcher, format!("/ga4gh/drs/v1/objects/{file}/access/https")),
        of("htsget ticket", researcher, format!("/htsget/variants/{file}")),
        of(
            "htsget region",
            researcher,
            format!("/htsget/variants/{file}?referenceName=chr1&start=0&end=5000"),
        ),
        of(
            "htsget, registered caller",
            Some(Persona::RegisteredOnly),
            format!("/htsget/variants/{file}"),
        ),
        of("explain", researcher, format!("/access/v1/explain?object={file}")),
        of("Beacon allele, public", None, format!("/beacon/g_variants?{allele}")),
        of(
            "Beacon allele, controlled count",
            researcher,
            format!("/beacon/g_variants?{allele}&requestedGranularity=count"),
        ),
        of(
            "Beacon allele, records",
            researcher,
            format!("/beacon/g_variants?{allele}&requestedGranularity=record"),
        ),
        of("Beacon filter, public", None, "/beacon/individuals?filters=HP:0001250".to_owned()),
        of(
            "Beacon filter, controlled",
            researcher,
            "/beacon/individuals?filters=HP:0001250&requestedGranularity=count".to_owned(),
        ),
        of("Beacon individual", researcher, format!("/beacon/individuals/{HIDDEN}")),
        of("Beacon filtering terms", researcher, "/beacon/filtering_terms".to_owned()),
        of(
            "FHIR search by number, other hospital",
            Some(Persona::EhrHospitalA),
            format!("/fhir/Patient?identifier={number}"),
        ),
        of(
            "recontact request",
            researcher,
            "/recontact/requests/00000000000000000000000000000000".to_owned(),
        ),
    ]
}
