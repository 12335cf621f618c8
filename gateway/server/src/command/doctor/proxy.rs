//! The way of a client: requests to the public address, through the proxies in front. Each request has a size or a duration that real clients need.

use std::time::Duration;

use gemj_authenticate::{Probe, ProbeFault, Seen};
use serde_json::Value;

use super::report::Report;
use crate::configuration::Configuration;

/// The length of the longest URLs, in bytes: those of tickets for thousands of regions.
const LONG_URL_BYTES: usize = 60_000;
/// The length of a large passport in the Authorization header, in bytes.
const LONG_HEADER_BYTES: usize = 24_000;
/// The size of a large body, in bytes: above the default limit of nginx (1 MiB).
const LARGE_BODY_BYTES: usize = 3 << 19;

/// A JWT without signature (`alg` is `none`). The gateway refuses it itself. It sends no token in the form of a JWT to an introspection endpoint.
const UNSIGNED_JWT: &str = "eyJhbGciOiJub25lIn0.e30.AA";

pub(super) async fn check(configuration: &Configuration, probe: &Probe, pause_s: u32, report: &mut Report) {
    let base = configuration.public_base();
    let info = format!("{base}/service-info");
    let seen = match probe.get(&info, &[]).await {
        Ok(seen) => seen,
        Err(fault) => {
            report.fault(
                "proxy",
                format!("{base} cannot be reached: {fault}"),
                "check the name in the DNS, the firewall, the proxy and its TLS certificate",
            );
            return;
        }
    };
    let id = serde_json::from_slice::<Value>(&seen.body)
        .ok()
        .and_then(|info| info["id"].as_str().map(str::to_owned));
    if seen.status != 200 || id.as_deref() != Some(configuration.service.id.as_str()) {
        let text = format!("{info} is not answered by this gateway (status {})", seen.status);
        report.fault("proxy", text, "make the proxy pass all paths to server.listen, without changes");
        return;
    }
    report.good("proxy", format!("{base}: this gateway answers"));
    long_url(&info, probe, report).await;
    authorization(&base, probe, report).await;
    large_body(&base, probe, report).await;
    slow_body(&base, probe, pause_s, report).await;
}

async fn long_url(info: &str, probe: &Probe, report: &mut Report) {
    let url = format!("{info}?doctor={}", "a".repeat(LONG_URL_BYTES));
    match probe.get(&url, &[]).await {
        Ok(seen) if seen.status == 200 || is_busy(&seen) => report.good("proxy", format!("URLs of {LONG_URL_BYTES} bytes pass")),
        outcome => report.fault(
            "proxy",
            format!("URLs of {LONG_URL_BYTES} bytes do not pass ({})", told(&outcome)),
            "nginx: large_client_header_buffers 8 64k; Caddy: nothing to set; other proxies: raise the limit of the request line",
        ),
    }
}

/// A token that no issuer signed must reach the gateway, which refuses it with 401. Any other answer comes from a proxy.
async fn authorization(base: &str, probe: &Probe, report: &mut Report) {
    let url = format!("{base}/access/v1/explain");
    match probe.get(&url, &[("Authorization", &format!("Bearer {UNSIGNED_JWT}"))]).await {
        Ok(seen) if seen.status == 401 || is_busy(&seen) => {}
        outcome => {
            report.fault(
                "proxy",
                format!("the header Authorization does not arrive ({})", told(&outcome)),
                "make the proxy pass Authorization (nginx passes it; remove auth_basic and proxy_set_header Authorization)",
            );
            return;
        }
    }
    let token = format!("Bearer {}", "a".repeat(LONG_HEADER_BYTES));
    match probe.get(&url, &[("Authorization", &token)]).await {
        Ok(seen) if seen.status == 401 || is_busy(&seen) => report.good("proxy", format!("tokens of {LONG_HEADER_BYTES} bytes pass")),
        outcome => report.fault(
            "proxy",
            format!("tokens of {LONG_HEADER_BYTES} bytes do not pass ({})", told(&outcome)),
            "nginx: large_client_header_buffers 8 64k; other proxies: raise the limit of header fields",
        ),
    }
}

/// The gateway answers a body that is too large in JSON. A proxy answers in HTML.
async fn large_body(base: &str, probe: &Probe, report: &mut Report) {
    let body = format!("{{\"doctor\":\"{}\"}}", "a".repeat(LARGE_BODY_BYTES));
    match probe.post_json(&format!("{base}/beacon/individuals"), body.into_bytes()).await {
        Ok(seen) if is_of_gateway(&seen) => report.good("proxy", format!("bodies of {} KiB pass", LARGE_BODY_BYTES >> 10)),
        outcome => report.fault(
            "proxy",
            format!("bodies of {} KiB do not pass ({})", LARGE_BODY_BYTES >> 10, told(&outcome)),
            "nginx: client_max_body_size 64m; other proxies: raise the limit of request bodies",
        ),
    }
}

async fn slow_body(base: &str, probe: &Probe, pause_s: u32, report: &mut Report) {
    if pause_s == 0 {
        return;
    }
    let pause = Duration::from_secs(pause_s.into());
    let body = b"{\"meta\":{\"apiVersion\":\"v2.1.1\"}}".to_vec();
    match probe.post_json_slowly(&format!("{base}/beacon/individuals"), body, pause).await {
        Ok(seen) if is_of_gateway(&seen) => report.good("proxy", format!("a request with a pause of {pause_s} s passes")),
        outcome => report.fault(
            "proxy",
            format!("a request with a pause of {pause_s} s is cut ({})", told(&outcome)),
            "nginx: client_body_timeout 60s and proxy_read_timeout 300s; other proxies: raise the time limits",
        ),
    }
}

/// The gateway's own answer that it cannot check a token now, or that there were too many requests.
fn is_busy(seen: &Seen) -> bool {
    let code = serde_json::from_slice::<Value>(&seen.body)
        .ok()
        .filter(|body| body["code"].is_string());
    matches!(seen.status, 429 | 503) && code.is_some()
}

fn is_of_gateway(seen: &Seen) -> bool {
    seen.content_type.contains("json")
}

fn told(outcome: &Result<Seen, ProbeFault>) -> String {
    match outcome {
        Ok(seen) if seen.server.is_empty() => format!("status {}", seen.status),
        Ok(seen) => format!("status {} of {}", seen.status, seen.server),
        Err(fault) => fault.to_string(),
    }
}
