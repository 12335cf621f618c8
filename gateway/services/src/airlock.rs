//! The airlock, where the outputs of runs are held until a reviewer releases them: the outputs that reviewers see, the reviewers'
//! decisions, and output bytes that match the recorded checksum.

mod checked;
mod decision;

pub use checked::{Checked, Unsound};
pub use decision::{Decision, DecisionFault};

use gemj_catalogue::{Run, RunOutput};
use serde_json::{Value, json};

/// A run and its outputs as JSON for reviewers, who see the exact end of the run. `url` is the base URL of outputs, without a slash at the
/// end.
#[must_use]
pub fn listed(run: &Run, outputs: &[RunOutput], url: &str) -> Value {
    let time = |time: Option<gemj_model::Timestamp>| time.map(gemj_model::Timestamp::rfc3339);
    let told = |output: &RunOutput| {
        json!({
            "id": output.id,
            "run_id": output.run,
            "name": output.name,
            "size": output.size_bytes,
            "sha256": output.sha256,
            "state": output.state.as_str(),
            "url": format!("{url}/{}", output.id),
            "reason": output.reason,
            "decided": time(output.decided),
        })
    };
    let about = json!({
        "id": run.id,
        "state": run.state.as_str(),
        "exit_code": run.exit_code,
        "note": run.note,
        "started": time(run.started),
        "ended": time(run.ended),
    });
    json!({"run": about, "outputs": outputs.iter().map(told).collect::<Vec<_>>()})
}
