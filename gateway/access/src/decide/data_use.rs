//! A dataset's Data Use Ontology codes against a use.
//!
//! DUO 2021-02-23. Three-valued in the committee's room, two-valued at the gate: what would have to be referred is not allowed here.
//! Modifiers are never subsumed by one another.

use gemj_model::{Approval, DatasetPolicy, Organisation, OrganisationKind};

/// Whether the dataset's conditions allow an approved use by this organisation for this purpose.
pub(super) fn allows(dataset: &DatasetPolicy, organisation: &Organisation, approval: &Approval) -> bool {
    let mut permitted = false;
    for term in &dataset.data_use {
        match term.code.as_str() {
            // NRES, GRU, HMB: permissions that an approved project of the programme meets.
            "DUO:0000004" | "DUO:0000042" | "DUO:0000006" => permitted = true,
            // IRB, COL, PUB, RTN, PS, US: conditions that the committee's approval of the named project and user has checked.
            "DUO:0000021" | "DUO:0000020" | "DUO:0000019" | "DUO:0000029" | "DUO:0000027" | "DUO:0000026" => {}
            // NPU: not-for-profit organisations only.
            "DUO:0000045" => {
                if organisation.kind == OrganisationKind::Company {
                    return false;
                }
            }
            // NCU: no commercial use.
            "DUO:0000046" => {
                if approval.commercial {
                    return false;
                }
            }
            // NPUNCU: both.
            "DUO:0000018" => {
                if organisation.kind == OrganisationKind::Company || approval.commercial {
                    return false;
                }
            }
            // Everything else needs facts that are not held yet (disease, region, months), or is unknown.
            _ => return false,
        }
    }
    permitted
}
