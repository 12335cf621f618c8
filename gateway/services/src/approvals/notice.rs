//! The texts of notices from the committee's office to the applicant. The gateway has no names and no addresses, so the texts have none. The office
//! sends them, for example from REMS.

use gemj_model::{Approval, DatasetId, Timestamp};

use super::ApprovalState;

/// The language of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeLanguage {
    /// Japanese.
    Japanese,
    /// English.
    English,
}

/// The text of the notice about an approval's state at `now`, in several lines. The reason of a revocation is for staff and is not in the text.
#[must_use]
pub fn notice(approval: &Approval, now: Timestamp, language: NoticeLanguage) -> String {
    let datasets: Vec<&str> = approval.datasets.iter().map(DatasetId::as_str).collect();
    let (id, project, datasets) = (&approval.id, &approval.project, datasets.join(", "));
    let (start, end) = (japan(approval.not_before.unwrap_or(now)), japan(approval.not_after));
    let state = ApprovalState::of(approval, now);
    match language {
        NoticeLanguage::English => {
            let (subject, body) = match state {
                ApprovalState::Valid => (
                    "Your approval ends",
                    format!(
                        "The approval ends at {end}. From this time, the gateway refuses requests, downloads and workflow runs under it.\n\
                         If you need the data longer, apply to the office of the access committee for an extension before this time."
                    ),
                ),
                ApprovalState::NotYet => ("Your approval begins", format!("The approval begins at {start} and ends at {end}.")),
                ApprovalState::Ended => (
                    "Your approval has ended",
                    format!(
                        "The approval ended at {end}. The gateway refuses requests, downloads and workflow runs under it.\n\
                         Return or erase the copies of the data as the conditions of the approval state. To use the data again, submit a new \
                         application."
                    ),
                ),
                ApprovalState::Revoked => (
                    "Your approval was revoked",
                    "The access committee revoked the approval. The gateway refuses requests, downloads and workflow runs under it.\n\
                     Stop using the data and return or erase all copies. The office of the access committee answers questions."
                        .to_owned(),
                ),
            };
            format!("Subject: {subject}: {id}\n\nApproval: {id}\nProject: {project}\nDatasets: {datasets}\n\n{body}\n")
        }
        NoticeLanguage::Japanese => {
            let (subject, body) = match state {
                ApprovalState::Valid => (
                    "承認期間の終了について",
                    format!(
                        "承認は {end} に終了します。この時刻以降、この承認による問い合わせ、ダウンロード、解析の実行は拒否されます。\n\
                         引き続き利用する場合は、この時刻より前に利活用審査委員会の事務局へ延長を申請してください。"
                    ),
                ),
                ApprovalState::NotYet => ("承認期間の開始について", format!("承認は {start} に始まり、{end} に終了します。")),
                ApprovalState::Ended => (
                    "承認期間が終了しました",
                    format!(
                        "承認は {end} に終了しました。この承認による問い合わせ、ダウンロード、解析の実行は拒否されます。\n\
                         承認の条件に従い、データの複製を返却または消去してください。再び利用する場合は、新しい申請が必要です。"
                    ),
                ),
                ApprovalState::Revoked => (
                    "承認が取り消されました",
                    "利活用審査委員会は承認を取り消しました。この承認による問い合わせ、ダウンロード、解析の実行は拒否されます。\n\
                     データの利用を中止し、すべての複製を返却または消去してください。ご質問は利活用審査委員会の事務局へお寄せください。"
                        .to_owned(),
                ),
            };
            format!("件名: {subject}: {id}\n\n承認番号: {id}\n研究課題: {project}\nデータセット: {datasets}\n\n{body}\n")
        }
    }
}

/// A time as date, hour and minute in Japan.
fn japan(time: Timestamp) -> String {
    let text = time.plus_seconds(9 * 3600).rfc3339();
    format!("{} JST", text.get(..16).unwrap_or(&text).replace('T', " "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tests::approval;
    use super::*;

    #[test]
    fn a_notice_states_the_approval_and_its_end_in_japan_and_names_no_person() {
        let mut one = approval();
        one.applicant = "0a".repeat(16);
        one.users = vec!["0b".repeat(16)];
        one.not_before = None;
        one.not_after = Timestamp::parse("2027-04-01").unwrap();
        let now = Timestamp::parse("2027-03-01").unwrap();
        for language in [NoticeLanguage::English, NoticeLanguage::Japanese] {
            let mut texts = vec![
                notice(&one, now, language),
                notice(&one, Timestamp::parse("2027-05-01").unwrap(), language),
            ];
            let revoked = Approval {
                revoked: Some(now),
                ..one.clone()
            };
            texts.push(notice(&revoked, now, language));
            for text in &texts {
                assert!(
                    text.contains("2026-0100") && text.contains("Arrhythmia") && text.contains("cancer"),
                    "{text}"
                );
                assert!(!text.contains("0a0a") && !text.contains("0b0b"), "{text}");
            }
            assert!(texts[0].contains("2027-04-01 00:00 JST") && texts[1].contains("2027-04-01 00:00 JST"));
            assert!(texts[0] != texts[1] && texts[1] != texts[2]);
        }
    }
}
