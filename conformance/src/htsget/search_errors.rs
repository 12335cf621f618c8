//! Checks of htsget's errors for `GET /reads/{id}` and `/variants/{id}`.

use crate::check::Finding;
use crate::target::Target;

use super::{STANDARD, ticket};

pub(super) fn start_after_end(target: &Target) -> Finding {
    let (name, _, _) = ticket::region(target)?;
    let ask = ticket::ask(target, "GET", true)?.query("referenceName", name);
    let answer = ask.query("start", "200").query("end", "100").send()?;
    ticket::error(&answer, 400, "InvalidRange")?;
    Ok(answer.described())
}

pub(super) fn unknown_id(target: &Target) -> Finding {
    // The check works for reads and variants. It uses the data type of the id in the settings, otherwise reads.
    let datatype = ticket::subject(target).map_or("reads", |subject| subject.datatype);
    let answer = target.get(STANDARD, &[datatype, "no-such-id-conformance"]).send()?;
    ticket::error(&answer, 404, "NotFound")?;
    Ok(answer.described())
}

pub(super) fn unknown_format(target: &Target) -> Finding {
    let answer = ticket::ask(target, "GET", false)?.query("format", "CONFORMANCE").send()?;
    ticket::error(&answer, 400, "UnsupportedFormat")?;
    Ok(answer.described())
}

pub(super) fn unknown_reference(target: &Target) -> Finding {
    let answer = ticket::ask(target, "GET", true)?
        .query("referenceName", "no_such_sequence")
        .send()?;
    ticket::error(&answer, 404, "NotFound")?;
    Ok(answer.described())
}
