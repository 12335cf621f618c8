//! Typical mistakes for every command: the error names the cause and the remedy, and nothing in the database or in the object store changes.
//!
//! The rows are in `mistakes.toml`. The commands come from the program's own help, so a new command without five rows fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gemj_tests::Backend;
use gemj_tests::programme::{Programme, Ran, private, run_gateway};
use gemj_tests::small_data::feeds;
use serde::Deserialize;

const FEWEST: usize = 5;

#[derive(Deserialize)]
struct Table {
    /// Files that rows name with `@`.
    files: BTreeMap<String, String>,
    /// Mistakes that are possible with every command that has the option `--config`.
    every_command: Vec<Mistake>,
    mistake: Vec<Mistake>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    /// The words of the command line. `@NAME` is the path of a file of the table, `@@NAME` a path in the installation's folder, and
    /// `{object}` the id of a stored file.
    run: Vec<String>,
    /// The command that the row is about, if the name in `run` is misspelt.
    #[serde(default)]
    of: Option<Vec<String>>,
    /// A change of the configuration: the text to replace, and the new text.
    #[serde(default)]
    config: Option<[String; 2]>,
    /// Of a row for every command: the words follow the first row of the command that is no error of the command line itself.
    #[serde(default)]
    after_own_arguments: bool,
    /// Of a row for every command: the commands without this row.
    #[serde(default)]
    except: Vec<String>,
    /// The cause and the remedy, as the command must print them.
    says: Vec<String>,
    /// The exit code.
    #[serde(default = "two")]
    code: i32,
}

fn two() -> i32 {
    2
}

fn table() -> Table {
    let path = gemj_tests::binary::workspace().join("tests/it/command/mistakes.toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The commands without subcommands of their own, as the help of the program lists them. Commands with optional subcommands are listed too.
fn commands() -> BTreeSet<Vec<String>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![Vec::<String>::new()]);
    while let Some(command) = open.pop() {
        let help = help(&command);
        let (usage, listed) = help.split_once("Commands:\n").unwrap_or((&help, ""));
        let below = listed.lines().take_while(|line| !line.is_empty());
        // A description is indented more than the name of its command.
        let names = below.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names: Vec<&str> = names
            .map(|line| line.split_whitespace().next().unwrap())
            .filter(|name| *name != "help")
            .collect();
        let is_optional = usage.contains("[COMMAND]");
        if !command.is_empty() && (names.is_empty() || is_optional) {
            found.insert(command.clone());
        }
        open.extend(names.iter().map(|name| [&command[..], &[(*name).to_owned()]].concat()));
    }
    found
}

fn help(command: &[String]) -> String {
    let words = command.iter().map(String::as_str).chain(["--help"]);
    run_gateway(words).good().out
}

/// The command of a command line: the longest list of its first words that is a command.
fn command_of(words: &[String], commands: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    (1..=words.len())
        .rev()
        .map(|count| words[..count].to_vec())
        .find(|words| commands.contains(words))
}

fn world() -> (Programme, String) {
    let programme = Programme::new(Backend::Embedded);
    let path = |number: u32| feeds().join(format!("variants/TST-{number:02}.vcf.gz"));
    let sheet = format!(
        "dataset,participant,specimen,family,sex,assembly,path,site\ncancer,TST-01,S-01,F-01,,GRCh38,{},hospital-a\n",
        path(1).display()
    );
    let _ = programme.load(&sheet).good();
    for arguments in [
        &[
            "consent",
            "record",
            "TST-01",
            "--form",
            "unified-1",
            "--accept",
            "all",
            "--effective",
            "2026-04-01",
        ][..],
        &["release", "create", "cancer-2026.1", "--dataset", "cancer"],
    ] {
        let _ = programme.run(arguments).good();
    }
    let object = programme.object_of("TST-01", "VCF");
    (programme, object)
}

