//! Further errors of commands, each in English and in Japanese: errors of sheets, of options, and of the state of an installation. Names that are not
//! known are in [`crate::operator_error`].

use gemj_access::Language;

use crate::language;

/// Declares the errors and their two texts. The compiler refuses a text that names a value which the error does not have, and an error with a value that
/// its texts do not name.
macro_rules! in_two_languages {
    ($( $(#[$about:meta])* $error:ident { $($value:ident),* } $english:literal $japanese:literal )*) => {
        /// An error of a command.
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[error("{}", self.text(language::of_process()))]
        pub(crate) enum CommandError {
            $( $(#[$about])* $error { $($value: String),* }, )*
        }

        impl CommandError {
            /// The text of the error: the cause, and then the remedy.
            pub(crate) fn text(&self, language: Language) -> String {
                match (self, language) {
                    $( (Self::$error { $($value),* }, Language::En) => format!($english),
                       (Self::$error { $($value),* }, Language::Ja) => format!($japanese), )*
                }
            }
        }

        #[cfg(test)]
        const TEXTS: &[(&str, &str)] = &[$( ($english, $japanese) ),*];
    };
}

in_two_languages! {
    // Sheets.
    /// The first line of a linkage sheet.
    LinkHeader { file }
        "{file}: the header must be namespace,number,participant"
        "{file}: 1行目は namespace,number,participant でなければなりません"
    /// A line of a linkage sheet has another number of columns.
    LinkColumns { line }
        "line {line}: three columns are expected"
        "{line}行目: 列は3つでなければなりません"
    /// A line of a linkage sheet has an empty or a long column.
    LinkColumn { line, most }
        "line {line}: no column may be empty or longer than {most} bytes"
        "{line}行目: 空の列や {most} バイトより長い列は使えません"
    /// A line of a linkage sheet names a participant that is not registered.
    LinkUnregistered { line, fault }
        "line {line}: {fault}; `link --register` registers those of the sheet. Nothing was linked"
        "{line}行目: {fault}。シートの参加者は `link --register` で登録できます。何も紐付けていません"
    /// A participant is registered with another value.
    RegisteredOtherwise { place, field }
        "{place}: a participant has another {field} in the database or on another line; nothing was registered. `gemj-gateway participants show` prints the stored {field}"
        "{place}: データベースまたは別の行で、参加者の {field} が異なります。何も登録していません。登録済みの {field} は `gemj-gateway participants show` で確認できます"
    /// A sheet has a column that does not exist.
    UnknownColumn { unknown, columns }
        "unknown column '{unknown}'; the columns are {columns}"
        "'{unknown}' という列はありません。使える列: {columns}"
    /// A sheet has no column of participants.
    NoParticipantColumn { columns }
        "no column 'participant'; the first line must name the columns: {columns}"
        "'participant' の列がありません。1行目に列名を書いてください: {columns}"
    /// A sheet of participants has faults.
    NothingRegistered { faults }
        "nothing was registered:\n{faults}"
        "何も登録していません:\n{faults}"
    // Consent.
    /// A correction names a withdrawal that needs a decision about its meaning.
    UnreadableWithdrawal { event }
        "event {event} is a withdrawal that could not be read: record its meaning with `consent resolve`"
        "イベント {event} は読み取れなかった撤回です。その意味を `consent resolve` で記録してください"
    /// No withdrawal waits.
    NothingToResolve { }
        "no withdrawal of this participant waits to be resolved: `gemj-gateway consent show` prints the events"
        "この参加者には、確認待ちの撤回はありません。イベントは `gemj-gateway consent show` で確認できます"
    /// Several withdrawals wait.
    SeveralWithdrawals { numbers }
        "several withdrawals wait: name one with --event ({numbers})"
        "確認待ちの撤回が複数あります。--event で1つ指定してください ({numbers})"
    /// The meaning of a withdrawal is spelled otherwise.
    MeantWords { }
        "--meant: everything, nothing, or clauses joined by commas"
        "--meant: everything、nothing、またはコンマ区切りの同意項目を指定してください"
    /// A form does not have these clauses.
    NotInForm { form, clauses }
        "form '{form}' does not ask about: {clauses}"
        "同意書 '{form}' に次の項目はありません: {clauses}"
    /// A site without participants is reconciled.
    NoParticipantAtSite { site }
        "no participant is enrolled at '{site}', so there is nothing to compare; `gemj-gateway participants list` prints the sites"
        "'{site}' に登録された参加者がいないため、比較できません。施設は `gemj-gateway participants list` で確認できます"
    // Approvals.
    /// The approvals changed during every attempt.
    ApprovalsChange { file }
        "{file}: other commands change the approvals all the time; import the file again"
        "{file}: 他のコマンドが承認を変更し続けています。もう一度取り込んでください"
    /// A file with several approvals for a command for one.
    SeveralApprovals { file, count }
        "{file}: contains {count} approvals; use `approval import` for several"
        "{file}: 承認が {count} 件あります。複数の承認には `approval import` を使ってください"
    /// An export of REMS for a command for one approval.
    ExportOfRems { file }
        "{file}: is an export of REMS; use `approval import` for it"
        "{file}: これは REMS のエクスポートです。`approval import` を使ってください"
    /// The option for absent entitlements with another file.
    AbsentApplications { file }
        "{file}: --absent is only for entitlements of REMS; this file states nothing about absent applications"
        "{file}: --absent は REMS の entitlements だけに使えます。このファイルからは、申請がないことは分かりません"
    /// No approval has this id.
    NoSuchApproval { id }
        "there is no approval '{id}'; `gemj-gateway approval list --all` lists the ids"
        "承認 '{id}' はありません。`gemj-gateway approval list --all` で ID を確認できます"
    // Releases.
    /// A release with this id exists.
    ReleaseExists { id }
        "release '{id}' already exists; a release never changes"
        "リリース '{id}' はすでにあります。リリースは変更できません"
    /// No participant consents.
    NothingToRelease { dataset }
        "no participant in a file of '{dataset}' consents to study use: nothing to release"
        "'{dataset}' のファイルには、研究利用に同意した参加者がいないため、リリースできません"
    /// The ledger changed during every attempt.
    LedgerChanged { }
        "the ledger changed during every attempt; try again"
        "処理のたびに同意台帳が変わりました。もう一度実行してください"
    /// Two releases are not comparable.
    ReleasesOfTwoDatasets { }
        "the two releases belong to different datasets"
        "2つのリリースは別々のデータセットのものです"
    // Feeds.
    /// Phenopackets without their institution.
    SiteRequired { }
        "--site is required: the id of a packet is a number of the institution that provided it"
        "--site が必要です。パケットの id は、それを提供した施設の番号だからです"
    /// A numbering for a feed whose profile names it.
    NamespaceOfProfile { }
        "--namespace is for phenopackets: a profile names its own namespace"
        "--namespace は phenopacket だけに使えます。プロファイルには自分の名前空間があります"
    /// A feed with the numbers of another hospital.
    NumbersOfOtherSite { namespace, owner, site }
        "the numbers of namespace '{namespace}' belong to {owner} ([[fhir.site]]), but the feed is from {site}; nothing was ingested"
        "名前空間 '{namespace}' の番号は {owner} のもの ([[fhir.site]]) ですが、フィードは {site} からです。何も取り込んでいません"
    // Files.
    /// A file must be unloaded before it is erased.
    NotUnloaded { id }
        "{id} is not unloaded: unload it first with `objects unload`"
        "{id} はまだ除外されていません。先に `objects unload` で除外してください"
    /// An unloaded file stays unloaded.
    UnloadedForGood { id }
        "{id} is unloaded, which is permanent: load the file again for its correct participants"
        "{id} は除外済みで、元に戻せません。正しい参加者でファイルを読み込み直してください"
    // Disclosures.
    /// The notices name no participant.
    NoticesOfAll { }
        "`notices` is about all participants: name none"
        "`notices` は全参加者についての一覧です。参加者は指定しないでください"
    /// A participant or the notices must be named.
    ParticipantOrNotices { }
        "name a PARTICIPANT, or run `gemj-gateway disclosures notices` for the notices of withdrawals"
        "PARTICIPANT を指定するか、撤回の通知には `gemj-gateway disclosures notices` を使ってください"
    // Configuration, back-up and the running gateway.
    /// The configuration has faults, which were printed before.
    FaultyConfiguration { file, count }
        "{file}: cannot be used; faults: {count}"
        "{file}: この設定は使えません。誤りの数: {count}"
    /// The passphrase of a back-up is short.
    ShortPassphrase { file }
        "--passphrase-file: {file}: at least 16 characters are expected"
        "--passphrase-file: {file}: 16文字以上でなければなりません"
    /// The running gateway refused a reload.
    NothingChanged { text }
        "nothing was changed:\n{text}"
        "何も変更していません:\n{text}"
    /// The running gateway closed the connection.
    NoAnswer { }
        "the gateway did not answer; it accepts this command only of its own user and root"
        "ゲートウェイから応答がありません。このコマンドは、ゲートウェイと同じユーザーか root だけが使えます"
    /// No gateway serves the configuration.
    NoGateway { file }
        "no gateway on this machine serves {file}; start it with `gemj-gateway serve`, or send SIGHUP to a gateway in a container"
        "この機械に {file} のゲートウェイは動いていません。`gemj-gateway serve` で起動するか、コンテナ内のゲートウェイには SIGHUP を送ってください"
    /// A reason for the seal is not printable, or is empty or long.
    SealReason { }
        "--reason: a reason has 1 to 200 characters and no control characters"
        "--reason: 理由は1文字以上200文字以下で、制御文字は使えません"
    /// Steps are missing before the seal may be lifted.
    SealStays { missing }
        "the seal stays closed:\n{missing}"
        "封印を解除できません:\n{missing}"
    // init.
    /// `init` never overwrites a configuration.
    ConfigurationExists { file }
        "{file} exists already and is kept; --config names another file, and `init --for KIND NAME` adds to it"
        "{file} はすでにあるため、変更していません。別のファイルは --config で指定し、追加には `init --for KIND NAME` を使ってください"
    /// The options of `init` have faults.
    FaultyOptions { faults }
        "nothing was made: the stated values have faults:\n{faults}"
        "何も作成していません。指定された値に誤りがあります:\n{faults}"
    /// Options of `init` are missing.
    MissingOptions { options }
        "nothing was made: {options} must be stated (on a terminal, `init` asks for them)"
        "何も作成していません。{options} を指定してください (端末では `init` が質問します)"
    /// The files of another installation.
    OtherInstallation { path }
        "nothing was made: {path} exists already and belongs to another installation; use an empty folder"
        "何も作成していません。{path} はすでにあり、別のインストールのものです。空のフォルダーを使ってください"
    /// `init --for` never overwrites a file.
    FileExists { path }
        "nothing was changed: {path} exists already; move it away, or use another name"
        "何も変更していません。{path} はすでにあります。移動するか、別の名前を使ってください"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values and the commands that a text names, in order of the alphabet.
    fn named(text: &str) -> (Vec<&str>, Vec<&str>) {
        let mut values: Vec<&str> = text.split('{').skip(1).filter_map(|after| after.split('}').next()).collect();
        let mut commands: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
        values.sort_unstable();
        commands.sort_unstable();
        (values, commands)
    }

    #[test]
    fn every_error_has_the_same_values_and_commands_in_both_languages() {
        assert!(TEXTS.len() >= 40, "{}", TEXTS.len());
        for (english, japanese) in TEXTS {
            assert!(english.is_ascii(), "{english}");
            assert!(japanese.chars().any(|c| ('ぁ'..='ん').contains(&c)), "{japanese}");
            assert_eq!(named(english), named(japanese), "{english}");
            for option in english.split(['`', ' ', ':']).filter(|word| word.starts_with("--")) {
                assert!(japanese.contains(option), "{option}: {japanese}");
            }
        }
    }
}
