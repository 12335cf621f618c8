//! Determines how modifiers change the status of a diagnosis.
//!
//! A Japanese diagnosis is a name with modifiers before and after the name (MEDIS's table of modifiers, HS005): `急性`, `左`, `の疑い`. Most
//! modifiers describe a disease that is present. Some state that the disease is absent, past or only suspected.
//!
//! The licence of the table does not allow a copy of the whole table, so this module contains only modifiers with a certain meaning. All others
//! count as not understood. A diagnosis with an unknown modifier is never stored as present.

use gemj_model::FactStatus;

use super::width::narrow;

/// The effect of one modifier on the status of a disease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Modifier {
    /// The modifier describes the disease and does not change its status.
    Neutral,
    /// The disease is not present but has this status.
    Says(FactStatus),
    /// The meaning of the modifier is not known.
    Unknown,
}

/// Modifiers that do not change the status of a disease: severity, course, side, origin.
const NEUTRAL: [&str; 62] = [
    "急性",
    "亜急性",
    "慢性",
    "急性増悪",
    "増悪",
    "再発性",
    "再発",
    "難治性",
    "重症",
    "中等症",
    "軽症",
    "重度",
    "中等度",
    "軽度",
    "左",
    "右",
    "左側",
    "右側",
    "左側性",
    "右側性",
    "両側",
    "両側性",
    "両",
    "片側性",
    "一側性",
    "原発性",
    "続発性",
    "二次性",
    "先天性",
    "後天性",
    "家族性",
    "遺伝性",
    "特発性",
    "進行性",
    "限局性",
    "びまん性",
    "広範性",
    "多発性",
    "単発性",
    "孤発性",
    "早期",
    "初期",
    "末期",
    "若年性",
    "老年性",
    "acute",
    "subacute",
    "chronic",
    "recurrent",
    "progressive",
    "mild",
    "moderate",
    "severe",
    "left",
    "right",
    "bilateral",
    "unilateral",
    "proximal",
    "distal",
    "congenital",
    "familial",
    "hereditary",
];

/// Substrings of a modifier, each with the status that it means. A disease in the family is not a disease of the participant. No status
/// expresses this, so such a modifier counts as not understood.
const SAYING: [(&str, FactStatus); 33] = [
    ("家族歴", FactStatus::NotUnderstood),
    ("family history", FactStatus::NotUnderstood),
    ("疑", FactStatus::Suspected),
    ("うたがい", FactStatus::Suspected),
    ("ウタガイ", FactStatus::Suspected),
    ("ｳﾀｶﾞｲ", FactStatus::Suspected),
    ("可能性", FactStatus::Suspected),
    ("susp", FactStatus::Suspected),
    ("s/o", FactStatus::Suspected),
    ("possible", FactStatus::Suspected),
    ("probable", FactStatus::Suspected),
    ("rule out", FactStatus::Suspected),
    ("r/o", FactStatus::Suspected),
    ("除外", FactStatus::RuledOut),
    ("ruled out", FactStatus::RuledOut),
    ("ruled-out", FactStatus::RuledOut),
    ("否定", FactStatus::Excluded),
    ("exclud", FactStatus::Excluded),
    ("でない", FactStatus::Excluded),
    ("はない", FactStatus::Excluded),
    ("なし", FactStatus::Excluded),
    ("無し", FactStatus::Excluded),
    ("refuted", FactStatus::Excluded),
    ("absent", FactStatus::Excluded),
    ("negat", FactStatus::Excluded),
    ("no evidence", FactStatus::Excluded),
    ("既往", FactStatus::History),
    ("後遺症", FactStatus::History),
    ("history", FactStatus::History),
    ("sequela", FactStatus::History),
    ("status post", FactStatus::History),
    ("h/o", FactStatus::History),
    ("s/p", FactStatus::History),
];

