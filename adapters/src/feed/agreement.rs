//! Checks that a feed, its profile and the operator's options refer to the same hospital.
//!
//! Different hospitals use the same patient numbers for different patients. A number therefore identifies a patient only together with the
//! hospital. If a feed were read with the profile of another hospital, its units would replace the statements about another person. The check
//! therefore runs before the first unit is read.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use gemj_model::SiteId;
use thiserror::Error;

use super::Target;
use crate::profile::{Format, Profile};
use crate::ssmix2;

/// The maximum number of facilities that an error names.
const SHOWN: usize = 5;

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
    /// The operator stated a site. The profile reads a hospital's own patient numbers, but does not name the hospital.
    #[error(
        "--site {stated}: the profile {profile} states no site, and the numbers are a hospital's own; if they are the numbers of {stated}, add `site: {stated}` to the profile. Nothing was ingested"
    )]
    NoSite {
        /// The site that the operator stated.
        stated: SiteId,
        /// The name of the profile.
        profile: String,
    },
    /// Messages of the storage name a facility that is not a facility of the profile's site.
    #[error(
        "the storage has messages of {found} (MSH-4), which is not the facility of {of} in the profile {profile} (`facilities`); nothing was ingested"
    )]
    Facility {
        /// The facilities that were found and that the profile does not state.
        found: String,
        /// The site that the profile states.
        of: SiteId,
        /// The name of the profile.
        profile: String,
    },
    /// The storage contains messages of several facilities, and the profile does not state to which facility the patient numbers belong.
    #[error(
        "the storage has messages of several facilities (MSH-4: {found}), and the profile {profile} states neither site nor facilities; nothing was ingested"
    )]
    Facilities {
        /// The facilities that were found.
        found: String,
        /// The name of the profile.
        profile: String,
    },
}

/// Checks the feed and returns the target for its units. If the operator stated no site, the target gets the profile's site.
///
/// For this check, an SS-MIX2 storage is read once, and only the header of each current message. The sending facility must be a facility of
/// the profile. If the profile states no facilities, the name of the sending facility must equal the site's id, without regard to case. If
/// the profile states neither site nor facilities, all messages must have the same sending facility. A message without a facility is not
/// checked.
///
/// # Errors
/// [`Disagreement`] if the feed, the profile and the operator's options do not agree. No unit may then be ingested.
pub fn agree(paths: &[PathBuf], profile: &Profile, target: &Target) -> Result<Target, Disagreement> {
    let name = || profile.name().to_owned();
    match (profile.site(), &target.site) {
        (Some(of), Some(stated)) if of != stated => {
            return Err(Disagreement::Site {
                stated: stated.clone(),
                profile: name(),
                of: of.clone(),
            });
        }
        (None, Some(stated)) if profile.format() == Format::SsMix2 => {
            return Err(Disagreement::NoSite {
                stated: stated.clone(),
                profile: name(),
            });
        }
        _ => {}
    }
    if profile.format() == Format::SsMix2 {
        let found = facilities(paths);
        match profile.site() {
            None if found.len() > 1 => {
                return Err(Disagreement::Facilities {
                    found: shown(found.iter()),
                    profile: name(),
                });
            }
            None => {}
            Some(of) => {
                let others: Vec<&String> = found.iter().filter(|facility| !is_of(facility, of, profile)).collect();
                if !others.is_empty() {
                    return Err(Disagreement::Facility {
                        found: shown(others.into_iter()),
                        of: of.clone(),
                        profile: name(),
                    });
                }
            }
        }
    }
    Ok(Target {
        dataset: target.dataset.clone(),
        site: target.site.clone().or_else(|| profile.site().cloned()),
    })
}

fn is_of(facility: &str, site: &SiteId, profile: &Profile) -> bool {
    match profile.facilities() {
        [] => facility.eq_ignore_ascii_case(site.as_str()),
        stated => stated.iter().any(|stated| stated == facility),
    }
}

/// The sending facilities of all current messages in a storage.
fn facilities(paths: &[PathBuf]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in paths {
        let read = ssmix2::facilities(path, &mut |facility| {
            found.insert(facility);
            // A thousand facilities are enough to refuse the feed. The limit prevents that a broken storage fills the memory.
            if found.len() > 1000 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if read.is_break() {
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
