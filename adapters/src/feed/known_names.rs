//! Names for the table of values. A name of a file, or of a member that only the feed defines, can contain the name or the number of a person.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::hl7v2::shown_name;
use crate::profile::{Format, Profile};

/// The word in place of a name that neither the standard nor the profile defines.
const UNDECLARED: &str = "(undeclared name)";

/// The types of resources (FHIR R4 § 2.1.6.1).
const FHIR_TYPES: &str = "\
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary \
    BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition \
    Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest CompartmentDefinition Composition ConceptMap \
    Condition Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device DeviceDefinition \
    DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis \
    Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario \
    ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse \
    HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide InsurancePlan \
    Invoice Library Linkage List Location Measure MeasureReport Media Medication MedicationAdministration MedicationDispense \
    MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization \
    MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction \
    MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect \
    MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder Observation ObservationDefinition \
    OperationDefinition OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation \
    Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson \
    RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis \
    Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription Substance \
    SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial \
    SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult \
    VisionPrescription \
";

/// The members of the resources and the data types that the gateway reads, and of Bundle (FHIR R4).
const FHIR_MEMBERS: &str = "\
    abatementAge abatementDateTime abatementPeriod abatementRange abatementString accessionIdentifier active additive \
    additiveCodeableConcept additiveReference address age appliesTo asserter assessment assigner authorReference authorString basedOn \
    birthDate bodySite boundsDuration boundsPeriod boundsRange capacity category city clinicalStatus code coding collectedDateTime \
    collectedPeriod collection collector communication comparator component condition contact contained container contentType count \
    countMax country creation data dataAbsentReason dayOfWeek deceasedBoolean deceasedDateTime denominator derivedFrom description \
    detail device dimensions display district div duration durationMax durationUnit effectiveDateTime effectiveInstant effectivePeriod \
    effectiveTiming encounter end entry etag event evidence extension factor family fastingStatusCodeableConcept fastingStatusDuration \
    focus frequency frequencyMax fullUrl gender generalPractitioner given hasMember hash high id identifier ifMatch ifModifiedSince \
    ifNoneExist ifNoneMatch implicitRules interpretation issued language lastModified lastUpdated line link location low lowerLimit \
    managingOrganization maritalStatus meta method mode modifierExtension multipleBirthBoolean multipleBirthInteger name note \
    numerator offset onBehalfOf onsetAge onsetDateTime onsetPeriod onsetRange onsetString organization origin other outcome parent \
    partOf performer period periodMax periodUnit photo postalCode preferred prefix procedure processing profile quantity rank \
    receivedTime recordedDate recorder reference referenceRange relation relationship repeat request resource resourceType response \
    score search security severity sigFormat signature size source specimen specimenQuantity stage start state status subject suffix \
    summary system tag targetFormat telecom text time timeDateTime timeOfDay timePeriod timestamp title total type unit upperLimit url \
    use userSelected value valueBoolean valueCodeableConcept valueDateTime valueInteger valuePeriod valueQuantity valueRange \
    valueRatio valueSampledData valueString valueTime verificationStatus version versionId when who \
";

/// The members of MIABIS and of Beacon v2 that the gateway knows, and the names that the decoders make.
const OTHER_MEMBERS: &str = "\
    @Category @Name @Time @Unread age ageGroup ageOfOnset anatomicalSite assayCode biobank biosample biosampleStatus birthDate collectionDate \
    collectionMoment contentDiagnosis creationTime date datasetType diagnosis diagnosticMarkers disease diseaseCode diseases donor donorId \
    donors ethnicity event events evidence excluded exposures familyHistory featureType geographicOrigin histologicalDiagnosis id individual \
    individualId info interventionsOrProcedures iso8601duration karyotypicSex label measure measurementValue measurements measures modifiers \
    notes observationMoment obtentionProcedure onset ontology parentId pathologicalStage pathologicalTnmFinding pedigrees \
    phenotypicFeature phenotypicFeatures procedure quantity resolution row sample sampleOriginDetail sampleOriginType sampleProcessing sampleStorage \
    sampleType samples severity sex stage storageTemperature text treatments tumorGrade tumorProgression unit units useAndAccessConditions value version \
";

/// The files of a feed by their positions, and the names that may be shown.
pub(super) struct KnownNames {
    format: Format,
    /// The names of the files as locators begin with them, with the position of the first file of this name.
    files: HashMap<String, String>,
    words: HashSet<String>,
}

