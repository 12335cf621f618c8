//! Requests for the generated files, and the format of htsget errors.

use gemj_tests::htsget_client::fetch;
use gemj_tests::{Client, Reply};
use serde_json::Value;

use super::made::made;

/// The media type of tickets and errors (htsget 1.3 § Response).
pub(super) const CONTENT_TYPE: &str = "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8";

/// Asserts that an answer is a complete htsget error.
#[track_caller]
pub(super) fn refused(reply: &Reply, status: u16, error: &str) {
    let text = reply.text();
    assert_eq!(reply.status, status, "{text}");
    assert_eq!(reply.header("content-type"), CONTENT_TYPE, "{text}");
    let body = reply.json();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["htsget"], "{text}");
    assert_eq!(body["htsget"]["error"], error, "{text}");
    assert!(
        body["htsget"]["message"].as_str().is_some_and(|message| !message.is_empty()),
        "{text}"
    );
    assert_eq!(status == 401, reply.header("www-authenticate").starts_with("Bearer"), "{text}");
}

/// The ticket requests of one caller for one of the generated files.
pub(super) struct TicketRequests {
    pub(super) client: &'static Client,
    token: &'static str,
    pub(super) path: String,
}

impl TicketRequests {
    pub(super) fn reads(name: &str) -> Self {
        let made = made();
        let id = made.id(&made.reads(name).path);
        Self::of(format!("/htsget/reads/{id}"))
    }

    pub(super) fn variants(writer: &str) -> Self {
        let made = made();
        let id = made.id(&made.variants(writer, 1).path);
        Self::of(format!("/htsget/variants/{id}"))
    }

    pub(super) fn of(path: String) -> Self {
        let made = made();
        Self {
            client: made.client(),
            token: &made.token,
            path,
        }
    }

    pub(super) fn get(&self, query: &str) -> Reply {
        self.client.get(&format!("{}?{query}", self.path), Some(self.token))
    }

    pub(super) fn post(&self, body: &Value) -> Reply {
        self.client.post(&self.path, Some(self.token), body)
    }

    pub(super) fn send(&self, method: &str, further: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let headers: Vec<(&str, &str)> = [("Authorization", bearer.as_str())].iter().chain(further).copied().collect();
        self.client.send(method, &self.path, &headers, body)
    }

    pub(super) fn bytes(&self, query: &str) -> Vec<u8> {
        fetch(self.client, &self.get(query).expect(200).json())
    }

    pub(super) fn posted(&self, body: &Value) -> Vec<u8> {
        fetch(self.client, &self.post(body).expect(200).json())
    }
}

pub(super) fn path_of(name: &str) -> String {
    made().reads(name).path.to_str().unwrap().to_owned()
}
