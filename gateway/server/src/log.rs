//! The log on standard error: its level and its format.

use std::path::Path;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use crate::command::Arguments;

/// The environment variable with levels of the log. It has priority over the configuration.
const VARIABLE: &str = "GEMJ_LOG";

/// The level of `serve` without a configured one. It includes the access log.
const LEVEL_OF_SERVE: &str = "info";

/// The level of the other commands, whose output on the terminal is for people.
const LEVEL_OF_COMMANDS: &str = "warn";

/// The section `[log]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LogSettings {
    /// The form of the lines.
    pub(crate) format: LogFormat,
    /// The levels of `serve`, in the form of `GEMJ_LOG`. If absent, `info`.
    pub(crate) level: Option<String>,
}

/// The form of the lines of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object in each line.
    Json,
}

impl LogSettings {
    /// The fault of the configured level; absent if the level is valid.
    pub(crate) fn fault(&self) -> Option<String> {
        let level = self.level.as_deref()?;
        let error = EnvFilter::try_new(level).err()?;
        Some(format!(
            "log.level: '{level}' is not a level or a list of levels: {error}; for example \"info\" or \"warn,gemj_gateway::access=info\""
        ))
    }
}

/// The part of a configuration file that the log needs before the whole file is read and checked.
#[derive(Deserialize)]
struct OnlyLog {
    #[serde(default)]
    log: LogSettings,
}

/// Begins the log of a command. Faults of the configuration are ignored here, because the command reports them when it reads the whole file.
pub fn begin_log(arguments: &Arguments) {
    let config = arguments.configuration_of_serve();
    let settings = config.map(read).unwrap_or_default();
    let level = match (config, &settings.level) {
        (Some(_), Some(level)) => level,
        (Some(_), None) => LEVEL_OF_SERVE,
        (None, _) => LEVEL_OF_COMMANDS,
    };
    let filter = EnvFilter::try_from_env(VARIABLE)
        .or_else(|_| EnvFilter::try_new(level))
        .unwrap_or_else(|_| LEVEL_OF_COMMANDS.into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
}

fn read(config: &Path) -> LogSettings {
    let text = std::fs::read_to_string(config).unwrap_or_default();
    toml::from_str::<OnlyLog>(&text).map(|only| only.log).unwrap_or_default()
}
