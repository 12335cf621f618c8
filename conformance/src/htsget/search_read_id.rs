//! Checks of htsget's `GET /reads/{id}` and `/variants/{id}`.

use crate::check::{Finding, Stop, fail};
use crate::genomic_file;
use crate::shape;
use crate::target::Target;

use super::ticket;

pub(super) fn ticket(target: &Target) -> Finding {
    let answer = ticket::ask(target, "GET", true)?.send()?;
    let ticket = ticket::read(&answer)?;
    if target.settings.htsget.format.as_ref().is_some_and(|asked| *asked != ticket.format) {
        return fail(format!("format {}, which was not requested", shape::short(&ticket.format)));
    }
    Ok(format!(
        "{}, {} URLs, {}",
        shape::short(&ticket.format),
        ticket.blocks.len(),
        answer.media_type()
    ))
}

pub(super) fn region_is_one_file(target: &Target) -> Finding {
    let ticket = ticket::read(&ticket::ask_region(target)?.send()?)?;
    let file = ticket::file(target, &ticket)?;
    let minimum = target.settings.htsget.minimum_records.unwrap_or_default();
    if file.record_count < minimum {
        return fail(format!("{} records, but there are at least {minimum}", file.record_count));
    }
    Ok(format!("{}, {} records", ticket.format, file.record_count))
}

pub(super) fn header_class(target: &Target) -> Finding {
    let region = ticket::read(&ticket::ask_region(target)?.send()?)?;
    let region = ticket::file(target, &region)?;
    let header = ticket::read(&ticket::ask(target, "GET", true)?.query("class", "header").send()?)?;
    let header = header_of(target, &header)?;
    if header != region.header {
        return fail("the header differs from the region's");
    }
    Ok(format!("{} bytes of header, no record", header.len()))
}

/// The header that a request with `class=header` returns. The blocks need not end with the end marker of the format, so the function adds
/// the marker if the file cannot be read without it. The file must then be complete and contain no records.
fn header_of(target: &Target, header: &ticket::Ticket) -> Result<Vec<u8>, Stop> {
    let mut bytes = ticket::fetch(target, header)?;
    let mut read = genomic_file::read(&header.format, &bytes);
    if read.is_err() {
        bytes.extend_from_slice(genomic_file::end_marker(&header.format, &bytes));
        read = genomic_file::read(&header.format, &bytes);
    }
    match read {
        Ok(file) if file.record_count == 0 => Ok(file.header),
        Ok(file) => fail(format!("{} records with class=header", file.record_count)),
        Err(malformed) => fail(format!("{}: {malformed}", header.format)),
    }
}
