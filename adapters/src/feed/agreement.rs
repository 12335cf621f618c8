//! Checks that a feed, its profile and the operator's options refer to the same institution.
//!
//! Different institutions use the same numbers for different persons. A number therefore identifies a person only together with the institution
//! and its namespace. If a feed were read as the feed of another institution, its units would become statements about other persons. The check
//! therefore runs before the first unit is read.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use gemj_model::{DatasetId, SiteId, Timestamp};
use thiserror::Error;

use crate::hl7v2::merge_event::MergeEvent;
use crate::profile::{Format, Profile};
use crate::target::{Target, is_namespace};
use crate::unit::{Field, Unit};
use crate::{odm, ssmix2};

use super::decoders::listed_odm_files;
use super::map::Refusal;

/// The maximum number of facilities that an error names.
const SHOWN: usize = 5;

/// The options with which the operator reads a feed.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The dataset to which the units are added.
    pub dataset: DatasetId,
    /// The institution that sent the feed; `None` if the operator relies on the profile.
    pub site: Option<SiteId>,
    /// The namespace of the numbers in the feed; `None` if the operator relies on the profile.
    pub namespace: Option<String>,
    /// The time of the export; `None` if it is not known. See [`Target::exported_at`].
    pub exported: Option<Timestamp>,
}

/// Why the whole feed is refused before its first unit is read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Disagreement {
    /// The operator stated a site that differs from the profile's site.
    #[error("--site {stated}: the profile {profile} reads the feed of {of}; nothing was ingested")]
    Site {
        /// The site that the operator stated.
        stated: SiteId,
        /// The name of the profile.
        profile: String,
        /// The site that the profile states.
        of: SiteId,
    },
    /// Neither the operator nor the profile states a site.
    #[error("the profile {profile} is a template and states no institution; add --site and --namespace. Nothing was ingested")]
    NoSite {
        /// The name of the profile.
        profile: String,
    },
    /// The operator stated a namespace that differs from the profile's namespace.
    #[error("--namespace: the profile {profile} reads numbers of the namespace {of}; nothing was ingested")]
    Namespace {
        /// The name of the profile.
        profile: String,
        /// The namespace that the profile states.
        of: String,
    },
    /// Neither the operator nor the profile states a namespace.
    #[error(
        "the profile {profile} is a template and states no namespace; add --namespace, as in the sheet of `link`. Nothing was ingested"
    )]
    NoNamespace {
        /// The name of the profile.
        profile: String,
    },
    /// The operator stated a text that cannot name a namespace.
    #[error("--namespace must not be empty, longer than 255 bytes, nor have a / or a control character; nothing was ingested")]
    NotANamespace,
    /// Messages of the storage name a facility that is not a facility of the site.
    #[error(
        "the storage has messages of {found} (MSH-4), which is not a facility of {of} in the profile {profile} (`facilities`); nothing was ingested"
    )]
    Facility {
        /// The facilities that were found and that the profile does not state.
        found: String,
        /// The site of the feed.
        of: SiteId,
        /// The name of the profile.
        profile: String,
    },
    /// No message of the storage names a facility, so that nothing shows that the storage belongs to the site.
    #[error(
        "no message of the storage names a facility (MSH-4, {count} messages); if the hospital {of} writes them so, use a profile with an empty text in `facilities`. Nothing was ingested"
    )]
    NoFacility {
        /// The number of messages without a facility.
        count: u64,
        /// The site of the feed.
        of: SiteId,
    },
    /// Subjects of an ODM file are of a site that the profile does not state.
    #[error(
        "the files have subjects of the site {found} (SiteRef), which is not a facility of {of} in the profile {profile} (`facilities`); nothing was ingested"
    )]
    OdmSite {
        /// The sites that were found and that the profile does not state.
        found: String,
        /// The site of the feed.
        of: SiteId,
        /// The name of the profile.
        profile: String,
    },
    /// Subjects of an ODM file name no site, although the profile states the sites.
    #[error(
        "{count} subjects of the files name no site (SiteRef); if the study of {of} has no sites, use a profile without `facilities`, or with an empty text in it. Nothing was ingested"
    )]
    NoOdmSite {
        /// The number of subjects without a site.
        count: u64,
        /// The site of the feed.
        of: SiteId,
    },
}

