//! The account of a run as text.

use gemj_catalogue::{IngestRun, IngestState, QuarantinedUnit};

/// A run in one line, and one line for each rejected unit and part.
pub(super) fn listed(run: &IngestRun) -> String {
    let result = &run.result;
    let head = format!("{}  {}  {} into {}", run.ended.rfc3339(), run.id, run.mapping_version, run.dataset);
    if run.state == IngestState::Begun {
        return format!(
            "{head}  has not ended: it is still running, or its process was ended; {} committed, {} replaced so far; \
             units that changed nothing or were refused are not known\n",
            result.committed, result.replaced
        );
    }
    let parts = match result.parts_refused() {
        0 => String::new(),
        parts => format!(", {parts} parts of stored units refused"),
    };
    let stopped = match run.state {
        IngestState::Stopped => "; it stopped before the end of the input",
        IngestState::Listening => "; it receives messages, or its listener was killed",
        IngestState::Begun | IngestState::Ended => "",
    };
    let mut text = format!(
        "{head}  {} received: {} committed, {} replaced, {} already there, {} repeated, {} older, {} refused{parts}; {} ignored{stopped}\n",
        result.received,
        result.committed,
        result.replaced,
        result.unchanged,
        result.duplicate,
        result.superseded,
        result.units_refused(),
        result.ignored
    );
    for unit in &result.quarantined {
        text += &format!("    {}\n", refused(unit));
    }
    text
}

fn refused(unit: &QuarantinedUnit) -> String {
    let place = match (unit.number, unit.is_part) {
        (0, _) => "a unit".to_owned(),
        (number, false) => format!("unit {number}"),
        (number, true) => format!("unit {number}, a part"),
    };
    let again = unit.received_again_by.as_ref().map(|run| format!("; received again by {run}"));
    format!("{place}: {} ({}){}", unit.detail, unit.reason, again.unwrap_or_default())
}

/// The whole account of a run.
pub(super) fn shown(run: &IngestRun) -> String {
    let result = &run.result;
    let site = run.site.as_ref().map_or("", gemj_model::SiteId::as_str);
    let began = run.began.map(|began| began.rfc3339()).unwrap_or_default();
    let exported = run.exported.map(|exported| exported.rfc3339()).unwrap_or_default();
    let mut text = String::new();
    for (name, value) in [
        ("run", run.id.as_str()),
        ("profile", run.profile.as_str()),
        ("mapping version", run.mapping_version.as_str()),
        ("dataset", run.dataset.as_str()),
        ("site", site),
        ("namespace", run.namespace.as_str()),
        ("exported", &exported),
        ("began", &began),
        ("state", run.state.as_str()),
        ("ended", &run.ended.rfc3339()),
    ] {
        if !value.is_empty() {
            text += &format!("{name}: {value}\n");
        }
    }
    if run.state == IngestState::Begun {
        text += "the run has no end: only the units that it stored are counted, and how many others it received is not known\n";
    }
    for (count, what) in [
        (result.received, "units received"),
        (result.committed, "committed: stored for the first time"),
        (result.replaced, "replaced an earlier version"),
        (result.unchanged, "already there before the run"),
        (result.duplicate, "a second time in the input"),
        (result.superseded, "older than the stored version"),
        (result.units_refused(), "refused"),
        (result.parts_refused(), "parts of stored units refused"),
        (result.ignored, "parts of the input ignored"),
    ] {
        text += &format!("{count:>8}  {what}\n");
    }
    let mut kind = "";
    for count in &result.counts {
        if count.kind != kind {
            kind = &count.kind;
            text += &format!("{kind}:\n");
        }
        text += &format!("{:>8}  {}\n", count.count, count.name);
    }
    for unit in &result.quarantined {
        text += &format!("refused: {}\n", refused(unit));
    }
    text
}
