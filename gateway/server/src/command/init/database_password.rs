//! The password of a PostgreSQL database from a file. A password in an option would be in the list of processes and in the history of the shell.

use std::path::Path;

use anyhow::Context as _;

use crate::command_error::CommandError;

/// The URL of the database with the password of a file. Without a file, the URL stays as it is.
pub(super) fn with_password(database: &str, file: Option<&Path>) -> anyhow::Result<String> {
    let Some(file) = file else {
        return Ok(database.to_owned());
    };
    let shown = file.display();
    // The texts of these errors never show the URL, which may contain another password.
    let mut url = url::Url::parse(database)
        .ok()
        .filter(|url| matches!(url.scheme(), "postgres" | "postgresql"))
        .context("nothing was made: --database-password-file is for --database postgres://USER@HOST/DATABASE")?;
    anyhow::ensure!(url.password().is_none(), CommandError::TwoPasswords {});
    let text = std::fs::read_to_string(file).with_context(|| format!("nothing was made: --database-password-file {shown}"))?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    anyhow::ensure!(
        !password.is_empty() && !password.contains(char::is_control),
        CommandError::PasswordFile { file: shown.to_string() }
    );
    // `set_password` encodes every other character that has a meaning in a URL.
    let encoded = password.replace('%', "%25");
    let made = !url.username().is_empty() && url.set_password(Some(&encoded)).is_ok();
    anyhow::ensure!(made, CommandError::DatabaseUser {});
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_password_with_every_kind_of_character_reaches_the_url_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let made = |url: &str, text: &str| {
            std::fs::write(&file, text).unwrap();
            with_password(url, Some(&file))
        };
        let url = made("postgres://gemj@db.example:5433/gemj?sslmode=require", "a:/@#?%41 ü'\"\n").unwrap();
        let parsed = url::Url::parse(&url).unwrap();
        assert_eq!(
            (parsed.host_str(), parsed.port(), parsed.path()),
            (Some("db.example"), Some(5433), "/gemj")
        );
        assert_eq!(parsed.query(), Some("sslmode=require"));
        let query = format!("p={}", parsed.password().unwrap());
        let (_, decoded) = url::form_urlencoded::parse(query.as_bytes()).next().unwrap();
        assert_eq!(decoded, "a:/@#?%41 ü'\"");
        for (url, text) in [
            ("sqlite:gateway.db", "secret"),
            ("postgres://gemj:old@db.example/gemj", "secret"),
            ("postgres://db.example/gemj", "secret"),
            ("postgres://gemj@db.example/gemj", ""),
            ("postgres://gemj@db.example/gemj", "two\nlines\n"),
        ] {
            let error = made(url, text).unwrap_err().to_string();
            assert!(!error.contains("secret") && !error.contains("old@"), "{error}");
        }
        assert_eq!(with_password("sqlite:a", None).unwrap(), "sqlite:a");
    }
}
