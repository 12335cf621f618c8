//! Warnings about a dataset's use conditions. The gateway evaluates a faulty condition too, and mostly denies the use.

use gemj_model::{DataUseTerm, DatasetPolicy};

/// The DUO codes that permit a use (DUO 2021-02-23). A dataset without any of these codes is open to no caller.
const PERMISSIONS: [&str; 5] = ["DUO:0000004", "DUO:0000042", "DUO:0000006", "DUO:0000007", "DUO:0000011"];

/// A DUO code, the name of the detail that the code requires, and a check whether a use condition states this detail.
type Particular = (&'static str, &'static str, fn(&DataUseTerm) -> bool);

const PARTICULARS: [Particular; 7] = [
    ("DUO:0000007", "diseases", |term| !term.diseases.is_empty()),
    ("DUO:0000022", "regions", |term| !term.regions.is_empty()),
    ("DUO:0000025", "months", |term| term.months.is_some()),
    ("DUO:0000024", "date", |term| term.date.is_some()),
    ("DUO:0000027", "projects", |term| !term.projects.is_empty()),
    ("DUO:0000026", "users", |term| !term.users.is_empty()),
    ("DUO:0000028", "institutions", |term| !term.institutions.is_empty()),
];

/// Warnings for the operator about a dataset's use conditions, one sentence each.
pub(crate) fn oddities(dataset: &DatasetPolicy) -> Vec<String> {
    let mut odd = Vec::new();
    let id = &dataset.id;
    if !dataset.data_use.iter().any(|term| PERMISSIONS.contains(&term.code.as_str())) {
        odd.push(format!(
            "dataset '{id}': data_use has no permission code: no caller may use the dataset for research"
        ));
    }
    for term in &dataset.data_use {
        for (code, particular, says) in PARTICULARS {
            if term.code == code && !says(term) {
                odd.push(format!(
                    "dataset '{id}': data_use {code} needs {particular} and has none: every use is refused or referred"
                ));
            }
        }
    }
    odd
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::DatasetId;

    use super::*;

    #[test]
    fn a_condition_without_its_required_detail_is_reported() {
        let dataset = |terms: &[DataUseTerm]| DatasetPolicy {
            id: DatasetId::parse("d").unwrap(),
            name: String::new(),
            description: String::new(),
            data_use: terms.to_vec(),
            public_boolean: false,
        };
        assert!(oddities(&dataset(&["DUO:0000042".into()])).is_empty());
        assert_eq!(oddities(&dataset(&[])).len(), 1);
        let bare = [
            "DUO:0000007",
            "DUO:0000022",
            "DUO:0000025",
            "DUO:0000024",
            "DUO:0000027",
            "DUO:0000026",
            "DUO:0000028",
        ];
        assert_eq!(oddities(&dataset(&bare.map(DataUseTerm::from))).len(), bare.len());
        let whole = DataUseTerm {
            diseases: vec!["MONDO:0005070".to_owned()],
            ..DataUseTerm::from("DUO:0000007")
        };
        assert!(oddities(&dataset(&[whole])).is_empty());
    }
}
