//! A check of htsget's `POST /reads/{id}` and `/variants/{id}`.

use serde_json::json;

use crate::check::{Finding, fail, not_offered};
use crate::target::Target;

use super::ticket;

pub(super) fn regions_are_one_file(target: &Target) -> Finding {
    let (name, start, end) = ticket::region(target)?;
    let once = ticket::read(&ticket::ask_region(target)?.send()?)?;
    let once = ticket::file(target, &once)?;
    let region = json!({"referenceName": name, "start": start, "end": end});
    let mut body = json!({"regions": [region, region]});
    if let Some(format) = &target.settings.htsget.format {
        body["format"] = json!(format);
    }
    let answer = ticket::ask(target, "POST", false)?.json(&body).send()?;
    if matches!(answer.status, 404 | 405 | 501) {
        return not_offered("POST, which is optional");
    }
    let twice = ticket::read(&answer)?;
    let twice = ticket::file(target, &twice)?;
    if twice.record_count != once.record_count {
        return fail(format!("{} records, but {} by GET", twice.record_count, once.record_count));
    }
    Ok(format!("{} records, as by GET", twice.record_count))
}
