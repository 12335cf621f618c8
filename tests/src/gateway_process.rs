//! A serving gateway as a child process.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::binary::gateway;
use crate::client::Client;
use crate::oracle::run;

/// A shell script that ends the gateway when the script's standard input closes. The system closes the input however this process ends.
///
/// The arguments are a folder to remove at the end (or an empty word) and the command. The first line of the output is the gateway's
/// process id.
const GUARD: &str = r#"folder=$1; shift
sh -c 'echo "$$"; exec "$@"' start "$@" & child=$!
exec >&-
read -r _
kill "$child" 2>/dev/null
wait "$child"
status=$?
[ -z "$folder" ] || rm -rf "$folder"
exit $status"#;

/// A serving gateway. If the value is dropped, the gateway gets SIGTERM and the drop waits for its end. A gateway in a static ends with the test
/// process.
#[derive(Debug)]
pub struct GatewayProcess {
    guard: Child,
    input: Option<ChildStdin>,
    /// The gateway's own process.
    pub pid: u32,
    log: PathBuf,
    /// The lines that the gateway printed before it served.
    pub printed: Vec<String>,
    /// A client of this gateway.
    pub client: Client,
}

/// How a gateway is started.
#[derive(Debug, Default)]
pub struct Start<'a> {
    /// Value of `GEMJ_LOG`.
    pub log_level: Option<&'a str>,
    /// A folder that is removed after the gateway has ended.
    pub remove: Option<&'a Path>,
    /// Whether the gateway is expected to start sealed: it serves, but is not ready.
    pub sealed: bool,
}

impl GatewayProcess {
    /// Starts `serve` with a configuration and waits until it is ready. The gateway's standard error is written to a file in `folder`.
    #[must_use]
    pub fn serve(config: &Path, folder: &Path, start: &Start<'_>) -> Self {
        let arguments = ["serve".into(), "--config".into(), config.as_os_str().to_owned()];
        Self::start(
            &arguments,
            folder,
            start,
            |line| line.strip_prefix("listening on ").map(str::to_owned),
            |_| true,
        )
    }

    /// Starts `demo` in a folder on a free port and waits until it is ready.
    #[must_use]
    pub fn demo(dir: &Path, start: &Start<'_>) -> Self {
        Self::demo_with(dir, start, &[])
    }

    /// [`Self::demo`] with further arguments.
    #[must_use]
    pub fn demo_with(dir: &Path, start: &Start<'_>, further: &[&std::ffi::OsStr]) -> Self {
        let mut arguments: Vec<std::ffi::OsString> = vec![
            "demo".into(),
            "--dir".into(),
            dir.as_os_str().to_owned(),
            "--listen".into(),
            "127.0.0.1:0".into(),
        ];
        arguments.extend(further.iter().map(|argument| (*argument).to_owned()));
        let mut blank = 0;
        // The demo's output is complete after three paragraphs: addresses, personas, lines to copy.
        let ended = move |line: &str| {
            blank += usize::from(line.is_empty());
            blank == 3
        };
        Self::start(
            &arguments,
            dir,
            start,
            |line| line.trim().strip_prefix("listening on ").map(|url| url.trim().to_owned()),
            ended,
        )
    }

    fn start(
        arguments: &[std::ffi::OsString],
        folder: &Path,
        start: &Start<'_>,
        address: impl Fn(&str) -> Option<String>,
        mut is_last: impl FnMut(&str) -> bool,
    ) -> Self {
        let log = folder.join(format!(
            "stderr-{}.log",
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_nanos()
        ));
        let mut command = Command::new("sh");
        command
            .args(["-c", GUARD, "guard"])
            .arg(start.remove.unwrap_or(Path::new("")))
            .arg(gateway())
            .args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap());
        command
            .env_remove("GEMJ_LOG")
            .envs(start.log_level.map(|level| ("GEMJ_LOG", level)));
        let mut guard = command.spawn().unwrap();
        let input = guard.stdin.take();
        let mut printed = Vec::new();
        let mut base = None;
        let mut lines = BufReader::new(guard.stdout.take().unwrap()).lines();
        let pid = lines.next().unwrap().unwrap().parse().unwrap();
        for line in lines {
            let line = line.unwrap();
            base = base.or_else(|| address(&line));
            let last = is_last(&line);
            printed.push(line);
            if base.is_some() && last {
                break;
            }
        }
        let said = || std::fs::read_to_string(&log).unwrap_or_default();
        let base = base.unwrap_or_else(|| panic!("the gateway did not start: {printed:?} {}", said()));
        let client = Client::new(&base);
        // The gateway's socket listens before the address is printed. This request therefore waits for the first answer, at most for the client's
        // time limit.
        let ready = client.try_status("/readyz");
        let expected = if start.sealed { 503 } else { 200 };
        assert_eq!(ready, Some(expected), "readiness of the gateway: {}", said());
        Self {
            guard,
            input,
            pid,
            log,
            printed,
            client,
        }
    }

    /// The text that the gateway has written to standard error until now.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// Sends SIGTERM to the gateway, waits for its end, and returns its standard error.
    #[must_use]
    pub fn stop(mut self) -> String {
        self.end();
        self.log()
    }

    /// The exit code of a gateway that has ended by itself, or after SIGTERM. Absent if a signal ended the process.
    #[must_use]
    pub fn exit_code(mut self) -> Option<i32> {
        drop(self.input.take());
        self.guard.wait().unwrap().code()
    }

    /// Waits until the gateway ends by itself, and returns its standard error. The test fails after a minute.
    #[must_use]
    pub fn ends_by_itself(self) -> String {
        let status = format!("/proc/{}/stat", self.pid);
        let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
        // The guard has not waited for the gateway yet, so an ended gateway is a zombie.
        while std::fs::read_to_string(&status).is_ok_and(|line| !line.contains(") Z ")) {
            assert!(std::time::Instant::now() < until, "the gateway still runs: {}", self.log());
            std::thread::yield_now();
        }
        self.stop()
    }

    /// Kills the gateway with SIGKILL. The effect is that of a power cut.
    pub fn kill(mut self) {
        run("kill", ["-9", &self.pid.to_string()], b"");
        self.end();
    }

    fn end(&mut self) {
        if self.input.take().is_some() {
            let _ = self.guard.wait();
        }
    }
}

impl Drop for GatewayProcess {
    fn drop(&mut self) {
        self.end();
    }
}
