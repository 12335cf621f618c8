//! The status of a laboratory result (OBX-11, HL7 v2.5 table 0085).

use gemj_model::FactStatus;

use super::modifier::Modifier;
use super::narrow;

/// The effect of a result's status on the measurement. `texts` contains all parts of OBX-11.
///
/// * `F` (final), `C` (correction of a final result) and `U` (changed to final) leave the result as it is.
/// * `P` (preliminary), `R` (entered, not verified) and `S` (partial) are results that are not confirmed yet.
/// * Every other status is not understood, and also a missing status, because HL7 requires one.
pub(crate) fn result_status(texts: &[&str]) -> Modifier {
    match texts {
        [text] => match narrow(text).trim().to_ascii_uppercase().as_str() {
            "F" | "C" | "U" => Modifier::Neutral,
            "P" | "R" | "S" => Modifier::Says(FactStatus::Suspected),
            _ => Modifier::Unknown,
        },
        [] | [_, _, ..] => Modifier::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_certain_only_with_a_final_status() {
        use Modifier::{Neutral, Says, Unknown};
        let unconfirmed = Says(FactStatus::Suspected);
        for (texts, effect) in [
            (&["F"][..], Neutral),
            (&["C"], Neutral),
            (&["U"], Neutral),
            (&[" f "], Neutral),
            (&["Ｆ"], Neutral),
            (&["P"], unconfirmed),
            (&["R"], unconfirmed),
            (&["S"], unconfirmed),
            (&["Z"], Unknown),
            (&["I"], Unknown),
            (&["FINAL"], Unknown),
            (&["F", "x"], Unknown),
            (&[], Unknown),
        ] {
            assert_eq!(result_status(texts), effect, "{texts:?}");
        }
    }
}
