//! Warnings about a dataset's use conditions. The gateway evaluates a faulty condition too, and mostly denies the use.

use gemj_model::{DataUseTerm, DatasetPolicy, DuoCode};

/// The name of the detail that a code requires, and whether a use condition states this detail. Absent if the code requires none.
fn required_detail(code: DuoCode, term: &DataUseTerm) -> Option<(&'static str, bool)> {
    match code {
        DuoCode::Diseases => Some(("diseases", !term.diseases.is_empty())),
        DuoCode::Regions => Some(("regions", !term.regions.is_empty())),
        DuoCode::Months => Some(("months", term.months.is_some())),
        DuoCode::Moratorium => Some(("date", term.date.is_some())),
        DuoCode::Projects => Some(("projects", !term.projects.is_empty())),
        DuoCode::Users => Some(("users", !term.users.is_empty())),
        DuoCode::Institutions => Some(("institutions", !term.institutions.is_empty())),
        _ => None,
    }
}

/// Warnings for the operator about a dataset's use conditions, one sentence each.
pub(crate) fn oddities(dataset: &DatasetPolicy) -> Vec<String> {
    let mut odd = Vec::new();
    let id = &dataset.id;
    if !dataset
        .data_use
        .iter()
        .any(|term| DuoCode::parse(&term.code).is_some_and(DuoCode::is_permission))
    {
        odd.push(format!(
            "dataset '{id}': data_use has no permission code: no caller may use the dataset for research"
        ));
    }
    for term in &dataset.data_use {
        let detail = DuoCode::parse(&term.code).and_then(|code| required_detail(code, term));
        if let Some((particular, false)) = detail {
            let code = &term.code;
            odd.push(format!(
                "dataset '{id}': data_use {code} needs {particular} and has none: every use is refused or referred"
            ));
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
