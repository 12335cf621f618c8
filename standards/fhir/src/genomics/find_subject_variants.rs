//! The operation `$find-subject-variants` (Genomics Reporting 3.0.0 § Genomics Operations).

use serde_json::{Value, json};

use super::{Allele, Assembly, Chromosome};
use crate::Withheld;
use crate::error::FhirError;
use crate::operation_outcome::{Issue, IssueCode};
use crate::reference::{Target, is_id};
use crate::search::Token;

/// The operation's name, without `$`.
pub const FIND_SUBJECT_VARIANTS: &str = "find-subject-variants";

/// The maximum number of genomic ranges in one request.
pub const MAX_RANGES: usize = 100;

/// Whether a variant is germline or somatic (LOINC 48002-0, answer list LL378-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceClass {
    /// The variant is inherited or from germ cells.
    Germline,
    /// The variant is from the tumour.
    Somatic,
}

impl SourceClass {
    pub(super) const fn term(self) -> (&'static str, &'static str) {
        match self {
            Self::Germline => ("LA6683-2", "Germline"),
            Self::Somatic => ("LA6684-0", "Somatic"),
        }
    }
}

/// The patient whose variants are requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectTarget {
    /// `Patient/x` or `x`: the patient's logical id on this server.
    Id(Withheld),
    /// `system|value`: a patient number with its system.
    Identifier(Token),
}

/// A range on a RefSeq sequence, 0-based, end exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    item: Box<str>,
    chromosome: Chromosome,
    assembly: Option<Assembly>,
    start: u64,
    end: u64,
}

impl Range {
    /// The range as the client wrote it. The answer repeats this text as `rangeItem`.
    #[must_use]
    pub const fn item(&self) -> &str {
        &self.item
    }

    /// The chromosome of the range.
    #[must_use]
    pub const fn chromosome(&self) -> Chromosome {
        self.chromosome
    }

    /// The assembly of the range. `None` for the mitochondrial sequence, which belongs to both assemblies.
    #[must_use]
    pub const fn assembly(&self) -> Option<Assembly> {
        self.assembly
    }

    /// The 0-based start of the range.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// The 0-based end of the range, exclusive.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Whether the reference bases of `allele` overlap this range on the same sequence. The start of the range is included, and its end is
    /// excluded. An insertion anchored before the start does not overlap.
    #[must_use]
    pub fn overlaps(&self, allele: &Allele) -> bool {
        let assembly = self.assembly.is_none_or(|assembly| assembly == allele.assembly());
        assembly && self.chromosome == allele.chromosome() && allele.start() < self.end && allele.end() > self.start
    }
}

/// A parsed request of `$find-subject-variants`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindSubjectVariants {
    /// The patient whose variants are requested.
    pub subject: SubjectTarget,
    /// The requested ranges; 1 to [`MAX_RANGES`].
    pub ranges: Vec<Range>,
    /// Whether the client requests the Variant resources themselves, and not only whether the ranges contain variants.
    pub include_variants: bool,
    /// The requested source class; `None` requests germline and somatic variants.
    pub source_class: Option<SourceClass>,
}

/// Parses the decoded pairs of a URL's query. `includePhasing=true` and the filters by test, date and specimen are rejected. If the server
/// ignored them, it would answer a different query.
///
/// # Errors
/// [`FhirError::Invalid`] (400: "bad parameter") if a parameter is unknown, repeated, missing or malformed.
pub fn parse_find_subject_variants(pairs: &[(String, String)]) -> Result<FindSubjectVariants, FhirError> {
    let (mut subject, mut include_variants, mut source_class) = (None, None, None);
    let mut ranges = Vec::new();
    for (name, value) in pairs {
        let invalid = |text: &str| refuse(name, IssueCode::Value, text);
        let twice = match name.as_str() {
            "subject" => subject
                .replace(subject_target(value).ok_or_else(|| invalid("not a patient"))?)
                .is_some(),
            "ranges" => {
                for item in value.split(',') {
                    ranges.push(range(item).ok_or_else(|| invalid("not a range such as NC_000001.11:100-200, 0-based"))?);
                }
                // A second `ranges` parameter is rejected. In FHIR a repeated parameter means AND, which is not defined for a list of ranges.
                ranges.len() > value.split(',').count()
            }
            "includeVariants" => include_variants
                .replace(boolean(value).ok_or_else(|| invalid("not true or false"))?)
                .is_some(),
            "includePhasing" => match boolean(value) {
                Some(false) => false,
                Some(true) => return Err(refuse(name, IssueCode::NotSupported, "phasing is not supported")),
                None => return Err(invalid("not true or false")),
            },
            "genomicSourceClass" => {
                let class = match value.to_ascii_lowercase().as_str() {
                    "germline" => SourceClass::Germline,
                    "somatic" => SourceClass::Somatic,
                    _ => return Err(invalid("not germline or somatic")),
                };
                source_class.replace(class).is_some()
            }
            "_format" if matches!(value.as_str(), "json" | "application/json" | "application/fhir+json") => false,
            "_format" => return Err(FhirError::NotAcceptable),
            _ => return Err(refuse(name, IssueCode::NotSupported, "the parameter is not supported")),
        };
        if twice {
            return Err(refuse(name, IssueCode::Invalid, "occurs twice"));
        }
        if ranges.len() > MAX_RANGES {
            return Err(refuse(name, IssueCode::TooCostly, "too many ranges"));
        }
    }
    let missing = |name: &str| refuse(name, IssueCode::Required, "required");
    if ranges.is_empty() {
        return Err(missing("ranges"));
    }
    Ok(FindSubjectVariants {
        subject: subject.ok_or_else(|| missing("subject"))?,
        ranges,
        include_variants: include_variants.unwrap_or(false),
        source_class,
    })
}

