//! Determines how modifiers change the status of a diagnosis.
//!
//! A Japanese diagnosis is a name with modifiers before and after the name (MEDIS's table of modifiers, HS005): `急性`, `左`, `の疑い`. Most
//! modifiers describe a disease that is present. Some state that the disease is absent, past or only suspected.
//!
//! The licence of the table does not allow a copy of the whole table, so this module contains only modifiers with a certain meaning. All others
//! count as not understood. A diagnosis with an unknown modifier is never stored as present.

mod words;

use gemj_model::FactStatus;

use super::feature_name::official;
use super::width::narrow;
use words::{
    AT_THE_END, AT_THE_START, CHANGING, IN_FEATURES, In, NEUTRAL, NOT_AT_THE_END, NOT_DENIED, RELATIVES, RELATIVES_IN_JAPANESE, WORDS,
};

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
    match said_by(&plain, In::Modifiers) {
        Said::Nothing => None,
        Said::One(status) => Some(Modifier::Says(status)),
        Said::Several => Some(Modifier::Unknown),
    }
}

/// The meaning of a modifier of a phenotypic feature that is a term of an ontology. HPO's modifiers (below HP:0012823) describe a feature that is
/// present, except the frequency "excluded". A term of another ontology is recognised by its label. Both the id and the label are checked, because
/// published packets sometimes swap them.
pub(crate) fn of_term(id: &str, label: &str) -> Modifier {
    let texts = [label, id];
    match modifier(texts) {
        _ if texts.contains(&"HP:0040285") => Modifier::Says(FactStatus::Excluded),
        // A label that denies, or that speaks of the past or of the family, contradicts a modifier that only describes.
        Modifier::Unknown if texts.iter().any(|text| text.starts_with("HP:")) && !changes_the_status(label) => Modifier::Neutral,
        said => said,
    }
}

/// Whether the label of a modifier denies, or speaks of the past or of other persons. Such a label never only describes.
fn changes_the_status(label: &str) -> bool {
    let label = format!(" {} ", narrow(label).to_ascii_lowercase());
    CHANGING.iter().any(|piece| label.contains(piece)) || !matches!(said_by(&label, In::Modifiers), Said::Nothing)
}

/// The effect that the name of a diagnosis itself has on its status. A name that speaks of a relative is not understood.
pub(crate) fn in_name(name: &str) -> Modifier {
    match in_name_of_any_person(name) {
        Modifier::Neutral if speaks_of_a_relative(name) => Modifier::Unknown,
        said => said,
    }
}

/// Whether a name contains a word for a relative.
fn speaks_of_a_relative(name: &str) -> bool {
    let name = narrow(name).to_ascii_lowercase();
    RELATIVES_IN_JAPANESE.iter().any(|word| name.contains(word)) || words_of(&name).any(|word| RELATIVES.contains(&word))
}

fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric())
}

/// The effect that a name has on the status of a disease, whether it is of the participant or of a relative.
fn in_name_of_any_person(name: &str) -> Modifier {
    let name = narrow(name).to_ascii_lowercase();
    let bare = name.trim_end_matches(|c: char| c.is_whitespace() || ")]】」〉".contains(c));
    let is_about_another = NOT_AT_THE_END.iter().any(|end| bare.ends_with(end));
    if !is_about_another && AT_THE_END.iter().any(|end| bare.ends_with(end)) {
        return Modifier::Unknown;
    }
    match said_by(&name, In::Names) {
        Said::Nothing if AT_THE_START.iter().any(|start| name.trim_start().starts_with(start)) => Modifier::Unknown,
        Said::Nothing => Modifier::Neutral,
        Said::One(status) => Modifier::Says(status),
        Said::Several => Modifier::Unknown,
    }
}

/// The effect that the name of a condition of a relative has on its status. The words that call it a family history are expected there.
pub(crate) fn in_name_of_relative(name: &str) -> Modifier {
    let mut name = narrow(name).to_ascii_lowercase();
    for phrase in ["family history of", "family history", "家族歴"] {
        name = name.replace(phrase, " ");
    }
    in_name_of_any_person(&name)
}

/// The effect that the name of a phenotypic feature has on its status. Many terms of HPO name an absence that is itself the finding (`Absent
/// speech`), so a word of denial has no effect in an official name of the term. In every other name, the feature is not understood.
pub(crate) fn in_feature_name(code: &str, name: &str) -> Modifier {
    let plain = narrow(name).to_lowercase();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    // A text behind the official name and a mark is still read (`Absent speech: no`). Another word behind it makes another name.
    let is_apart = |rest: &&str| !rest.trim_start().starts_with(char::is_alphanumeric);
    let rests = official(code).filter_map(|known| plain.strip_prefix(known)).filter(is_apart);
    let rest = rests.min_by_key(|rest| rest.len());
    let text = rest.unwrap_or(&plain);
    match in_name(text) {
        _ if FAMILY_HISTORIES.contains(&code) => Modifier::Unknown,
        Modifier::Neutral if words_of(text).any(|word| IN_FEATURES.contains(&word)) => Modifier::Unknown,
        modifier => modifier,
    }
}

