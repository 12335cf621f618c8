//! The schema of the database. Opening an older database would upgrade it, and this command changes nothing.

use gemj_catalogue::schema_state;

use super::report::Report;
use crate::configuration::Configuration;

/// Whether the database has this program's schema, so that opening it changes nothing.
pub(super) async fn is_current(configuration: &Configuration, report: &mut Report) -> bool {
    let state = match schema_state(&configuration.database.url).await {
        Ok(state) => state,
        // The database does not answer. Opening it reports this.
        Err(_) => return true,
    };
    let (database, program) = (state.database, state.program);
    if state.is_newer() {
        report.fault(
            "schema",
            format!(
                "a newer version of gemj-gateway has upgraded the database to schema {database}; this program knows schemas up to {program}"
            ),
            "install the newer version again",
        );
    } else if !state.different.is_empty() {
        report.fault(
            "schema",
            "a schema step of the database differs from this program's".to_owned(),
            "`gemj-gateway migrate --check` names the step",
        );
    } else if !state.pending.is_empty() {
        report.fault(
            "schema",
            format!("the database has schema {database}, and this program schema {program}; the stores were not checked"),
            "make a back-up, and run `gemj-gateway migrate`",
        );
    } else {
        report.good("schema", format!("schema {database}, that of this program"));
        return true;
    }
    false
}