fn refuse(name: &str, code: IssueCode, text: &str) -> FhirError {
    let plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    FhirError::invalid(Issue::error(code, text).at(format!("http.{}", if plain { name } else { "(unknown)" })))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn subject_target(text: &str) -> Option<SubjectTarget> {
    if is_id(text) {
        return Some(SubjectTarget::Id(text.into()));
    }
    match Target::parse(text) {
        Some(Target::Relative { resource_type, id }) if *resource_type == *"Patient" => Some(SubjectTarget::Id(id)),
        // Only a text with a bar is an identifier (`system|value`). Any other text is refused.
        _ if text.contains('|') => Token::parse(text)
            .filter(|token| token.code.is_some())
            .map(SubjectTarget::Identifier),
        Some(_) | None => None,
    }
}

fn range(item: &str) -> Option<Range> {
    let (accession, places) = item.split_once(':')?;
    let (chromosome, assembly) = Chromosome::of_accession(accession)?;
    let place = |text: &str| {
        let digits = (1..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let (start, end) = places.split_once('-')?;
    let (start, end) = (place(start)?, place(end)?);
    (start < end && end <= u64::from(u32::MAX)).then(|| Range {
        item: item.into(),
        chromosome,
        assembly,
        start,
        end,
    })
}

/// The answer for one requested range.
#[derive(Clone)]
pub struct RangeAnswer<'a> {
    /// The text of the range, as [`Range::item`] returns it.
    pub item: &'a str,
    /// Whether the patient has a variant in the range.
    pub present: bool,
    /// The Variant resources in the range; empty if they were not requested.
    pub variants: Vec<Value>,
}

/// Renders the answer as a Parameters resource: one `variants` part for each range, in the order of the request.
#[must_use]
pub fn find_subject_variants_answer(answers: Vec<RangeAnswer<'_>>) -> Value {
    let parameter = answers.into_iter().map(|answer| {
        let mut part = vec![
            json!({"name": "rangeItem", "valueString": answer.item}),
            json!({"name": "presence", "valueBoolean": answer.present}),
        ];
        part.extend(
            answer
                .variants
                .into_iter()
                .map(|variant| json!({"name": "variant", "resource": variant})),
        );
        json!({"name": "variants", "part": part})
    });
    json!({"resourceType": "Parameters", "parameter": parameter.collect::<Vec<_>>()})
}

/// The OperationDefinition that the server publishes at `url`. It follows the guide's text. The definition in the guide's package has a
/// different code (`match`) and level.
#[must_use]
pub fn find_subject_variants_definition(url: &str) -> Value {
    let input = |name: &str, min: u8, max: &str, of: &str| json!({"name": name, "use": "in", "min": min, "max": max, "type": of});
    let output = |name: &str, min: u8, max: &str, of: &str| json!({"name": name, "use": "out", "min": min, "max": max, "type": of});
    json!({
        "resourceType": "OperationDefinition",
        "id": FIND_SUBJECT_VARIANTS,
        "url": url,
        "name": "FindSubjectVariants",
        "title": "Find Subject Variants",
        "status": "active",
        "kind": "operation",
        "affectsState": false,
        "code": FIND_SUBJECT_VARIANTS,
        "system": true,
        "type": false,
        "instance": false,
        "parameter": [
            input("subject", 1, "1", "string"),
            input("ranges", 1, "1", "string"),
            input("includeVariants", 0, "1", "boolean"),
            input("genomicSourceClass", 0, "1", "code"),
            {"name": "variants", "use": "out", "min": 1, "max": "*", "part": [
                output("rangeItem", 1, "1", "string"),
                output("presence", 1, "1", "boolean"),
                output("variant", 0, "*", "Observation"),
            ]},
        ],
    })
}
