//! An addition to an existing installation: entries of the configuration, and files. Either everything is written or nothing.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::command_error::CommandError;
use crate::configuration::{Configuration, Fault};
use crate::replaced_file::{self, Owner};

/// The mode of a file that only the gateway's user may read.
pub(super) const PRIVATE: u32 = 0o600;
/// The mode of a script.
pub(super) const SCRIPT: u32 = 0o700;

/// The installation to which something is added.
pub(super) struct Existing {
    config: PathBuf,
    text: String,
    /// The folder of the configuration file.
    pub(super) folder: PathBuf,
    pub(super) configuration: Configuration,
}

/// A file to write. It must not exist yet.
pub(super) struct NewFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) mode: u32,
}

/// What is added.
pub(super) struct Addition {
    /// Entries for the end of the configuration, with comments.
    pub(super) entries: String,
    pub(super) files: Vec<NewFile>,
    /// What the operator must do next, one sentence each.
    pub(super) next: Vec<String>,
}

impl Existing {
    pub(super) fn read(config: &Path) -> anyhow::Result<Self> {
        let configuration =
            Configuration::read(config).context("nothing was added: the present configuration has faults; correct them first")?;
        let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(Self {
            config: config.to_owned(),
            text: std::fs::read_to_string(config).with_context(|| format!("{}", config.display()))?,
            folder: folder.unwrap_or(Path::new(".")).to_owned(),
            configuration,
        })
    }

    /// The folder for the files of the other side.
    pub(super) fn out(&self, given: Option<&Path>, name: &str) -> PathBuf {
        match given {
            Some(folder) => folder.to_owned(),
            None => self.folder.join(format!("for-{name}")),
        }
    }

    /// Writes an addition, and prints what was written and what to do next.
    ///
    /// # Errors
    /// A file exists already, or the configuration would have a fault. Nothing was changed then.
    pub(super) fn commit(&self, addition: &Addition) -> anyhow::Result<()> {
        for file in &addition.files {
            if file.path.exists() {
                return Err(CommandError::FileExists {
                    path: file.path.display().to_string(),
                }
                .into());
            }
        }
        let text = format!("{}\n\n{}\n", self.text.trim_end(), addition.entries.trim());
        let folder = std::path::absolute(&self.folder)?;
        let faults = Configuration::examine_text(&text, &folder).faults;
        anyhow::ensure!(faults.is_empty(), CommandError::FaultyAddition { faults: lines(&faults) });
        let mut written = Vec::new();
        let outcome = self.write(&text, addition, &mut written);
        if outcome.is_err() {
            for path in written {
                let _ = std::fs::remove_file(path);
            }
        }
        outcome.context("nothing was changed")?;
        println!("{}: entries added at the end", self.config.display());
        for file in &addition.files {
            println!("{}: written", file.path.display());
        }
        for next in &addition.next {
            println!("next: {next}");
        }
        println!("next: `gemj-gateway reload` makes a serving gateway use the entries");
        Ok(())
    }

    fn write(&self, text: &str, addition: &Addition, written: &mut Vec<PathBuf>) -> anyhow::Result<()> {
        // The gateway's user must be able to read the new files, also if root runs the command.
        let owner = Owner::of(&self.config)?;
        for file in &addition.files {
            let folders: Vec<&Path> = file
                .path
                .ancestors()
                .skip(1)
                .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
                .collect();
            create(file)?;
            written.push(file.path.clone());
            for path in folders.into_iter().chain([file.path.as_path()]) {
                owner.take(path).with_context(|| format!("{}", path.display()))?;
            }
        }
        // An operator may have changed the file since it was read. Such a change must not be lost.
        let is_unchanged = || match std::fs::read_to_string(&self.config)? == self.text {
            true => Ok(()),
            false => Err(std::io::Error::other(
                "the file was changed at the same time; run the command again",
            )),
        };
        replaced_file::replace(&self.config, text.as_bytes(), is_unchanged).with_context(|| format!("{}", self.config.display()))
    }
}

