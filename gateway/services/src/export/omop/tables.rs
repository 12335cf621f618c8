//! The tables of the OMOP Common Data Model 5.4 that are written, with all their columns
//! (`OMOPCDM_postgresql_5.4_ddl.sql` of OHDSI, release 5.4).

use Kind::{Day, Integer, Moment, Number, Text};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `integer`.
    Integer,
    /// `date`.
    Day,
    /// `TIMESTAMP`. The gateway knows days only, so these columns are empty.
    Moment,
    /// `NUMERIC`.
    Number,
    /// `varchar` or `TEXT`.
    Text,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether the model requires a value (`NOT NULL`).
    pub(super) is_required: bool,
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// The name of the table.
    pub(super) name: &'static str,
    /// The name of the file.
    pub(super) file: &'static str,
    pub(super) columns: &'static [Column],
}

const fn must(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        is_required: true,
    }
}

const fn may(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        is_required: false,
    }
}

pub(super) const PERSON: Table = Table {
    name: "person",
    file: "person.parquet",
    columns: &[
        must("person_id", Integer),
        must("gender_concept_id", Integer),
        must("year_of_birth", Integer),
        may("month_of_birth", Integer),
        may("day_of_birth", Integer),
        may("birth_datetime", Moment),
        must("race_concept_id", Integer),
        must("ethnicity_concept_id", Integer),
        may("location_id", Integer),
        may("provider_id", Integer),
        may("care_site_id", Integer),
        may("person_source_value", Text),
        may("gender_source_value", Text),
        may("gender_source_concept_id", Integer),
        may("race_source_value", Text),
        may("race_source_concept_id", Integer),
        may("ethnicity_source_value", Text),
        may("ethnicity_source_concept_id", Integer),
    ],
};

pub(super) const CONDITION_OCCURRENCE: Table = Table {
    name: "condition_occurrence",
    file: "condition_occurrence.parquet",
    columns: &[
        must("condition_occurrence_id", Integer),
        must("person_id", Integer),
        must("condition_concept_id", Integer),
        must("condition_start_date", Day),
        may("condition_start_datetime", Moment),
        may("condition_end_date", Day),
        may("condition_end_datetime", Moment),
        must("condition_type_concept_id", Integer),
        may("condition_status_concept_id", Integer),
        may("stop_reason", Text),
        may("provider_id", Integer),
        may("visit_occurrence_id", Integer),
        may("visit_detail_id", Integer),
        may("condition_source_value", Text),
        may("condition_source_concept_id", Integer),
        may("condition_status_source_value", Text),
    ],
};

pub(super) const DRUG_EXPOSURE: Table = Table {
    name: "drug_exposure",
    file: "drug_exposure.parquet",
    columns: &[
        must("drug_exposure_id", Integer),
        must("person_id", Integer),
        must("drug_concept_id", Integer),
        must("drug_exposure_start_date", Day),
        may("drug_exposure_start_datetime", Moment),
        must("drug_exposure_end_date", Day),
        may("drug_exposure_end_datetime", Moment),
        may("verbatim_end_date", Day),
        must("drug_type_concept_id", Integer),
        may("stop_reason", Text),
        may("refills", Integer),
        may("quantity", Number),
        may("days_supply", Integer),
        may("sig", Text),
        may("route_concept_id", Integer),
        may("lot_number", Text),
        may("provider_id", Integer),
        may("visit_occurrence_id", Integer),
        may("visit_detail_id", Integer),
        may("drug_source_value", Text),
        may("drug_source_concept_id", Integer),
        may("route_source_value", Text),
        may("dose_unit_source_value", Text),
    ],
};

pub(super) const PROCEDURE_OCCURRENCE: Table = Table {
    name: "procedure_occurrence",
    file: "procedure_occurrence.parquet",
    columns: &[
        must("procedure_occurrence_id", Integer),
        must("person_id", Integer),
        must("procedure_concept_id", Integer),
        must("procedure_date", Day),
        may("procedure_datetime", Moment),
        may("procedure_end_date", Day),
        may("procedure_end_datetime", Moment),
        must("procedure_type_concept_id", Integer),
        may("modifier_concept_id", Integer),
        may("quantity", Integer),
        may("provider_id", Integer),
        may("visit_occurrence_id", Integer),
        may("visit_detail_id", Integer),
        may("procedure_source_value", Text),
        may("procedure_source_concept_id", Integer),
        may("modifier_source_value", Text),
    ],
};

pub(super) const MEASUREMENT: Table = Table {
    name: "measurement",
    file: "measurement.parquet",
    columns: &[
        must("measurement_id", Integer),
        must("person_id", Integer),
        must("measurement_concept_id", Integer),
        must("measurement_date", Day),
        may("measurement_datetime", Moment),
        may("measurement_time", Text),
        must("measurement_type_concept_id", Integer),
        may("operator_concept_id", Integer),
        may("value_as_number", Number),
        may("value_as_concept_id", Integer),
        may("unit_concept_id", Integer),
        may("range_low", Number),
        may("range_high", Number),
        may("provider_id", Integer),
        may("visit_occurrence_id", Integer),
        may("visit_detail_id", Integer),
        may("measurement_source_value", Text),
        may("measurement_source_concept_id", Integer),
        may("unit_source_value", Text),
        may("unit_source_concept_id", Integer),
        may("value_source_value", Text),
        may("measurement_event_id", Integer),
        may("meas_event_field_concept_id", Integer),
    ],
};

pub(super) const OBSERVATION: Table = Table {
    name: "observation",
    file: "observation.parquet",
    columns: &[
        must("observation_id", Integer),
        must("person_id", Integer),
        must("observation_concept_id", Integer),
        must("observation_date", Day),
        may("observation_datetime", Moment),
        must("observation_type_concept_id", Integer),
        may("value_as_number", Number),
        may("value_as_string", Text),
        may("value_as_concept_id", Integer),
        may("qualifier_concept_id", Integer),
        may("unit_concept_id", Integer),
        may("provider_id", Integer),
        may("visit_occurrence_id", Integer),
        may("visit_detail_id", Integer),
        may("observation_source_value", Text),
        may("observation_source_concept_id", Integer),
        may("unit_source_value", Text),
        may("qualifier_source_value", Text),
        may("value_source_value", Text),
        may("observation_event_id", Integer),
        may("obs_event_field_concept_id", Integer),
    ],
};

pub(super) const SPECIMEN: Table = Table {
    name: "specimen",
    file: "specimen.parquet",
    columns: &[
        must("specimen_id", Integer),
        must("person_id", Integer),
        must("specimen_concept_id", Integer),
        must("specimen_type_concept_id", Integer),
        must("specimen_date", Day),
        may("specimen_datetime", Moment),
        may("quantity", Number),
        may("unit_concept_id", Integer),
        may("anatomic_site_concept_id", Integer),
        may("disease_status_concept_id", Integer),
        may("specimen_source_id", Text),
        may("specimen_source_value", Text),
        may("unit_source_value", Text),
        may("anatomic_site_source_value", Text),
        may("disease_status_source_value", Text),
    ],
};

pub(super) const CDM_SOURCE: Table = Table {
    name: "cdm_source",
    file: "cdm_source.parquet",
    columns: &[
        must("cdm_source_name", Text),
        must("cdm_source_abbreviation", Text),
        must("cdm_holder", Text),
        may("source_description", Text),
        may("source_documentation_reference", Text),
        may("cdm_etl_reference", Text),
        must("source_release_date", Day),
        must("cdm_release_date", Day),
        may("cdm_version", Text),
        must("cdm_version_concept_id", Integer),
        must("vocabulary_version", Text),
    ],
};