/// Substrings of the name of a diagnosis, each with the status that it means. Entries of [`SAYING`] that also occur in names of diseases
/// (`脳梗塞後遺症`, `糖尿病・合併症なし`, `triple-negative`) are not in this list.
const IN_NAMES: [(&str, FactStatus); 28] = [
    ("家族歴", FactStatus::NotUnderstood),
    ("family history", FactStatus::NotUnderstood),
    ("疑", FactStatus::Suspected),
    ("うたがい", FactStatus::Suspected),
    ("ウタガイ", FactStatus::Suspected),
    ("ｳﾀｶﾞｲ", FactStatus::Suspected),
    ("可能性", FactStatus::Suspected),
    ("?", FactStatus::Suspected),
    ("susp", FactStatus::Suspected),
    ("possible", FactStatus::Suspected),
    ("probable", FactStatus::Suspected),
    ("rule out", FactStatus::Suspected),
    ("r/o", FactStatus::Suspected),
    ("s/o", FactStatus::Suspected),
    ("除外", FactStatus::RuledOut),
    ("ruled out", FactStatus::RuledOut),
    ("ruled-out", FactStatus::RuledOut),
    ("否定", FactStatus::Excluded),
    ("はない", FactStatus::Excluded),
    ("no evidence of", FactStatus::Excluded),
    ("refuted", FactStatus::Excluded),
    ("既往", FactStatus::History),
    ("history of", FactStatus::History),
    ("status post", FactStatus::History),
    ("h/o", FactStatus::History),
    ("s/p", FactStatus::History),
    // These texts also occur in the names of diseases that are present (`インスリン依存性でない糖尿病`), so they count as not understood.
    ("でない", FactStatus::NotUnderstood),
    ("unlikely", FactStatus::NotUnderstood),
];

/// Texts at the end of a diagnosis's name (before closing brackets) that make the status of the disease uncertain.
const AT_THE_END: [&str; 4] = ["術後", "治療後", "治癒", "寛解"];

/// Determines the effect of one coded modifier. `texts` contains its code, its name, and its code and name in another coding system. An unknown
/// code together with a known name is ignored. Texts with different meanings make the modifier unknown.
pub(crate) fn modifier<'t>(texts: impl IntoIterator<Item = &'t str>) -> Modifier {
    let mut found: Option<Modifier> = None;
    for text in texts {
        let said = match one(text) {
            Some(said) => said,
            None => continue,
        };
        match found {
            Some(before) if before != said => return Modifier::Unknown,
            _ => found = Some(said),
        }
    }
    found.unwrap_or(Modifier::Unknown)
}

/// The effect that one text of a modifier means; `None` if the text is not known.
fn one(text: &str) -> Option<Modifier> {
    let text = narrow(text);
    let text = text.trim();
    // `8002` is the code of "の疑い" (suspected) in the receipt computer. Some systems put letters before this code.
    if matches!(text, "8002" | "ZZZ8002") {
        return Some(Modifier::Says(FactStatus::Suspected));
    }
    if text == "?" {
        return Some(Modifier::Says(FactStatus::Suspected));
    }
    let plain = text.strip_prefix('の').unwrap_or(text).to_ascii_lowercase();
    if NEUTRAL.contains(&plain.as_str()) {
        return Some(Modifier::Neutral);
    }
    match said_by(&plain, &SAYING) {
        Said::Nothing => None,
        Said::One(status) => Some(Modifier::Says(status)),
        Said::Several => Some(Modifier::Unknown),
    }
}

/// The effect that the name of a diagnosis itself has on its status.
pub(crate) fn in_name(name: &str) -> Modifier {
    let name = narrow(name).to_ascii_lowercase();
    let bare = name.trim_end_matches(|c: char| c.is_whitespace() || ")]】」〉".contains(c));
    if AT_THE_END.iter().any(|end| bare.ends_with(end)) {
        return Modifier::Unknown;
    }
    match said_by(&name, &IN_NAMES) {
        Said::Nothing => Modifier::Neutral,
        Said::One(status) => Modifier::Says(status),
        Said::Several => Modifier::Unknown,
    }
}

enum Said {
    Nothing,
    One(FactStatus),
    Several,
}

fn said_by(text: &str, pieces: &[(&str, FactStatus)]) -> Said {
    let mut said = Said::Nothing;
    for (_, status) in pieces.iter().filter(|(piece, _)| text.contains(piece)) {
        said = match said {
            Said::Nothing => Said::One(*status),
            Said::One(before) if before == *status => said,
            Said::One(_) | Said::Several => return Said::Several,
        };
    }
    said
}

