//! Bans in the configuration file, which a serving gateway reads again after SIGHUP.

use std::process::Command;
use std::time::{Duration, Instant};

use gemj_tests::{GatewayProcess, Programme};
use serde_json::Value;

/// The maximum time in which a serving gateway must have read a changed configuration again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes a configuration and sends SIGHUP, so that the serving gateway reads it again.
pub(crate) fn hang_up(programme: &Programme, served: &GatewayProcess, text: &str) {
    std::fs::write(programme.config(), text).unwrap();
    let pid = served.pid.to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
}

/// Repeats a request until its answer has the given status.
pub(crate) fn becomes(served: &GatewayProcess, status: u16, ask: impl Fn() -> u16) {
    let end = Instant::now() + PATIENCE;
    while ask() != status {
        assert!(Instant::now() < end, "not {status}: {}", served.log());
        std::thread::yield_now();
    }
}

/// A configuration with one additional ban.
pub(crate) fn with_ban(config: &str, ban: &str) -> String {
    format!("{config}\n[authentication.deny]\n{ban}\n")
}

/// The three bans that match a token: its issuer, its subject, and the token itself.
pub(crate) fn bans_of(token: &str) -> [String; 3] {
    let claims = claims(token);
    let text = |name: &str| claims[name].as_str().unwrap();
    let (issuer, subject, token_id) = (text("iss"), text("sub"), text("jti"));
    [
        format!("issuers = [\"{issuer}\"]"),
        format!("subject = [{{ issuer = \"{issuer}\", subject = \"{subject}\" }}]"),
        format!("token = [{{ issuer = \"{issuer}\", jti = \"{token_id}\" }}]"),
    ]
}

/// The claims of a token, without verification.
pub(crate) fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
