//! Further details of a fact: what a treatment, a procedure, a family history or a measurement states beside its code.

/// What a detail is about. The list is closed, so that each reader handles every detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DetailName {
    /// Family history: the relative of the participant, such as "mother".
    Relationship,
    /// Treatment: how the agent was given.
    Route,
    /// Treatment: the dose.
    Dose,
    /// Treatment: how often the dose was given.
    Frequency,
    /// The time when the treatment or the procedure began, as received.
    Start,
    /// The time when the treatment or the procedure ended, as received.
    End,
    /// The part of the body.
    BodySite,
    /// The side of the body.
    Laterality,
    /// The disease or other reason because of which a treatment or procedure was done.
    Reason,
    /// The intent of a treatment, such as "curative".
    Intent,
    /// How the participant responded to a treatment.
    Response,
    /// An adverse event of a treatment.
    AdverseEvent,
    /// Why a treatment ended.
    EndReason,
    /// Treatment: the source from which the treatment is known, as a list of prescriptions.
    DrugType,
    /// Disease: its stage.
    Stage,
    /// Disease: a finding of the TNM classification.
    Tnm,
    /// Measurement: the procedure by which it was made.
    Method,
    /// Measurement: the assay of several values to which this value belongs.
    Panel,
    /// Measurement: the reference range, as `low/high` in the unit of the value.
    ReferenceRange,
    /// The value as received, if the structured value does not show it.
    Received,
    /// Extraction: the text or document from which a model or another program took the statement.
    ExtractionSource,
    /// Extraction: the model or program, with its version.
    ExtractionModel,
    /// Extraction: how certain the model is, as it states it.
    ExtractionConfidence,
    /// Extraction: the status that the model stated. The gateway adds it.
    ExtractedStatus,
}

impl DetailName {
    /// Every name.
    pub const ALL: [Self; 24] = [
        Self::Relationship,
        Self::Route,
        Self::Dose,
        Self::Frequency,
        Self::Start,
        Self::End,
        Self::BodySite,
        Self::Laterality,
        Self::Reason,
        Self::Intent,
        Self::Response,
        Self::AdverseEvent,
        Self::EndReason,
        Self::DrugType,
        Self::Stage,
        Self::Tnm,
        Self::Method,
        Self::Panel,
        Self::ReferenceRange,
        Self::Received,
        Self::ExtractionSource,
        Self::ExtractionModel,
        Self::ExtractionConfidence,
        Self::ExtractedStatus,
    ];

    /// What a statement that was extracted by a model must carry. A statement with one of these details is never `present`.
    pub const OF_AN_EXTRACTION: [Self; 3] = [Self::ExtractionSource, Self::ExtractionModel, Self::ExtractionConfidence];

    /// The kebab-case name, as the stores and the profiles write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relationship => "relationship",
            Self::Route => "route",
            Self::Dose => "dose",
            Self::Frequency => "frequency",
            Self::Start => "start",
            Self::End => "end",
            Self::BodySite => "body-site",
            Self::Laterality => "laterality",
            Self::Reason => "reason",
            Self::Intent => "intent",
            Self::Response => "response",
            Self::AdverseEvent => "adverse-event",
            Self::EndReason => "end-reason",
            Self::DrugType => "drug-type",
            Self::Stage => "stage",
            Self::Tnm => "tnm",
            Self::Method => "method",
            Self::Panel => "panel",
            Self::ReferenceRange => "reference-range",
            Self::Received => "received",
            Self::ExtractionSource => "extraction-source",
            Self::ExtractionModel => "extraction-model",
            Self::ExtractionConfidence => "extraction-confidence",
            Self::ExtractedStatus => "extracted-status",
        }
    }

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }
}

/// A detail of a fact. `Debug` shows only its name.
#[derive(Clone, PartialEq, Eq)]
pub struct FactDetail {
    /// What the detail is about.
    pub name: DetailName,
    /// The code of the detail as a CURIE; absent if the source stated only a text.
    pub code: Option<String>,
    /// The label of the code or the text, as received; empty if the source stated only a code.
    pub text: String,
}

impl std::fmt::Debug for FactDetail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FactDetail({}, ..)", self.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_parsed_to_the_detail_that_has_it() {
        for name in DetailName::ALL {
            assert_eq!(DetailName::parse(name.as_str()), Some(name));
        }
        assert_eq!(DetailName::parse("Route"), None);
    }
}