/// The terms of HPO for a family history, of cancer and of heart disease too, which state nothing about the participant.
const FAMILY_HISTORIES: [&str; 3] = ["HP:0032316", "HP:0032317", "HP:0032318"];

enum Said {
    Nothing,
    One(FactStatus),
    Several,
}

fn said_by(text: &str, place: In) -> Said {
    let mut said = Said::Nothing;
    let mut text = text.to_owned();
    for phrase in NOT_DENIED.iter().filter(|phrase| text.contains(*phrase)).collect::<Vec<_>>() {
        text = text.replace(phrase, " ");
        said = Said::One(FactStatus::Suspected);
    }
    let read_here = |of: In| of == In::Both || of == place;
    for (_, status, _) in WORDS.iter().filter(|(piece, _, of)| read_here(*of) && text.contains(piece)) {
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
    use FactStatus::{Excluded, History, NotConfirmed, NotUnderstood, Present, RuledOut, Suspected};

    #[test]
    fn the_name_of_a_family_history_may_say_that_it_is_one() {
        for (name, status) in [
            ("Family history of breast cancer", Present),
            ("胃癌の家族歴", Present),
            ("家族歴 胃癌の疑い", Suspected),
            ("家族歴 誤登録", NotUnderstood),
        ] {
            assert_eq!(modified(Present, &[in_name_of_relative(name)]), status, "{name}");
        }
    }

    #[test]
    fn a_name_that_speaks_of_a_relative_is_never_present_as_a_disease_of_the_participant() {
        for name in [
            "父に胃癌",
            "母の乳癌",
            "祖母 乳癌",
            "breast cancer, mother",
            "Mother's breast cancer",
            "breast cancer (maternal aunt)",
        ] {
            assert_eq!(modified(Present, &[in_name(name)]), NotUnderstood, "{name}");
            assert_eq!(modified(Present, &[in_name_of_relative(name)]), Present, "{name}");
        }
        // A word that only contains such a word says nothing about a relative.
        for name in ["Carbuncle", "母斑", "Diabetes and deafness, maternally inherited", "外反母趾"] {
            assert_eq!(modified(Present, &[in_name(name)]), Present, "{name}");
        }
        for (code, name) in [
            ("HP:0001250", "Seizure in the mother"),
            ("HP:0001251", "Ataxia (father)"),
            ("HP:0032316", "Family history"),
        ] {
            assert_eq!(modified(Present, &[in_feature_name(code, name)]), NotUnderstood, "{name}");
        }
        // The official name of the term is a finding of the participant.
        assert_eq!(modified(Present, &[in_feature_name("HP:0009800", "Maternal diabetes")]), Present);
    }

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
            (&["否定できない"], Suspected),
            (&["cannot be excluded"], Suspected),
            (&["否定できない既往"], NotUnderstood),
            (&["家族の"], NotUnderstood),
            (&["entered in error"], NotUnderstood),
            (&["8002", "急性"], NotUnderstood),
            (&[""], NotUnderstood),
            (&[], NotUnderstood),
        ] {
            assert_eq!(modified(Present, &[modifier(texts.iter().copied())]), status, "{texts:?}");
        }
    }

    #[test]
    fn a_diagnosis_is_present_only_if_stated_as_present_with_neutral_modifiers() {
        let said = [Suspected, Excluded, RuledOut, History, NotConfirmed, NotUnderstood].map(Modifier::Says);
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
            ("肺癌を否定できず", Suspected),
            ("Lung cancer not ruled out", Suspected),
            ("糖尿病ではない", Excluded),
            ("てんかんはない", Excluded),
            ("脳梗塞 s/p", History),
            ("乳癌の家族歴", NotUnderstood),
            ("Family history of breast cancer", NotUnderstood),
            ("乳癌（家族の）", NotUnderstood),
            ("胃癌 誤登録", NotUnderstood),
            ("家族性大腸腺腫症", Present),
            ("胃癌術後", NotUnderstood),
            ("甲状腺癌（治癒）", NotUnderstood),
            ("術後イレウス", Present),
            ("糖尿病・合併症なし", Present),
            ("糖尿病なし", NotUnderstood),
            ("肺癌ではなかった", NotUnderstood),
            ("No diabetes", NotUnderstood),
            ("Not lung cancer", NotUnderstood),
            ("Without diabetes", NotUnderstood),
            ("Marfan syndrome, likely", NotUnderstood),
            ("Likely Marfan syndrome", NotUnderstood),
            ("Marfan syndrome (unlikely)", NotUnderstood),
            ("Lung cancer not confirmed", NotUnderstood),
            ("Negative for lung cancer", NotUnderstood),
            ("Lung cancer (absent)", NotUnderstood),
            ("Patient denies asthma", NotUnderstood),
            ("provisional diagnosis of ALS", Suspected),
            ("Migraine without aura", Present),
            ("Type 2 diabetes mellitus without complications", Present),
            ("Disorder of kidney, not elsewhere classified", Present),
            ("Norrie disease", Present),
            ("Triple-negative breast cancer", Present),
            ("脳梗塞後遺症", Present),
            ("胃炎", Present),
        ] {
            assert_eq!(modified(Present, &[in_name(name)]), status, "{name}");
        }
    }
}