/// Checks the feed and returns the target for its units. The site and the namespace come from the profile or from the operator. If both state
/// them, they must agree.
///
/// For this check, an SS-MIX2 storage is read once, and only the header of each current message and of each deletion. The sending facility must
/// be a facility of the profile. If the profile states no facilities, the name of the sending facility must equal the site's id, without regard
/// to case. If no message names a facility, the storage is refused, unless the profile states an empty facility. A single message without a facility
/// is quarantined later ([`check_unit`]).
///
/// ODM files are read for this check only if the profile states facilities. Each subject must then be of a site (`SiteRef`) whose LocationOID the
/// profile states.
///
/// # Errors
/// [`Disagreement`] if the feed, the profile and the operator's options do not agree. No unit may then be ingested.
pub fn agree(paths: &[PathBuf], profile: &Profile, asked: &Asked) -> Result<Target, Disagreement> {
    let name = || profile.name().to_owned();
    let home = profile.home();
    let site = match (home.map(|home| &home.site), &asked.site) {
        (Some(of), Some(stated)) if of != stated => {
            return Err(Disagreement::Site {
                stated: stated.clone(),
                profile: name(),
                of: of.clone(),
            });
        }
        (Some(site), _) | (None, Some(site)) => site.clone(),
        (None, None) => return Err(Disagreement::NoSite { profile: name() }),
    };
    let namespace = match (home.map(|home| &home.namespace), &asked.namespace) {
        (_, Some(stated)) if !is_namespace(stated) => return Err(Disagreement::NotANamespace),
        (Some(of), Some(stated)) if of != stated => {
            return Err(Disagreement::Namespace {
                profile: name(),
                of: of.clone(),
            });
        }
        (Some(namespace), _) | (None, Some(namespace)) => namespace.clone(),
        (None, None) => return Err(Disagreement::NoNamespace { profile: name() }),
    };
    match profile.format() {
        Format::SsMix2 => check_facilities(paths, profile, &site)?,
        // The OIDs of sites are chosen by the study, so they can be checked only if the profile states them.
        Format::Odm if !profile.facilities().is_empty() => check_odm_sites(paths, profile, &site)?,
        Format::Odm | Format::Redcap | Format::Miabis | Format::Fhir | Format::Bff | Format::Csv | Format::Omop => {}
    }
    let target = Target::new(asked.dataset.clone(), site, &namespace).ok_or(Disagreement::NotANamespace)?;
    Ok(match asked.exported {
        Some(time) => target.exported_at(time),
        None => target,
    })
}

/// Checks that every message of a storage was sent by a facility of the site.
fn check_facilities(paths: &[PathBuf], profile: &Profile, site: &SiteId) -> Result<(), Disagreement> {
    let found = facilities(paths);
    let others: Vec<&String> = found.named.iter().filter(|facility| !is_of(facility, site, profile)).collect();
    if !others.is_empty() {
        return Err(Disagreement::Facility {
            found: shown(others.into_iter()),
            of: site.clone(),
            profile: profile.name().to_owned(),
        });
    }
    if found.nameless > 0 && found.named.is_empty() && !profile.facilities().iter().any(String::is_empty) {
        return Err(Disagreement::NoFacility {
            count: found.nameless,
            of: site.clone(),
        });
    }
    Ok(())
}

/// Checks that a message was sent by a facility of the site. [`agree`] reads only the start of each file, and a file can change after the check. The
/// deletion of a storage has no content to check.
pub(super) fn check_unit(profile: &Profile, site: &SiteId, unit: &Unit) -> Result<(), Refusal> {
    if profile.format() != Format::SsMix2 || (unit.deleted && unit.records.is_empty()) {
        return Ok(());
    }
    let header = unit.records.iter().find(|record| record.kind == "MSH");
    let field = header.and_then(|header| header.fields.get("MSH-4.1").or_else(|| header.fields.get("MSH-4")));
    if let Some(authority) = other_authority(profile, site, unit) {
        return Err(authority);
    }
    check_facility(
        profile,
        site,
        match field {
            Some(Field::Value(facility)) => Some(facility),
            Some(Field::Null) | None => None,
        },
    )
}

/// Checks that a merge message was sent by a facility of the site, and that both numbers are numbers of the site, as [`check_unit`] does.
pub(super) fn check_merge(profile: &Profile, site: &SiteId, event: &MergeEvent) -> Result<(), Refusal> {
    for (number, field) in [(&event.survivor, "PID-3.4"), (&event.prior, "MRG-1.4")] {
        let stated = number.authority.iter().map(|text| text.trim());
        if !number.authority.is_empty() && !stated.clone().any(|text| is_own_authority(text, site, profile)) {
            let detail = format!("{field} names an authority that is not a facility of the site");
            return Err(Refusal::new("other-authority", detail));
        }
    }
    check_facility(profile, site, event.facility.as_ref())
}

