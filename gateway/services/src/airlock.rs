//! The airlock: what reviewers are shown of outputs, what they say, and bytes that are what was recorded.

mod checked;
mod decision;

pub use checked::{Checked, Unsound};
pub use decision::{Decision, DecisionFault};

use gemj_catalogue::RunOutput;
use serde_json::{Value, json};

/// The outputs of a run, for its reviewers. `url` is where outputs are, without a slash at its end.
#[must_use]
pub fn listed(outputs: &[RunOutput], url: &str) -> Value {
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
            "decided": output.decided.map(gemj_model::Timestamp::rfc3339),
        })
    };
    json!({"outputs": outputs.iter().map(told).collect::<Vec<_>>()})
}
