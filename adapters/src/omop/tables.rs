//! The tables of the Common Data Model (5.3 and 5.4) that are read, and their columns.

/// A table.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Whether the rows become records. The rows of other tables are counted.
    pub(super) is_recorded: bool,
    /// The column with the id of a row.
    pub(super) id: &'static str,
    /// The column with the concept of the row, and the column with the source's own code. Empty if the table has none.
    pub(super) concept: &'static str,
    pub(super) source: &'static str,
    /// The domain of the concepts, by CONCEPT.
    pub(super) domain: &'static [&'static str],
    /// The columns that are read. Those of concepts have no value if they are 0.
    pub(super) read: &'static [&'static str],
    /// The columns of the model that are not read. They are counted by their names.
    pub(super) known: &'static [&'static str],
}

pub(super) const PERSON: usize = 0;
/// The table of names of concepts.
pub(super) const CONCEPT: &str = "CONCEPT";

pub(super) const TABLES: [Table; 9] = [
    Table {
        name: "PERSON",
        is_recorded: true,
        id: "person_id",
        concept: "",
        source: "",
        domain: &[],
        read: &["gender_concept_id"],
        known: &[
            "year_of_birth",
            "month_of_birth",
            "day_of_birth",
            "birth_datetime",
            "race_concept_id",
            "ethnicity_concept_id",
            "location_id",
            "provider_id",
            "care_site_id",
            "person_source_value",
            "gender_source_value",
            "gender_source_concept_id",
            "race_source_value",
            "race_source_concept_id",
            "ethnicity_source_value",
            "ethnicity_source_concept_id",
        ],
    },
    Table {
        name: "CONDITION_OCCURRENCE",
        is_recorded: true,
        id: "condition_occurrence_id",
        concept: "condition_concept_id",
        source: "condition_source_value",
        domain: &["Condition"],
        read: &[
            "condition_start_date",
            "condition_end_date",
            "condition_end_datetime",
            "condition_type_concept_id",
            "condition_status_concept_id",
            "condition_status_source_value",
            "stop_reason",
        ],
        known: &[
            "condition_start_datetime",
            "provider_id",
            "visit_occurrence_id",
            "visit_detail_id",
            "condition_source_concept_id",
        ],
    },
    Table {
        name: "MEASUREMENT",
        is_recorded: true,
        id: "measurement_id",
        concept: "measurement_concept_id",
        source: "measurement_source_value",
        domain: &["Measurement"],
        read: &[
            "measurement_date",
            "measurement_type_concept_id",
            "operator_concept_id",
            "value_as_number",
            "value_as_concept_id",
            "value_source_value",
            "unit_concept_id",
            "unit_source_value",
        ],
        known: &[
            "measurement_datetime",
            "measurement_time",
            "range_low",
            "range_high",
            "provider_id",
            "visit_occurrence_id",
            "visit_detail_id",
            "measurement_source_concept_id",
            "unit_source_concept_id",
            "measurement_event_id",
            "meas_event_field_concept_id",
        ],
    },
    Table {
        name: "OBSERVATION",
        is_recorded: true,
        id: "observation_id",
        concept: "observation_concept_id",
        source: "observation_source_value",
        domain: &["Observation", "Measurement"],
        read: &[
            "observation_date",
            "observation_type_concept_id",
            "value_as_number",
            "value_as_string",
            "value_as_concept_id",
            "value_source_value",
            "qualifier_concept_id",
            "qualifier_source_value",
            "unit_concept_id",
            "unit_source_value",
        ],
        known: &[
            "observation_datetime",
            "provider_id",
            "visit_occurrence_id",
            "visit_detail_id",
            "observation_source_concept_id",
            "observation_event_id",
            "obs_event_field_concept_id",
        ],
    },
    Table {
        name: "DRUG_EXPOSURE",
        is_recorded: true,
        id: "drug_exposure_id",
        concept: "drug_concept_id",
        source: "drug_source_value",
        domain: &["Drug"],
        read: &[
            "drug_exposure_start_date",
            "drug_exposure_end_date",
            "drug_type_concept_id",
            "route_concept_id",
            "route_source_value",
        ],
        known: &[
            "drug_exposure_start_datetime",
            "drug_exposure_end_datetime",
            "verbatim_end_date",
            "stop_reason",
            "refills",
            "quantity",
            "days_supply",
            "sig",
            "lot_number",
            "provider_id",
            "visit_occurrence_id",
            "visit_detail_id",
            "drug_source_concept_id",
            "dose_unit_source_value",
        ],
    },
    Table {
        name: "PROCEDURE_OCCURRENCE",
        is_recorded: true,
        id: "procedure_occurrence_id",
        concept: "procedure_concept_id",
        source: "procedure_source_value",
        domain: &["Procedure"],
        read: &[
            "procedure_date",
            "procedure_end_date",
            "procedure_type_concept_id",
            "modifier_concept_id",
            "modifier_source_value",
        ],
        known: &[
            "procedure_datetime",
            "procedure_end_datetime",
            "quantity",
            "provider_id",
            "visit_occurrence_id",
            "visit_detail_id",
            "procedure_source_concept_id",
        ],
    },
    Table {
        name: "SPECIMEN",
        is_recorded: true,
        id: "specimen_id",
        concept: "specimen_concept_id",
        source: "specimen_source_value",
        domain: &["Specimen"],
        read: &["specimen_source_id", "specimen_date", "anatomic_site_concept_id"],
        known: &[
            "specimen_type_concept_id",
            "specimen_datetime",
            "quantity",
            "unit_concept_id",
            "disease_status_concept_id",
            "unit_source_value",
            "anatomic_site_source_value",
            "disease_status_source_value",
        ],
    },
    Table {
        name: "VISIT_OCCURRENCE",
        is_recorded: false,
        id: "visit_occurrence_id",
        concept: "",
        source: "",
        domain: &[],
        read: &[],
        known: &[],
    },
    Table {
        name: "DEATH",
        is_recorded: false,
        id: "",
        concept: "",
        source: "",
        domain: &[],
        read: &[],
        known: &[],
    },
];

