//! A caller without a right gets the same answer for an unknown, malformed, hidden or withdrawn id, and for an id under a revoked approval. This
//! holds on every route and method for researchers.

use std::collections::BTreeMap;

use gemj_demo::Persona;
use gemj_tests::oracle::run;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Client, GatewayProcess, Programme, Reply};
use serde_json::{Value, json};

use super::replicas::without_limits;
use crate::drs::get_object::without_decision;
use crate::small::loaded;

/// A route with the placeholder `ID`, with its method and, if the method has one, a body.
struct Asked {
    method: &'static str,
    path: &'static str,
    body: Option<fn() -> Value>,
}

fn empty() -> Value {
    json!({})
}

fn region() -> Value {
    json!({"regions": [{"referenceName": "chr1", "start": 100, "end": 5000}]})
}

/// The routes for researchers that contain the id of a file.
const BY_OBJECT: [Asked; 20] = [
    Asked {
        method: "GET",
        path: "/htsget/reads/ID",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/htsget/reads/ID?class=header",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/htsget/reads/ID?referenceName=chr1&start=1&end=10",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/htsget/reads/ID?referenceName=no-such-contig",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/htsget/reads/ID?format=CRAM",
        body: None,
    },
    Asked {
        method: "POST",
        path: "/htsget/reads/ID",
        body: Some(empty),
    },
    Asked {
        method: "POST",
        path: "/htsget/reads/ID",
        body: Some(region),
    },
    Asked {
        method: "GET",
        path: "/htsget/variants/ID",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/htsget/variants/ID?class=header",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/htsget/variants/ID?referenceName=chr1&start=1&end=10",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/htsget/variants/ID?format=BCF",
        body: None,
    },
    Asked {
        method: "POST",
        path: "/htsget/variants/ID",
        body: Some(empty),
    },
    Asked {
        method: "POST",
        path: "/htsget/variants/ID",
        body: Some(region),
    },
    Asked {
        method: "GET",
        path: "/ga4gh/drs/v1/objects/ID",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/ga4gh/drs/v1/objects/ID?expand=true",
        body: None,
    },
    Asked {
        method: "POST",
        path: "/ga4gh/drs/v1/objects/ID",
        body: Some(empty),
    },
    Asked {
        method: "GET",
        path: "/ga4gh/drs/v1/objects/ID/access/https",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/ga4gh/drs/v1/objects/ID/access/no-such-access",
        body: None,
    },
    Asked {
        method: "POST",
        path: "/ga4gh/drs/v1/objects/ID/access/https",
        body: Some(empty),
    },
    Asked {
        method: "POST",
        path: "/ga4gh/drs/v1/objects/ID/access/no-such-access",
        body: Some(empty),
    },
];

/// Requests that return no data. A caller without a right to an id gets the same answer to each of these requests for every id.
const ABOUT: [Asked; 8] = [
    Asked {
        method: "OPTIONS",
        path: "/ga4gh/drs/v1/objects/ID",
        body: None,
    },
    Asked {
        method: "OPTIONS",
        path: "/ga4gh/drs/v1/objects/ID/access/https",
        body: None,
    },
    Asked {
        method: "OPTIONS",
        path: "/htsget/reads/ID",
        body: None,
    },
    Asked {
        method: "OPTIONS",
        path: "/htsget/variants/ID",
        body: None,
    },
    Asked {
        method: "DELETE",
        path: "/ga4gh/drs/v1/objects/ID",
        body: None,
    },
    Asked {
        method: "PUT",
        path: "/htsget/variants/ID",
        body: None,
    },
    Asked {
        method: "HEAD",
        path: "/ga4gh/drs/v1/objects/ID",
        body: None,
    },
    Asked {
        method: "PATCH",
        path: "/ga4gh/wes/v1/runs/ID",
        body: None,
    },
];

