//! Approvals in force whose application is absent from a file of entitlements.
//!
//! REMS leaves ended entitlements out of `/api/entitlements` unless the request has `expired=true`. A revoked application is then absent, and an import
//! that ignored the absence would keep the approval. The rule is in decision 67.

use std::collections::BTreeSet;

use gemj_catalogue::SeenExport;
use gemj_model::ApprovalId;

use super::draft::Draft;
use super::rems::is_older;
use super::{Absent, is_open};
use crate::approvals::rems::{RemsEntry, RemsMapping};

impl Draft<'_> {
    /// Treats the open approvals of this REMS installation whose application is not in the file.
    pub(super) fn absent(&mut self, entries: &[RemsEntry], mapping: &RemsMapping) {
        let named: BTreeSet<&ApprovalId> = entries.iter().filter_map(|entry| entry.base.as_ref()).collect();
        let open = self.current.values().filter(|approval| is_open(approval, self.options.now));
        let bases = open.filter_map(|approval| base_of(&approval.id, &mapping.id_prefix));
        let missing: BTreeSet<ApprovalId> = bases.filter(|base| !named.contains(base) && !self.is_known_later(base)).collect();
        for base in missing {
            match self.options.absent {
                None => self.file_fault(format!(
                    "approval {base} is in force, and the file has no entitlement of its application. Fetch the file with \
                     /api/entitlements?expired=true. If it has all open entitlements, use --absent end; if it has only a part of them, use \
                     --absent keep"
                )),
                Some(Absent::Keep) => self.note(format!("approval {base} is not in the file and stays as it is")),
                Some(Absent::End) => {
                    let parts = self.parts_of(&base);
                    self.end(&parts, self.options.exported);
                    self.saw(self.export_of(base));
                }
            }
        }
    }

    /// Whether a newer export of the application was imported. The older file cannot state anything about it.
    fn is_known_later(&self, base: &ApprovalId) -> bool {
        let seen = self.seen.get(base);
        seen.is_some_and(|seen| is_older(&self.export_of(base.clone()), seen))
    }

    fn export_of(&self, application: ApprovalId) -> SeenExport {
        SeenExport {
            application,
            activity: None,
            exported: self.options.exported,
            over: false,
        }
    }
}

/// The id of an approval without the parts for dataset and organisation; absent if the approval does not come from an application of this REMS
/// installation.
fn base_of(id: &ApprovalId, prefix: &str) -> Option<ApprovalId> {
    let number = id.as_str().strip_prefix(prefix)?;
    let end = number.find([':', '@']).unwrap_or(number.len());
    let (number, parts) = number.split_at(end);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let base = id.as_str().strip_suffix(parts)?;
    is_number.then(|| ApprovalId::parse(base).ok()).flatten()
}
