//! A withdrawal that a hospital sends as a FHIR Consent is effective in every standard, for every request that begins after the answer.

use gemj_demo::Persona;
use gemj_tests::programme::private;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, person, private_variant};
use gemj_tests::{Backend, Client, GatewayProcess, Programme};
use serde_json::{Value, json};

use crate::wes::{drs_file, run_workflows, submit};

use super::hospital::{Hospital, hospitals, observation, withdrawal};

const LEAVER: usize = 2;

/// A CWL tool that counts reads.
const COUNT_ANY: &str = r#"{
  "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["samtools", "view", "-c"],
  "inputs": {"reads": {"type": "File", "inputBinding": {}}}, "stdout": "count.txt", "outputs": {"count": "stdout"}
}"#;

/// The gateway of another programme, which queries this gateway.
struct Partner {
    programme: Programme,
    served: GatewayProcess,
}

impl Partner {
    fn of(client: &Client, token: &str) -> Self {
        let programme = Programme::new(Backend::Embedded);
        private(&programme.path("partner.token"), token);
        let text = std::fs::read_to_string(programme.config()).unwrap();
        let member = format!(
            "\n[federation]\ndeadline_ms = 60000\n[[federation.partner]]\nid = \"member\"\nname = \"Member\"\norganization_name = \"Member\"\n\
             organization_url = \"https://member.example\"\nbeacon_url = \"{}/beacon\"\ntoken_file = \"partner.token\"\n",
            client.base
        );
        std::fs::write(programme.config(), text + &member).unwrap();
        let served = programme.serve();
        Self { programme, served }
    }

    /// Whether a query through the partner shows that this gateway has the variant.
    fn knows(&self, variant: &str) -> bool {
        let token = self.programme.passport(Persona::DomesticAcademic);
        let answer = self
            .served
            .client
            .get(&format!("/federation/g_variants?{variant}"), Some(&token))
            .expect(200)
            .json();
        let members = answer["info"]["members"].as_array().unwrap().clone();
        let member = members.iter().find(|member| member["id"] == "member").unwrap();
        assert_eq!(member["status"], "ok", "{answer:#}");
        member["exists"].as_bool().unwrap()
    }
}

fn clause(words: &[&str]) -> Value {
    let coding = |word: &&str| json!({"coding": [{"system": "https://gemj.example/fhir/CodeSystem/consent-clause", "code": word}]});
    words.iter().map(coding).collect()
}

