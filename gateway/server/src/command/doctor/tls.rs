//! The certificate of the gateway's own address.

use std::net::SocketAddr;

use gemj_model::{Clock as _, SystemClock};
use rustls::pki_types::ServerName;
use rustls::{CertificateError, Error};
use tokio::net::TcpStream;

use super::report::Report;
use crate::configuration::{Configuration, TlsSettings};
use crate::tls::{Pair, connector};

/// The time before the end of a certificate from which a warning is due, in seconds: three weeks. Automatic renewals happen a month before the end.
const SOON_S: i64 = 21 * 86_400;

const RENEW: &str = "renew the certificate, and run `gemj-gateway reload`";

pub(super) fn check_dates(configuration: &Configuration, report: &mut Report) {
    let Some(settings) = &configuration.server.tls else { return };
    // A pair that cannot be read is a fault of the configuration.
    let Ok(pair) = Pair::read(settings) else { return };
    let now = SystemClock::default().now();
    let (file, ends) = (settings.certificate_file.display(), pair.ends().rfc3339());
    match pair.fault_at(now, &settings.certificate_file) {
        Some(fault) => report.fault("tls", fault.to_string(), RENEW),
        None if pair.ends() < now.plus_seconds(SOON_S) => report.warning("tls", format!("{file}: the certificate ends at {ends}"), RENEW),
        None => report.good("tls", format!("{file}: the certificate ends at {ends}")),
    }
}

/// Reads the readiness of the gateway over TLS. The gateway must present the certificate of the configuration.
pub(super) async fn readiness(address: SocketAddr, settings: &TlsSettings) -> std::io::Result<String> {
    let pair = Pair::read(settings).map_err(std::io::Error::other)?;
    let connector = connector(pair.leaf()).map_err(std::io::Error::other)?;
    let stream = TcpStream::connect(address).await?;
    let stream = connector.connect(ServerName::from(address.ip()), stream).await?;
    super::server::ask(stream, address).await
}

/// Whether a connection failed because the gateway presented another certificate.
pub(super) fn is_another_certificate(error: &std::io::Error) -> bool {
    let cause = error.get_ref().and_then(|error| error.downcast_ref::<Error>());
    matches!(
        cause,
        Some(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    )
}