/// Writes a new file, and makes its folder with access for its owner only.
pub(super) fn create(new: &NewFile) -> anyhow::Result<()> {
    let context = || format!("{}", new.path.display());
    if let Some(folder) = new.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(context)?;
    }
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(new.mode)
        .open(&new.path)
        .with_context(context)?;
    file.write_all(new.text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(context)
}

/// The faults, one in a line.
pub(super) fn lines(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n")
}

/// Fills a template in one pass: each `{{name}}` is replaced by its value. A value is never filled again. A name without a value stays.
pub(super) fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let found = after
            .split_once("}}")
            .and_then(|(name, then)| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, then)));
        match found {
            Some((value, then)) => {
                text.push_str(value);
                rest = then;
            }
            None => {
                text.push_str("{{");
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// A value for a comment of a script: control characters, which could end the line, are replaced.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A value for a shell script, in single quotes.
pub(super) fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A name that can be part of a file name: letters, digits, dots, hyphens and underscores.
pub(super) fn file_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
            c
        } else {
            '-'
        }
    };
    let name: String = name
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .chars()
        .map(plain)
        .collect();
    name.trim_matches(['-', '.']).to_owned()
}

/// The date a year after a time: the default end of an access.
pub(super) fn in_a_year(now: gemj_model::Timestamp) -> String {
    now.plus_seconds(365 * 86_400).rfc3339().chars().take(10).collect()
}

/// Refuses an end that has passed. A text that is no date is a fault of the new configuration, which names its form.
pub(super) fn not_ended(expires: &str) -> anyhow::Result<()> {
    let end = gemj_model::Timestamp::parse(expires).ok();
    anyhow::ensure!(
        end.is_none_or(|end| end.0 > gemj_model::Clock::now(&gemj_model::SystemClock::default()).0),
        CommandError::EndPassed {
            expires: expires.to_owned()
        }
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Values that another side could send to run a command in a script.
    const HOSTILE: [&str; 7] = [
        "$(echo run >&2)",
        "`echo run >&2`",
        "'; echo run >&2; '",
        "x}; echo run >&2; : ${y",
        "\"; echo run >&2; \"",
        "a\necho run >&2",
        "{{base}}",
    ];

    #[test]
    fn a_value_is_never_filled_again() {
        let text = filled("a {{one}} b {{two}} {{unknown}} {{", &[("one", "{{two}}"), ("two", "{{one}}")]);
        assert_eq!(text, "a {{two}} b {{one}} {{unknown}} {{");
    }

    #[test]
    fn no_value_of_a_template_runs_a_command_in_its_script() {
        for template in [
            include_str!("templates/biobank-self-test.sh"),
            include_str!("templates/broker-self-test.sh"),
            include_str!("templates/committee-self-test.sh"),
            include_str!("templates/hospital-self-test.sh"),
            include_str!("templates/partner-self-test.sh"),
        ] {
            let names: Vec<&str> = template
                .split("{{")
                .skip(1)
                .filter_map(|rest| rest.split_once("}}").map(|(name, _)| name))
                .collect();
            for hostile in HOSTILE {
                let values: Vec<(&str, String)> = names
                    .iter()
                    .map(|name| {
                        let value = if name.ends_with("_comment") {
                            comment(hostile)
                        } else {
                            shell(hostile)
                        };
                        (*name, value)
                    })
                    .collect();
                let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let script = filled(template, &values);
                // The definitions of the script are its lines before the first function or command.
                let ran = std::process::Command::new("/bin/sh")
                    .args(["-c", &script])
                    .env("PATH", "/nonexistent")
                    .output()
                    .unwrap();
                let err = String::from_utf8_lossy(&ran.stderr);
                assert!(!err.lines().any(|line| line == "run"), "{hostile}: {err}");
            }
        }
    }
}
