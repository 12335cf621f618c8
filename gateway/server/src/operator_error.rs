//! The closed catalogue of the operator's most common errors, each in English and in Japanese. The compiler requires both texts for every error.
//!
//! Errors of commands that are not in this catalogue are in English only. A test lists them (`english_only.txt`), so that a new error is added
//! here, or to that list on purpose.

use gemj_access::Language;
use gemj_model::{DatasetId, SiteId};

use crate::two_languages::in_two_languages;

in_two_languages! {
    /// An error of a command.
    OperatorError
    /// A command names a participant that is not registered.
    UnknownParticipant { typed, near: Vec<String> => nearest }
        "participant '{typed}' is not registered{near} `gemj-gateway participants register` registers new participants"
        "参加者 '{typed}' は登録されていません。{near}新しい参加者は `gemj-gateway participants register` で登録します"
    /// A line of a sheet names a participant that is not registered. The text names no participant, because the report of a sheet may be stored.
    UnknownParticipantOfLine
        "the participant is not registered: correct the name (`gemj-gateway participants list`), or register a new participant (`gemj-gateway participants register`)"
        "参加者は登録されていません。名前を直すか (`gemj-gateway participants list`)、新しい参加者を登録してください (`gemj-gateway participants register`)"
    /// A command or a sheet names a site that is neither configured nor known from participants.
    UnknownSite { typed: SiteId, near: Vec<String> => nearest }
        "site '{typed}' is not known{near} A new site is declared in the configuration: [[sites]] with id = \"{typed}\""
        "施設 '{typed}' は登録されていません。{near}新しい施設は設定ファイルの [[sites]] に id = \"{typed}\" と書きます"
    /// A command names a dataset that is not configured.
    UnknownDataset { typed: DatasetId, configured: Vec<String> => joined }
        "dataset '{typed}' is not configured; the datasets are {configured}. A new dataset is declared in the configuration: [[datasets]]"
        "データセット '{typed}' は設定されていません。設定済み: {configured}。新しいデータセットは設定ファイルの [[datasets]] に書きます"
    /// No file has this id.
    UnknownFile { id }
        "there is no file '{id}', so nothing was changed: `gemj-gateway objects list` prints the ids of all files"
        "ファイル '{id}' はありません。何も変更していません。`gemj-gateway objects list` で全ファイルの ID を確認できます"
    /// No release has this id.
    UnknownRelease { id, near: Vec<String> => nearest }
        "there is no release '{id}'{near} `gemj-gateway release list` prints all releases"
        "リリース '{id}' はありません。{near}`gemj-gateway release list` で全リリースを確認できます"
    /// No approval has this id.
    UnknownApproval { id }
        "there is no approval '{id}', so nothing was changed: `gemj-gateway approval list --all` prints all approvals"
        "承認 '{id}' はありません。何も変更していません。`gemj-gateway approval list --all` で全承認を確認できます"
    /// No alarm has this number.
    UnknownAlarm { number: u64 }
        "there is no alarm {number}: `gemj-gateway consent alarms --all` prints the numbers of all alarms"
        "警報 {number} はありません。`gemj-gateway consent alarms --all` で全警報の番号を確認できます"
    /// No notice has this number.
    UnknownNotice { number: u64 }
        "there is no notice {number}: `gemj-gateway disclosures notices --all` prints the numbers of all notices"
        "通知 {number} はありません。`gemj-gateway disclosures notices --all` で全通知の番号を確認できます"
    /// No feed was ingested with this profile.
    UnknownFeed { profile, near: Vec<String> => nearest }
        "no feed was ingested with the profile '{profile}'{near} `gemj-gateway feeds list` prints the feeds"
        "プロファイル '{profile}' で取り込まれたフィードはありません。{near}`gemj-gateway feeds list` でフィードを確認できます"
    /// No run of a feed has this id.
    UnknownRun { id }
        "no run of a feed has the id '{id}': `gemj-gateway quarantine list` prints the ids of the runs"
        "ID '{id}' の取り込みはありません。取り込みの ID は `gemj-gateway quarantine list` で確認できます"
    /// No consent form has this id.
    UnknownForm { id, near: Vec<String> => nearest, known: Vec<String> => joined }
        "form '{id}' is not known{near} The known forms are {known}"
        "同意書 '{id}' は登録されていません。{near}登録済み: {known}"
    /// A name is not a consent clause.
    UnknownClause { typed, near: Vec<String> => nearest, known: Vec<String> => joined }
        "'{typed}' is not a clause{near} The clauses are {known}. Nothing was recorded"
        "'{typed}' という同意項目はありません。{near}同意項目: {known}。何も記録していません"
    /// Another gateway serves the SQLite database.
    ServedAlready { database }
        "another gateway serves the database {database}. Stop it first; `gemj-gateway reload` makes it use a changed configuration without a stop. Several servers of one installation need PostgreSQL (docs/operations.md)"
        "データベース {database} は別のゲートウェイが使用中です。先にそれを停止してください。設定の変更だけなら `gemj-gateway reload` で停止せずに反映できます。複数のサーバーには PostgreSQL が必要です (docs/operations.md)"
    /// The database is not sealed.
    NotSealed
        "the database is not sealed, so there is nothing to lift (`gemj-gateway seal status`)"
        "データベースは封印されていないため、解除するものはありません (`gemj-gateway seal status`)"
    /// The files outside the database confirm writes that the database lacks.
    SetBack
        "nothing was done: the files in audit.checkpoint_dir confirm writes that the database lacks, so it was set back to an earlier state, and is now sealed (`gemj-gateway seal status`). Run `gemj-gateway seal replay` first, then repeat the command"
        "何も行っていません。audit.checkpoint_dir のファイルには、データベースにない書き込みが記録されています。データベースが以前の状態に戻されたため、封印しました (`gemj-gateway seal status`)。先に `gemj-gateway seal replay` を実行し、その後で同じコマンドを実行してください"
    /// The SQLite database does not exist, and the command makes none.
    NoDatabase { database }
        "the database {database} does not exist, and this command makes none. Check database.url and that the disk is mounted; `gemj-gateway restore` brings back a lost installation, and `gemj-gateway init` makes a new one"
        "データベース {database} は存在せず、このコマンドは作成しません。database.url とディスクのマウントを確認してください。失われたものは `gemj-gateway restore` で復元し、新しいものは `gemj-gateway init` で作成します"
}

