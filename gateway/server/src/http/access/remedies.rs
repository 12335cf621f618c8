//! Remedies for refusals, in the programme's two languages. The texts do not depend on the request.

use gemj_access::Rule;
use gemj_access::explain::Obstacle;
use gemj_authenticate::Reason;

/// The action that the caller can take after a refusal, in Japanese and English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remedy {
    pub(crate) ja: &'static str,
    pub(crate) en: &'static str,
}

const PRESENT: Remedy = Remedy {
    ja: "トークンまたはパスポートを提示してください",
    en: "Present a token or a passport.",
};
const RENEW: Remedy = Remedy {
    ja: "発行者から新しいトークンを取得してください",
    en: "Get a new token from its issuer. If the new token is refused too, compare the clocks and lifetimes of issuer and gateway.",
};
const MALFORMED: Remedy = Remedy {
    ja: "トークンを変更せずに提示してください。発行者の形式に問題がある場合は発行者に連絡してください",
    en: "Present the token unchanged. If it is unchanged, its issuer does not follow the GA4GH AAI profile: inform the issuer.",
};
const TRUST: Remedy = Remedy {
    ja: "発行者・種類・出典・値が信頼設定にあるか、運用者に確認してください",
    en: "Ask the operator whether the issuer, the kind, the source, `by` and the value are trusted; the explain answer names the untrusted part.",
};
const KEYS: Remedy = Remedy {
    ja: "発行者の鍵（jku、kid）を確認し、後でもう一度試してください",
    en: "Try again later. If the error remains, the gateway does not trust the issuer's keys (`kid`, `jku`): inform the operator.",
};
const AUDIENCE: Remedy = Remedy {
    ja: "このゲートウェイ宛て（aud）のトークンを取得してください",
    en: "Get a token whose `aud` names this gateway, or ask the operator to accept the token's `aud`.",
};
const KIND: Remedy = Remedy {
    ja: "この場所では別の種類のトークンが必要です",
    en: "Present another kind of token here: an access token or a passport, as the gateway's documentation of authentication says.",
};
const REVOKED: Remedy = Remedy {
    ja: "取り消されています。発行者または運用者に問い合わせてください",
    en: "The token was revoked. Ask the issuer, or the operator of the gateway.",
};
const PEOPLE: Remedy = Remedy {
    ja: "一人の資格情報だけを提示するか、LinkedIdentitiesビザで結び付けてください",
    en: "Present the credentials of one person, or link them with a LinkedIdentities visa of an issuer that is trusted to link identities.",
};
const FEWER: Remedy = Remedy {
    ja: "提示するパスポートまたはビザを減らしてください",
    en: "Present fewer passports, or a passport with fewer visas.",
};
const SCOPE: Remedy = Remedy {
    ja: "スコープ openid と ga4gh_passport_v1 を要求し、発行者にビザの提供を確認してください",
    en: "Ask the issuer for a token with the scopes `openid` and `ga4gh_passport_v1`, and whether it releases visas to this client.",
};
const CONDITIONS: Remedy = Remedy {
    ja: "ビザの条件を満たす他のビザも提示してください",
    en: "Present the same person's visas that meet the conditions of this visa.",
};
const VISA_FORM: Remedy = Remedy {
    ja: "ビザの発行者に形式の修正を依頼してください",
    en: "The visa does not conform to Passport 1.2.1: inform its issuer.",
};
const BINDING: Remedy = Remedy {
    ja: "トークンに結び付いた鍵または証明書で、要求ごとに新しい証明を付けてください",
    en: "Send a new proof for each request, with the key or the certificate that the token is bound to.",
};
const COMMITTEE: Remedy = Remedy {
    ja: "利活用審査委員会に問い合わせてください",
    en: "Ask the access committee.",
};
const OTHER_APPROVAL: Remedy = Remedy {
    ja: "GeMJ-Approval と GeMJ-Purpose の指定を確認してください",
    en: "Name the approval and the purpose of the request (headers GeMJ-Approval, GeMJ-Purpose).",
};

