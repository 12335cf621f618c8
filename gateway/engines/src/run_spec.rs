use std::path::PathBuf;

use ga4gh_wes::RunId;
use serde_json::{Map, Value};

/// A workflow engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The reference engine of the Common Workflow Language, v1.0 to v1.2.
    Cwltool,
}

/// The specification of one run that is ready to start. `Debug` shows neither parameters nor inputs.
#[derive(Clone)]
pub struct RunSpec {
    /// The id of the run.
    pub run_id: RunId,
    /// The run's own directory: absolute, mode 0700, with the workflow's files below `workflow`. See [`crate::RunDirectory`].
    pub directory: PathBuf,
    /// The workflow engine that executes the run.
    pub engine: Engine,
    /// The path of the workflow document, relative to `directory/workflow`.
    pub workflow: PathBuf,
    /// The name of the process to run in a packed document, without `#`. If absent, the process `main` or the only process is run.
    pub fragment: Option<String>,
    /// The parameters of the workflow. Staged files are given as absolute paths. A relative location of a CWL File
    /// means a file below `directory/workflow`.
    pub params: Map<String, Value>,
    /// The absolute paths of the staged files, at most 1,000. The run may read these files but not change them.
    pub inputs: Vec<PathBuf>,
}

impl std::fmt::Debug for RunSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunSpec")
            .field("run_id", &self.run_id)
            .field("engine", &self.engine)
            .field("input_count", &self.inputs.len())
            .finish_non_exhaustive()
    }
}
