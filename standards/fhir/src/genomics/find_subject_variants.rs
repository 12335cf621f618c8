//! `$find-subject-variants` (Genomics Reporting 3.0.0 § Genomics Operations).

use serde_json::{Value, json};

use super::{Allele, Assembly, Chromosome};
use crate::Withheld;
use crate::error::FhirError;
use crate::operation_outcome::{Issue, IssueCode};
use crate::reference::{Target, is_id};
use crate::search::Token;

/// The operation's name, without `$`.
pub const FIND_SUBJECT_VARIANTS: &str = "find-subject-variants";

/// The most ranges of one request.
pub const MAX_RANGES: usize = 100;

/// Germline or somatic (LOINC 48002-0, answer list LL378-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceClass {
    /// Inherited or of the germ cells.
    Germline,
    /// Of the tumour.
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

/// Whose variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectTarget {
    /// `Patient/x` or `x`: the logical id here.
    Id(Withheld),
    /// `system|value`: a patient number.
    Identifier(Token),
}

/// A stretch of a RefSeq sequence, 0-based, end exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    item: Box<str>,
    chromosome: Chromosome,
    assembly: Option<Assembly>,
    start: u64,
    end: u64,
}

impl Range {
    /// As the client wrote it; `rangeItem` of the answer.
    #[must_use]
    pub const fn item(&self) -> &str {
        &self.item
    }

    /// The chromosome.
    #[must_use]
    pub const fn chromosome(&self) -> Chromosome {
        self.chromosome
    }

    /// The assembly; absent for the mitochondrion, whose sequence is of both.
    #[must_use]
    pub const fn assembly(&self) -> Option<Assembly> {
        self.assembly
    }

    /// 0-based start.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// 0-based end, exclusive.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Whether the change's reference bases overlap it on the same sequence: at the start counts, at the end does not, and an
    /// insertion anchored before the start does not.
    #[must_use]
    pub fn overlaps(&self, allele: &Allele) -> bool {
        let assembly = self.assembly.is_none_or(|assembly| assembly == allele.assembly());
        assembly && self.chromosome == allele.chromosome() && allele.start() < self.end && allele.end() > self.start
    }
}

/// A request, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindSubjectVariants {
    /// Whose.
    pub subject: SubjectTarget,
    /// Where; 1 to [`MAX_RANGES`].
    pub ranges: Vec<Range>,
    /// Whether the Variants themselves are asked for, not only whether there are any.
    pub include_variants: bool,
    /// Only these; absent for both.
    pub source_class: Option<SourceClass>,
}

/// Reads the decoded pairs of a query. `includePhasing=true` and the filters by test, date and specimen are refused: to leave them
/// out would be to answer another question.
///
/// # Errors
/// [`FhirError::Invalid`] (400: "bad parameter").
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
                // A repeat means AND, which no range list has.
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
            return Err(refuse(name, IssueCode::Invalid, "given twice"));
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
        // A path with a slash is no number of a patient, but a URI before a bar may have some.
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

/// What was found in one range.
#[derive(Clone)]
pub struct RangeAnswer<'a> {
    /// The range's [`Range::item`].
    pub item: &'a str,
    /// Whether there is a variant.
    pub present: bool,
    /// The Variants, if asked for.
    pub variants: Vec<Value>,
}

/// The Parameters resource: one `variants` for each range, in the order asked.
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

/// The OperationDefinition to publish at `url`. The package's own has another code (`match`) and level than the guide's text.
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
