//! The committee's decisions in REMS take effect on requests, issued URLs and counts. Visas carry the resource as their value, as REMS signs them.

use gemj_demo::Persona;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::htsget_client::block_urls;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, GatewayProcess, Programme};
use serde_json::{Value, json};

use crate::approval::rems::{RESOURCE, import, mapping, raw, user};
use crate::small::loaded;

const ACADEMIC: Persona = Persona::DomesticAcademic;
const OTHER: Persona = Persona::ConformanceCi;

struct World {
    programme: Programme,
    served: GatewayProcess,
    object: String,
}

/// The small programme. Its broker may sign visas for the resource, and the subjects of its tokens are the user ids of REMS.
fn world() -> World {
    let programme = loaded(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let own = "\"https://gemj.example/approvals/2026-0004\"";
    assert_eq!(text.matches(own).count(), 1);
    std::fs::write(programme.config(), text.replace(own, &format!("{own}, \"{RESOURCE}\""))).unwrap();
    std::fs::write(programme.path("rems.toml"), mapping(programme.broker().passport_issuer())).unwrap();
    World {
        served: programme.serve(),
        object: programme.object_of(&person(1), "BAM"),
        programme,
    }
}

impl World {
    fn token(&self, persona: Persona) -> String {
        let now = SystemClock::default().now();
        self.programme.broker().mint_for_approvals(persona, &[RESOURCE], now, 3600).unwrap()
    }

    /// The status of a ticket request for reads, and of every URL of the persona's ticket.
    fn status(&self, persona: Persona) -> u16 {
        self.served
            .client
            .get(&format!("/htsget/reads/{}", self.object), Some(&self.token(persona)))
            .status
    }

    fn urls(&self, persona: Persona) -> Vec<String> {
        let token = Some(self.token(persona));
        let ticket = self
            .served
            .client
            .get(&format!("/htsget/reads/{}", self.object), token.as_deref())
            .expect(200);
        let bytes = format!("/ga4gh/drs/v1/objects/{}/access/https", self.object);
        let bytes = self.served.client.get(&bytes, token.as_deref()).expect(200).json();
        let mut urls = block_urls(&ticket.json());
        urls.extend(bytes["url"].as_str().map(str::to_owned));
        assert!(urls.len() >= 2);
        urls
    }

    /// Whether the URLs of a ticket still open: all of them, or none.
    fn are_open(&self, urls: &[String]) -> bool {
        let open: Vec<bool> = urls.iter().map(|url| self.served.client.get(url, None).status == 200).collect();
        assert!(open.iter().all(|one| *one == open[0]), "{open:?}");
        open[0]
    }

    fn applicant(&self, persona: Persona) -> Value {
        user(&persona.subject(), "x@med.musashi-university.example")
    }

    fn import(&self, export: &Value, further: &[&str]) {
        let _ = import(&self.programme, &export.to_string(), further).good();
    }
}

#[test]
fn two_applications_for_one_resource_open_and_close_each_for_its_own_users() {
    let world = world();
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (404, 404));
    world.import(&json!([raw(12, "approved", 9, &world.applicant(ACADEMIC), &[])]), &[]);
    // Both callers have a visa with the same value. Only the one whom an approval names may use it.
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (200, 404));
    world.import(&json!([raw(13, "approved", 9, &world.applicant(OTHER), &[])]), &[]);
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (200, 200));
    let (of_academic, of_other) = (world.urls(ACADEMIC), world.urls(OTHER));
    world.import(&json!([raw(12, "revoked", 10, &world.applicant(ACADEMIC), &[])]), &[]);
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (404, 200));
    assert_eq!((world.are_open(&of_academic), world.are_open(&of_other)), (false, true));
    // The export from before the revocation does not open it again.
    world.import(&json!([raw(12, "approved", 9, &world.applicant(ACADEMIC), &[])]), &[]);
    assert_eq!(world.status(ACADEMIC), 404);
}

#[test]
fn a_member_who_is_added_or_removed_after_the_approval_gains_or_loses_access_at_once() {
    let world = world();
    let applicant = world.applicant(ACADEMIC);
    let member = [world.applicant(OTHER)];
    world.import(&raw(12, "approved", 9, &applicant, &[]), &[]);
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (200, 404));
    world.import(&raw(12, "approved", 10, &applicant, &member), &[]);
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (200, 200));
    let (stays, leaves) = (world.urls(ACADEMIC), world.urls(OTHER));
    world.import(&raw(12, "approved", 11, &applicant, &[]), &[]);
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (200, 404));
    assert_eq!((world.are_open(&stays), world.are_open(&leaves)), (true, false));
    // A barred user loses access too, although the application's history does not change.
    let mut barred = raw(12, "approved", 11, &applicant, &[]);
    barred["application/blacklist"] = json!([{"blacklist/user": applicant, "blacklist/resource": {"resource/ext-id": RESOURCE}}]);
    world.import(&barred, &[]);
    assert_eq!(world.status(ACADEMIC), 404);
    assert!(!world.are_open(&stays));
    // The application continues with another member: its approval is not lost.
    let mut continued = raw(12, "approved", 12, &applicant, &member);
    continued["application/blacklist"] = barred["application/blacklist"].clone();
    world.import(&continued, &[]);
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (404, 200));
}

#[test]
fn a_revocation_that_entitlements_state_only_by_an_absence_is_not_missed() {
    let world = world();
    let row = |number: u32, persona: Persona, end: &str| {
        json!({"resource": RESOURCE, "user": world.applicant(persona), "application-id": number, "start": "2026-03-01T00:00:00.000Z", "end": end,
            "mail": "x@med.musashi-university.example"})
    };
    let later = "2036-02-01T00:00:00.000Z";
    world.import(&json!([row(12, ACADEMIC, later), row(13, OTHER, later)]), &[]);
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (200, 200));
    // The entitlement of application 12 has ended. Without `expired=true`, the file does not contain it.
    let without = json!([row(13, OTHER, later)]);
    let refused = import(&world.programme, &without.to_string(), &[]).refused();
    assert!(refused.err.contains("approval rems-12"), "{}", refused.err);
    let complete = json!([row(12, ACADEMIC, "2026-05-01T00:00:00.000Z"), row(13, OTHER, later)]);
    let urls = world.urls(ACADEMIC);
    world.import(&complete, &[]);
    assert_eq!((world.status(ACADEMIC), world.status(OTHER)), (404, 200));
    assert!(!world.are_open(&urls));
}