#[test]
fn after_a_withdrawal_by_fhir_every_standard_refuses_the_participants_data() {
    let Some(programme) = hospitals() else { return };
    if !run_workflows(&programme, 1) {
        return;
    }
    let served = programme.serve();
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let partner = Partner::of(client, &token);
    let hospital = Hospital::new(&programme, client, "hospital-a");
    let patient = hospital.patient(LEAVER);
    let result = hospital.post(&observation(&patient)).expect(201).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (bam, vcf) = (
        programme.object_of(&person(LEAVER), "BAM"),
        programme.object_of(&person(LEAVER), "VCF"),
    );
    let count = |question: &str| {
        let reply = client
            .get(&format!("/beacon/individuals?{question}&requestedGranularity=count"), Some(&token))
            .expect(200);
        reply.json()["responseSummary"]["numTotalResults"].as_u64().unwrap()
    };
    let open = |paths: &[String]| paths.iter().map(|path| client.get(path, Some(&token)).status).collect::<Vec<_>>();
    let paths = [
        format!("/htsget/reads/{bam}"),
        format!("/htsget/variants/{vcf}"),
        format!("/ga4gh/drs/v1/objects/{bam}"),
        format!("/ga4gh/drs/v1/objects/{vcf}/access/https"),
    ];
    let url = client.get(&paths[3], Some(&token)).expect(200).json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let bytes = client.url(
        url.split_once("/bytes/")
            .map(|(_, rest)| format!("/bytes/{rest}"))
            .unwrap()
            .as_str(),
    );
    assert_eq!((open(&paths), client.get(&bytes, None).status), (vec![200; 4], 200));
    assert_eq!((count(SHARED_VARIANT), count(&private_variant(LEAVER))), (PEOPLE as u64, 1));

    let run = |id: &str| submit(client, &token, COUNT_ANY, &json!({"reads": drs_file(id)})).status;
    assert_eq!(run(&bam), 200);
    assert!(partner.knows(&private_variant(LEAVER)));

    let made = hospital.post(&withdrawal(&patient)).expect(201).json();
    assert!(!partner.knows(&private_variant(LEAVER)), "the partner's next query finds nothing");
    assert_eq!(
        run(&bam),
        run("gemj.ffffffffffffffffffffffffffffffff"),
        "the answer equals that for an unknown file"
    );
    assert_ne!(run(&bam), 200);

    assert_eq!(open(&paths), [404; 4]);
    assert!(
        matches!(client.get(&bytes, None).status, 403 | 404),
        "a URL that was issued before is refused"
    );
    assert_eq!((count(SHARED_VARIANT), count(&private_variant(LEAVER))), (PEOPLE as u64 - 1, 0));
    assert_eq!(
        hospital.get(&format!("Observation/{result}")).status,
        404,
        "clinical data is no longer returned"
    );
    assert_eq!(
        hospital.get(&format!("Observation?patient={patient}")).expect(200).json()["total"],
        0
    );
    let consent = hospital
        .get(&format!("Consent/{}", made["id"].as_str().unwrap()))
        .expect(200)
        .json();
    assert_eq!(
        consent["status"], "inactive",
        "the participant's own hospital reads the recorded Consent"
    );
    let shown = programme.run(&["consent", "show", &person(LEAVER)]).good();
    assert!(shown.out.contains("withdrawn"), "{}", shown.out);
}

#[test]
fn a_withdrawal_of_one_clause_leaves_the_other_clauses() {
    let Some(programme) = hospitals() else { return };
    let served = programme.serve();
    let hospital = Hospital::new(&programme, &served.client, "hospital-a");
    let patient = hospital.patient(LEAVER);
    let mut consent = withdrawal(&patient);
    consent["status"] = "active".into();
    consent["provision"] = json!({"type": "deny", "code": clause(&["third-party-overseas"])});
    let _ = hospital.post(&consent).expect(201);
    let vcf = programme.object_of(&person(LEAVER), "VCF");
    let status = |persona| {
        served
            .client
            .get(&format!("/htsget/variants/{vcf}"), Some(&programme.passport(persona)))
            .status
    };
    assert_eq!((status(Persona::DomesticAcademic), status(Persona::OverseasAcademic)), (200, 404));
}

