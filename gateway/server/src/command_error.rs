//! Further errors of commands, each in English and in Japanese: errors of sheets, of options, and of the state of an installation. Names that are not
//! known are in [`crate::operator_error`].

use crate::two_languages::in_two_languages;

in_two_languages! {
    /// An error of a command.
    CommandError
    // Sheets.
    /// The first line of a linkage sheet.
    LinkHeader { file }
        "{file}: the header must be site,namespace,number,participant"
        "{file}: 1行目は site,namespace,number,participant でなければなりません"
    /// A line of a linkage sheet has another number of columns.
    LinkColumns { line }
        "line {line}: four columns are expected"
        "{line}行目: 列は4つでなければなりません"
    /// A line of a linkage sheet has an empty or a long column.
    LinkColumn { line, most }
        "line {line}: no column may be empty or longer than {most} bytes"
        "{line}行目: 空の列や {most} バイトより長い列は使えません"
    /// A line of a linkage sheet names a text that cannot be a namespace.
    LinkNamespace { line }
        "line {line}: a namespace must not have a / or a control character; nothing was linked"
        "{line}行目: 名前空間に / や制御文字は使えません。何も紐付けていません"
    /// A line of a linkage sheet has a number that a program for spreadsheets changed, or a line break.
    LinkNumber { line, fault }
        "line {line}: the number {fault}; nothing was linked. Export the sheet again with the column as text"
        "{line}行目: 番号を使えません ({fault})。何も紐付けていません。列を文字列としてもう一度出力してください"
    /// A line of a linkage sheet would register a participant whose id is no id.
    LinkNewParticipant { line, fault }
        "line {line}: the participant is not registered, and {fault}; nothing was linked"
        "{line}行目: 参加者は登録されておらず、ID として使えません ({fault})。何も紐付けていません"
    /// A line of a linkage sheet names an institution that is not known.
    LinkSite { line, fault }
        "line {line}: {fault}; nothing was linked"
        "{line}行目: {fault}。何も紐付けていません"
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
    // Merges.
    /// A merge names one participant twice, or two participants who are one person already.
    OnePersonAlready { }
        "both participants are one person already; nothing was recorded. `gemj-gateway participants merges` lists the cases"
        "2つの参加者はすでに同一人物として記録されています。何も記録していません。一覧は `gemj-gateway participants merges` で確認できます"
    /// No merge has this number.
    UnknownMerge { number }
        "there is no merge {number}: `gemj-gateway participants merges` prints the numbers of all merges"
        "統合 {number} はありません。`gemj-gateway participants merges` で全統合の番号を確認できます"
    /// The prior participant of a merge was merged into a third participant.
    MergedElsewhere { number }
        "merge {number}: the prior participant was merged into another participant, so nothing was recorded. Merge the two survivors (`gemj-gateway participants merge`), or undo the other merge first"
        "統合 {number}: 統合される参加者はすでに別の参加者へ統合されています。何も記録していません。2つの統合先を統合するか (`gemj-gateway participants merge`)、先にもう一方の統合を取り消してください"
    /// The two participants of a merge contradict each other.
    MergeContradicts { number, field }
        "merge {number}: different values of {field} are stated about the two participants, so they cannot be one person and nothing was recorded. Correct the wrong statement at its origin first, and ingest it again"
        "統合 {number}: 2つの参加者の {field} が異なるため、同一人物にはできません。何も記録していません。先に元のデータの誤りを直し、もう一度取り込んでください"
    /// The data of a participant of a merge was erased.
    MergeOfErased { number }
        "merge {number}: the data of one of the two participants was erased, so the case cannot be reviewed as one person and nothing was recorded. `gemj-gateway participants review` can record it as two persons"
        "統合 {number}: 2つの参加者の一方のデータは消去されているため、同一人物として確認できません。何も記録していません。別人としての記録は `gemj-gateway participants review` でできます"
    /// A number of a sheet of numbers to unlink is not linked so.
    NotLinkedSo { place }
        "{place}: a number of the sheet is not linked to its participant; nothing was unlinked"
        "{place}: シートの番号のうち、その参加者に紐付いていないものがあります。何も解除していません"
    /// A number of a sheet of links names another participant.
    LinkedElsewhere { place }
        "{place}: a number of the sheet is linked to another participant, or was a number of a participant whose data was erased, or the sheet has it twice; nothing was linked. If an institution uses a number again, remove its link first: `gemj-gateway unlink`"
        "{place}: シートの番号のうち、別の参加者に紐付いているもの、データを消去した参加者の番号だったもの、またはシートに2回あるものがあります。何も紐付けていません。施設が番号を再利用する場合は、先に `gemj-gateway unlink` で解除してください"
    /// A participant of a sheet of links, whose data was erased.
    LinkOfErased { place }
        "{place}: the data of a participant of the sheet was erased (`purged`), so no number can be linked to this participant; nothing was linked"
        "{place}: シートの参加者のうち、データが消去されたもの (`purged`) があります。その参加者には番号を紐付けられません。何も紐付けていません"
    // Vault and erasure.
    /// An institution whose numbers are not kept.
    NoVault { site }
        "no number of '{site}' is kept, or its key was destroyed: `gemj-gateway vault list` prints the institutions, and vault.sites in the configuration names those whose numbers `gemj-gateway link` keeps"
        "'{site}' の番号は保存されていないか、鍵が破棄されています。機関は `gemj-gateway vault list` で確認でき、`gemj-gateway link` が番号を保存する機関は設定の vault.sites で指定します"
    /// Data of a participant who has not withdrawn fully is not erased.
    PurgeWithoutWithdrawal { }
        "the participant has not withdrawn fully, so nothing was erased. `gemj-gateway consent show` prints the events; `gemj-gateway consent withdraw` records a withdrawal"
        "参加者は全面的な撤回をしていないため、何も消去していません。イベントは `gemj-gateway consent show` で確認でき、撤回は `gemj-gateway consent withdraw` で記録できます"
    /// A participant of an open merge.
    PurgeWithOpenMerge { }
        "it is not decided whether the participant and another one are one person, so nothing was erased. Review the merge first (`gemj-gateway participants merges`)"
        "この参加者と別の参加者が同一人物かどうかが未決定のため、何も消去していません。先に統合を確認してください (`gemj-gateway participants merges`)"
    /// The policy orders no erasure.
    PurgeWithoutPolicy { }
        "the configuration orders no erasure for a form that the participant signed (purge.forms), so nothing was erased. If the erasure was ordered, state it with --ordered"
        "参加者が署名した同意書について、設定 (purge.forms) は消去を求めていないため、何も消去していません。消去の指示がある場合は --ordered を付けてください"
    /// The waiting time is not over.
    PurgeTooEarly { until }
        "the waiting time after the withdrawal (purge.waiting_days) ends at {until}, so nothing was erased. If an earlier erasure was ordered, state it with --ordered"
        "撤回後の待機期間 (purge.waiting_days) は {until} までのため、何も消去していません。早期の消去の指示がある場合は --ordered を付けてください"
    // Code tables.
    /// A table without a name, a version or a licence note.
    TableStatesNo { what }
        "the table states no {what}, so nothing was loaded. State it with --{what}, or on a line '# {what}: ...' before the header"
        "表に {what} の記載がないため、何も取り込んでいません。--{what} で指定するか、見出し行の前に「# {what}: ...」の行を書いてください"
    /// An option and the file state different texts.
    TableStatesOther { what }
        "--{what} is another text than the line '# {what}: ...' of the file, so nothing was loaded. Leave the option out, or correct the file"
        "--{what} の値がファイルの「# {what}: ...」の行と異なるため、何も取り込んでいません。オプションを外すか、ファイルを直してください"
    /// A name, a version or a licence note that cannot be stored.
    TableText { what }
        "the {what} must be one line of 1 to 500 characters (a name: 1 to 64 letters, digits, '.', '_' and '-'); nothing was loaded"
        "{what} は 1〜500 文字の 1 行 (name は英数字と '.' '_' '-' で 64 文字まで) でなければなりません。何も取り込んでいません"
    /// A file that cannot be read as a table.
    TableFile { file, fault }
        "{file}: {fault}. Nothing was loaded; docs/code-tables.md describes the format"
        "{file}: 表として読めません ({fault})。何も取り込んでいません。形式は docs/code-tables.md を見てください"
    /// Every row of a table is refused.
    TableWithoutRows { file }
        "{file}: every row is refused, so nothing was loaded"
        "{file}: すべての行が使えないため、何も取り込んでいません"
    /// A version has two contents.
    TableVersionTwice { name, version }
        "version {version} of the table {name} was loaded earlier with other content, so nothing was loaded. A version has one content: state another version for the changed file"
        "表 {name} のバージョン {version} は、以前に別の内容で取り込まれています。何も取り込んでいません。内容を変えたファイルには別のバージョンを指定してください"
    /// A name is used for tables of two kinds.
    TableOfOtherKind { name }
        "the table {name} is of another kind, so nothing was loaded. `gemj-gateway tables list` prints the kinds; use another --name"
        "表 {name} は別の種類 (kind) の表です。何も取り込んでいません。種類は `gemj-gateway tables list` で確認し、別の --name を使ってください"
    /// A file changed while it was loaded.
    TableChanged { file }
        "{file}: the file changed while it was read, so nothing was loaded. Run the command again"
        "{file}: 読み取り中にファイルが変わったため、何も取り込んでいません。もう一度実行してください"
    /// A code without a prefix.
    CodeWithoutPrefix { code }
        "'{code}' has no prefix of a code system: write the code as facts have it, such as ICD10:K29.7"
        "'{code}' には体系の接頭辞がありません。ICD10:K29.7 のように書いてください"
    /// No table of this name is in use.
    NoCodeTable { name }
        "no table '{name}' is in use: `gemj-gateway tables list` prints the tables"
        "'{name}' という表は使われていません。一覧は `gemj-gateway tables list` で確認できます"
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
    /// An export of the future.
    ExportedLater { }
        "--exported-at is later than now; nothing was ingested"
        "--exported-at が現在より後の時刻です。何も取り込んでいません"
    /// A listener on an address that other machines can reach.
    ListenUnprotected { address }
        "--address {address}: MLLP is not encrypted, so without --behind-tls only an address of this machine is accepted, such as 127.0.0.1:2575. Add --behind-tls if a TLS proxy or a tunnel protects the address"
        "--address {address}: MLLP は暗号化されないため、--behind-tls がなければこのマシンのアドレス (127.0.0.1:2575 など) しか使えません。TLS プロキシやトンネルで保護されているなら --behind-tls を付けてください"
    /// The address of an API that is not protected, or contains a secret.
    PullUrl { }
        "--url: https is expected (or http on this machine), without user, password, query and fragment, such as https://redcap.example.org/api/"
        "--url には、ユーザー名、パスワード、クエリー、フラグメントのない https の URL (このマシンなら http も可) を指定してください。例: https://redcap.example.org/api/"
    /// A text that is not a token of one project.
    PullToken { }
        "--token-file: the file must contain only the token of one project: 32 hexadecimal digits"
        "--token-file のファイルには、1つのプロジェクトのトークン (16進数32桁) だけを書いてください"
    /// A profile of another format.
    PullFormat { profile }
        "--profile: the profile {profile} does not read the format redcap; nothing was pulled"
        "--profile: プロファイル {profile} は redcap 形式のものではありません。何も取得していません"
    /// A token of another project than that of the last pull.
    PullOtherProject { }
        "the token is of another project than the last pull of this site and namespace, and records of two projects with one id would be confused; use another --namespace, or add --new-project if the project replaces the earlier one. Nothing was ingested"
        "このトークンは、この施設と名前空間で前回取得したプロジェクトと別のものです。2つのプロジェクトの同じ ID のレコードが混同されるため、別の --namespace を使うか、置き換えるプロジェクトなら --new-project を付けてください。何も取り込んでいません"
    /// No earlier pull states since when records changed.
    PullNothingBefore { }
        "--changed: this site and namespace were not pulled completely before; pull without --changed first. Nothing was ingested"
        "--changed: この施設と名前空間は、まだ一度も完全に取得していません。先に --changed なしで取得してください。何も取り込んでいません"
    /// An answer of a capture system that cannot be used.
    PullAnswer { content, fault }
        "the API (content={content}): {fault}. Nothing was ingested; stored facts stay. Pull again after the cause is removed"
        "API の応答を使えません (content={content}): {fault}。何も取り込んでおらず、保存済みの事実はそのままです。原因を取り除いてから、もう一度取得してください"
    /// A text that cannot be a namespace.
    NotANamespace { }
        "--namespace must not be empty, longer than 255 bytes, nor have a / or a control character"
        "--namespace には、空の文字列、255バイトより長い文字列、/ や制御文字を含む文字列は使えません"
    /// A run of an earlier version of the gateway.
    RunWithoutSite { }
        "an earlier version of the gateway stored the run, without its site; run `gemj-gateway ingest` again with --site and --namespace"
        "この取り込みは以前のバージョンが記録したもので、施設が記録されていません。--site と --namespace を付けて `gemj-gateway ingest` をもう一度実行してください"
    /// The position of a unit is beyond the end of the feed.
    NoSuchUnit { number }
        "--unit {number}: the feed has no unit with this position; the first unit has the position 1"
        "--unit {number}: この位置の単位はありません。最初の単位の位置は 1 です"
    /// The profile of a run is a file.
    RedriveProfile { profile }
        "the profile {profile} of the run is not built in; add --profile FILE. Nothing was ingested"
        "この取り込みのプロファイル {profile} は組み込みではありません。そのファイルを --profile で指定してください。何も取り込んでいません"
    /// Another profile than that of the run.
    RedriveOtherProfile { named, profile }
        "--profile is the profile {named}, but the run used {profile}. Nothing was ingested"
        "--profile は {named} というプロファイルですが、この取り込みは {profile} を使いました。何も取り込んでいません"
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
    // init --for, demo, and a restored installation.
    /// A name has a control character.
    NameControl {  }
        "nothing was changed: the name contains a control character"
        "何も変更していません。名前に制御文字が含まれています"
    /// An option of another kind of `init --for`.
    ForeignOption { option, kind, kinds }
        "{option} does not belong to {kind}; it is for {kinds}"
        "{option} は {kind} では使えません。{kinds} のオプションです"
    /// `init --for biobank` names a dataset that is not configured.
    DatasetNotConfigured { dataset, datasets }
        "nothing was changed: --dataset {dataset} is not configured; the datasets are {datasets}"
        "何も変更していません。--dataset の {dataset} は設定されていません。データセット: {datasets}"
    /// Two ways of stating a numbering system.
    TwoNumberSystems {  }
        "nothing was changed: state --patient-number-system or --institution-number, not both"
        "何も変更していません。--patient-number-system と --institution-number は、どちらか一方だけを指定してください"
    /// A hospital is configured already.
    HospitalExists { name }
        "nothing was changed: the hospital {name} is configured already ([[fhir.site]]); another name is expected"
        "何も変更していません。病院 {name} はすでに設定されています ([[fhir.site]])。別の名前を指定してください"
    /// A numbering system is no URI.
    NumberSystemForm { system }
        "nothing was changed: --patient-number-system {system}: a URI is expected, such as urn:oid:1.2.392.100495.20.3.51.11234567890"
        "何も変更していません。--patient-number-system {system}: urn:oid:1.2.392.100495.20.3.51.11234567890 のような URI を指定してください"
    /// The id of a client has other characters.
    ClientIdForm { client }
        "nothing was changed: --client-id {client}: letters, digits, dots, hyphens and underscores are expected"
        "何も変更していません。--client-id {client}: 英数字、ピリオド、ハイフン、下線だけが使えます"
    /// Two ways of stating keys.
    TwoKeySets {  }
        "nothing was changed: state --jwks or --jwks-url, not both"
        "何も変更していません。--jwks と --jwks-url は、どちらか一方だけを指定してください"
    /// An institution's number has another form.
    InstitutionNumber { digits }
        "nothing was changed: --institution-number {digits}: ten digits are expected"
        "何も変更していません。--institution-number {digits}: 10桁の数字を指定してください"
    /// A committee's issuer is configured already.
    VisaIssuerExists { issuer }
        "nothing was changed: the issuer {issuer} is configured already; add a [[authentication.issuer.visa]] to its entry instead"
        "何も変更していません。発行者 {issuer} はすでに設定されています。その項目に [[authentication.issuer.visa]] を追加してください"
    /// A name gives no name of a file.
    NoFileName { name }
        "nothing was changed: '{name}' has no letter or digit that a file name could use"
        "何も変更していません。'{name}' には、ファイル名に使える英字や数字がありません"
    /// An option of a bucket without a bucket.
    BucketOption { key, objects }
        "nothing was made: objects.{key} is for a bucket, and --objects is '{objects}'; s3://BUCKET/PREFIX is expected"
        "何も作成していません。objects.{key} はバケット用ですが、--objects は '{objects}' です。s3://BUCKET/PREFIX を指定してください"
    /// Half of an operator.
    HalfOperator {  }
        "nothing was made: --operator-issuer and --operator-subject belong together"
        "何も作成していません。--operator-issuer と --operator-subject は、両方を指定してください"
    /// The operator's issuer needs an audience.
    OperatorAudience { issuer }
        "nothing was made: --operator-issuer needs --audience: the name of this gateway in the tokens of {issuer}"
        "何も作成していません。--operator-issuer には --audience が必要です: {issuer} のトークンに書かれる、このゲートウェイの名前"
    /// A partner is configured already.
    PartnerExists { id }
        "nothing was changed: the partner {id} is configured already ([[federation.partner]])"
        "何も変更していません。連携先 {id} はすでに設定されています ([[federation.partner]])"
    /// The file of a partner's token does not exist.
    NoTokenFile { file }
        "nothing was changed: --token-file: {file} does not exist; write the partner's token to it, with mode 0600"
        "何も変更していません。--token-file: {file} はありません。連携先のトークンを書き、モードを 0600 にしてください"
    /// An issuer of tokens is no URL.
    IssuerForm { issuer }
        "nothing was changed: '{issuer}' is not the URL of an issuer; `--for broker` expects the `iss` of its tokens, byte for byte"
        "何も変更していません。'{issuer}' は発行者の URL ではありません。`--for broker` には、トークンの `iss` を1文字も変えずに指定してください"
    /// A broker is configured already.
    BrokerExists { issuer }
        "nothing was changed: the issuer {issuer} is configured already; change its entry instead"
        "何も変更していません。発行者 {issuer} はすでに設定されています。その項目を変更してください"
    /// A kind of bearer token that does not exist.
    BearerKind { bearer }
        "nothing was changed: --bearer {bearer}: access-token or passport is expected"
        "何も変更していません。--bearer {bearer}: access-token または passport を指定してください"
    /// Two passwords of a database.
    TwoPasswords {  }
        "nothing was made: --database contains a password already; remove it, or leave out --database-password-file"
        "何も作成していません。--database にすでにパスワードがあります。それを除くか、--database-password-file を外してください"
    /// A file of a password has another form.
    PasswordFile { file }
        "nothing was made: --database-password-file {file}: one line with the password is expected"
        "何も作成していません。--database-password-file {file}: パスワードを1行で書いてください"
    /// A database without a user.
    DatabaseUser {  }
        "nothing was made: --database needs a user: postgres://USER@HOST/DATABASE"
        "何も作成していません。--database にはユーザーが必要です: postgres://USER@HOST/DATABASE"
    /// The new entries would be faulty.
    FaultyAddition { faults }
        "nothing was changed: the configuration would have faults:\n{faults}"
        "何も変更していません。設定に次の誤りが生じます:\n{faults}"
    /// An end that has passed.
    EndPassed { expires }
        "--expires {expires}: this date has passed, so the access would never open; state a later date"
        "--expires {expires}: この日付は過ぎているため、利用が始まりません。後の日付を指定してください"
    /// An option without a value.
    EmptyOption { option }
        "nothing was changed: {option} is empty; a value is expected"
        "何も変更していません。{option} が空です。値を指定してください"
    /// A code of use conditions that does not exist.
    UnknownDataUse { code }
        "nothing was made: --data-use: '{code}' is not a condition of use of the Data Use Ontology, such as DUO:0000042; docs/data-use.md lists the codes. `none` states no condition, and stands alone"
        "何も作成していません。--data-use: '{code}' は Data Use Ontology の利用条件ではありません (例: DUO:0000042)。コードは docs/data-use.md にあります。条件がないときは `none` だけを指定してください"
    /// The certificate of a new installation has ended.
    CertificateEnded { file, ended }
        "nothing was made: --tls-certificate: {file}: the certificate ended at {ended}, and clients would refuse it. Get a new one"
        "何も作成していません。--tls-certificate: {file}: この証明書は {ended} に期限が切れているため、クライアントに拒否されます。新しい証明書を取得してください"
    /// The certificate of a new installation is not yet valid.
    CertificateNotYetValid { file, begins }
        "nothing was made: --tls-certificate: {file}: the certificate is valid only from {begins}. Check the clock, or get another one"
        "何も作成していません。--tls-certificate: {file}: この証明書は {begins} から有効です。時計を確認するか、別の証明書を取得してください"
    /// Two commands change the key at the same time.
    KeyChanges { file }
        "capabilities.key_file: {file}: another command changes the key. Wait for its end, and run the command again"
        "capabilities.key_file: {file}: 別のコマンドが鍵を変更しています。終わるのを待って、もう一度実行してください"
    /// `serve` never serves a demo.
    ServesNoDemo { file }
        "{file}: belongs to a demo, whose participants, tokens and keys are synthetic; only `gemj-gateway demo` serves it"
        "{file}: デモの設定です。参加者、トークン、鍵は合成のものなので、`gemj-gateway demo` だけが使えます"
    /// `demo` never writes to a folder with other files.
    NoDemo { folder, name }
        "{folder}: contains {name}, which no demo created; name another folder with --dir"
        "{folder}: デモが作っていない {name} があります。--dir で別のフォルダーを指定してください"
    /// A statement about a site of which no participant is missing.
    NoneMissing { site }
        "--missing-participants-checked: no participant of '{site}' is missing on a list; `gemj-gateway seal status` lists the sites"
        "--missing-participants-checked: '{site}' のリストに欠けている参加者はいません。施設は `gemj-gateway seal status` で確認できます"
    /// A ledger tail was used before.
    TailUsed { folder, note }
        "{folder}: nothing was recorded: this ledger tail was used already, and its history continues elsewhere, so it lacks later withdrawals: {note}. Use the folder audit.checkpoint_dir of the installation that was lost last, or reconcile every site (`gemj-gateway seal status` lists the steps). If the tail was used for a rehearsal only, delete the file ledger.continued and repeat the command"
        "{folder}: 何も記録していません。この台帳の末尾はすでに使われ、続きは別の場所にあるため、その後の撤回がありません: {note}。最後に失われたインストールの audit.checkpoint_dir のフォルダーを使うか、すべての施設と照合してください (手順は `gemj-gateway seal status` で確認できます)。予行演習で使っただけなら、ファイル ledger.continued を削除して同じコマンドを実行してください"
    /// A folder has no ledger tail.
    NoTail { folder }
        "{folder}: has no ledger tail (ledger.tail). Name the folder audit.checkpoint_dir of the lost installation with --tail, or reconcile every site (`gemj-gateway seal status` lists the steps)"
        "{folder}: 台帳の末尾 (ledger.tail) がありません。失われたインストールの audit.checkpoint_dir のフォルダーを --tail で指定するか、すべての施設と照合してください (手順は `gemj-gateway seal status` で確認できます)"
    /// A folder has no signed head.
    NoHead { folder }
        "{folder}: has no file operations.head, so the ledger tail may be incomplete: the whole folder is needed, not only ledger.tail. Reconcile every site instead (`gemj-gateway seal status` lists the steps)"
        "{folder}: operations.head がないため、台帳の末尾が途中で切れている可能性があります。ledger.tail だけでなく、フォルダー全体が必要です。または、すべての施設と照合してください (手順は `gemj-gateway seal status` で確認できます)"
    /// A ledger tail has no hashes of writes.
    TailOfEarlierVersion { folder }
        "{folder}: nothing was recorded: the ledger tail was written by an earlier version and contains too little for a comparison with the database. Reconcile every site instead (`gemj-gateway seal status` lists the steps)"
        "{folder}: 何も記録していません。この台帳の末尾は以前のバージョンのもので、データベースと比べるための情報が足りません。すべての施設と照合してください (手順は `gemj-gateway seal status` で確認できます)"
    /// A ledger tail is of another history.
    TailOfOtherHistory { folder }
        "{folder}: nothing was recorded: the ledger tail belongs to another installation, or to another history of this installation, or the restored database was in use after the point at which the tail parts from it. Reconcile every site instead (`gemj-gateway seal status` lists the steps)"
        "{folder}: 何も記録していません。この台帳の末尾は、別のインストールのもの、またはこのインストールの別の履歴のものです。あるいは、末尾と分かれた後に、復元したデータベースが使われています。すべての施設と照合してください (手順は `gemj-gateway seal status` で確認できます)"
    /// The database has own consent events.
    OwnConsents { folder, count }
        "{folder}: nothing was recorded: the database has {count} consent events that the ledger tail lacks, because they were recorded after the restore or in another history. Restore the back-up again and replay first, or reconcile every site (`gemj-gateway seal status` lists the steps)"
        "{folder}: 何も記録していません。台帳の末尾にない同意の記録が、データベースに {count} 件あります。復元の後、または別の履歴で記録されたものです。もう一度復元して最初に再生するか、すべての施設と照合してください (手順は `gemj-gateway seal status` で確認できます)"
    /// The database has own merges.
    OwnMerges { folder, count }
        "{folder}: nothing was recorded: the database has {count} merges or reviews that the ledger tail lacks, because they were recorded after the restore or in another history. Restore the back-up again and replay first, or reconcile every site (`gemj-gateway seal status` lists the steps)"
        "{folder}: 何も記録していません。台帳の末尾にない参加者の統合またはその確認の記録が、データベースに {count} 件あります。復元の後、または別の履歴で記録されたものです。もう一度復元して最初に再生するか、すべての施設と照合してください (手順は `gemj-gateway seal status` で確認できます)"
    /// The database has own changes of approvals.
    OwnApprovals { folder, ids }
        "{folder}: nothing was recorded: the database has changes of approvals that the ledger tail lacks, because they were recorded after the restore or in another history: {ids}. Restore the back-up again and replay first, or reconcile every site (`gemj-gateway seal status` lists the steps)"
        "{folder}: 何も記録していません。台帳の末尾にない承認の変更が、データベースにあります: {ids}。復元の後、または別の履歴で記録されたものです。もう一度復元して最初に再生するか、すべての施設と照合してください (手順は `gemj-gateway seal status` で確認できます)"
    /// Another command wrote during a replay.
    ReplayRaced { }
        "seal replay: nothing was recorded, because another command wrote to the database meanwhile. Run the command again"
        "seal replay: 実行中に別のコマンドがデータベースに書き込んだため、何も記録していません。もう一度実行してください"
    /// The installation of a ledger tail was sealed itself after the back-up.
    TailSealedMeanwhile { folder, closed, because, id }
        "{folder}: nothing was recorded: the installation that wrote this ledger tail was itself sealed after the back-up, last at {closed}: {because}. If it was a rehearsal, use the tail of the installation that was in use. If it was the installation in use, repeat the command with --after-seal {id}"
        "{folder}: 何も記録していません。この台帳の末尾を書いたインストールは、バックアップの後に封印されています (最後は {closed}: {because})。予行演習だった場合は、実際に使われていたインストールの台帳の末尾を使ってください。実際に使われていた場合は、--after-seal {id} を付けて同じコマンドを実行してください"
    /// Another gateway uses the folder of signed heads.
    FolderInUse { folder }
        "{folder}: a running gateway with another database uses this folder. If it belongs to another installation, set another folder in audit.checkpoint_dir, and give --tail this folder. If it is the gateway of this installation, stop it first"
        "{folder}: 別のデータベースを使うゲートウェイが、このフォルダーを使っています。別のインストールのものなら、audit.checkpoint_dir に別のフォルダーを設定し、このフォルダーは --tail で指定してください。このインストールのゲートウェイなら、先に停止してください"
}
