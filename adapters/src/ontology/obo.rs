//! Parses OBO text (OBO Flat File Format 1.2 and 1.4; 1.0 and 1.3 are read in the same way).

mod line;
mod value;

use line::{Line, lines};

use super::curie::{curie, is_address};
use super::error::{OntologyError, Place};
use super::{MAX_TERMS, Stated, Unresolved};

/// Whether the bytes contain a line that only OBO text has.
pub(super) fn is_obo(bytes: &[u8]) -> bool {
    bytes
        .split(|b| *b == b'\n')
        .map(<[u8]>::trim_ascii)
        .any(|line| line.starts_with(b"format-version:") || line == b"[Term]")
}

pub(super) fn read(bytes: &[u8]) -> Result<Unresolved, OntologyError> {
    let text = std::str::from_utf8(bytes).map_err(|error| OntologyError::NotUtf8 {
        line: 1 + bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count() as u64,
    })?;
    let mut file = File::default();
    for line in lines(text) {
        file.line(&line)?;
    }
    file.end_stanza()?;
    Ok(Unresolved {
        version: file.header.version(),
        terms: file.terms,
    })
}

#[derive(Default)]
struct File {
    header: Header,
    stanza: Stanza,
    terms: Vec<Stated>,
}

/// The versions that the header of the file states, in the order of preference.
#[derive(Default)]
struct Header {
    data_version: Option<String>,
    version_info: Option<String>,
    date: Option<String>,
}

#[derive(Default)]
enum Stanza {
    #[default]
    Header,
    Term(Box<Term>),
    /// A stanza that describes no term.
    Other,
}

#[derive(Default)]
struct Term {
    first_line: u64,
    /// The id as written.
    id: Option<String>,
    stated: Stated,
    /// The number of a line with an `is_a` that names neither a CURIE nor an address; `None` if there is no such line.
    odd_parent: Option<u64>,
}

impl Header {
    fn version(self) -> Option<String> {
        let given = [self.data_version, self.version_info, self.date];
        given.into_iter().flatten().find(|text| !text.is_empty())
    }

    fn tag(&mut self, line: u64, tag: &str, value: &str) -> Result<(), OntologyError> {
        match tag {
            "format-version" if !matches!(value.trim(), "1.0" | "1.2" | "1.3" | "1.4") => {
                return Err(OntologyError::UnknownFormatVersion { line });
            }
            "data-version" => self.data_version = Some(value::text(value)),
            "date" => self.date = Some(value::text(value)),
            "property_value" => {
                let stated = value.trim_start().strip_prefix("owl:versionInfo");
                if let Some(quoted) = stated.and_then(|rest| rest.trim_start().strip_prefix('"')) {
                    self.version_info = quoted.split_once('"').map(|(text, _)| text.trim().to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl File {
    fn line(&mut self, line: &Line<'_>) -> Result<(), OntologyError> {
        let text = line.text.trim();
        let number = line.number;
        let malformed = |expected| OntologyError::Malformed { line: number, expected };
        if text.is_empty() || text.starts_with('!') {
            return Ok(());
        }
        if text.starts_with('[') {
            let name = value::text(text);
            if !name.ends_with(']') {
                return Err(malformed("`]` is expected after the name of a stanza"));
            }
            self.end_stanza()?;
            self.stanza = match name.as_str() {
                "[Term]" => Stanza::Term(Box::new(Term {
                    first_line: number,
                    ..Term::default()
                })),
                _ => Stanza::Other,
            };
            return Ok(());
        }
        let (tag, value) = text.split_once(':').ok_or(malformed("`tag: value` is expected"))?;
        if !line.is_ended && (tag == "id" || matches!(tag, "def" | "synonym") && value::ends_quoted(value)) {
            return Err(OntologyError::CutShort { line: number });
        }
        match &mut self.stanza {
            Stanza::Header => self.header.tag(number, tag.trim_end(), value),
            Stanza::Term(term) => term.tag(number, tag.trim_end(), value),
            Stanza::Other => Ok(()),
        }
    }

    fn end_stanza(&mut self) -> Result<(), OntologyError> {
        let Stanza::Term(term) = std::mem::take(&mut self.stanza) else {
            return Ok(());
        };
        let id = term.id.ok_or(OntologyError::MissingId { line: term.first_line })?;
        // A term whose id is not a CURIE is omitted, because a request cannot name it.
        let Some(id) = curie(&id) else { return Ok(()) };
        if let Some(line) = term.odd_parent {
            return Err(OntologyError::Malformed { line, expected: AN_ID });
        }
        if self.terms.len() >= MAX_TERMS {
            return Err(OntologyError::TooManyTerms { limit: MAX_TERMS });
        }
        self.terms.push(Stated {
            id,
            place: Place::Line(term.first_line),
            ..term.stated
        });
        Ok(())
    }
}

const AN_ID: &str = "an id, for example HP:0000118, is expected";

impl Term {
    fn tag(&mut self, line: u64, tag: &str, value: &str) -> Result<(), OntologyError> {
        let malformed = |expected| OntologyError::Malformed { line, expected };
        let id = || value::id(value).ok_or(malformed(AN_ID));
        let stated = &mut self.stated;
        match tag {
            "id" if self.id.is_some() => return Err(malformed("a term must have only one `id`")),
            "id" => self.id = Some(id()?),
            "name" if stated.label.is_some() => return Err(malformed("a term must have only one `name`")),
            "name" => stated.label = Some(value::text(value)),
            "is_a" => {
                let parent = id()?;
                match curie(&parent) {
                    Some(parent) => stated.parents.push(parent),
                    None if is_address(&parent) => {}
                    None => self.odd_parent = Some(line),
                }
            }
            "alt_id" => stated.alternative_ids.extend(curie(&id()?)),
            "replaced_by" => stated.replaced_by.extend(curie(&id()?)),
            "is_obsolete" => {
                stated.obsolete = match value::id(value).as_deref() {
                    Some("true") => true,
                    Some("false") => false,
                    Some(_) | None => return Err(malformed("true or false is expected")),
                };
            }
            _ => {}
        }
        Ok(())
    }
}
