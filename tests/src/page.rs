//! Runs a page of the documents as a reader would: each block of commands as written, in one shell, and compares the outputs that the page shows.
//!
//! A block of the language `sh` is commands. If a block of the language `text` follows, the page shows the output of these commands there. In the shown
//! output, `…` stands for any text in a line, and a line that is only `…` for any number of lines. A block `sh exit=1` ends with this exit code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::binary::{gateway, workspace};
use crate::programme::free_address;

/// The port of the gateway in all pages. A run replaces it, because another program of the machine may use it.
const PORT: &str = "8080";

/// A block of commands and the output that the page shows for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// The line of the page on which the commands begin, from 1.
    pub line: usize,
    /// The commands, as the page has them.
    pub commands: String,
    /// The exit code with which the commands end.
    pub exit_code: u8,
    /// The output that the page shows; `None` if it shows none.
    pub shown: Option<String>,
}

/// A page with commands.
#[derive(Debug)]
pub struct Page {
    /// The blocks of commands, in order.
    pub steps: Vec<Step>,
}

impl Page {
    /// Reads a page by its path in the workspace.
    #[must_use]
    pub fn read(path: &str) -> Self {
        Self::parse(&std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|e| panic!("{path}: {e}")))
    }

    fn parse(text: &str) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            // Blocks in lists are indented.
            let indent = line.len() - line.trim_start().len();
            let Some(language) = line.trim_start().strip_prefix("```") else {
                continue;
            };
            let mut block = String::new();
            for (_, line) in lines.by_ref().take_while(|(_, line)| line.trim() != "```") {
                let _ = writeln!(block, "{}", line.get(indent..).unwrap_or_default());
            }
            if let Some(rest) = language.strip_prefix("sh").filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
                let exit_code = rest.trim().strip_prefix("exit=").map_or(0, |code| code.parse().expect(line));
                steps.push(Step {
                    line: number + 2,
                    commands: block,
                    exit_code,
                    shown: None,
                });
            } else if language == "text" {
                let step = steps
                    .last_mut()
                    .unwrap_or_else(|| panic!("line {}: an output before all commands", number + 1));
                assert!(step.shown.is_none(), "line {}: a second output of one block", number + 1);
                step.shown = Some(block);
            }
        }
        Self { steps }
    }

    /// All commands, as one script.
    #[must_use]
    pub fn commands(&self) -> String {
        self.steps.iter().map(|step| step.commands.as_str()).collect()
    }

    /// Runs all commands in an empty folder, and asserts that each ends with its exit code and prints what the page shows.
    ///
    /// `programs` are folders before the PATH; `variables` are the environment variables that the page names as its conditions.
    pub fn run(&self, programs: &[PathBuf], variables: &[(&str, &Path)]) {
        let folder = tempfile::tempdir().unwrap();
        let outputs = tempfile::tempdir().unwrap();
        let port = free_address().port().to_string();
        let output_of = |index: usize| outputs.path().join(index.to_string());
        // The shell stops the servers also if a step fails.
        let mut script = String::from("trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n");
        for (index, step) in self.steps.iter().enumerate() {
            let (commands, file) = (step.commands.replace(PORT, &port), output_of(index));
            let file = file.display();
            // The braces start no shell of their own, so variables and background processes stay for later steps.
            if step.exit_code == 0 {
                let _ = writeln!(script, "{{\n{commands}}} > '{file}' 2>&1");
            } else {
                let _ = writeln!(
                    script,
                    "set +e\n{{\n{commands}}} > '{file}' 2>&1\ncode=$?\nset -e\n[ $code = {} ] || {{ echo \"exit code $code\" >> '{file}'; exit 99; }}",
                    step.exit_code
                );
            }
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = vec![gateway().parent().unwrap().to_owned()];
        folders.extend_from_slice(programs);
        folders.extend(std::env::split_paths(&path));
        let mut command = Command::new("bash");
        command.args(["-eu", "-o", "pipefail", "-c", &script]).current_dir(folder.path());
        command.env("PATH", std::env::join_paths(folders).unwrap());
        command
            .env("LC_ALL", "C.UTF-8")
            .env_remove("GEMJ_LOG")
            .envs(variables.iter().copied());
        let ended = command.output().unwrap();
        let mut faults = String::new();
        for (index, step) in self.steps.iter().enumerate() {
            let Ok(output) = std::fs::read(output_of(index)) else {
                let _ = writeln!(faults, "line {}: not run", step.line);
                break;
            };
            let output = String::from_utf8_lossy(&output).replace(&port, PORT);
            if let Some(shown) = &step.shown
                && !matches(shown, &output)
            {
                let _ = writeln!(faults, "line {}: the page shows\n{shown}and the output is\n{output}", step.line);
            } else if !ended.status.success() && !output_of(index + 1).exists() {
                let _ = writeln!(faults, "line {}: the last commands that ran:\n{}{output}", step.line, step.commands);
            }
        }
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert!(faults.is_empty() && ended.status.success(), "{}\n{errors}{faults}", ended.status);
    }
}