/// Routes with the id of a run or a recontact request. No caller in these tests has a right to any of them.
const BY_OTHER: [Asked; 7] = [
    Asked {
        method: "GET",
        path: "/ga4gh/wes/v1/runs/ID",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/ga4gh/wes/v1/runs/ID/status",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/ga4gh/wes/v1/runs/ID/tasks",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/ga4gh/wes/v1/runs/ID/tasks/1",
        body: None,
    },
    Asked {
        method: "POST",
        path: "/ga4gh/wes/v1/runs/ID/cancel",
        body: Some(empty),
    },
    Asked {
        method: "GET",
        path: "/recontact/requests/ID",
        body: None,
    },
    Asked {
        method: "GET",
        path: "/airlock/outputs/ID",
        body: None,
    },
];

/// Unknown ids, well formed and malformed, each with a description.
const NOTHINGS: [(&str, &str); 8] = [
    ("unknown", "gemj.ffffffffffffffffffffffffffffffff"),
    ("unknown too", "gemj.0123456789abcdef0123456789abcdef"),
    ("short", "nothing"),
    ("with a slash", "a%2Fb"),
    ("with a zero byte", "a%00b"),
    ("not UTF-8", "%ff%fe"),
    ("in another script", "%E7%B5%84%E7%B9%94"),
    ("with a quote", "gemj.%27%3B--"),
];

struct Matrix<'a> {
    client: &'a Client,
    differences: Vec<String>,
    asked: usize,
}

impl Matrix<'_> {
    fn send(&mut self, asked: &Asked, id: &str, token: Option<&str>) -> Reply {
        self.asked += 1;
        let authorization = token.map(|token| format!("Bearer {token}"));
        let mut headers: Vec<(&str, &str)> = authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
        let body = asked.body.map(|body| body().to_string());
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        if asked.method == "OPTIONS" {
            headers.extend([("Origin", "https://viewer.example"), ("Access-Control-Request-Method", "GET")]);
        }
        self.client.send(
            asked.method,
            &asked.path.replace("ID", id),
            &headers,
            body.as_ref().map(String::as_bytes),
        )
    }

    /// Sends the request with every id, and records each answer that differs from the answer for the first id.
    fn compare(&mut self, asked: &Asked, who: &str, token: Option<&str>, ids: &[(String, String)], status: Option<u16>) {
        let mut first: Option<Told> = None;
        for (what, id) in ids {
            let told = Told::of(&self.send(asked, id, token), id);
            if let Some(status) = status
                && told.status != status
            {
                self.differences.push(format!(
                    "{} {} by {who}, {what}: {} instead of {status}",
                    asked.method, asked.path, told.status
                ));
            }
            match &first {
                None => first = Some(told),
                Some(first) if *first == told => {}
                Some(first) => self.differences.push(format!(
                    "{} {} by {who}, {what}:\n    {told:?}\n  and not\n    {first:?}",
                    asked.method, asked.path
                )),
            }
        }
    }

    fn judge(self) {
        assert!(
            self.differences.is_empty(),
            "{} of {} answers:\n{}",
            self.differences.len(),
            self.asked,
            self.differences.join("\n")
        );
        eprintln!("{} answers compared", self.asked);
    }
}

/// An answer without the parts that always differ: the ids of decisions, the time, and the header `Connection`. That header depends on
/// whether an unread body arrived before the answer was sent.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Told {
    fn of(reply: &Reply, id: &str) -> Self {
        let headers = reply
            .headers
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "date" | "connection"))
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.to_string(), without_decision(&value))
            });
        let body = reply.text();
        assert!(body.is_empty() || id.len() < 6 || !body.contains(id), "the id is repeated: {body}");
        Self {
            status: reply.status,
            headers: headers.collect(),
            body: without_decision(&body),
        }
    }
}

/// A programme with many objects that are hidden from the callers.
struct Hidden {
    programme: Programme,
    served: GatewayProcess,
    /// Ids of the reads and variants of a participant who withdrew.
    withdrawn: Vec<(String, String)>,
    /// The id of the variants of a consenting participant in the dataset `rare-disease`.
    elsewhere: Vec<(String, String)>,
    /// Ids of the reads and variants of a consenting participant in the dataset `cancer`.
    open: Vec<(String, String)>,
}