pub(super) fn of_rule(rule: &Rule) -> Remedy {
    match rule {
        Rule::CredentialsRequired => PRESENT,
        Rule::NotVisible => Remedy {
            ja: "識別子と承認を確認してください。存在の有無は示されません",
            en: "Check the id and the approval. The answer does not reveal whether the id exists.",
        },
        Rule::DatasetNotOpen(_) | Rule::DataUse { .. } | Rule::DataUseReferred { .. } => COMMITTEE,
        Rule::MixedTiers => Remedy {
            ja: "データセットを一つずつ照会してください",
            en: "Send one request for each dataset.",
        },
        Rule::Delivery { .. } => Remedy {
            ja: "承認された提供方法の範囲で要求してください（region-view では領域を指定）",
            en: "Request only data that the approval's delivery allows; under region-view name regions.",
        },
        Rule::RoleRequired => Remedy {
            ja: "役割の付与を運用者に依頼してください",
            en: "Ask the operator for the role.",
        },
        Rule::Scope { .. } => Remedy {
            ja: "必要なスコープを含むトークンを取得してください",
            en: "Ask for a token with the scope that the request needs.",
        },
        Rule::OwnRequest => Remedy {
            ja: "別の担当者が審査する必要があります",
            en: "Another person has to make this decision.",
        },
        Rule::Held => Remedy {
            ja: "審査が終わるまでお待ちください",
            en: "Wait for the review.",
        },
        Rule::Purpose | Rule::ApprovalNeeded => OTHER_APPROVAL,
        Rule::PurposeRefused(_) => Remedy {
            ja: "この目的では利用できません",
            en: "There is no remedy: the gateway never gives access for this purpose.",
        },
        Rule::RegionBudget => Remedy {
            ja: "上限の引き上げを委員会に相談してください。閲覧済みの領域は再度閲覧できます",
            en: "Ask the committee for a larger budget. Regions that were viewed before can be viewed again.",
        },
        Rule::Regions => Remedy {
            ja: "承認された領域の中で要求してください",
            en: "Request only the approved regions.",
        },
    }
}

pub(super) fn of_obstacle(obstacle: &Obstacle) -> Remedy {
    match obstacle {
        Obstacle::VisaEnded => RENEW,
        Obstacle::NoApproval | Obstacle::NotNamed | Obstacle::Release | Obstacle::NoPurpose | Obstacle::OtherDataset => COMMITTEE,
        Obstacle::NotDeclared => OTHER_APPROVAL,
        Obstacle::PurposeNever(purpose) => of_rule(&Rule::PurposeRefused(*purpose)),
        Obstacle::Purpose => of_rule(&Rule::Purpose),
        Obstacle::DataUse { .. } | Obstacle::DataUseReferred { .. } => COMMITTEE,
    }
}

pub(super) fn of_reason(reason: Reason) -> Remedy {
    match reason {
        Reason::ClaimMissing(_)
        | Reason::ClaimMalformed(_)
        | Reason::TokenTooLarge
        | Reason::NotCompactJws
        | Reason::BadBase64url
        | Reason::NotJsonObject
        | Reason::DuplicateMember
        | Reason::JsonTooDeep
        | Reason::AlgorithmNotAllowed
        | Reason::CriticalHeader
        | Reason::UnsupportedHeader
        | Reason::CredentialsMalformed
        | Reason::AccessTokenWithGa4ghClaims => MALFORMED,
        Reason::WrongTokenType | Reason::BearerKindNotAccepted | Reason::IdTokenNotAccepted | Reason::IntrospectionNotAnAccessToken => KIND,
        Reason::IssuerNotTrusted | Reason::IssuerNotTrustedAs | Reason::VisaTypeNotSupported | Reason::VisaNotTrusted => TRUST,
        Reason::VisaAccessTokenNotSupported => TRUST,
        Reason::KeyUnknown
        | Reason::KeyAlgorithmMismatch
        | Reason::KeysUnavailable
        | Reason::SignatureInvalid
        | Reason::JkuNotAllowed
        | Reason::UserInfoUnavailable
        | Reason::UserInfoSignatureInvalid
        | Reason::UserInfoEncrypted
        | Reason::IntrospectionUnavailable
        | Reason::IntrospectionOtherIssuer => KEYS,
        Reason::Expired | Reason::NotYetValid | Reason::IssuedInFuture | Reason::LifetimeTooLong | Reason::AssertedTooLongAgo => RENEW,
        Reason::TokenInactive | Reason::VisaAccessTokenTooOld => RENEW,
        Reason::AudienceNotOurs | Reason::AudienceMissing => AUDIENCE,
        Reason::DenyListed | Reason::TokenRevoked => REVOKED,
        Reason::ScopeMissing | Reason::UserInfoWithoutPassport => SCOPE,
        Reason::TooManyPassports | Reason::TooManyVisas => FEWER,
        Reason::DifferentPeople | Reason::UserInfoSubjectMismatch | Reason::VisaOfAnotherIdentity => PEOPLE,
        Reason::ConditionsNotMet => CONDITIONS,
        Reason::AssertedAfterIssued
        | Reason::VisaKindAmbiguous
        | Reason::VisaKindUndetermined
        | Reason::VisaWithAudience
        | Reason::VisaByMissing
        | Reason::ConditionsMalformed
        | Reason::ConditionsNotEvaluated
        | Reason::LinkedIdentitiesMalformed => VISA_FORM,
    }
}

/// The remedy for a faulty proof of possession.
pub(super) const fn of_binding() -> Remedy {
    BINDING
}

/// The remedy if the issuer of an access token returned no passport.
pub(super) const fn of_exchange() -> Remedy {
    SCOPE
}

/// The remedy for an approval that is not in force.
pub(super) const fn of_lapse() -> Remedy {
    COMMITTEE
}