fn check_facility(profile: &Profile, site: &SiteId, stated: Option<&String>) -> Result<(), Refusal> {
    match stated.map(|facility| facility.trim()) {
        Some(facility) if is_of(facility, site, profile) => Ok(()),
        Some(facility) if !facility.is_empty() => Err(Refusal::new(
            "other-facility",
            "MSH-4 names a facility that is not a facility of the site",
        )),
        Some(_) | None if profile.facilities().iter().any(String::is_empty) => Ok(()),
        Some(_) | None => Err(Refusal::new("no-facility", "MSH-4 names no facility")),
    }
}

/// The refusal of a message whose number was assigned by another institution (PID-3.4). The authority is a name of the facility or its OID. In Japan, the
/// OID of a medical institution's patient numbers is `1.2.392.100495.20.3.51.1`, directly followed by the ten digits of the institution.
fn other_authority(profile: &Profile, site: &SiteId, unit: &Unit) -> Option<Refusal> {
    let patient = unit.records.iter().find(|record| record.kind == "PID")?;
    let parts = ["PID-3.4", "PID-3.4.1", "PID-3.4.2"].map(|name| match patient.fields.get(name) {
        Some(Field::Value(text)) if !text.trim().is_empty() => Some(text.trim()),
        Some(_) | None => None,
    });
    let mut stated = parts.into_iter().flatten().peekable();
    stated.peek()?;
    (!stated.any(|text| is_own_authority(text, site, profile))).then(|| {
        let detail = "PID-3.4 names an authority that is not a facility of the site";
        Refusal::new("other-authority", detail)
    })
}

/// The OID of patient numbers of medical institutions in Japan, without the digits of the institution.
const PATIENT_NUMBERS: &str = "1.2.392.100495.20.3.51.1";

fn is_own_authority(text: &str, site: &SiteId, profile: &Profile) -> bool {
    is_of(text.strip_prefix(PATIENT_NUMBERS).unwrap_or(text), site, profile)
}

fn is_of(facility: &str, site: &SiteId, profile: &Profile) -> bool {
    let mut stated = profile.facilities().iter().filter(|stated| !stated.is_empty()).peekable();
    match stated.peek() {
        None => facility.eq_ignore_ascii_case(site.as_str()),
        Some(_) => stated.any(|stated| stated == facility),
    }
}

/// Checks that every subject of ODM files is of a site that the profile states.
fn check_odm_sites(paths: &[PathBuf], profile: &Profile, site: &SiteId) -> Result<(), Disagreement> {
    let mut found = Found::default();
    for file in paths.iter().flat_map(|path| listed_odm_files(path)) {
        if odm::sites(&file, profile.study(), &mut |site| found.add(site)).is_break() {
            break;
        }
    }
    let others: Vec<&String> = found.named.iter().filter(|named| !is_of(named, site, profile)).collect();
    if !others.is_empty() {
        return Err(Disagreement::OdmSite {
            found: shown(others.into_iter()),
            of: site.clone(),
            profile: profile.name().to_owned(),
        });
    }
    if found.nameless > 0 && !profile.facilities().iter().any(String::is_empty) {
        return Err(Disagreement::NoOdmSite {
            count: found.nameless,
            of: site.clone(),
        });
    }
    Ok(())
}

/// The sending facilities of the messages in a storage.
#[derive(Default)]
struct Found {
    named: BTreeSet<String>,
    /// The number of messages that name no facility.
    nameless: u64,
}

impl Found {
    /// Adds the facility of a message or subject. Stops at a thousand facilities: they are enough to refuse the feed, and the limit prevents that a
    /// broken feed fills the memory.
    fn add(&mut self, facility: Option<String>) -> ControlFlow<()> {
        match facility {
            Some(facility) => {
                self.named.insert(facility);
            }
            None => self.nameless += 1,
        }
        match self.named.len() > 1000 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

fn facilities(paths: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in paths {
        if ssmix2::facilities(path, &mut |facility| found.add(facility)).is_break() {
            break;
        }
    }
    found
}

/// The facilities as text for an error. A text that does not look like a facility's code is not shown, because it could contain personal data.
fn shown<'f>(found: impl Iterator<Item = &'f String>) -> String {
    let is_code = |text: &str| text.len() <= 30 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let shown: Vec<&str> = found
        .map(|text| {
            if is_code(text) {
                text.as_str()
            } else {
                "(a facility that is not a code)"
            }
        })
        .collect();
    match shown.get(..SHOWN) {
        Some(first) if shown.len() > SHOWN => format!("{} and {} more", first.join(", "), shown.len() - SHOWN),
        _ => shown.join(", "),
    }
}
