//! The fields around a result that change its status: the order (ORC, OBR), the specimen (SPM), and the flags of the result (OBX-8).
//!
//! Each table is that of HL7 v2.5. Only codes that certainly leave the result as it is have no effect. Every other code, also one that the table
//! has, makes the result not understood: a result of a cancelled order contradicts its own status.

use gemj_model::FactStatus;

use super::modifier::Modifier;
use super::narrow;

/// The effect of ORC-1, the order control (table 0119). Codes for new, changed, accepted, replacing and reported orders have no effect. Codes for
/// cancelled, discontinued, held, refused and replaced orders are not understood.
pub(crate) fn order_control(texts: &[&str]) -> Modifier {
    const UNCHANGED: [&str; 20] = [
        "NW", "OK", "NA", "SN", "SC", "SR", "SS", "RE", "RO", "PA", "CH", "XO", "XR", "XX", "CN", "OE", "OR", "RL", "AF", "RR",
    ];
    of_code(texts, |code| UNCHANGED.contains(&code).then_some(Modifier::Neutral))
}

/// The effect of ORC-5, the order status (table 0038): `A` some results, `CM` completed, `IP` in process, `SC` in process and scheduled.
pub(crate) fn order_status(texts: &[&str]) -> Modifier {
    of_code(texts, |code| matches!(code, "A" | "CM" | "IP" | "SC").then_some(Modifier::Neutral))
}

/// The effect of OBR-25, the status of the order's results (table 0123): `A` some results, `C` corrected, `F` final. `P` preliminary and `R` not
/// verified are not confirmed.
pub(crate) fn report_status(texts: &[&str]) -> Modifier {
    of_code(texts, |code| match code {
        "A" | "C" | "F" => Some(Modifier::Neutral),
        "P" | "R" => Some(Modifier::Says(FactStatus::Suspected)),
        _ => None,
    })
}

/// The effect of SPM-11, the role of the specimen (table 0369). Only the patient's own specimen has no effect. The decoder leaves out the specimens
/// that are certainly not the patient's.
pub(crate) fn specimen_role(texts: &[&str]) -> Modifier {
    of_code(texts, |code| (code == "P").then_some(Modifier::Neutral))
}

/// The effect of SPM-21, the reason for which the specimen was rejected. A result of a rejected specimen is never understood.
pub(crate) fn specimen_rejected(texts: &[&str]) -> Modifier {
    of_code(texts, |_| None)
}

/// The effect of SPM-24, the condition of the specimen (table 0493): cool, frozen, live, room temperature. Clotted, contaminated, haemolysed and
/// other conditions can change the result.
pub(crate) fn specimen_condition(texts: &[&str]) -> Modifier {
    of_code(texts, |code| {
        matches!(code, "COOL" | "FROZ" | "LIVE" | "ROOM").then_some(Modifier::Neutral)
    })
}

/// The effect of OBX-8, the abnormal flags (table 0078, and the flags that later versions of the table add). `<` and `>` have no effect here,
/// because they change the value ([`off_scale`]). A flag that the table does not have could mean that the result is invalid.
pub(crate) fn abnormal_flag(texts: &[&str]) -> Modifier {
    const UNCHANGED: [&str; 27] = [
        "L", "H", "LL", "HH", "LU", "HU", "<", ">", "N", "A", "AA", "NULL", "U", "D", "B", "W", "S", "R", "I", "MS", "VS", "POS", "NEG",
        "DET", "ND", "RR", "NR",
    ];
    let is_unchanged = |text: &&str| UNCHANGED.contains(&code_of(text).as_str());
    match texts.iter().all(is_unchanged) {
        true => Modifier::Neutral,
        false => Modifier::Unknown,
    }
}

/// Whether a value is beyond the scale of the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OffScale {
    /// The value is within the scale, or the source does not state it.
    No,
    /// `<`: the value is below the scale.
    Below,
    /// `>`: the value is above the scale.
    Above,
    /// Both flags: the source contradicts itself.
    Both,
}

/// The scale flags of OBX-8.
pub(crate) fn off_scale(texts: &[&str]) -> OffScale {
    let has = |flag: &str| texts.iter().any(|text| code_of(text) == flag);
    match (has("<"), has(">")) {
        (false, false) => OffScale::No,
        (true, false) => OffScale::Below,
        (false, true) => OffScale::Above,
        (true, true) => OffScale::Both,
    }
}

/// The effect of a coded field: none if it is empty. The first text is the code; its name and its code system follow. A field without a known code is
/// not understood.
fn of_code(texts: &[&str], known: impl Fn(&str) -> Option<Modifier>) -> Modifier {
    match texts.first() {
        None => Modifier::Neutral,
        Some(code) => known(&code_of(code)).unwrap_or(Modifier::Unknown),
    }
}

fn code_of(text: &str) -> String {
    narrow(text).trim().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Modifier::{Neutral, Unknown};

    #[test]
    fn a_result_of_a_cancelled_order_or_a_rejected_specimen_is_not_understood() {
        for code in [
            "CA",
            "OC",
            "CR",
            "DC",
            "OD",
            "DR",
            "HD",
            "OH",
            "UA",
            "RP",
            "RQ",
            "RU",
            "DE",
            "ZZ",
            "cancelled",
            "中止",
        ] {
            assert_eq!(order_control(&[code]), Unknown, "{code}");
        }
        for code in ["NW", "SC", "RE", "ｓｃ", " ok "] {
            assert_eq!(order_control(&[code]), Neutral, "{code}");
        }
        for code in ["CA", "DC", "ER", "HD", "RP", "x"] {
            assert_eq!(order_status(&[code]), Unknown, "{code}");
        }
        for code in ["I", "O", "S", "X", "Y", "Z", "x", "final"] {
            assert_eq!(report_status(&[code]), Unknown, "{code}");
        }
        assert_eq!(report_status(&["P"]), Modifier::Says(FactStatus::Suspected));
        assert_eq!((order_status(&["CM"]), report_status(&["F"])), (Neutral, Neutral));
        assert_eq!((specimen_rejected(&["QS"]), specimen_rejected(&[])), (Unknown, Neutral));
        assert_eq!((specimen_condition(&["HEM"]), specimen_condition(&["COOL"])), (Unknown, Neutral));
        assert_eq!(
            (specimen_role(&["P", "Patient", "HL70369"]), specimen_role(&["患者"])),
            (Neutral, Unknown)
        );
    }

    #[test]
    fn a_flag_that_the_table_does_not_have_is_not_understood() {
        for texts in [&[][..], &["H"], &["N"], &["H", ">"], &["ｌ"], &["null"]] {
            assert_eq!(abnormal_flag(texts), Neutral, "{texts:?}");
        }
        for texts in [&["QCF"][..], &["*"], &["H", "x"], &["再検"]] {
            assert_eq!(abnormal_flag(texts), Unknown, "{texts:?}");
        }
    }

    #[test]
    fn the_flags_below_and_above_the_scale_are_found_among_other_flags() {
        assert_eq!(off_scale(&["H", ">"]), OffScale::Above);
        assert_eq!(off_scale(&["＜"]), OffScale::Below);
        assert_eq!(off_scale(&["<", ">"]), OffScale::Both);
        assert_eq!(off_scale(&["L"]), OffScale::No);
    }
}
