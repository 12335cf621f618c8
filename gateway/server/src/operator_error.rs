//! The closed catalogue of the operator's most common errors, each in English and in Japanese. The compiler requires both texts for every error.
//!
//! Errors of commands that are not in this catalogue are in English only. A test lists them (`english_only.txt`), so that a new error is added
//! here, or to that list on purpose.

use gemj_access::Language;
use gemj_model::{DatasetId, SiteId};

use crate::language;

/// An error of a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text(language::of_process()))]
pub(crate) enum OperatorError {
    /// A command names a participant that is not registered.
    UnknownParticipant { typed: String, near: Vec<String> },
    /// A line of a sheet names a participant that is not registered. The text names no participant, because the report of a sheet may be stored.
    UnknownParticipantOfLine,
    /// A command or a sheet names a site that is neither configured nor known from participants.
    UnknownSite { typed: SiteId, near: Vec<String> },
    /// A command names a dataset that is not configured.
    UnknownDataset { typed: DatasetId, configured: Vec<String> },
    /// No file has this id.
    UnknownFile { id: String },
    /// No release has this id.
    UnknownRelease { id: String, near: Vec<String> },
    /// No approval has this id.
    UnknownApproval { id: String },
    /// No alarm has this number.
    UnknownAlarm { number: u64 },
    /// No notice has this number.
    UnknownNotice { number: u64 },
    /// No feed was ingested with this profile.
    UnknownFeed { profile: String, near: Vec<String> },
    /// No consent form has this id.
    UnknownForm { id: String, near: Vec<String>, known: Vec<String> },
    /// A name is not a consent clause.
    UnknownClause {
        typed: String,
        near: Vec<String>,
        known: Vec<String>,
    },
    /// Another gateway serves the SQLite database.
    ServedAlready { database: String },
    /// The database is not sealed.
    NotSealed,
    /// The SQLite database does not exist, and the command makes none.
    NoDatabase { database: String },
}

impl OperatorError {
    /// The text of the error: the cause, and then the remedy.
    pub(crate) fn text(&self, language: Language) -> String {
        let (english, japanese) = self.texts();
        match language {
            Language::En => english,
            Language::Ja => japanese,
        }
    }

    /// The text in English and in Japanese.
    fn texts(&self) -> (String, String) {
        match self {
            Self::UnknownParticipant { typed, near } => (
                format!(
                    "participant '{typed}' is not registered{} `gemj-gateway participants register` registers new participants",
                    end(near)
                ),
                format!(
                    "参加者 '{typed}' は登録されていません。{}新しい参加者は `gemj-gateway participants register` で登録します",
                    moshi(near)
                ),
            ),
            Self::UnknownParticipantOfLine => (
                "the participant is not registered: correct the name (`gemj-gateway participants list`), or register a new participant \
                 (`gemj-gateway participants register`)"
                    .to_owned(),
                "参加者は登録されていません。名前を直すか (`gemj-gateway participants list`)、新しい参加者を登録してください \
                 (`gemj-gateway participants register`)"
                    .to_owned(),
            ),
            Self::UnknownSite { typed, near } => (
                format!(
                    "site '{typed}' is not known{} A new site is declared in the configuration: [[sites]] with id = \"{typed}\"",
                    end(near)
                ),
                format!(
                    "施設 '{typed}' は登録されていません。{}新しい施設は設定ファイルの [[sites]] に id = \"{typed}\" と書きます",
                    moshi(near)
                ),
            ),
            Self::UnknownDataset { typed, configured } => (
                format!(
                    "dataset '{typed}' is not configured; the datasets are {}. A new dataset is declared in the configuration: [[datasets]]",
                    configured.join(", ")
                ),
                format!(
                    "データセット '{typed}' は設定されていません。設定済み: {}。新しいデータセットは設定ファイルの [[datasets]] に書きます",
                    configured.join(", ")
                ),
            ),
            Self::UnknownFile { id } => (
                format!("there is no file '{id}', so nothing was changed: `gemj-gateway objects list` prints the ids of all files"),
                format!("ファイル '{id}' はありません。何も変更していません。`gemj-gateway objects list` で全ファイルの ID を確認できます"),
            ),
            Self::UnknownRelease { id, near } => (
                format!(
                    "there is no release '{id}'{} `gemj-gateway release list` prints all releases",
                    end(near)
                ),
                format!(
                    "リリース '{id}' はありません。{}`gemj-gateway release list` で全リリースを確認できます",
                    moshi(near)
                ),
            ),
            Self::UnknownApproval { id } => (
                format!("there is no approval '{id}', so nothing was changed: `gemj-gateway approval list --all` prints all approvals"),
                format!("承認 '{id}' はありません。何も変更していません。`gemj-gateway approval list --all` で全承認を確認できます"),
            ),
            Self::UnknownAlarm { number } => (
                format!("there is no alarm {number}: `gemj-gateway consent alarms --all` prints the numbers of all alarms"),
                format!("警報 {number} はありません。`gemj-gateway consent alarms --all` で全警報の番号を確認できます"),
            ),
            Self::UnknownNotice { number } => (
                format!("there is no notice {number}: `gemj-gateway disclosures notices --all` prints the numbers of all notices"),
                format!("通知 {number} はありません。`gemj-gateway disclosures notices --all` で全通知の番号を確認できます"),
            ),
            Self::UnknownFeed { profile, near } => (
                format!(
                    "no feed was ingested with the profile '{profile}'{} `gemj-gateway feeds list` prints the feeds",
                    end(near)
                ),
                format!(
                    "プロファイル '{profile}' で取り込まれたフィードはありません。{}`gemj-gateway feeds list` でフィードを確認できます",
                    moshi(near)
                ),
            ),
            Self::UnknownForm { id, near, known } => (
                format!("form '{id}' is not known{} The known forms are {}", end(near), known.join(", ")),
                format!("同意書 '{id}' は登録されていません。{}登録済み: {}", moshi(near), known.join(", ")),
            ),
            Self::UnknownClause { typed, near, known } => (
                format!(
                    "'{typed}' is not a clause{} The clauses are {}. Nothing was recorded",
                    end(near),
                    known.join(", ")
                ),
                format!(
                    "'{typed}' という同意項目はありません。{}同意項目: {}。何も記録していません",
                    moshi(near),
                    known.join(", ")
                ),
            ),
            Self::ServedAlready { database } => (
                format!(
                    "another gateway serves the database {database}. Stop it first; `gemj-gateway reload` makes it use a changed configuration \
                     without a stop. Several servers of one installation need PostgreSQL (docs/operations.md)"
                ),
                format!(
                    "データベース {database} は別のゲートウェイが使用中です。先にそれを停止してください。設定の変更だけなら `gemj-gateway reload` \
                     で停止せずに反映できます。複数のサーバーには PostgreSQL が必要です (docs/operations.md)"
                ),
            ),
            Self::NoDatabase { database } => (
                format!(
                    "the database {database} does not exist, and this command makes none. Check database.url and that the disk is mounted; \
                     `gemj-gateway restore` brings back a lost installation, and `gemj-gateway init` makes a new one"
                ),
                format!(
                    "データベース {database} は存在せず、このコマンドは作成しません。database.url とディスクのマウントを確認してください。失われた\
                     ものは `gemj-gateway restore` で復元し、新しいものは `gemj-gateway init` で作成します"
                ),
            ),
            Self::NotSealed => (
                "the database is not sealed, so there is nothing to lift (`gemj-gateway seal status`)".to_owned(),
                "データベースは封印されていないため、解除するものはありません (`gemj-gateway seal status`)".to_owned(),
            ),
        }
    }
}