#[test]
fn an_unreadable_consent_blocks_until_a_readable_consent_arrives() {
    let Some(programme) = hospitals() else { return };
    let served = programme.serve();
    let hospital = Hospital::new(&programme, &served.client, "hospital-a");
    let patient = hospital.patient(LEAVER);
    let vcf = programme.object_of(&person(LEAVER), "VCF");
    let status = || {
        served
            .client
            .get(
                &format!("/htsget/variants/{vcf}"),
                Some(&programme.passport(Persona::DomesticAcademic)),
            )
            .status
    };
    let mut draft = withdrawal(&patient);
    draft["status"] = "draft".into();
    assert_eq!(hospital.post(&draft).status, 422);
    assert_eq!(status(), 200, "a draft has no effect");

    let mut invalid = withdrawal(&patient);
    invalid.as_object_mut().unwrap().remove("category");
    assert_eq!(hospital.post(&invalid).status, 422);
    assert_eq!(status(), 404, "a withdrawal that is not valid FHIR takes effect too");
    let mut given = withdrawal(&patient);
    given["status"] = "active".into();
    given["provision"] = json!({"type": "permit", "code": clause(&["study-use", "third-party-domestic"])});
    let _ = hospital.post(&given).expect(201);
    assert_eq!(status(), 404, "the consent may have been signed before the withdrawal");
    // The readable Consent is dated today, because the unreadable Consent may have been signed on any earlier day.
    let today = std::process::Command::new("date")
        .env("TZ", "Asia/Tokyo")
        .arg("+%Y-%m-%d")
        .output()
        .unwrap();
    given["dateTime"] = String::from_utf8(today.stdout).unwrap().trim().into();
    let _ = hospital.post(&given).expect(201);
    assert_eq!(status(), 200);

    let mut unclear = withdrawal(&patient);
    unclear["status"] = "active".into();
    let refused = hospital.post(&unclear);
    assert_eq!(
        refused.status,
        422,
        "an active Consent without a provision gives no consent: {}",
        refused.text()
    );
    assert!(refused.text().contains("an active consent has no provision"), "{}", refused.text());
    assert_eq!(status(), 404, "nothing is returned until the consent is resolved");

    let _ = hospital.post(&given).expect(201);
    assert_eq!(status(), 200);
    let _ = hospital.post(&withdrawal(&patient)).expect(201);
    let _ = hospital.post(&given).expect(201);
    assert_eq!(
        status(),
        404,
        "the consent was signed on the day of the withdrawal, at an unknown hour"
    );
    given["policy"][0]["uri"] = "https://gemj.example/fhir/consent-form/unknown".into();
    assert_eq!(hospital.post(&given).status, 422);
    assert_eq!(status(), 404, "an unknown consent form opens nothing and blocks");
}

#[test]
fn a_consent_that_denies_at_its_root_and_permits_for_a_period_opens_for_that_period() {
    let Some(programme) = hospitals() else { return };
    let served = programme.serve();
    let hospital = Hospital::new(&programme, &served.client, "hospital-a");
    let patient = hospital.patient(LEAVER);
    let vcf = programme.object_of(&person(LEAVER), "VCF");
    let token = programme.passport(Persona::DomesticAcademic);
    let status = || served.client.get(&format!("/htsget/variants/{vcf}"), Some(&token)).status;
    // The Consents are dated on consecutive days, so that the later Consent decides.
    let consent = |day: usize, inner: Value| {
        let mut consent = withdrawal(&patient);
        consent["status"] = "active".into();
        consent["dateTime"] = format!("2026-07-{:02}", day + 1).into();
        consent["provision"] = json!({"type": "deny", "provision": inner});
        consent
    };
    let permit = |period: Value| json!({"type": "permit", "code": clause(&["study-use", "third-party-domestic"]), "period": period});
    let periods = [
        (json!({"start": "2026-01-01", "end": "2099-12-31"}), 200),
        (json!({"start": "2026-01-01", "end": "2026-04-30"}), 404),
        (json!({"end": "2099"}), 200),
        (json!({"start": "2099-01-01"}), 404),
        (json!({"start": "2026-01-01"}), 200),
    ];
    for (day, (period, expected)) in periods.into_iter().enumerate() {
        let _ = hospital.post(&consent(day, json!([permit(period.clone())]))).expect(201);
        assert_eq!(status(), expected, "{period}");
        let shown = programme.run(&["consent", "show", &person(LEAVER)]).good();
        assert!(!shown.out.contains("withdrawn"), "{}", shown.out);
    }
    // A withdrawal that is sent with a condition header is refused (412) and not stored as a resource, but it takes effect.
    let authorization = format!("Bearer {}", hospital.token);
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/fhir+json"),
        ("If-None-Exist", "identifier=x"),
    ];
    let conditional = |consent: &Value| client_status(&served.client, &headers, consent);
    assert_eq!(
        (conditional(&consent(9, json!([permit(json!({"end": "2099"}))]))), status()),
        (412, 200)
    );
    assert_eq!((conditional(&withdrawal(&patient)), status()), (412, 404));
}

fn client_status(client: &Client, headers: &[(&str, &str)], consent: &Value) -> u16 {
    client
        .send("POST", "/fhir/Consent", headers, Some(consent.to_string().as_bytes()))
        .status
}
