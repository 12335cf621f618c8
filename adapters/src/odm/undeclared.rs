//! Takes the names that neither the metadata nor the profile states out of a unit. Names of records and fields are stored in the account of a run, and an OID
//! that was written by hand can contain a person's name.

use crate::unit::Unit;

/// The word in place of a name that is not declared. An OID has no spaces, so a profile cannot name it.
const UNDECLARED: &str = "(undeclared name)";
const UNIT_SUFFIX: &str = "@MeasurementUnitOID";

/// Replaces undeclared OIDs of records, and removes fields with undeclared OIDs. Returns the removed fields, as [`crate::unit::Met::Ignored`] names them.
pub(super) fn taken_out(unit: &mut Unit, is_shown: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut taken = Vec::new();
    for record in &mut unit.records {
        if let Some((element, oid)) = record.kind.split_once(':')
            && !is_shown(oid)
        {
            record.kind = format!("{element}:{UNDECLARED}");
        }
        let kind = record.kind.clone();
        record.fields.retain(|name, _| {
            let oid = name.strip_suffix(UNIT_SUFFIX).unwrap_or(name);
            let is_kept = name.starts_with('@') || is_shown(oid) || is_shown(name);
            if !is_kept {
                taken.push(format!("field:{kind} {UNDECLARED}"));
            }
            is_kept
        });
    }
    taken
}
