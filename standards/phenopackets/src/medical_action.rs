//! Medical actions: procedures, treatments, radiation therapies and therapeutic regimens.

use crate::error::PhenopacketError;
use crate::measurement::Quantity;
use crate::object::Object;
use crate::ontology_class::OntologyClass;
use crate::time_element::{TimeElement, time};

/// The message `MedicalAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MedicalAction {
    /// The action; `None` if the message sets no alternative, which proto3 allows.
    pub action: Option<Action>,
    /// The disease or feature that was treated; `None` if not stated.
    pub target: Option<OntologyClass>,
    /// The intent of the treatment; `None` if not stated.
    pub intent: Option<OntologyClass>,
    /// How the individual responded; `None` if not stated.
    pub response: Option<OntologyClass>,
    /// Adverse events, in the order written.
    pub adverse_events: Vec<OntologyClass>,
    /// Why the treatment ended; `None` if not stated.
    pub termination_reason: Option<OntologyClass>,
    /// Whether the message or its action has a member that the specification does not define.
    pub has_unknown: bool,
}

/// The action of a [`MedicalAction`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A procedure.
    Procedure(Procedure),
    /// A treatment with an agent.
    Treatment(Treatment),
    /// A radiation therapy.
    RadiationTherapy(RadiationTherapy),
    /// A regimen of several treatments.
    TherapeuticRegimen(TherapeuticRegimen),
}

/// The message `Procedure`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// The procedure; `None` if not stated, although the specification requires it.
    pub code: Option<OntologyClass>,
    /// The part of the body; `None` if not stated.
    pub body_site: Option<OntologyClass>,
    /// The time of the procedure; `None` if not stated.
    pub performed: Option<TimeElement>,
    has_unknown: bool,
}

/// The message `Treatment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Treatment {
    /// The agent; `None` if not stated, although the specification requires it.
    pub agent: Option<OntologyClass>,
    /// How the agent was given; `None` if not stated.
    pub route: Option<OntologyClass>,
    /// The doses, in the order written.
    pub dose_intervals: Vec<DoseInterval>,
    /// The name of the drug type (`PRESCRIPTION`); `None` if it is unknown or not stated.
    pub drug_type: Option<&'static str>,
    has_unknown: bool,
}

/// The message `DoseInterval`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoseInterval {
    /// The dose; `None` if not stated.
    pub quantity: Option<Quantity>,
    /// How often the dose was given; `None` if not stated.
    pub frequency: Option<OntologyClass>,
    /// The first moment, RFC 3339, as written; `None` if not stated.
    pub start: Option<String>,
    /// The last moment, RFC 3339, as written; `None` if not stated.
    pub end: Option<String>,
}

/// The message `RadiationTherapy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RadiationTherapy {
    /// The kind of radiation; `None` if not stated, although the specification requires it.
    pub modality: Option<OntologyClass>,
    /// The part of the body; `None` if not stated.
    pub body_site: Option<OntologyClass>,
    /// The total dose in gray; `None` if not stated.
    pub dosage: Option<u64>,
    /// The number of fractions; `None` if not stated.
    pub fractions: Option<u64>,
    has_unknown: bool,
}

/// The message `TherapeuticRegimen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TherapeuticRegimen {
    /// The regimen as a term, or by the id and description of an external reference; `None` if not stated.
    pub regimen: Option<OntologyClass>,
    /// The start; `None` if not stated.
    pub start: Option<TimeElement>,
    /// The end; `None` if not stated.
    pub end: Option<TimeElement>,
    /// Whether the regimen was started, as the specification's enumeration states it.
    pub status: RegimenStatus,
    has_unknown: bool,
}

/// The enumeration `TherapeuticRegimen.RegimenStatus`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RegimenStatus {
    /// It is not known whether the regimen was started; the default.
    #[default]
    Unknown,
    /// The regimen was started.
    Started,
    /// The regimen was completed.
    Completed,
    /// The regimen was started and ended before its completion.
    Discontinued,
}

const REGIMEN_STATUSES: [(&str, RegimenStatus); 4] = [
    ("UNKNOWN_STATUS", RegimenStatus::Unknown),
    ("STARTED", RegimenStatus::Started),
    ("COMPLETED", RegimenStatus::Completed),
    ("DISCONTINUED", RegimenStatus::Discontinued),
];