impl KnownNames {
    pub(super) fn new(paths: &[PathBuf], profile: &Profile) -> Self {
        let (mut files, mut count) = (HashMap::new(), 0);
        for (path, folder) in paths.iter().zip(1..) {
            if !path.is_dir() {
                count += 1;
                files.entry(shown_name(path)).or_insert_with(|| format!("file {count}"));
                continue;
            }
            files.entry(shown_name(path)).or_insert_with(|| format!("folder {folder}"));
            let entries = std::fs::read_dir(path).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
            let mut inside: Vec<PathBuf> = entries.unwrap_or_default();
            inside.sort();
            for path in inside {
                count += 1;
                files.entry(shown_name(&path)).or_insert_with(|| format!("file {count}"));
            }
        }
        let stated = profile.names();
        let parts = stated.iter().flat_map(|name| name.split('.').map(plain));
        let fixed = [FHIR_TYPES, FHIR_MEMBERS, OTHER_MEMBERS]
            .into_iter()
            .flat_map(str::split_whitespace);
        Self {
            format: profile.format(),
            files,
            words: parts.chain(fixed).map(str::to_owned).collect(),
        }
    }

    /// The place of a unit with the position of its file in place of the name of the file. The places of a storage contain positions only.
    pub(super) fn place(&self, locator: &str) -> String {
        let (name, rest) = self
            .files
            .keys()
            .filter_map(|name| locator.strip_prefix(name.as_str()).map(|rest| (name, rest)))
            .filter(|(_, rest)| rest.is_empty() || rest.starts_with('#'))
            .max_by_key(|(name, _)| name.len())
            .unzip();
        match (name.and_then(|name| self.files.get(name)), rest) {
            (Some(position), Some(rest)) => format!("{position}{rest}"),
            _ if self.format == Format::SsMix2 || locator.is_empty() => locator.to_owned(),
            _ => locator
                .rsplit_once('#')
                .map_or_else(|| "file".to_owned(), |(_, rest)| format!("file#{rest}")),
        }
    }

    /// A name of a field or a member. In formats of JSON, each part that neither the standard nor the profile defines is replaced. The decoders of the other
    /// formats replace such names themselves.
    pub(super) fn field(&self, name: &str) -> String {
        if !matches!(self.format, Format::Fhir | Format::Miabis | Format::Bff) {
            return name.to_owned();
        }
        // A remark of the decoder, such as `Bundle.entry (without a resource)`.
        let (path, remark) = match name.find(" (") {
            Some(at) => name.split_at(at),
            None => (name, ""),
        };
        let shown = |part| {
            let word = plain(part);
            if word.is_empty() || self.words.contains(word) {
                part
            } else {
                UNDECLARED
            }
        };
        let parts: Vec<&str> = path.split('.').map(shown).collect();
        parts.join(".") + remark
    }
}

/// A part of a name without the number of a repetition, the mark of a FHIR extension and the end of a pattern.
fn plain(part: &str) -> &str {
    let part = part.split(['(', '[', '*']).next().unwrap_or_default();
    part.strip_prefix('_').unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[&str]) -> KnownNames {
        KnownNames {
            format: Format::Fhir,
            files: files
                .iter()
                .zip(1..)
                .map(|(name, at)| ((*name).to_owned(), format!("file {at}")))
                .collect(),
            words: [FHIR_TYPES, FHIR_MEMBERS, OTHER_MEMBERS]
                .into_iter()
                .flat_map(str::split_whitespace)
                .map(str::to_owned)
                .collect(),
        }
    }

    #[test]
    fn the_name_of_a_file_is_its_position() {
        let names = names(&["8800417001_YAMADA.json", "8800417001_YAMADA.json#1.json"]);
        for (locator, place) in [
            ("8800417001_YAMADA.json", "file 1"),
            ("8800417001_YAMADA.json#[1]/entry[2]", "file 1#[1]/entry[2]"),
            ("8800417001_YAMADA.json#1.json#line[4]", "file 2#line[4]"),
            ("YAMADA.json#[3]", "file#[3]"),
            ("YAMADA", "file"),
            ("", ""),
        ] {
            assert_eq!(names.place(locator), place);
        }
    }

    #[test]
    fn a_member_that_only_the_feed_defines_is_not_shown() {
        let names = names(&[]);
        for (name, shown) in [
            ("Patient.YamadaHanako", "Patient.(undeclared name)"),
            ("Patient.yamadaHanako.family", "Patient.(undeclared name).family"),
            ("YamadaHanako", "(undeclared name)"),
            ("Patient._birthDate", "Patient._birthDate"),
            ("code.coding(2).code", "code.coding(2).code"),
            ("Bundle.entry (without a resource)", "Bundle.entry (without a resource)"),
            ("(unknown)", "(unknown)"),
            ("MedicationRequest", "MedicationRequest"),
            ("@Unread", "@Unread"),
        ] {
            assert_eq!(names.field(name), shown);
        }
    }
}
