//! Checks an approval before it is recorded.

use gemj_model::{Approval, ApprovedRegion, DatasetId, DatasetPolicy, Organisation, Purpose, ReleaseId};

/// The maximum length of a visa value, in characters (Passport 1.2: a longer URL claim is invalid).
const MAX_VISA_VALUE_CHARS: usize = 255;
/// The maximum length of a project's title, of an applicant's name and of an organisation, in bytes.
const MAX_TEXT_BYTES: usize = 1000;
/// The maximum number of users, datasets, diseases, DUO codes or purposes of one approval.
const MAX_ENTRIES: usize = 1000;
/// The maximum number of regions of one approval: the exons of a few hundred genes.
const MAX_REGIONS: usize = 10_000;

/// The modifiers of DUO 2021-02-23, by the last digits of their codes: RS, NMDS, GSO, NPUNCU, PUB, COL, IRB, GS, MOR, TS, US, PS, IS, RTN, CC,
/// NPOA, NPU, NCU.
const MODIFIERS: [u32; 18] = [12, 15, 16, 18, 19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 43, 44, 45, 46];

/// The configuration against which approvals are checked.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The configured datasets.
    pub datasets: &'a [DatasetPolicy],
    /// The configured organisations.
    pub organisations: &'a [Organisation],
    /// The existing releases, each with its dataset.
    pub releases: &'a [(ReleaseId, DatasetId)],
}

/// Why an approval is not recorded. No text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalFault {
    /// The approval names a purpose that no committee can approve.
    #[error("the purpose {} is always refused", .0.as_str())]
    AlwaysRefused(Purpose),
    /// The approval names no dataset.
    #[error("names no dataset")]
    NoDataset,
    /// The approval names a dataset that is not configured.
    #[error("dataset '{0}' is not configured: `gemj-gateway datasets list` prints the configured datasets")]
    UnknownDataset(DatasetId),
    /// The approval names a release that does not exist.
    #[error("there is no release '{0}'")]
    UnknownRelease(ReleaseId),
    /// The release of the approval belongs to another dataset, or the approval names further datasets.
    #[error("release '{release}' belongs only to dataset '{dataset}'")]
    OtherDataset {
        /// The release that the approval names.
        release: ReleaseId,
        /// The dataset of the release.
        dataset: DatasetId,
    },
    /// The approval has an empty list of regions.
    #[error("'regions' is empty and opens nothing; omit it for the whole genome")]
    NoRegion,
    /// A region of the approval contains no base, or its contig name is impossible.
    #[error("'regions' contains an invalid region: 'start' (0-based) must be before 'end' (the first base outside)")]
    NotARegion,
    /// The time `not_after` of the approval is not later than its time `not_before`.
    #[error("ends before it begins")]
    EndsBeforeStart,
    /// The organisation of the approval is not configured. The gateway would treat it as a company abroad.
    #[error("the organisation '{0}' is not configured: add an entry [[organisations]] with its domain, country and kind")]
    UnknownOrganisation(String),
    /// The country of the approval is not two capital letters.
    #[error("'country' must be two capital letters (ISO 3166-1)")]
    NotACountry,
    /// The country of the approval differs from the country of the configured organisation.
    #[error("'country' is {said}, and the configured organisation's is {configured}")]
    OtherCountry {
        /// The country in the approval.
        said: String,
        /// The configured country of the organisation.
        configured: String,
    },
    /// The list `meets` of the approval has a code that is not a modifier of the Data Use Ontology.
    #[error("'meets' names '{0}', which is not a modifier of DUO 2021-02-23")]
    UnknownModifier(String),
    /// The approval names a disease that is not an ontology term.
    #[error("'diseases' contains a value that is not a term such as MONDO:0005061")]
    NotADisease,
    /// The approval names a user by a text that is not a pseudonym. Names and addresses are not stored.
    #[error("'users' must be pseudonyms: 32 hexadecimal digits each")]
    NotAPseudonym,
    /// The visa value of the approval is not possible in a visa.
    #[error("'visa_value' must be a URL of at most {MAX_VISA_VALUE_CHARS} characters without white space")]
    NotAVisaValue,
    /// A member of the approval is longer than its limit.
    #[error("'{0}' is too long")]
    TooLong(&'static str),
}

/// Checks an approval. The list contains every fault, at most one of each group of members, in a fixed order. An empty list means that the
/// approval can be recorded.
#[must_use]
pub fn faults(approval: &Approval, known: Known<'_>) -> Vec<ApprovalFault> {
    let refused = approval.purposes.iter().find(|purpose| purpose.is_always_refused());
    let unknown_modifier = approval.meets.iter().find(|code| !is_modifier(code));
    let ends_early = approval.not_before.is_some_and(|start| approval.not_after <= start);
    let groups = [
        refused.map(|purpose| ApprovalFault::AlwaysRefused(*purpose)),
        check_sizes(approval).err(),
        check_data(approval, known).err(),
        check_regions(approval.regions.as_deref()).err(),
        ends_early.then_some(ApprovalFault::EndsBeforeStart),
        check_organisation(approval, known.organisations).err(),
        unknown_modifier.map(|code| ApprovalFault::UnknownModifier(code.chars().take(40).collect())),
        approval
            .diseases
            .iter()
            .any(|term| !is_term(term))
            .then_some(ApprovalFault::NotADisease),
        approval
            .users
            .iter()
            .any(|user| !is_pseudonym(user))
            .then_some(ApprovalFault::NotAPseudonym),
    ];
    groups.into_iter().flatten().collect()
}

