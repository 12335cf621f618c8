//! The reasons why an approval opens nothing in a dataset.

use gemj_model::Purpose;

use crate::denial::{Language, Rule};

/// The reason why one of a caller's controlled-access visas opens nothing in a dataset. An obstacle describes the caller's own visa and approval and
/// the dataset's public conditions. An obstacle never describes participants or files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// The visa, or something on which the visa depends, has ended.
    #[error("the visa has ended")]
    VisaEnded,
    /// The committee's register has no approval in force for the visa's value. The register has no such approval, or the approval
    /// has not begun, has ended or was revoked.
    #[error("no approval in force has the visa's value")]
    NoApproval,
    /// The approval names its users, and the caller is not one of them.
    #[error("the approval names its users, and the caller is not one of them")]
    NotNamed,
    /// The request declared another approval than this one.
    #[error("the request names another approval")]
    NotDeclared,
    /// The approval is for other datasets than this one.
    #[error("the approval is not for this dataset")]
    OtherDataset,
    /// The approval is for a release of another dataset, or for an unknown release.
    #[error("the approval is for a release that is not one of this dataset")]
    Release,
    /// The approval names no purpose.
    #[error("the approval names no purpose")]
    NoPurpose,
    /// The approval has a purpose that the programme never allows.
    #[error("use for {} is never allowed", .0.as_str())]
    PurposeNever(Purpose),
    /// The declared purpose is not one of the approval's purposes.
    #[error("the approval is not for the declared purpose")]
    Purpose,
    /// The approved use does not meet a condition of the dataset.
    #[error("the dataset's condition {code} does not allow the approved use")]
    DataUse {
        /// The Data Use Ontology code of the condition; `none` if the dataset has no permission at all.
        code: String,
    },
    /// The committee must decide whether a condition of the dataset allows the use.
    #[error("the dataset's condition {code} has to be referred to the access committee")]
    DataUseReferred {
        /// The Data Use Ontology code of the condition.
        code: String,
    },
}

impl Obstacle {
    /// The stable code of the obstacle, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::VisaEnded => "visa-ended",
            Self::NoApproval => "no-approval-in-force",
            Self::NotNamed => "not-a-named-user",
            Self::NotDeclared => "other-approval-declared",
            Self::OtherDataset => "approval-of-other-datasets",
            Self::Release => "release-of-other-dataset",
            Self::NoPurpose => "approval-without-purpose",
            Self::PurposeNever(_) => "purpose-refused",
            Self::Purpose => "purpose",
            Self::DataUse { .. } => "data-use",
            Self::DataUseReferred { .. } => "data-use-referred",
        }
    }

    /// The title of the obstacle, for people. Every occurrence of an obstacle has the same title.
    #[must_use]
    pub fn title(&self, language: Language) -> &'static str {
        if let Some(rule) = self.rule() {
            return rule.title(language);
        }
        let (ja, en) = match self {
            Self::VisaEnded => ("ビザの期限が切れています", "The visa has ended"),
            Self::NoApproval => ("ビザに対応する有効な承認がありません", "No approval in force for the visa"),
            Self::NotNamed => ("承認された利用者ではありません", "Not a named user of the approval"),
            Self::NotDeclared => ("別の承認に基づく要求です", "The request is made under another approval"),
            Self::OtherDataset => ("このデータセットの承認ではありません", "The approval is not for this dataset"),
            Self::Release => (
                "このデータセットのリリースではありません",
                "The approval is for another dataset's release",
            ),
            Self::NoPurpose => ("承認に利用目的がありません", "The approval names no purpose"),
            Self::PurposeNever(_) | Self::Purpose | Self::DataUse { .. } | Self::DataUseReferred { .. } => ("", ""),
        };
        language.of(ja, en)
    }

    /// The rule that denies a question because of this obstacle. Absent for obstacles that only mean that the visa does not count for this dataset.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Self::PurposeNever(purpose) => Some(Rule::PurposeRefused(*purpose)),
            Self::Purpose => Some(Rule::Purpose),
            Self::DataUse { code } => Some(Rule::DataUse { code: code.clone() }),
            Self::DataUseReferred { code } => Some(Rule::DataUseReferred { code: code.clone() }),
            Self::VisaEnded
            | Self::NoApproval
            | Self::NotNamed
            | Self::NotDeclared
            | Self::OtherDataset
            | Self::Release
            | Self::NoPurpose => None,
        }
    }

    /// The Data Use Ontology code of the condition that caused the obstacle; absent if no condition caused it.
    #[must_use]
    pub fn data_use(&self) -> Option<&str> {
        match self {
            Self::DataUse { code } | Self::DataUseReferred { code } => Some(code),
            Self::VisaEnded
            | Self::NoApproval
            | Self::NotNamed
            | Self::NotDeclared
            | Self::OtherDataset
            | Self::Release
            | Self::NoPurpose
            | Self::PurposeNever(_)
            | Self::Purpose => None,
        }
    }
}
