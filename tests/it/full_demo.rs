//! A demo with all features: FHIR accepts resources, and workflows run. It is made once, in the folder `gemj-demo` of a temporary folder.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Mutex;

use gemj_tests::GatewayProcess;
use gemj_tests::binary::workspace;
use gemj_tests::cwltool::cwltool;
use gemj_tests::gateway_process::Start;
use gemj_tests::scratch::until_the_end;
use gemj_tests::shared_data::shared;

pub(crate) struct FullDemo {
    /// The folder in which the tests run the printed commands. It contains `gemj-demo` and `docs`.
    pub(crate) folder: PathBuf,
    pub(crate) served: GatewayProcess,
}

impl FullDemo {
    /// The demo's own folder.
    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.join("gemj-demo")
    }

    /// The printed `export` lines, which the README's commands need.
    pub(crate) fn exports(&self) -> Vec<String> {
        let lines = self.served.printed.iter().map(|line| line.trim());
        lines.filter(|line| line.starts_with("export ")).map(str::to_owned).collect()
    }
}

/// The full demo. If the official FHIR schema or cwltool is absent, the skip is reported and the result is `None`.
pub(crate) fn full_demo() -> Option<&'static FullDemo> {
    static MADE: Mutex<Option<Option<&'static FullDemo>>> = Mutex::new(None);
    let mut made = MADE.lock().expect("the demo could not be started");
    *made.get_or_insert_with(|| {
        let (schema, cwltool) = (shared("standards/fhir/r4/fhir.schema.json.gz")?, cwltool()?);
        let folder = until_the_end("gemj-it-full-demo");
        std::os::unix::fs::symlink(workspace().join("docs").canonicalize().unwrap(), folder.join("docs")).unwrap();
        std::fs::create_dir(folder.join("gemj-demo")).unwrap();
        let further = [
            OsStr::new("--fhir-schema"),
            schema.as_os_str(),
            OsStr::new("--cwltool"),
            cwltool.as_os_str(),
        ];
        let served = GatewayProcess::demo_with(&folder.join("gemj-demo"), &Start::default(), &further);
        Some(&*Box::leak(Box::new(FullDemo { folder, served })))
    })
}