fn check_sizes(approval: &Approval) -> Result<(), ApprovalFault> {
    let value = &approval.visa_value;
    if value.is_empty() || value.chars().count() > MAX_VISA_VALUE_CHARS || value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(ApprovalFault::NotAVisaValue);
    }
    for (name, bytes) in [
        ("project", approval.project.len()),
        ("applicant", approval.applicant.len()),
        ("organisation", approval.organisation.len()),
    ] {
        if bytes > MAX_TEXT_BYTES {
            return Err(ApprovalFault::TooLong(name));
        }
    }
    for (name, count) in [
        ("users", approval.users.len()),
        ("datasets", approval.datasets.len()),
        ("diseases", approval.diseases.len()),
        ("meets", approval.meets.len()),
        ("purposes", approval.purposes.len()),
    ] {
        if count > MAX_ENTRIES {
            return Err(ApprovalFault::TooLong(name));
        }
    }
    Ok(())
}

fn check_regions(regions: Option<&[ApprovedRegion]>) -> Result<(), ApprovalFault> {
    match regions {
        None => Ok(()),
        Some([]) => Err(ApprovalFault::NoRegion),
        Some(regions) if regions.len() > MAX_REGIONS => Err(ApprovalFault::TooLong("regions")),
        Some(regions) if !regions.iter().all(ApprovedRegion::is_well_formed) => Err(ApprovalFault::NotARegion),
        Some(_) => Ok(()),
    }
}

fn check_data(approval: &Approval, known: Known<'_>) -> Result<(), ApprovalFault> {
    if approval.datasets.is_empty() {
        return Err(ApprovalFault::NoDataset);
    }
    let configured = |id: &DatasetId| known.datasets.iter().any(|d| d.id == *id);
    if let Some(unknown) = approval.datasets.iter().find(|id| !configured(id)) {
        return Err(ApprovalFault::UnknownDataset(unknown.clone()));
    }
    let Some(id) = &approval.release else { return Ok(()) };
    let Some((_, dataset)) = known.releases.iter().find(|(release, _)| release == id) else {
        return Err(ApprovalFault::UnknownRelease(id.clone()));
    };
    if approval.datasets.iter().any(|d| d != dataset) {
        return Err(ApprovalFault::OtherDataset {
            release: id.clone(),
            dataset: dataset.clone(),
        });
    }
    Ok(())
}

fn check_organisation(approval: &Approval, organisations: &[Organisation]) -> Result<(), ApprovalFault> {
    let Some(organisation) = organisations.iter().find(|o| o.domain == approval.organisation) else {
        return Err(ApprovalFault::UnknownOrganisation(
            approval.organisation.chars().take(200).collect(),
        ));
    };
    let Some(said) = &approval.country else { return Ok(()) };
    if said.len() != 2 || !said.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(ApprovalFault::NotACountry);
    }
    if organisation.country != *said {
        return Err(ApprovalFault::OtherCountry {
            said: said.clone(),
            configured: organisation.country.clone(),
        });
    }
    Ok(())
}

fn is_modifier(code: &str) -> bool {
    let digits = code
        .strip_prefix("DUO:")
        .filter(|d| d.len() == 7 && d.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|d| d.parse().ok())
        .is_some_and(|number| MODIFIERS.contains(&number))
}

fn is_term(text: &str) -> bool {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    text.len() <= 100 && text.split_once(':').is_some_and(|(prefix, local)| word(prefix) && word(local))
}