fn named(what: &str, id: String) -> (String, String) {
    (what.to_owned(), id)
}

fn nothings() -> Vec<(String, String)> {
    NOTHINGS.iter().map(|(what, id)| named(what, (*id).to_owned())).collect()
}

impl Hidden {
    fn new() -> Self {
        let programme = loaded(Backend::Embedded);
        without_limits(&programme);
        let text = "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n\
                    #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tRARE-S\nchr1\t1000\t.\tA\tG\t50\tPASS\t.\tGT\t0/1\n";
        let path = programme.path("rare.vcf.gz");
        run(
            "bcftools",
            ["view", "--no-version", "-Oz", "-o", path.to_str().unwrap(), "-"],
            text.as_bytes(),
        );
        let _ = programme
            .load("dataset,participant,specimen,family,sex,assembly,path\nrare-disease,RARE-01,RARE-S,,unknown,GRCh38,rare.vcf.gz\n")
            .good();
        programme.everybody_agrees(["RARE-01"]);
        let served = programme.serve();
        let of = |who: &str, what: &str, formats: &[&str]| -> Vec<(String, String)> {
            formats
                .iter()
                .map(|format| named(&format!("{what} {format}"), programme.object_of(who, format)))
                .collect()
        };
        let withdrawn = of(&person(2), "withdrawn", &["BAM", "VCF"]);
        let open = of(&person(1), "under a revoked approval", &["BAM", "VCF"]);
        let elsewhere = of("RARE-01", "of another dataset", &["VCF"]);
        // The hidden objects exist: before the withdrawal and the revocation, a caller with a right reads them.
        let token = programme.passport(Persona::ConformanceCi);
        for (what, id) in withdrawn.iter().chain(&open).chain(&elsewhere) {
            let seen = served.client.get(&format!("/ga4gh/drs/v1/objects/{id}"), Some(&token));
            assert_eq!(seen.status, 200, "{what}: {}", seen.text());
        }
        let _ = programme.run(&["consent", "withdraw", &person(2)]).good();
        let _ = programme.run(&["approval", "revoke", "2026-0007"]).good();
        Self {
            programme,
            served,
            withdrawn,
            elsewhere,
            open,
        }
    }

    /// The ids to which a caller has no right: unknown ids, ids of the participant who withdrew, and the ids in `more`.
    fn without_right(&self, more: &[&[(String, String)]]) -> Vec<(String, String)> {
        let mut ids = nothings();
        ids.extend(self.withdrawn.iter().cloned());
        ids.extend(more.iter().flat_map(|ids| ids.iter().cloned()));
        ids
    }

    fn matrix(&self) -> Matrix<'_> {
        Matrix {
            client: &self.served.client,
            differences: Vec::new(),
            asked: 0,
        }
    }
}

#[test]
fn every_id_without_a_right_gets_one_answer_on_every_route_of_research() {
    let hidden = Hidden::new();
    let mut matrix = hidden.matrix();
    let all = hidden.without_right(&[&hidden.elsewhere, &hidden.open]);
    let callers = [
        ("anonymous", None, all.clone(), 401),
        ("a registered researcher", Some(Persona::RegisteredOnly), all.clone(), 404),
        // The company's approval opens only the dataset `cancer`, so the ids in `hidden.open` are not tested for the company.
        (
            "a company approved for another dataset",
            Some(Persona::DomesticCompany),
            hidden.without_right(&[&hidden.elsewhere]),
            404,
        ),
        ("a caller whose approval was revoked", Some(Persona::ConformanceCi), all, 404),
        (
            "a data steward",
            Some(Persona::Steward),
            hidden.without_right(&[&hidden.elsewhere, &hidden.open]),
            404,
        ),
    ];
    for (who, persona, ids, status) in &callers {
        let token = persona.map(|persona| hidden.programme.passport(persona));
        for asked in &BY_OBJECT {
            matrix.compare(asked, who, token.as_deref(), ids, Some(*status));
        }
    }
    matrix.judge();
}

