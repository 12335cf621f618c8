//! The rows that contain data about a participant, by table.

/// Rows of one table that are deleted.
pub(super) struct Rows {
    /// The name of the kind of rows in counts.
    pub(super) kind: &'static str,
    pub(super) table: &'static str,
    /// The condition. `@` stands for the list of the person's ordinals, `IN (...)`.
    pub(super) condition: &'static str,
}

const fn rows(kind: &'static str, table: &'static str, condition: &'static str) -> Rows {
    Rows { kind, table, condition }
}

/// The condition on `s.object` under which no other participant needs a file: every column belongs to this person or to a participant whose data is erased. A
/// column that is assigned to no participant may belong to another person, so it keeps the file.
pub(super) const NEEDED_BY_NO_OTHER: &str = "NOT EXISTS (SELECT 1 FROM object_sample x WHERE x.object = s.object AND (x.ordinal IS NULL \
     OR (NOT (x.ordinal @) AND x.ordinal NOT IN (SELECT ordinal FROM purge))))";

// The units of a person are those that came through the person's numbers (`linked`). `ordinal` is the participant under whom a unit was known at its time:
// after a merge was undone, retired units of the other participant still have the survivor's.

macro_rules! of_units {
    ($column:literal) => {
        concat!($column, " IN (SELECT id FROM fact_source WHERE linked @)")
    };
}

macro_rules! of_observations {
    ($column:literal) => {
        concat!(
            $column,
            " IN (SELECT id FROM observation WHERE ordinal @ OR source IN (SELECT id FROM fact_source WHERE linked @))"
        )
    };
}

macro_rules! of_columns {
    ($object:literal, $position:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM object_sample s WHERE s.object = ",
            $object,
            " AND s.position = ",
            $position,
            " AND s.ordinal @)"
        )
    };
}

macro_rules! of_own_files {
    ($column:literal) => {
        concat!(
            $column,
            " IN (SELECT s.object FROM object_sample s WHERE s.ordinal @ AND NOT EXISTS (SELECT 1 FROM object_sample x \
             WHERE x.object = s.object AND (x.ordinal IS NULL OR (NOT (x.ordinal @) AND x.ordinal NOT IN (SELECT ordinal FROM purge)))))"
        )
    };
}

/// All rows that are deleted, in an order in which no row refers to a deleted one.
pub(super) const ROWS: [Rows; 25] = [
    rows("interpretations", "allele_interpretation", of_observations!("observation")),
    rows("reported-names", "reported_name", of_observations!("observation")),
    rows(
        "observations",
        "observation",
        "ordinal @ OR source IN (SELECT id FROM fact_source WHERE linked @)",
    ),
    rows("fact-details", "fact_detail", of_units!("source")),
    rows("facts", "fact", of_units!("source")),
    rows("specimen-steps", "specimen_step", of_units!("source")),
    rows(
        "specimen-statements",
        "specimen_statement",
        "source IN (SELECT id FROM fact_source WHERE linked @) OR specimen IN (SELECT id FROM specimen WHERE ordinal @)",
    ),
    rows("kept-packets", "kept_packet", of_units!("source")),
    rows(
        "quarantined-units",
        "quarantined_unit",
        "name <> '' AND name IN (SELECT unit FROM fact_source WHERE linked @)",
    ),
    rows(
        "pulled-units",
        "feed_pull_unit",
        "unit IN (SELECT unit FROM fact_source WHERE linked @)",
    ),
    rows("units", "fact_source", "linked @"),
    rows(
        "fhir-values",
        "fhir_token",
        "EXISTS (SELECT 1 FROM fhir_resource r WHERE r.type = fhir_token.type AND r.id = fhir_token.id AND r.ordinal @)",
    ),
    rows("fhir-resources", "fhir_resource", "ordinal @"),
    rows("fhir-patients", "fhir_patient", "ordinal @"),
    rows("recontact-tasks", "recontact_task", "ordinal @"),
    rows(
        "fingerprint-bands",
        "genotype_band",
        of_columns!("genotype_band.object", "genotype_band.position"),
    ),
    rows("fingerprints", "genotype_fingerprint", "ordinal @"),
    rows(
        "sample-findings",
        "sample_finding",
        concat!(
            of_columns!("sample_finding.object", "sample_finding.position"),
            " OR ",
            of_columns!("sample_finding.other_object", "sample_finding.other_position")
        ),
    ),
    rows("likenesses", "accepted_likeness", "one @ OR other @"),
    rows(
        "file-statements",
        "object_statement",
        of_columns!("object_statement.object", "object_statement.position"),
    ),
    rows("file-provenances", "object_provenance", of_own_files!("object")),
    rows("index-records", "object_index", of_own_files!("object")),
    rows("vault-entries", "vault_entry", "ordinal @"),
    rows("numbers", "linked_number", "ordinal @"),
    rows("specimens", "specimen", "ordinal @"),
];

/// The tables whose rows change or go besides those of [`ROWS`].
pub(super) const CHANGED: [&str; 9] = [
    "allele_name",
    "allele_name_files",
    "data_object",
    "file_left_out",
    "naming_list",
    "object_sample",
    "participant",
    "vault_key",
    "purge_file",
];
