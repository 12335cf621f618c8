//! The fields that a filter can compare, with the names that clients use.

use gemj_catalogue::TermKind;

/// A field that a filter can compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The field for the registered sex of the participant.
    Sex,
    /// The field for the age of the participant at the last encounter.
    Age,
    /// The field for the code of a fact of this kind.
    Code(TermKind),
    /// The field for the label of a fact of this kind, as records contain the label.
    Label(TermKind),
    /// The field for the time when a fact of this kind began: an age or a term.
    Onset(TermKind),
}

/// One of the names of a field, with the description that `/filtering_terms` lists.
pub(in crate::beacon) struct Published {
    /// The name that a filter uses for the field.
    pub(in crate::beacon) id: &'static str,
    /// The description of the field, as `/filtering_terms` lists it.
    pub(in crate::beacon) label: &'static str,
    /// The possible values of the field; empty if there are many.
    pub(in crate::beacon) values: &'static [&'static str],
    field: Field,
}

macro_rules! published {
    ($($field:expr, $label:literal, $values:expr => $($id:literal)+;)+) => {
        &[$($(Published { id: $id, label: $label, values: $values, field: $field }),+),+]
    };
}

/// Every name of every field, as `/filtering_terms` lists the names.
pub(in crate::beacon) const PUBLISHED: &[Published] = published! {
    Field::Sex, "Sex as registered", &["female", "male", "other", "NCIT:C16576", "NCIT:C20197"] => "sex" "sex.id" "sex.label";
    Field::Age, "Age at the last encounter, an ISO 8601 duration", &[] => "age" "ageAtLastEncounter" "timeAtLastEncounter.age.iso8601duration";
    Field::Code(TermKind::Disease), "Code of a disease", &[] => "diseases.diseaseCode.id" "diseases.diseaseCode";
    Field::Label(TermKind::Disease), "Label of a disease", &[] => "diseases.diseaseCode.label";
    Field::Onset(TermKind::Disease), "Onset of a disease, an ISO 8601 duration or a term", &[] =>
        "diseases.ageOfOnset.iso8601duration" "diseases.ageOfOnset.age.iso8601duration" "diseases.ageOfOnset.id" "diseases.ageOfOnset" "ageOfOnset";
    Field::Code(TermKind::Phenotype), "Code of a phenotypic feature", &[] =>
        "phenotypicFeatures.featureType.id" "phenotypicFeatures.featureType";
    Field::Label(TermKind::Phenotype), "Label of a phenotypic feature", &[] => "phenotypicFeatures.featureType.label";
    Field::Onset(TermKind::Phenotype), "Onset of a phenotypic feature, an ISO 8601 duration or a term", &[] =>
        "phenotypicFeatures.onset.iso8601duration" "phenotypicFeatures.onset.age.iso8601duration" "phenotypicFeatures.onset.id"
        "phenotypicFeatures.onset";
    Field::Code(TermKind::Measurement), "Code of a measurement", &[] => "measures.assayCode.id" "measures.assayCode";
    Field::Label(TermKind::Measurement), "Label of a measurement", &[] => "measures.assayCode.label";
};

impl Field {
    /// The field with this name, with or without the prefix `individual.` or `individuals.`; absent for an unknown name.
    pub(super) fn parse(id: &str) -> Option<Self> {
        let name = id
            .strip_prefix("individuals.")
            .or_else(|| id.strip_prefix("individual."))
            .unwrap_or(id);
        PUBLISHED.iter().find(|field| field.id == name).map(|field| field.field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_belongs_to_one_field() {
        let mut names: Vec<&str> = PUBLISHED.iter().map(|f| f.id).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(Field::parse("individual.sex"), Some(Field::Sex));
        assert_eq!(Field::parse("Sex"), None);
    }
}