const DRUG_TYPES: [(&str, Option<&str>); 4] = [
    ("UNKNOWN_DRUG_TYPE", None),
    ("PRESCRIPTION", Some("PRESCRIPTION")),
    ("EHR_MEDICATION_LIST", Some("EHR_MEDICATION_LIST")),
    ("ADMINISTRATION_RELATED_TO_PROCEDURE", Some("ADMINISTRATION_RELATED_TO_PROCEDURE")),
];

impl MedicalAction {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        let found = [
            object.object("procedure", Procedure::read)?.map(Action::Procedure),
            object.object("treatment", Treatment::read)?.map(Action::Treatment),
            object
                .object("radiationTherapy", RadiationTherapy::read)?
                .map(Action::RadiationTherapy),
            object
                .object("therapeuticRegimen", TherapeuticRegimen::read)?
                .map(Action::TherapeuticRegimen),
        ];
        let mut found = found.into_iter().flatten();
        let (action, None) = (found.next(), found.next()) else {
            return Err(object.several());
        };
        let inside = match &action {
            Some(Action::Procedure(action)) => action.has_unknown,
            Some(Action::Treatment(action)) => action.has_unknown,
            Some(Action::RadiationTherapy(action)) => action.has_unknown,
            Some(Action::TherapeuticRegimen(action)) => action.has_unknown,
            None => false,
        };
        Ok(Self {
            action,
            target: object.object("treatmentTarget", OntologyClass::read)?,
            intent: object.object("treatmentIntent", OntologyClass::read)?,
            response: object.object("responseToTreatment", OntologyClass::read)?,
            adverse_events: object.list("adverseEvents", OntologyClass::read)?,
            termination_reason: object.object("treatmentTerminationReason", OntologyClass::read)?,
            has_unknown: inside || object.has_unknown(),
        })
    }
}

impl Procedure {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            code: object.object("code", OntologyClass::read)?,
            body_site: object.object("bodySite", OntologyClass::read)?,
            performed: time(object, "performed")?,
            has_unknown: object.has_unknown(),
        })
    }
}

impl Treatment {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["cumulativeDose"]);
        Ok(Self {
            agent: object.object("agent", OntologyClass::read)?,
            route: object.object("routeOfAdministration", OntologyClass::read)?,
            dose_intervals: object.list("doseIntervals", DoseInterval::read)?,
            drug_type: object.enumeration("drugType", &DRUG_TYPES)?,
            has_unknown: object.has_unknown(),
        })
    }
}

impl DoseInterval {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        let ends = |o: &mut Object<'_>| Ok((o.text("start")?, o.text("end")?));
        let (start, end) = object.object("interval", ends)?.unwrap_or_default();
        Ok(Self {
            quantity: object.object("quantity", Quantity::read)?,
            frequency: object.object("scheduleFrequency", OntologyClass::read)?,
            start,
            end,
        })
    }
}

impl RadiationTherapy {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        Ok(Self {
            modality: object.object("modality", OntologyClass::read)?,
            body_site: object.object("bodySite", OntologyClass::read)?,
            dosage: object.whole("dosage")?,
            fractions: object.whole("fractions")?,
            has_unknown: object.has_unknown(),
        })
    }
}

impl TherapeuticRegimen {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        let term = object.object("ontologyClass", OntologyClass::read)?;
        let reference = object.object("externalReference", |o| {
            o.unread(&["reference"]);
            let (id, label) = (o.text("id")?, o.text("description")?.unwrap_or_default());
            Ok(id.map(|id| OntologyClass { id, label }))
        })?;
        let regimen = match (term, reference) {
            (Some(_), Some(_)) => return Err(object.several()),
            (term, reference) => term.or(reference.flatten()),
        };
        Ok(Self {
            regimen,
            start: time(object, "startTime")?,
            end: time(object, "endTime")?,
            status: object.enumeration("regimenStatus", &REGIMEN_STATUSES)?,
            has_unknown: object.has_unknown(),
        })
    }
}