fn is_pseudonym(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::{Contig, DataUseTerm, OrganisationKind, ZeroBased};

    use super::super::tests::approval;
    use super::*;

    fn verdict(change: impl FnOnce(&mut Approval)) -> Result<(), ApprovalFault> {
        all_faults(change).into_iter().next().map_or(Ok(()), Err)
    }

    fn all_faults(change: impl FnOnce(&mut Approval)) -> Vec<ApprovalFault> {
        let dataset = |id: &str| DatasetPolicy {
            id: DatasetId::parse(id).unwrap(),
            name: id.to_owned(),
            description: String::new(),
            data_use: vec![DataUseTerm::from("DUO:0000042")],
            public_boolean: false,
        };
        let release = (ReleaseId::parse("cancer-1").unwrap(), DatasetId::parse("cancer").unwrap());
        let organisation = Organisation {
            domain: "university.example".to_owned(),
            country: "JP".to_owned(),
            kind: OrganisationKind::Academic,
        };
        let known = Known {
            datasets: &[dataset("cancer"), dataset("rare-disease")],
            organisations: &[organisation],
            releases: &[release],
        };
        let mut approval = approval();
        change(&mut approval);
        faults(&approval, known)
    }

    #[test]
    fn an_approval_with_an_always_refused_purpose_is_rejected() {
        assert_eq!(verdict(|_| ()), Ok(()));
        for purpose in Purpose::ALL {
            let expected = if matches!(
                purpose,
                Purpose::Insurance | Purpose::Employment | Purpose::LawEnforcement | Purpose::ReIdentification
            ) {
                Err(ApprovalFault::AlwaysRefused(purpose))
            } else {
                Ok(())
            };
            assert_eq!(verdict(|a| a.purposes.push(purpose)), expected);
        }
    }

    #[test]
    fn datasets_and_releases_must_exist_and_match() {
        let dataset = |id: &str| DatasetId::parse(id).unwrap();
        let release = |id: &str| Some(ReleaseId::parse(id).unwrap());
        assert_eq!(verdict(|a| a.datasets.clear()), Err(ApprovalFault::NoDataset));
        assert_eq!(
            verdict(|a| a.datasets.push(dataset("cancers"))),
            Err(ApprovalFault::UnknownDataset(dataset("cancers")))
        );
        assert_eq!(verdict(|a| a.release = release("cancer-1")), Ok(()));
        assert!(matches!(
            verdict(|a| a.release = release("cancer-2")),
            Err(ApprovalFault::UnknownRelease(_))
        ));
        let both = verdict(|a| {
            a.release = release("cancer-1");
            a.datasets.push(dataset("rare-disease"));
        });
        assert!(matches!(both, Err(ApprovalFault::OtherDataset { .. })));
    }

    #[test]
    fn invalid_times_countries_codes_terms_and_users_are_rejected() {
        assert_eq!(verdict(|a| a.not_before = Some(a.not_after)), Err(ApprovalFault::EndsBeforeStart));
        assert_eq!(verdict(|a| a.country = Some("JP".to_owned())), Ok(()));
        assert!(matches!(
            verdict(|a| a.country = Some("DE".to_owned())),
            Err(ApprovalFault::OtherCountry { .. })
        ));
        assert_eq!(verdict(|a| a.country = Some("jp".to_owned())), Err(ApprovalFault::NotACountry));
        let elsewhere = verdict(|a| {
            a.country = Some("DE".to_owned());
            a.organisation = "institute.example".to_owned();
        });
        assert_eq!(elsewhere, Err(ApprovalFault::UnknownOrganisation("institute.example".to_owned())));
        let three = |a: &mut Approval| {
            a.organisation = String::new();
            a.datasets.clear();
            a.users = vec!["Taro".to_owned()];
        };
        assert_eq!(all_faults(three).len(), 3, "every fault is in the list");
        assert_eq!(verdict(|a| a.meets = vec!["DUO:0000021".to_owned()]), Ok(()));
        for code in ["DUO:0000042", "DUO:0000099", "DUO:21", "IRB", "DUO_0000021", "DUO:+000021"] {
            assert!(matches!(
                verdict(|a| a.meets = vec![code.to_owned()]),
                Err(ApprovalFault::UnknownModifier(_))
            ));
        }
        let region = |contig: &str, start, end| ApprovedRegion {
            assembly: None,
            contig: Contig(contig.to_owned()),
            start: ZeroBased(start),
            end: ZeroBased(end),
        };
        assert_eq!(
            verdict(|a| a.regions = Some(vec![region("chr17", 0, 1), region("17", 5, 9)])),
            Ok(())
        );
        assert_eq!(verdict(|a| a.regions = Some(Vec::new())), Err(ApprovalFault::NoRegion));
        for wrong in [
            region("chr17", 1, 1),
            region("chr17", 2, 1),
            region("", 0, 1),
            region("chr 17", 0, 1),
        ] {
            let verdict = verdict(|a| a.regions = Some(vec![region("chr17", 0, 1), wrong]));
            assert_eq!(verdict, Err(ApprovalFault::NotARegion));
        }
        let many = vec![region("chr17", 0, 1); 10_001];
        assert_eq!(verdict(|a| a.regions = Some(many)), Err(ApprovalFault::TooLong("regions")));
        assert_eq!(verdict(|a| a.diseases = vec!["MONDO:0005061".to_owned()]), Ok(()));
        assert_eq!(
            verdict(|a| a.diseases = vec!["lung cancer".to_owned()]),
            Err(ApprovalFault::NotADisease)
        );
        assert_eq!(verdict(|a| a.users = vec!["0123456789abcdef0123456789abcdef".to_owned()]), Ok(()));
        for user in ["taro@university.example", "0123456789ABCDEF0123456789ABCDEF", ""] {
            assert_eq!(verdict(|a| a.users = vec![user.to_owned()]), Err(ApprovalFault::NotAPseudonym));
        }
        for value in ["", "https://gemj.example/a b"] {
            assert_eq!(verdict(|a| a.visa_value = value.to_owned()), Err(ApprovalFault::NotAVisaValue));
        }
        assert_eq!(verdict(|a| a.visa_value = "x".repeat(256)), Err(ApprovalFault::NotAVisaValue));
        assert_eq!(verdict(|a| a.project = "x".repeat(1001)), Err(ApprovalFault::TooLong("project")));
    }
}
