//! The requests to one REDCap server: form-encoded POST requests to one address, with the token of one project.

use std::path::Path;
use std::time::Duration;

use gemj_model::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderValue};
use tokio::io::AsyncWriteExt as _;
use url::{Url, form_urlencoded};

use super::date::http_date;
use super::fault::{AnswerFault, Content, PullFailure};
use super::rows::{ReceivedRow, each_row};
use crate::outgoing::{ClientFault, Clients, TimeLimits, is_allowed};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The number of digits of a token of one project. Other tokens (of 64 digits) create projects.
const TOKEN_DIGITS: usize = 32;

/// The pauses before a request is repeated, if its answer can be another one.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(3)];

/// The time limit of the connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(20);
/// The time limit of one request.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3600);

/// The token of a project. The type has no `Debug`.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The token in the text of a file, which can have spaces and line ends around it.
    ///
    /// # Errors
    /// [`PullFailure::Token`] if the text is not a token of one project.
    pub fn parse(text: &str) -> Result<Self, PullFailure> {
        let text = text.trim();
        let is_token = text.len() == TOKEN_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_token.then(|| Self(text.to_owned())).ok_or(PullFailure::Token)
    }
}

/// The API of one project.
pub(super) struct Api {
    clients: Clients,
    url: Url,
    token: Token,
}

/// A parameter of a request.
pub(super) type Parameter = (String, String);

/// A parameter of a request.
pub(super) fn parameter(name: &str, value: impl Into<String>) -> Parameter {
    (name.to_owned(), value.into())
}

impl Api {
    pub(super) fn new(url: &Url, token: Token, idle: Duration, ca_file: Option<&Path>) -> Result<Self, PullFailure> {
        if !is_allowed(url) {
            return Err(PullFailure::Url);
        }
        let limits = TimeLimits {
            connect: CONNECT_WITHIN.min(idle),
            read: Some(idle),
            total: ANSWERED_WITHIN,
        };
        let clients = Clients::new(limits, ca_file).map_err(|fault| match fault {
            ClientFault::CaFile => PullFailure::CaFile,
            ClientFault::Client => PullFailure::Client,
        })?;
        Ok(Self {
            clients,
            url: url.clone(),
            token,
        })
    }

    /// The address of the API.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Asks for an array, writes the answer to a file, and gives every object of it. A fault that can pass is asked again, twice; `give` then gets the
    /// objects from the first one again, after `begin`. Returns the time that the server states.
    pub(super) async fn rows<S>(
        &self,
        content: Content,
        parameters: &[Parameter],
        (to, max_bytes): (&Path, u64),
        begin: impl Fn() -> S,
        mut give: impl FnMut(&mut S, ReceivedRow) -> Result<(), AnswerFault>,
    ) -> Result<(S, Option<Timestamp>), PullFailure> {
        self.asked(content, parameters, (to, max_bytes), || {
            let mut state = begin();
            each_row(to, &mut |row| give(&mut state, row))?;
            Ok(state)
        })
        .await
    }

    /// Asks, writes the answer to a file, and reads the file with `read`. A fault that can pass is asked again, twice.
    pub(super) async fn asked<S>(
        &self,
        content: Content,
        parameters: &[Parameter],
        (to, max_bytes): (&Path, u64),
        mut read: impl FnMut() -> Result<S, AnswerFault>,
    ) -> Result<(S, Option<Timestamp>), PullFailure> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let outcome = match self.answer(content, parameters, to, max_bytes).await {
                Ok(time) => read().map(|state| (state, time)),
                Err(fault) => Err(fault),
            };
            match outcome {
                Ok(found) => return Ok(found),
                Err(fault) => match pauses.next().filter(|_| fault.is_passing()) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(PullFailure::Answer { content, fault }),
                },
            }
        }
    }

    async fn answer(
        &self,
        content: Content,
        parameters: &[Parameter],
        to: &Path,
        max_bytes: u64,
    ) -> Result<Option<Timestamp>, AnswerFault> {
        let fixed = [
            ("token", self.token.0.as_str()),
            ("content", content.as_str()),
            ("format", "json"),
            ("returnFormat", "json"),
        ];
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fixed)
            .extend_pairs(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            .finish();
        let client = self.clients.of(&self.url).ok_or(AnswerFault::NoTls)?;
        let request = client
            .post(self.url.clone())
            .header(ACCEPT, JSON)
            .header(CONTENT_TYPE, FORM)
            .body(body);
        // The errors of the client contain the address, and are not shown.
        let mut response = request.send().await.map_err(|_| AnswerFault::Transfer)?;
        match response.status().as_u16() {
            200 => {}
            status @ (400 | 401 | 403) => return Err(AnswerFault::Refused(status)),
            status => return Err(AnswerFault::Status(status)),
        }
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let media_type = header(CONTENT_TYPE).and_then(|text| text.split(';').next()).unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case("application/json") {
            return Err(AnswerFault::NotJson);
        }
        let time = header(DATE).and_then(http_date);
        let mut file = tokio::fs::File::create(to).await.map_err(|_| AnswerFault::Disk)?;
        let mut written = 0;
        while let Some(chunk) = response.chunk().await.map_err(|_| AnswerFault::Transfer)? {
            written += chunk.len() as u64;
            if written > max_bytes {
                return Err(AnswerFault::TooLarge);
            }
            file.write_all(&chunk).await.map_err(|_| AnswerFault::Disk)?;
        }
        file.flush().await.map_err(|_| AnswerFault::Disk)?;
        Ok(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_one_project_is_a_token() {
        let digits = "0123456789ABCDEFabcdef0123456789";
        assert!(Token::parse(&format!(" {digits}\n")).is_ok());
        for text in ["", "0123", &digits.repeat(2), &digits.replace('A', "G"), &digits.replace('A', "é")] {
            assert!(matches!(Token::parse(text), Err(PullFailure::Token)));
        }
    }

    #[test]
    fn only_https_and_http_on_this_machine_are_asked() {
        let token = || Token::parse(&"a".repeat(32)).unwrap();
        let api = |url: &str| Api::new(&Url::parse(url).unwrap(), token(), Duration::from_secs(1), None);
        for url in [
            "https://redcap.example.org/api/",
            "http://127.0.0.1:80/api/",
            "http://[::1]/api/",
            "http://localhost/api/",
        ] {
            assert!(api(url).is_ok(), "{url}");
        }
        for url in [
            "http://redcap.example.org/api/",
            "http://10.0.0.1/api/",
            "https://u:p@redcap.example.org/api/",
            "https://redcap.example.org/api/?token=1",
            "https://redcap.example.org/api/#x",
            "ftp://redcap.example.org/api/",
            "http://localhost.example.org/api/",
        ] {
            assert!(matches!(api(url), Err(PullFailure::Url)), "{url}");
        }
    }
}