#[test]
fn requests_without_data_do_not_reveal_whether_an_object_exists() {
    let hidden = Hidden::new();
    let mut matrix = hidden.matrix();
    let ids = hidden.without_right(&[&hidden.elsewhere, &hidden.open]);
    for (who, persona) in [
        ("anonymous", None),
        ("a registered researcher", Some(Persona::RegisteredOnly)),
        ("a caller whose approval was revoked", Some(Persona::ConformanceCi)),
        // A caller who may read other objects also gets equal answers for the hidden ids.
        ("a domestic academic", Some(Persona::DomesticAcademic)),
    ] {
        let token = persona.map(|persona| hidden.programme.passport(persona));
        for asked in ABOUT
            .iter()
            .filter(|asked| asked.method != "HEAD" || persona != Some(Persona::DomesticAcademic))
        {
            matrix.compare(asked, who, token.as_deref(), &ids, None);
        }
    }
    matrix.judge();
}

#[test]
fn runs_requests_and_outputs_of_other_owners_are_answered_like_unknown_ids() {
    let hidden = Hidden::new();
    let owner = hidden.programme.passport(Persona::DomesticAcademic);
    let proposal = json!({"dataset": "cancer", "assembly": "GRCh38", "referenceName": "chr1", "start": 999, "referenceBases": "A",
        "alternateBases": "G", "reason": "re-consent", "message": "A new use needs a new consent.", "deadline_days": 30});
    let made = hidden
        .served
        .client
        .post("/recontact/requests", Some(&owner), &proposal)
        .expect(201)
        .json();
    let mut ids = nothings();
    ids.push(named("unknown, of 32 digits", "f".repeat(32)));
    ids.push(named("of another caller", made["id"].as_str().unwrap().to_owned()));
    ids.extend(hidden.withdrawn.iter().cloned());
    let mut matrix = hidden.matrix();
    for (who, persona, status) in [
        ("anonymous", None, 401),
        ("a registered researcher", Some(Persona::RegisteredOnly), 404),
        ("a company", Some(Persona::DomesticCompany), 404),
        ("a caller whose approval was revoked", Some(Persona::ConformanceCi), 404),
    ] {
        let token = persona.map(|persona| hidden.programme.passport(persona));
        for asked in &BY_OTHER {
            matrix.compare(asked, who, token.as_deref(), &ids, Some(status));
        }
    }
    matrix.judge();
}

#[test]
fn block_and_byte_urls_that_the_gateway_did_not_issue_get_one_answer() {
    let hidden = Hidden::new();
    let mut matrix = hidden.matrix();
    for path in ["/htsget/blocks/ID", "/bytes/ID"] {
        let asked = Asked {
            method: "GET",
            path,
            body: None,
        };
        matrix.compare(&asked, "an anonymous caller", None, &nothings(), Some(403));
    }
    matrix.judge();
}

#[test]
fn a_closed_dataset_and_an_unknown_dataset_get_the_same_beacon_answer() {
    let programme = Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let closed =
        "\n[[datasets]]\nid = \"kept-to-itself\"\nname = \"Kept\"\ndescription = \"Kept\"\ndata_use = []\npublic_boolean = false\n";
    std::fs::write(programme.config(), text + closed).unwrap();
    let served = programme.serve();
    let query = |entry: &str, dataset: &str| {
        let parameters = json!({"assemblyId": "GRCh38", "referenceName": "chr1", "start": [999], "referenceBases": "A", "alternateBases": "G",
            "datasets": [dataset]});
        let body = json!({"meta": {"apiVersion": "2.0"}, "query": {"requestParameters": parameters, "requestedGranularity": "record"}});
        let reply = served.client.post(&format!("/beacon/{entry}"), None, &body);
        (reply.status, without_decision(&reply.text()).replace(dataset, "DATASET"))
    };
    for entry in ["g_variants", "individuals"] {
        for unknown in ["no-such-dataset", "KEPT-TO-ITSELF"] {
            assert_eq!(query(entry, "kept-to-itself"), query(entry, unknown), "{entry}");
        }
    }
}
