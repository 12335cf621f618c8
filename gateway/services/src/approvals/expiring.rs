//! Which approvals, and which rights in datasets, lapse in the near future.

use gemj_model::{Approval, ApprovalId, DatasetId, DatasetPolicy, DuoCode, Timestamp};

/// Why a right lapses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LapseReason {
    /// The approval ends.
    ApprovalEnds,
    /// The dataset may be used for a number of months (DUO:0000025), which end.
    MonthsOfDataset,
}

impl LapseReason {
    /// The reason as a kebab-case text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ApprovalEnds => "approval-ends",
            Self::MonthsOfDataset => "months-of-dataset",
        }
    }
}

/// A right that lapses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapse {
    /// The instant at which the right lapses.
    pub at: Timestamp,
    /// The approval.
    pub approval: ApprovalId,
    /// Why the right lapses.
    pub reason: LapseReason,
    /// The datasets that close at this instant.
    pub datasets: Vec<DatasetId>,
    /// The title of the project.
    pub project: String,
    /// The organisation of the approval.
    pub organisation: String,
}

/// The rights that lapse after `now` and not after `until`, in order of time and id. Revoked and ended approvals have no rights.
#[must_use]
pub fn lapses(approvals: &[Approval], datasets: &[DatasetPolicy], now: Timestamp, until: Timestamp) -> Vec<Lapse> {
    let mut found = Vec::new();
    for approval in approvals.iter().filter(|a| a.revoked.is_none() && a.not_after > now) {
        let lapse = |at, reason, datasets| Lapse {
            at,
            approval: approval.id.clone(),
            reason,
            datasets,
            project: approval.project.clone(),
            organisation: approval.organisation.clone(),
        };
        let ends: Vec<(DatasetId, Timestamp)> = approval
            .datasets
            .iter()
            .map(|id| (id.clone(), end_of(approval, datasets.iter().find(|d| d.id == *id))))
            .collect();
        for (id, at) in ends.iter().filter(|(_, at)| *at < approval.not_after && *at > now && *at <= until) {
            found.push(lapse(*at, LapseReason::MonthsOfDataset, vec![id.clone()]));
        }
        if approval.not_after <= until {
            let last = ends.into_iter().filter(|(_, at)| *at == approval.not_after).map(|(id, _)| id);
            found.push(lapse(approval.not_after, LapseReason::ApprovalEnds, last.collect()));
        }
    }
    found.sort_by(|one, other| (one.at, &one.approval, one.reason).cmp(&(other.at, &other.approval, other.reason)));
    found
}

/// The end of an approval's right in a dataset: the end of the approval, or the end of the dataset's months if it is earlier.
fn end_of(approval: &Approval, dataset: Option<&DatasetPolicy>) -> Timestamp {
    let terms = dataset.iter().flat_map(|dataset| &dataset.data_use);
    let limits = terms
        .filter(|term| DuoCode::parse(&term.code) == Some(DuoCode::Months))
        .filter_map(|term| approval.months_after_start(term.months?));
    limits.min().map_or(approval.not_after, |end| end.min(approval.not_after))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::DataUseTerm;

    use super::super::tests::approval;
    use super::*;

    fn dataset(id: &str, months: Option<u32>) -> DatasetPolicy {
        DatasetPolicy {
            id: DatasetId::parse(id).unwrap(),
            name: String::new(),
            description: String::new(),
            data_use: vec![DataUseTerm {
                code: "DUO:0000025".to_owned(),
                months,
                ..DataUseTerm::default()
            }],
            public_boolean: false,
        }
    }

    #[test]
    fn approvals_and_months_of_datasets_lapse_in_order_of_time() {
        let time = |text: &str| Timestamp::parse(text).unwrap();
        let mut one = approval();
        one.not_before = Some(time("2026-01-01"));
        one.not_after = time("2027-01-01");
        one.datasets = vec![DatasetId::parse("cancer").unwrap(), DatasetId::parse("rare-disease").unwrap()];
        let mut revoked = one.clone();
        revoked.id = ApprovalId::parse("revoked").unwrap();
        revoked.revoked = Some(Timestamp(1));
        let datasets = [dataset("cancer", Some(6)), dataset("rare-disease", None)];
        let found = |now: &str, until: &str| {
            let found = lapses(&[one.clone(), revoked.clone()], &datasets, time(now), time(until));
            let texts = found.iter().map(|lapse| {
                let datasets: Vec<&str> = lapse.datasets.iter().map(DatasetId::as_str).collect();
                format!("{} {} {}", lapse.at.rfc3339(), lapse.reason.as_str(), datasets.join(","))
            });
            texts.collect::<Vec<_>>()
        };
        // Six months from the first of January in Japan end on the first of July in Japan, which is still June in UTC.
        let months = "2026-06-30T15:00:00Z months-of-dataset cancer";
        let end = "2026-12-31T15:00:00Z approval-ends rare-disease";
        assert_eq!(found("2026-05-01", "2027-05-01"), [months, end]);
        assert_eq!(found("2026-05-01", "2026-07-01"), [months]);
        assert_eq!(found("2026-07-01", "2027-01-01"), [end]);
        assert!(found("2026-07-01", "2026-12-31").is_empty());
        assert!(found("2027-01-01", "2030-01-01").is_empty());
    }
}