/// The end of an English sentence about an unknown name.
fn end(near: &[String]) -> String {
    match near.split_last() {
        None => ".".to_owned(),
        Some((last, [])) => format!("; did you mean {last}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

/// The Japanese sentence with the nearly equal names. Empty if there are none.
fn moshi(near: &[String]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!("もしかして: {}。", near.join("、"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// One error of each kind. The compiler requires an arm of `place` for every new kind, and the test requires an example at that place.
    fn examples() -> Vec<OperatorError> {
        let near = || vec!["NEAR-1".to_owned()];
        let known = || vec!["known-1".to_owned()];
        vec![
            OperatorError::UnknownParticipant {
                typed: "TYPED".to_owned(),
                near: near(),
            },
            OperatorError::UnknownParticipantOfLine,
            OperatorError::UnknownSite {
                typed: SiteId::parse("TYPED").unwrap(),
                near: near(),
            },
            OperatorError::UnknownDataset {
                typed: DatasetId::parse("TYPED").unwrap(),
                configured: known(),
            },
            OperatorError::UnknownFile { id: "TYPED".to_owned() },
            OperatorError::UnknownRelease {
                id: "TYPED".to_owned(),
                near: near(),
            },
            OperatorError::UnknownApproval { id: "TYPED".to_owned() },
            OperatorError::UnknownAlarm { number: 77 },
            OperatorError::UnknownNotice { number: 77 },
            OperatorError::UnknownFeed {
                profile: "TYPED".to_owned(),
                near: near(),
            },
            OperatorError::UnknownForm {
                id: "TYPED".to_owned(),
                near: near(),
                known: known(),
            },
            OperatorError::UnknownClause {
                typed: "TYPED".to_owned(),
                near: near(),
                known: known(),
            },
            OperatorError::ServedAlready {
                database: "TYPED".to_owned(),
            },
            OperatorError::NotSealed,
            OperatorError::NoDatabase {
                database: "TYPED".to_owned(),
            },
        ]
    }

    fn place(error: &OperatorError) -> usize {
        match error {
            OperatorError::UnknownParticipant { .. } => 0,
            OperatorError::UnknownParticipantOfLine => 1,
            OperatorError::UnknownSite { .. } => 2,
            OperatorError::UnknownDataset { .. } => 3,
            OperatorError::UnknownFile { .. } => 4,
            OperatorError::UnknownRelease { .. } => 5,
            OperatorError::UnknownApproval { .. } => 6,
            OperatorError::UnknownAlarm { .. } => 7,
            OperatorError::UnknownNotice { .. } => 8,
            OperatorError::UnknownFeed { .. } => 9,
            OperatorError::UnknownForm { .. } => 10,
            OperatorError::UnknownClause { .. } => 11,
            OperatorError::ServedAlready { .. } => 12,
            OperatorError::NotSealed => 13,
            OperatorError::NoDatabase { .. } => 14,
        }
    }

    #[test]
    fn every_error_has_the_same_values_and_commands_in_both_languages() {
        let examples = examples();
        assert!(examples.iter().enumerate().all(|(at, error)| place(error) == at));
        let commands = |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
        for error in examples {
            let (english, japanese) = (error.text(Language::En), error.text(Language::Ja));
            assert!(english.is_ascii(), "{english}");
            let is_japanese = japanese.chars().any(|c| ('ぁ'..='ん').contains(&c));
            assert!(is_japanese, "{japanese}");
            assert_eq!(commands(&english), commands(&japanese));
            for value in ["TYPED", "NEAR-1", "known-1", "77", "[[sites]]", "[[datasets]]"] {
                assert_eq!(english.contains(value), japanese.contains(value), "{value}: {english} {japanese}");
            }
        }
    }
}