/// Whether an output is the one that a page shows.
fn matches(shown: &str, output: &str) -> bool {
    let (shown, output): (Vec<&str>, Vec<&str>) = (shown.lines().collect(), output.lines().collect());
    lines_match(&shown, &output)
}

fn lines_match(shown: &[&str], output: &[&str]) -> bool {
    match (shown, output) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=output.len()).any(|skipped| lines_match(rest, &output[skipped..])),
        ([first, rest @ ..], [line, others @ ..]) => line_matches(first.trim_end(), line.trim_end()) && lines_match(rest, others),
        _ => false,
    }
}

fn line_matches(shown: &str, line: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else {
        return shown == line;
    };
    let Some(rest) = line.strip_prefix(before) else { return false };
    let mut starts = rest.char_indices().map(|(index, _)| index).chain([rest.len()]);
    starts.any(|index| line_matches(after, &rest[index..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_output_matches_only_its_own_text() {
        for (shown, output, is_same) in [
            ("a\n", "a\n", true),
            ("a\n", "a\nb\n", false),
            ("a\nb\n", "a\n", false),
            ("a\n…\n", "a\nb\nc\n", true),
            ("…\nc\n", "a\nb\nc\n", true),
            ("…\nd\n", "a\nb\nc\n", false),
            ("id … bytes\n", "id 7 bytes\n", true),
            ("id … bytes\n", "id 7 bits\n", false),
            ("…: written\n", "/x/y: written\n", true),
            ("", "a\n", false),
        ] {
            assert_eq!(matches(shown, output), is_same, "{shown:?} {output:?}");
        }
    }

    #[test]
    fn each_output_belongs_to_the_commands_before_it() {
        let page = Page::parse(
            "# T\n\n```sh\na\n```\n\n```text\nA\n```\n\n1. x\n\n   ```sh exit=2\n   b\n   ```\n\n```json\n{}\n```\n\n```shell\nc\n```\n",
        );
        let step = |line, commands: &str, exit_code, shown: Option<&str>| Step {
            line,
            commands: commands.to_owned(),
            exit_code,
            shown: shown.map(str::to_owned),
        };
        assert_eq!(page.steps, [step(4, "a\n", 0, Some("A\n")), step(14, "b\n", 2, None)]);
    }

    #[test]
    #[should_panic(expected = "the page shows")]
    fn a_page_that_shows_another_output_fails() {
        Page::parse("```sh\necho a\n```\n```text\nb\n```\n").run(&[], &[]);
    }

    #[test]
    #[should_panic(expected = "the last commands that ran")]
    fn a_page_whose_command_fails_fails() {
        Page::parse("```sh\necho a\n```\n```sh\nfalse\n```\n```sh\necho b\n```\n").run(&[], &[]);
    }

    #[test]
    fn variables_and_exit_codes_last_for_the_whole_page() {
        Page::parse("```sh\nA=1\n```\n```sh exit=3\n(exit 3)\n```\n```sh\necho $A 8080\n```\n```text\n1 8080\n```\n").run(&[], &[]);
    }
}