/// Names that are nearly equal to an unknown name: the end of the English sentence about the unknown name, or a Japanese sentence of its own. In Japanese,
/// the text is empty if there are none.
fn nearest(near: &[String], language: Language) -> String {
    match (near.split_last(), language) {
        (None, Language::En) => ".".to_owned(),
        (None, Language::Ja) => String::new(),
        (Some((last, [])), Language::En) => format!("; did you mean {last}?"),
        (Some((last, others)), Language::En) => format!("; did you mean {} or {last}?", others.join(", ")),
        (Some(_), Language::Ja) => format!("もしかして: {}。", near.join("、")),
    }
}

/// All known names.
fn joined(known: &[String], _: Language) -> String {
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_written_in_both_languages() {
        let text = |near: &[&str], language| {
            let near = near.iter().map(|name| (*name).to_owned()).collect();
            let id = "r1".to_owned();
            OperatorError::UnknownRelease { id, near }.text(language)
        };
        assert!(text(&[], Language::En).starts_with("there is no release 'r1'. `"));
        assert!(text(&["r2"], Language::En).starts_with("there is no release 'r1'; did you mean r2? `"));
        assert!(text(&["r2", "r3", "r4"], Language::En).contains("; did you mean r2, r3 or r4? `"));
        assert!(text(&[], Language::Ja).starts_with("リリース 'r1' はありません。`"));
        assert!(text(&["r2", "r3"], Language::Ja).contains("もしかして: r2、r3。`"));
    }

    #[test]
    fn known_names_and_numbers_are_written() {
        let typed = "x".to_owned();
        let known = vec!["care".to_owned(), "study".to_owned()];
        let near = Vec::new();
        for language in [Language::En, Language::Ja] {
            let error = OperatorError::UnknownClause {
                typed: typed.clone(),
                near: near.clone(),
                known: known.clone(),
            };
            assert!(error.text(language).contains("care, study"));
            assert!(OperatorError::UnknownAlarm { number: 77 }.text(language).contains("77"));
        }
    }
}
