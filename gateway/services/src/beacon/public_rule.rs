//! Explains answers for callers without credentials, for the web page and for `/info`.

/// The rule of public answers as text. The number is k, the least number of families behind a "yes".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicRule(pub u32);

impl PublicRule {
    /// The rule of public answers in English.
    #[must_use]
    pub fn en(self) -> String {
        let k = self.0;
        format!(
            "Without credentials, the answer to a question is yes or no. A yes means that at least {k} families of one dataset match the whole question, \
             counted among the participants whose consent allows the answer at that moment. A no means that fewer families match: none, or 1 to {}. The answer does not \
             distinguish these cases, so it reveals nothing about a single family. A variant counts only if {k} families carry that same variant, and a term \
             is listed only if {k} families have it.",
            k.saturating_sub(1)
        )
    }

    /// The rule of public answers in Japanese.
    #[must_use]
    pub fn ja(self) -> String {
        let k = self.0;
        format!(
            "認証なしの質問には「はい」か「いいえ」だけを答えます。「はい」は、その時点の同意で回答が認められる参加者のうち、一つのデータセットの{k}家族以上が質問の条件すべてに該当することを\
             意味します。「いいえ」は該当が{k}家族未満（0家族、または1～{}家族）であることを意味し、そのどちらかは示しません。個々の家族を特定させないためです。\
             バリアントは同一のものを{k}家族以上が持つ場合に、用語は{k}家族以上が該当する場合に限って、回答や一覧に現れます。",
            k.saturating_sub(1)
        )
    }
}
