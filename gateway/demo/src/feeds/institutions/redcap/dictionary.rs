//! The data dictionary of the REDCap project, with the 18 columns that REDCap exports and imports.

use super::super::csv_row;

/// A field of the REDCap project.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) form: &'static str,
    /// The type of the field: `text` or `radio`.
    kind: &'static str,
    label: &'static str,
    choices: &'static str,
    validation: &'static str,
    identifier: bool,
    required: bool,
}

const fn text(name: &'static str, form: &'static str, label: &'static str) -> Field {
    Field {
        name,
        form,
        kind: "text",
        label,
        choices: "",
        validation: "",
        identifier: false,
        required: false,
    }
}

const fn date(name: &'static str, form: &'static str, label: &'static str) -> Field {
    Field {
        validation: "date_ymd",
        ..text(name, form, label)
    }
}

const fn radio(name: &'static str, form: &'static str, label: &'static str, choices: &'static str) -> Field {
    Field {
        kind: "radio",
        choices,
        ..text(name, form, label)
    }
}

const fn required(field: Field) -> Field {
    Field { required: true, ..field }
}

/// The fields of the REDCap project, form by form.
pub(super) const FIELDS: [Field; 19] = [
    text("record_id", "demographics", "Record ID"),
    required(radio("sex", "demographics", "Sex", "1, male | 2, female")),
    date("birth_date", "demographics", "Date of birth"),
    Field {
        identifier: true,
        ..text("patient_name", "demographics", "Name of the patient")
    },
    required(text("dx_icd10", "diagnosis", "ICD-10 code")),
    text("dx_term", "diagnosis", "Diagnosis"),
    radio("dx_status", "diagnosis", "Status", "1, confirmed | 2, suspected"),
    date("dx_date", "diagnosis", "Date of diagnosis"),
    required(text("hpo_code", "phenotype", "HPO term")),
    text("hpo_term", "phenotype", "Label"),
    radio("hpo_present", "phenotype", "Present", "1, yes | 0, no"),
    required(text("lb_jlac10", "labs", "JLAC10 code")),
    text("lb_test", "labs", "Test"),
    text("lb_result", "labs", "Result"),
    text("lb_unit", "labs", "Unit"),
    date("lb_date", "labs", "Date of sampling"),
    required(text("sp_id", "specimens", "Specimen ID")),
    radio("sp_type", "specimens", "Specimen type", "1, Whole blood | 2, DNA | 3, Tissue FFPE"),
    date("sp_date", "specimens", "Date of collection"),
];

const HEADER: [&str; 18] = [
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
];

/// The data dictionary as CSV.
pub(in super::super) fn encode() -> String {
    let mut text = csv_row(&HEADER.map(str::to_owned));
    let yes = |yes: bool| if yes { "y" } else { "" };
    for field in &FIELDS {
        let cells = [
            field.name,
            field.form,
            "",
            field.kind,
            field.label,
            field.choices,
            "",
            field.validation,
            "",
            "",
            yes(field.identifier),
            "",
            yes(field.required),
            "",
            "",
            "",
            "",
            "",
        ];
        text.push_str(&csv_row(&cells.map(str::to_owned)));
    }
    text
}
