//! The progress of long commands: a bar on a terminal, and otherwise plain lines on standard error at intervals.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// The interval between two lines if standard error is not a terminal. A shorter command prints no line.
const SHOWN_EVERY: Duration = Duration::from_secs(10);

/// The progress of one task.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// The lines without a terminal; absent on a terminal.
    lines: Option<Mutex<Lines>>,
}

struct Lines {
    begun: Instant,
    shown: Instant,
    unit: &'static str,
    message: String,
}

/// The progress over bytes.
pub(crate) fn bytes_bar(total_bytes: u64) -> Progress {
    Progress::new(total_bytes, "{msg:30} [{bar:40}] {bytes}/{total_bytes} {eta}", "bytes")
}

/// The progress over files.
pub(crate) fn files_bar() -> Progress {
    Progress::new(0, "[{bar:40}] {pos}/{len} files {eta}", "files")
}

impl Progress {
    fn new(total: u64, template: &str, unit: &'static str) -> Self {
        if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            return Self {
                bar: ProgressBar::new(total).with_style(style),
                lines: None,
            };
        }
        let now = Instant::now();
        let bar = ProgressBar::hidden();
        bar.set_length(total);
        Self {
            bar,
            lines: Some(Mutex::new(Lines {
                begun: now,
                shown: now,
                unit,
                message: String::new(),
            })),
        }
    }

    /// Sets what the progress is about, for example the name of a file.
    pub(crate) fn set_message(&self, message: String) {
        if let Some(Ok(mut lines)) = self.lines.as_ref().map(Mutex::lock) {
            lines.message.clone_from(&message);
        }
        self.bar.set_message(message);
    }

    pub(crate) fn set_length(&self, length: u64) {
        self.bar.set_length(length);
    }

    /// Sets the amount that is done, and prints a line if the last line is old enough.
    pub(crate) fn set_position(&self, done: u64) {
        self.bar.set_position(done);
        let Some(Ok(mut lines)) = self.lines.as_ref().map(Mutex::lock) else {
            return;
        };
        if lines.shown.elapsed() >= SHOWN_EVERY {
            lines.shown = Instant::now();
            eprintln!("{}", lines.text(done, self.bar.length().unwrap_or(0)));
        }
    }

    /// Removes the bar from the terminal.
    pub(crate) fn finish_and_clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Lines {
    fn text(&self, done: u64, total: u64) -> String {
        let message = &self.message;
        let colon = if message.is_empty() { "" } else { ": " };
        format!(
            "{message}{colon}{done} of {total} {}, {} s",
            self.unit,
            self.begun.elapsed().as_secs()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_states_what_is_done() {
        let now = Instant::now();
        let mut lines = Lines {
            begun: now,
            shown: now,
            unit: "bytes",
            message: "a.bam".to_owned(),
        };
        assert_eq!(lines.text(5, 10), "a.bam: 5 of 10 bytes, 0 s");
        lines.message.clear();
        assert_eq!(lines.text(0, 3), "0 of 3 bytes, 0 s");
    }
}
