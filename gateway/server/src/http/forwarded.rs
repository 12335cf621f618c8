//! Detection of a proxy that is in front of the gateway but not in the configuration.

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::HeaderMap;

/// Headers in which proxies name the origin of a request.
const HEADERS: [&str; 3] = ["x-forwarded-for", "forwarded", "x-real-ip"];

/// Logs once per process that requests seem to come through an unconfigured proxy. Any client can send these headers, so the warning is not a
/// proof and has no other effect.
#[derive(Debug, Default)]
pub(crate) struct ProxyWarning {
    warned: AtomicBool,
}

impl ProxyWarning {
    /// Checks the headers of a request for signs of a proxy. Called only if no proxy is configured.
    pub(crate) fn look(&self, headers: &HeaderMap) {
        if self.is_due(headers) {
            tracing::warn!(
                "requests have headers of a proxy, and server.trusted_proxies is empty: all callers of the proxy share one budget of requests. If a \
                 proxy is in front, name its address"
            );
        }
    }

    fn is_due(&self, headers: &HeaderMap) -> bool {
        !self.warned.load(Ordering::Relaxed)
            && HEADERS.iter().any(|name| headers.contains_key(*name))
            && !self.warned.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn the_warning_is_logged_once_and_only_for_headers_of_a_proxy() {
        let warning = ProxyWarning::default();
        let mut headers = HeaderMap::new();
        assert!(!warning.is_due(&headers));
        headers.insert(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static("192.0.2.1"));
        assert!(warning.is_due(&headers));
        assert!(!warning.is_due(&headers));
    }
}
