//! The names that the stored account of a run may contain. A feed chooses the names of its columns, members, elements and items, so such a name can
//! contain the name of a person. Only names that a specification, the profile or a list in the code contains are stored.

use std::collections::HashSet;

use crate::phenopacket;
use crate::profile::{Format, Profile};

/// The name under which names are counted together that may not be stored. They are printed on the operator's terminal only.
pub const OTHER_NAMES: &str = "(other names)";

/// The names that one run may store.
#[derive(Clone, Debug)]
pub struct StoredNames {
    /// `None` for Phenopackets, whose decoder counts only names that the specification has.
    format: Option<Format>,
    /// The fields and kinds of records that the profile states without a pattern.
    of_profile: HashSet<String>,
}

impl StoredNames {
    /// The names of a run that reads Phenopackets.
    #[must_use]
    pub fn of_packets() -> Self {
        Self {
            format: None,
            of_profile: HashSet::new(),
        }
    }

    /// The names of a run with a profile.
    #[must_use]
    pub fn of_profile(profile: &Profile) -> Self {
        Self {
            format: Some(profile.format()),
            of_profile: profile.stated_names().into_iter().map(str::to_owned).collect(),
        }
    }

    /// The name as it is stored: itself, or [`OTHER_NAMES`].
    #[must_use]
    pub fn stored<'n>(&self, name: &'n str) -> &'n str {
        let is_known = match self.format {
            None => true,
            Some(format) => CONSTANTS.contains(&name) || name.split(' ').all(|word| self.is_known(format, word)),
        };
        if is_known { name } else { OTHER_NAMES }
    }

    fn is_known(&self, format: Format, word: &str) -> bool {
        if self.of_profile.contains(word) {
            return true;
        }
        match format {
            Format::SsMix2 => is_of_hl7(word),
            Format::Odm => tokens(word).all(|token| ODM.contains(&token)),
            Format::Redcap | Format::Csv => word == "row",
            Format::Miabis => tokens(word).all(|token| MIABIS.contains(&token)),
            Format::Omop => tokens(word).all(crate::omop::is_name),
            Format::Fhir | Format::Bff => tokens(word).all(|token| FHIR.contains(&token) || phenopacket::is_member(token)),
        }
    }
}

/// The parts of a path.
fn tokens(word: &str) -> impl Iterator<Item = &str> {
    word.split(['.', '/', '@', ':'])
}

/// Whether a word is the name of a segment of HL7 v2.5 or of the Z-segments of SS-MIX2, perhaps with numbers of a field, a repetition and components
/// (`PID-3(2).1`), or the code of a message (`message:ADT^A08`, `message:ADT-12`).
fn is_of_hl7(word: &str) -> bool {
    if let Some(message) = word.strip_prefix("message:") {
        let mut parts = message.split(['^', '-', '_']);
        let is_code = parts.next().is_some_and(|code| HL7_MESSAGES.contains(&code));
        return is_code && parts.all(|part| is_event(part) || HL7_MESSAGES.contains(&part));
    }
    let (segment, rest) = match word.split_at_checked(3) {
        Some(divided) => divided,
        None => return false,
    };
    let is_place = rest.is_empty() || (rest.starts_with('-') && rest.bytes().all(|byte| byte.is_ascii_digit() || b"-.()".contains(&byte)));
    HL7_SEGMENTS.contains(&segment) && is_place
}