/// The number of rows of every table outside the audit trail, and the epoch. A refused read of an operator is audited too, so the audit trail is
/// left out.
const STATE: &str = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
tables = [name for (name,) in db.execute(\"SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name\")]
for name in tables:
    if name not in ('audit_row', 'audit_chain', 'sqlite_sequence'):
        print(name, db.execute(f'SELECT COUNT(*) FROM \"{name}\"').fetchone()[0])
print(db.execute('SELECT epoch FROM programme_state').fetchall())";

fn state(programme: &Programme) -> String {
    let database = programme.path("gateway.db");
    let output = std::process::Command::new("python3")
        .arg("-c")
        .arg(STATE)
        .arg(&database)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    format!("{}{:?}", String::from_utf8(output.stdout).unwrap(), programme.stored_files())
}

fn run(programme: &Programme, mistake: &Mistake, files: &Path, object: &str, takes_config: bool) -> Ran {
    let mut words: Vec<String> = mistake
        .run
        .iter()
        .map(|word| match (word.strip_prefix("@@"), word.strip_prefix('@')) {
            (Some(name), _) => programme.path(name).display().to_string(),
            (None, Some(name)) => files.join(name).display().to_string(),
            (None, None) => word.replace("{object}", object),
        })
        .collect();
    if takes_config && !words.iter().any(|word| word == "--config") {
        let mut config = programme.config();
        if let Some([from, to]) = &mistake.config {
            let text = std::fs::read_to_string(&config).unwrap();
            assert!(text.contains(from), "{from}");
            config = programme.path("edited.toml");
            std::fs::write(&config, text.replacen(from, to, 1)).unwrap();
        }
        words.extend(["--config".to_owned(), config.display().to_string()]);
    }
    run_gateway(words)
}

#[test]
fn five_typical_mistakes_of_every_command_name_cause_and_remedy_and_change_nothing() {
    let (table, commands) = (table(), commands());
    assert!(commands.len() > 40, "{commands:?}");
    let files = tempfile::tempdir().unwrap();
    for (name, text) in &table.files {
        private(&files.path().join(name), text);
    }
    let mut rows: BTreeMap<Vec<String>, Vec<Mistake>> = BTreeMap::new();
    for mistake in table.mistake {
        let command =
            command_of(mistake.of.as_ref().unwrap_or(&mistake.run), &commands).unwrap_or_else(|| panic!("{:?} is no command", mistake.run));
        rows.entry(command).or_default().push(mistake);
    }
    let takes_config: BTreeSet<&Vec<String>> = commands.iter().filter(|command| help(command).contains("--config")).collect();
    for command in &takes_config {
        let own = rows.entry((*command).clone()).or_default();
        let is_usage = |row: &&Mistake| {
            row.says
                .iter()
                .any(|text| text == "--help" || text == "a value is required" || text.starts_with("--"))
        };
        let first = own.iter().find(|row| !is_usage(row) && row.of.is_none()).map(|row| row.run.clone());
        let first = first.unwrap_or_else(|| (*command).clone());
        let common = table.every_command.iter().filter(|row| !row.except.contains(&command.join(" ")));
        own.extend(common.map(|mistake| {
            let before = if mistake.after_own_arguments { &first } else { *command };
            Mistake {
                run: [&before[..], &mistake.run[..]].concat(),
                ..mistake.clone()
            }
        }));
    }
    let mut faults: Vec<String> = Vec::new();
    for command in &commands {
        let count = rows.get(command).map_or(0, Vec::len);
        if count < FEWEST {
            faults.push(format!("{}: {count} rows, and at least {FEWEST} are expected", command.join(" ")));
        }
    }
    let (programme, object) = world();
    let mut before = state(&programme);
    for (command, mistakes) in &rows {
        for mistake in mistakes {
            let ran = run(&programme, mistake, files.path(), &object, takes_config.contains(command));
            let line = mistake.run.join(" ");
            let said = format!("{}{}", ran.out, ran.err);
            if ran.code != Some(mistake.code) {
                faults.push(format!("{line}: exit code {:?}\n    {said}", ran.code));
            }
            if ran.err.is_empty() && !ran.out.contains("fault") {
                faults.push(format!("{line}: standard error is empty"));
            }
            for text in mistake.says.iter().filter(|text| !said.contains(text.as_str())) {
                faults.push(format!("{line}: '{text}' is not in:\n    {said}"));
            }
            if said.contains("panicked") {
                faults.push(format!("{line}: panic\n    {said}"));
            }
            let after = state(&programme);
            if after != before {
                faults.push(format!("{line}: changed the stores:\n{before}\n{after}"));
                before = after;
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