/// The status of a diagnosis after all its modifiers were applied. If two modifiers state different statuses, if a modifier contradicts a
/// stated status other than "present", or if a modifier is not understood, the result is not understood.
pub(crate) fn modified(stated: FactStatus, modifiers: &[Modifier]) -> FactStatus {
    let mut status = stated;
    for modifier in modifiers {
        status = match (modifier, status) {
            (Modifier::Neutral, status) => status,
            (Modifier::Unknown, _) => return FactStatus::NotUnderstood,
            (Modifier::Says(said), FactStatus::Present) => *said,
            (Modifier::Says(said), status) if *said == status => status,
            (Modifier::Says(_), _) => return FactStatus::NotUnderstood,
        };
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use FactStatus::{Excluded, History, NotUnderstood, Present, RuledOut, Suspected};

    #[test]
    fn a_known_modifier_gives_its_status_and_an_unknown_modifier_is_not_understood() {
        for (texts, status) in [
            (&["8002", "の疑い", "MDCDX2"][..2], Suspected),
            (&["8002"], Suspected),
            (&["ZZZ8002", "の疑い"], Suspected),
            (&["の疑い"], Suspected),
            (&["9999", "疑い"], Suspected),
            (&["8999", "の既往"], History),
            (&["既往歴"], History),
            (&["8999", "後遺症"], History),
            (&["の除外"], RuledOut),
            (&["否定"], Excluded),
            (&["なし"], Excluded),
            (&["4012", "急性"], Present),
            (&["2056", "左"], Present),
            (&["7777"], NotUnderstood),
            (&["8048", "術後"], NotUnderstood),
            (&["家族歴"], NotUnderstood),
            (&["Family history of"], NotUnderstood),
            (&["ＳＵＳＰＥＣＴＥＤ"], Suspected),
            (&["ｳﾀｶﾞｲ"], Suspected),
            (&["左", "Left"], Present),
            (&["疑い否定"], NotUnderstood),
            (&["既往の疑い"], NotUnderstood),
            (&["8002", "急性"], NotUnderstood),
            (&[""], NotUnderstood),
            (&[], NotUnderstood),
        ] {
            assert_eq!(modified(Present, &[modifier(texts.iter().copied())]), status, "{texts:?}");
        }
    }

    #[test]
    fn a_diagnosis_is_present_only_if_stated_as_present_with_neutral_modifiers() {
        let said = [Suspected, Excluded, RuledOut, History, NotUnderstood].map(Modifier::Says);
        let all: Vec<Modifier> = said.into_iter().chain([Modifier::Neutral, Modifier::Unknown]).collect();
        for stated in FactStatus::ALL {
            for a in &all {
                for b in &all {
                    let status = modified(stated, &[*a, *b]);
                    assert_eq!(
                        status == Present,
                        stated == Present && *a == Modifier::Neutral && *b == Modifier::Neutral,
                        "{stated:?} {a:?} {b:?}"
                    );
                    assert_eq!(status, modified(stated, &[*b, *a]), "the order of modifiers must not matter");
                }
            }
        }
    }

    #[test]
    fn the_name_of_a_diagnosis_can_state_its_status() {
        for (name, status) in [
            ("胃癌の疑い", Suspected),
            ("胃癌（疑い）", Suspected),
            ("結核既往", History),
            ("心筋梗塞の除外", RuledOut),
            ("Suspected Marfan syndrome", Suspected),
            ("膵癌うたがい", Suspected),
            ("ﾊｲｶﾞﾝｳﾀｶﾞｲ", Suspected),
            ("大腸癌？", Suspected),
            ("乳癌 r/o", Suspected),
            ("前立腺癌Ｓ／Ｏ", Suspected),
            ("胆管癌 susp.", Suspected),
            ("喘息の可能性", Suspected),
            ("ＰＯＳＳＩＢＬＥ Marfan", Suspected),
            ("probable ALS", Suspected),
            ("糖尿病ではない", Excluded),
            ("てんかんはない", Excluded),
            ("脳梗塞 s/p", History),
            ("乳癌の家族歴", NotUnderstood),
            ("Family history of breast cancer", NotUnderstood),
            ("胃癌術後", NotUnderstood),
            ("甲状腺癌（治癒）", NotUnderstood),
            ("術後イレウス", Present),
            ("糖尿病・合併症なし", Present),
            ("Triple-negative breast cancer", Present),
            ("脳梗塞後遺症", Present),
            ("胃炎", Present),
        ] {
            assert_eq!(modified(Present, &[in_name(name)]), status, "{name}");
        }
    }
}