/// Whether a text is the code of an event (`A08`, `ZD1`) or a number of a kind of data (`12`).
fn is_event(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
    text.len() - digits.len() <= 2 && (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Names that the code itself makes.
const CONSTANTS: [&str; 13] = [
    "record",
    "record of an export",
    "record that is not linked",
    "the content of the transaction",
    "file",
    "file:hidden",
    "file:outside-folders",
    "history",
    "the content of the file",
    "(others)",
    "OBX OBX-5 (no rule reads a value of this type and status)",
    "Bundle.entry (without a resource)",
    "status",
];

/// Codes of messages of HL7 v2.5 (table 0076) that hospitals send, and the kinds of data of SS-MIX2.
const HL7_MESSAGES: [&str; 26] = [
    "ACK", "ADT", "BAR", "DFT", "MDM", "MFN", "OMG", "OMI", "OML", "OMP", "ORM", "ORU", "ORL", "ORG", "OUL", "PPR", "QBP", "RAS", "RDE",
    "RDS", "RGV", "RRE", "RSP", "SIU", "VXU", "SRM",
];

/// Segments of HL7 v2.5 that hospitals send, and the Z-segments of SS-MIX2.
const HL7_SEGMENTS: [&str; 48] = [
    "MSH", "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "DB1", "OBX", "AL1", "IAM", "IN1", "IN2", "IN3", "DG1", "DRG", "PR1", "GT1", "ROL",
    "ACC", "PRB", "GOL", "PTH", "VAR", "ZPR", "ZPD", "ZI1", "ZE1", "ZE2", "ORC", "OBR", "NTE", "SPM", "SAC", "INV", "TQ1", "TQ2", "RXO",
    "RXE", "RXR", "RXC", "RXA", "RXD", "CTD", "DSC", "SFT", "MSA", "ERR",
];

/// Elements and attributes of CDISC ODM 1.3.2 and 2.0 that the adapter names in its account.
const ODM: [&str; 64] = [
    "ODM",
    "Study",
    "ClinicalData",
    "ReferenceData",
    "AdminData",
    "Association",
    "SubjectData",
    "StudyEventData",
    "FormData",
    "ItemGroupData",
    "ItemData",
    "ItemDataAny",
    "ItemDataString",
    "ItemDataInteger",
    "ItemDataFloat",
    "ItemDataDate",
    "ItemDataTime",
    "ItemDataDatetime",
    "ItemDataBoolean",
    "ItemDataHexBinary",
    "ItemDataBase64Binary",
    "ItemDataHexFloat",
    "ItemDataBase64Float",
    "ItemDataPartialDate",
    "ItemDataPartialTime",
    "ItemDataPartialDatetime",
    "ItemDataDurationDatetime",
    "ItemDataIntervalDatetime",
    "ItemDataIncompleteDatetime",
    "ItemDataURI",
    "AuditRecord",
    "AuditRecords",
    "UserRef",
    "LocationRef",
    "DateTimeStamp",
    "ReasonForChange",
    "SourceID",
    "Signature",
    "Signatures",
    "SignatureRef",
    "Annotation",
    "Annotations",
    "Comment",
    "Flag",
    "FlagValue",
    "FlagType",
    "InvestigatorRef",
    "SiteRef",
    "ArchiveLayoutRef",
    "MeasurementUnitRef",
    "Query",
    "Value",
    "SubjectKey",
    "StudyEventOID",
    "FormOID",
    "ItemGroupOID",
    "ItemOID",
    "EditPoint",
    "UsedImputationMethod",
    "UsedMethod",
    "TransactionType",
    "IsNull",
    "Coding",
    "KeySet",
];

/// Kinds of records and attributes of MIABIS Core 3 for individuals (sample, sample donor, event).
const MIABIS: [&str; 42] = [
    "donor",
    "sample",
    "event",
    "samples",
    "donors",
    "events",
    "field",
    "id",
    "donorId",
    "sampleId",
    "type",
    "sampleType",
    "storageTemperature",
    "creationTime",
    "anatomicalSite",
    "ontology",
    "ontologyVersion",
    "version",
    "code",
    "text",
    "label",
    "value",
    "contentDiagnosis",
    "diagnosis",
    "useAndAccessConditions",
    "accessConditions",
    "sampleSource",
    "source",
    "sex",
    "birthDate",
    "datasetType",
    "dataset",
    "parentSample",
    "parentId",
    "parent",
    "collectionDate",
    "collection",
    "time",
    "age",
    "ageUnit",
    "unit",
    "date",
];

/// Types of FHIR R4 resources and members of the resources that the adapter reads.
const FHIR: [&str; 130] = [
    "AllergyIntolerance",
    "Appointment",
    "AuditEvent",
    "Binary",
    "BodyStructure",
    "Bundle",
    "CarePlan",
    "CareTeam",
    "Claim",
    "ClinicalImpression",
    "Communication",
    "Composition",
    "Condition",
    "Consent",
    "Coverage",
    "Device",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "Group",
    "ImagingStudy",
    "Immunization",
    "List",
    "Location",
    "Media",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "MolecularSequence",
    "NutritionOrder",
    "Observation",
    "OperationOutcome",
    "Organization",
    "Parameters",
    "Patient",
    "Person",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "RelatedPerson",
    "ResearchStudy",
    "ResearchSubject",
    "RiskAssessment",
    "Schedule",
    "ServiceRequest",
    "Slot",
    "Specimen",
    "SupplyDelivery",
    "Task",
    "VisionPrescription",
    "abatementString",
    "active",
    "address",
    "asserter",
    "basedOn",
    "birthDate",
    "bodySite",
    "category",
    "clinicalStatus",
    "code",
    "coding",
    "collection",
    "communication",
    "component",
    "contact",
    "contained",
    "container",
    "dataAbsentReason",
    "deceasedBoolean",
    "deceasedDateTime",
    "derivedFrom",
    "device",
    "display",
    "effectiveDateTime",
    "effectivePeriod",
    "encounter",
    "entry",
    "evidence",
    "extension",
    "focus",
    "gender",
    "generalPractitioner",
    "hasMember",
    "id",
    "identifier",
    "implicitRules",
    "interpretation",
    "issued",
    "language",
    "link",
    "managingOrganization",
    "maritalStatus",
    "meta",
    "method",
    "modifierExtension",
    "multipleBirthBoolean",
    "multipleBirthInteger",
    "name",
    "note",
    "onsetAge",
    "onsetDateTime",
    "onsetString",
    "parent",
    "partOf",
    "performer",
    "photo",
    "processing",
    "receivedTime",
    "recordedDate",
    "recorder",
    "referenceRange",
    "request",
    "severity",
    "stage",
    "status",
    "subject",
    "telecom",
    "text",
    "type",
    "verificationStatus",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(profile: &str) -> StoredNames {
        StoredNames::of_profile(&Profile::open(profile).unwrap())
    }

    #[test]
    fn names_that_the_feed_chose_are_counted_together() {
        for (profile, name) in [
            ("miabis", "sample YamadaHanako"),
            ("miabis", "sample 山田花子"),
            ("odm", "ItemGroupData:IG.YAMADA IT.HANAKO"),
            ("odm", "yamada:hanako"),
            ("redcap", "row yamada_hanako"),
            ("ss-mix2", "message:YAMADA^HANAKO"),
            ("ss-mix2", "ITO"),
            ("ss-mix2", "ZYH ZYH-3"),
            ("ss-mix2", "PID-山田"),
            ("fhir", "Patient.YamadaHanako"),
        ] {
            assert_eq!(names(profile).stored(name), OTHER_NAMES, "{profile} {name}");
        }
    }

    #[test]
    fn names_of_the_specification_and_of_the_profile_are_kept() {
        for (profile, name) in [
            ("ss-mix2", "PID PID-3(2).1"),
            ("ss-mix2", "OBX-5"),
            ("ss-mix2", "message:ADT^A08"),
            ("ss-mix2", "message:ADT-12"),
            ("ss-mix2", "file:hidden"),
            ("odm", "AuditRecord"),
            ("miabis", "sample donorId"),
            ("fhir", "Patient.name"),
            ("redcap", "row dx_icd10"),
        ] {
            assert_eq!(names(profile).stored(name), name, "{profile}");
        }
        assert_eq!(StoredNames::of_packets().stored("/subject/id"), "/subject/id");
    }
}
