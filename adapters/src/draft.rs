//! Drafts of site profiles. A draft is made from what describes a feed: a REDCap data dictionary, the metadata of an ODM file, the header of a table, or a
//! sample of an SS-MIX2 storage. A person must decide about a draft before it is used.
//!
//! **Nothing is guessed.** A draft reads a field only if nothing that the field could mean makes a wrong fact:
//!
//! * A number becomes a measurement with the site's own code. Its meaning is a decision.
//! * A code of a diagnosis or of HPO becomes a fact of the status `not-understood`. Its status is a decision.
//! * Each other field is proposed to be ignored, with a reason, or is undecided. An undecided field is a comment of the draft, so `map check` shows it as not
//!   mentioned.
//!
//! **Nothing of a person is copied.** A draft contains names, labels and codes of a dictionary or of metadata. Of a table it contains only the columns that the
//! operator declares, because a header can contain a person's name. Of a storage it contains the names of segments and fields, the facilities, and the names of
//! known code systems.

mod describe;
mod hints;
mod odm;
mod propose;
mod redcap;
mod storage;
mod table;
mod write;

use std::path::Path;

use gemj_model::SiteId;
use thiserror::Error;

use crate::profile::{MAX_PROFILE_BYTES, Profile, ProfileError};
use crate::redcap::Refused;
use crate::target::is_namespace;

/// Whose feed a draft reads.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// The institution that uses the numbers of the feed.
    pub site: &'a SiteId,
    /// The namespace of the numbers.
    pub namespace: &'a str,
    /// The file that declares the columns of a table, one name on each line. The first name is the column of the person's number. Required for a table.
    pub columns: Option<&'a Path>,
}

/// A draft of a site profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The YAML text. It is a profile without a fault.
    pub text: String,
    /// How many fields the draft reads, proposes to ignore, and does not decide about.
    pub coverage: Coverage,
    /// What a person must decide, one sentence each. The text contains the same sentences as comments.
    pub decisions: Vec<String>,
}

/// The fields of a feed, by what a draft proposes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The number of fields that the draft reads.
    pub mapped: usize,
    /// The number of fields that the draft proposes to ignore, each with a reason.
    pub ignored: usize,
    /// The number of fields that the draft does not decide about.
    pub undecided: usize,
}

/// Why there is no draft.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DraftError {
    /// The site or the namespace cannot be part of a profile.
    #[error("--{option}: a profile needs a name of lower-case letters, digits and -, which begins with a letter")]
    Name {
        /// The option that states the name.
        option: &'static str,
    },
    /// The file is a table, and no file declares its columns.
    #[error(
        "the file is a table; add --columns with a file that lists the columns, one on each line, the number of the person first. A header can contain a \
         person's name, so a draft contains only declared columns"
    )]
    NoColumns,
    /// A file declares columns, but the feed is no table.
    #[error("--columns: the feed is no table, and describes its fields itself")]
    ColumnsWithoutTable,
    /// The folder is not a storage.
    #[error(
        "the folder is no SS-MIX2 storage with messages that can be read; for another format, name the dictionary, the metadata or the table itself"
    )]
    NoStorage,
    /// What describes the feed has a fault, so its fields are not certain.
    #[error("{detail} ({reason_code}); no draft was made")]
    Faulty {
        /// The stable code of the fault.
        reason_code: &'static str,
        /// The fault in words, without a value.
        detail: String,
    },
    /// The draft is too large for a profile.
    #[error(
        "the feed has {fields} fields; a draft of them is longer than the {MAX_PROFILE_BYTES} bytes of a profile. Divide the dictionary by forms"
    )]
    TooLarge {
        /// The number of fields.
        fields: usize,
    },
    /// The draft is no valid profile. This is a fault of the program.
    #[error("the draft is no valid profile: {0}")]
    Invalid(#[from] ProfileError),
}

impl From<Refused> for DraftError {
    fn from(refused: Refused) -> Self {
        Self::Faulty {
            reason_code: refused.reason_code,
            detail: refused.detail,
        }
    }
}

/// The shortest of these forms that fits into a profile is written.
const FORMS: [write::Form; 2] = [write::Form::Full, write::Form::Short];

/// Drafts a site profile from what describes a feed. The kind of the description is recognised by the content, and by the ending `.xml` of ODM.
///
/// # Errors
/// [`DraftError`] if the feed is not recognised, or its description has a fault.
pub fn draft(feed: &Path, origin: &Origin<'_>) -> Result<Draft, DraftError> {
    for (option, name) in [("site", origin.site.as_str()), ("namespace", origin.namespace)] {
        if !is_name(name) || !is_namespace(name) {
            return Err(DraftError::Name { option });
        }
    }
    let is_xml = feed.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml"));
    let is_message = feed.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("hl7"));
    let is_described = !feed.is_dir() && !is_message;
    if origin.columns.is_some() && (is_xml || !is_described) {
        return Err(DraftError::ColumnsWithoutTable);
    }
    let sketch = match is_described {
        false => return storage::draft(feed, origin),
        true if is_xml => odm::sketch(feed, origin)?,
        true => {
            let rows = table::open(feed)?;
            match (redcap::Columns::of(&rows), origin.columns) {
                (Some(_), Some(_)) => return Err(DraftError::ColumnsWithoutTable),
                (Some(columns), None) => redcap::sketch(feed, &rows, &columns, origin)?,
                (None, Some(declared)) => table::sketch(&rows, declared, origin)?,
                (None, None) => return Err(DraftError::NoColumns),
            }
        }
    };
    let mut texts = FORMS.iter().map(|form| write::text(&sketch, origin, *form));
    let Some(text) = texts.find(|text| text.len() <= MAX_PROFILE_BYTES) else {
        return Err(DraftError::TooLarge {
            fields: sketch.proposals.len(),
        });
    };
    Profile::parse(&text)?;
    Ok(Draft {
        text,
        coverage: sketch.coverage(),
        decisions: sketch.decisions,
    })
}

/// Whether a text is a name of a profile, by its JSON Schema.
fn is_name(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