/// The other tables of the model. A file with such a name is not read, and is reported under this name.
pub(super) const OTHER_TABLES: [&str; 32] = [
    "OBSERVATION_PERIOD",
    "VISIT_DETAIL",
    "DEVICE_EXPOSURE",
    "NOTE",
    "NOTE_NLP",
    "FACT_RELATIONSHIP",
    "SURVEY_CONDUCT",
    "LOCATION",
    "LOCATION_HISTORY",
    "CARE_SITE",
    "PROVIDER",
    "PAYER_PLAN_PERIOD",
    "COST",
    "DRUG_ERA",
    "DOSE_ERA",
    "CONDITION_ERA",
    "EPISODE",
    "EPISODE_EVENT",
    "METADATA",
    "CDM_SOURCE",
    "VOCABULARY",
    "DOMAIN",
    "CONCEPT_CLASS",
    "CONCEPT_RELATIONSHIP",
    "RELATIONSHIP",
    "CONCEPT_SYNONYM",
    "CONCEPT_ANCESTOR",
    "SOURCE_TO_CONCEPT_MAP",
    "DRUG_STRENGTH",
    "COHORT",
    "COHORT_DEFINITION",
    "ATTRIBUTE_DEFINITION",
];

impl Table {
    /// The name of a column in reports. The name of a column that the model does not have can be a person's name.
    pub(super) fn shown(&self, column: &str) -> String {
        match self.known.contains(&column) {
            true => format!("{}.{column}", self.name),
            false => "(undeclared name)".to_owned(),
        }
    }

    /// Whether the column enters the unit.
    pub(super) fn reads(&self, column: &str) -> bool {
        column == self.id || (!column.is_empty() && (column == self.concept || column == self.source)) || self.read.contains(&column)
    }
}
