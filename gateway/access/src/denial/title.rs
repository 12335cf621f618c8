//! Short titles of rules for people, in Japanese and English. The codes of rules never depend on the language.

use super::Rule;

/// The language of a title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    #[default]
    En,
}

impl Language {
    /// Returns the Japanese or the English text, according to this language.
    #[must_use]
    pub fn of<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }
}

impl Rule {
    /// A short title of the rule (RFC 9457 § 3.1.3). Every occurrence of a rule has the same title. The title names no dataset, code or person.
    #[must_use]
    pub fn title(&self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::CredentialsRequired => ("認証が必要です", "Credentials are required"),
            Self::NotVisible => ("見つかりません", "Not found"),
            Self::DatasetNotOpen(_) => ("このデータセットは利用できません", "The dataset is not open to you"),
            Self::MixedTiers => (
                "公開区分の異なるデータセットは同時に照会できません",
                "Datasets of different tiers in one question",
            ),
            Self::Delivery { .. } => ("承認された提供方法では認められません", "The approved delivery does not allow this"),
            Self::RoleRequired => ("必要な役割がありません", "A role is required"),
            Self::Scope { .. } => ("トークンのスコープでは認められません", "The token's scopes do not allow this"),
            Self::OwnRequest => ("自分の申請は自分で審査できません", "A caller cannot decide about their own request"),
            Self::Held => ("審査が終わるまで公開されません", "Held until reviewed"),
            Self::Purpose => (
                "申告された目的は承認されていません",
                "The declared purpose is not covered by an approval",
            ),
            Self::PurposeRefused(_) => ("この目的での利用は認められません", "Use for this purpose is never allowed"),
            Self::ApprovalNeeded => ("どの承認に基づく利用か指定してください", "Name the approval"),
            Self::DataUse { .. } => ("データの利用条件に合いません", "A data use condition does not allow this"),
            Self::DataUseReferred { .. } => (
                "利用審査委員会の判断が必要です",
                "A data use condition has to be referred to the committee",
            ),
            Self::Regions => ("承認された領域の外です", "Outside the approved regions"),
            Self::RegionBudget => ("閲覧できる領域の上限に達しました", "The budget of viewed regions is used up"),
        };
        language.of(ja, en)
    }
}
