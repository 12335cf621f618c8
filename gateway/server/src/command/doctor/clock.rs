//! The clocks: this machine's, the database's, and the issuers'. Tokens, visas and consents begin and end at a time.

use gemj_model::{Clock as _, SystemClock, Timestamp};

use super::report::Report;
use crate::installation::Installation;

/// The difference above which tokens of an issuer are refused, in seconds: the largest `clock_leeway_s`.
const MOST_S: i64 = 30;
/// The difference above which a warning is due, in seconds.
const NOTABLE_S: i64 = 5;

const REMEDY: &str = "synchronise this machine's clock (`timedatectl set-ntp true`, or chrony)";

pub(super) async fn check_database(installation: &Installation, report: &mut Report) {
    match installation.stores.catalogue.database_time().await {
        // SQLite has no clock of its own.
        Ok(None) => {}
        Ok(Some(time)) => compare("the database", time, report),
        Err(error) => report.fault(
            "clock",
            format!("the database's time cannot be read: {error}"),
            "check the database",
        ),
    }
}

/// Compares this machine's clock with the time that another machine just stated.
pub(super) fn compare(whose: &str, time: Timestamp, report: &mut Report) {
    let difference_s = SystemClock::default().now().seconds() - time.seconds();
    let text = format!("this machine's clock differs by {difference_s} s from {whose}'s");
    match difference_s.abs() {
        0..=NOTABLE_S => report.good("clock", format!("this machine's clock agrees with {whose}'s")),
        difference if difference <= MOST_S => report.warning("clock", text, REMEDY),
        _ => report.fault("clock", text, REMEDY),
    }
}
