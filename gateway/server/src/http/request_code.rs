//! The codes of refusals that no decision and no faulty token causes. The list of codes (`GET /access/v1/denials`) contains all of them, because an
//! answer can only take its code from [`RequestCode`].

use gemj_model::ErrorKind;

use super::access::Remedy;

/// A refusal that depends on the form or the number of requests, or on the state of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestCode {
    /// The credentials of the request cannot be read.
    CredentialsMalformed,
    /// The declaration of approval and purpose cannot be read.
    DeclarationMalformed,
    /// The database was restored, and its consent ledger is not complete yet.
    Sealed,
    /// A store does not answer.
    StoreUnavailable,
    /// A URL contained a token.
    TokenInUrl,
    /// The maximum number of answers is already in progress.
    TooManyAtOnce,
    /// The caller's budget of requests or queries is spent.
    TooManyRequests,
}

impl RequestCode {
    pub(crate) const ALL: [Self; 7] = [
        Self::CredentialsMalformed,
        Self::DeclarationMalformed,
        Self::Sealed,
        Self::StoreUnavailable,
        Self::TokenInUrl,
        Self::TooManyAtOnce,
        Self::TooManyRequests,
    ];

    /// The stable code in answers.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::CredentialsMalformed => "credentials-malformed",
            Self::DeclarationMalformed => "declaration-malformed",
            Self::Sealed => "sealed",
            Self::StoreUnavailable => "store-unavailable",
            Self::TokenInUrl => "token-in-url",
            Self::TooManyAtOnce => "too-many-at-once",
            Self::TooManyRequests => "too-many-requests",
        }
    }

    /// The kind of the error, which determines the status.
    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::CredentialsMalformed | Self::TokenInUrl => ErrorKind::Unauthenticated,
            Self::DeclarationMalformed => ErrorKind::Invalid,
            Self::Sealed | Self::StoreUnavailable | Self::TooManyAtOnce => ErrorKind::Unavailable,
            Self::TooManyRequests => ErrorKind::TooManyRequests,
        }
    }

    /// The titles in Japanese and English.
    pub(crate) fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::CredentialsMalformed => ("資格情報の形式が読み取れません", "The request's credentials cannot be read"),
            Self::DeclarationMalformed => ("利用の申告が読み取れません", "The request's declaration of use cannot be read"),
            Self::Sealed => (
                "復元後の同意台帳が未完成のため閉鎖中です",
                "The gateway was restored, and is closed until its consent ledger is complete",
            ),
            Self::StoreUnavailable => ("データの保管先が応答しません", "A store of the gateway does not answer"),
            Self::TokenInUrl => ("URLにトークンが含まれています", "A URL contained a token"),
            Self::TooManyAtOnce => (
                "同時に処理できる数を超えています",
                "The maximum number of answers is already in progress",
            ),
            Self::TooManyRequests => ("要求が多すぎます", "Too many requests"),
        }
    }

    /// What the caller can do.
    pub(crate) fn remedy(self) -> Remedy {
        let (ja, en) = match self {
            Self::CredentialsMalformed => (
                "Authorization ヘッダーは一つだけ、`Bearer` または `DPoP` とトークン一つを書いてください",
                "Send one Authorization header with the scheme `Bearer` or `DPoP` and one token, and passports in the documented form.",
            ),
            Self::DeclarationMalformed => (
                "GeMJ-Approval と GeMJ-Purpose を、ヘッダーか本文の一方だけに書いてください",
                "Write GeMJ-Approval and GeMJ-Purpose as documented, in headers or in the body, not in both.",
            ),
            Self::Sealed => (
                "運用者が台帳を補うまで待ってください",
                "Try again later. The operator must complete the ledger first (`gemj-gateway seal status`).",
            ),
            Self::StoreUnavailable => (
                "後でもう一度試してください。続く場合は運用者に連絡してください",
                "Try again later. If the error remains, inform the operator.",
            ),
            Self::TokenInUrl => (
                "トークンはヘッダーか本文に入れ、URLに出たトークンは破棄してください",
                "Put tokens into a header or a body, and revoke the token that was in the URL.",
            ),
            Self::TooManyAtOnce => (
                "Retry-After の秒数だけ待ち、並行する要求を減らしてください",
                "Wait for the number of seconds in Retry-After, and send fewer requests at the same time.",
            ),
            Self::TooManyRequests => (
                "Retry-After の秒数だけ待ってください",
                "Wait for the number of seconds in Retry-After.",
            ),
        };
        Remedy { ja, en }
    }
}
