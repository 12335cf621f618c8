//! The gateway's plain data: identifiers, coordinates and the nouns of the programme.
//!
//! This crate does no I/O, makes no decision and knows no protocol. Every other crate of the gateway may depend on this crate. This crate
//! depends on no other crate of the gateway.

pub mod allele_name;
pub mod approval;
pub mod approved_region;
pub mod assembly;
pub mod carrier;
pub mod clock;
pub mod code_table;
pub mod consent;
pub mod coordinates;
pub mod dataset;
pub mod duo;
pub mod entropy;
pub mod error_kind;
pub mod fact;
pub mod fact_detail;
pub mod feed_consent;
pub mod gene;
pub mod gene_name;
pub mod identifier;
pub mod interpretation;
pub mod linkage;
pub mod object;
pub mod ontology;
pub mod organisation;
pub mod partial_date;
pub mod participant;
pub mod provenance;
pub mod release;
pub mod specimen;
pub mod stated_merge;
pub mod toml_text;

pub use allele_name::AlleleName;
pub use approval::{Approval, Delivery, Purpose};
pub use approved_region::ApprovedRegion;
pub use assembly::Assembly;
pub use carrier::{Allele, CarrierObservation, Origin, Zygosity};
pub use clock::{Clock, SystemClock, Timestamp};
pub use code_table::{
    CodeLabel, CodeMapping, CodeTable, CodeTableChanged, CodeTableKind, CodeTableRow, CodeTableRows, Equivalence, LabelStatus,
};
pub use consent::{Clause, ClauseSet, ConsentEvent, ConsentForm, ConsentKind, Ground};
pub use coordinates::{Contig, Interval, OneBased, Region, ZeroBased};
pub use dataset::{DataUseTerm, DatasetPolicy, NamedUser};
pub use duo::DuoCode;
pub use entropy::{Entropy, SystemEntropy};
pub use error_kind::ErrorKind;
pub use fact::{Fact, FactKind, FactSink, FactStatus, MeasuredValue};
pub use fact_detail::{DetailName, FactDetail};
pub use gene::{Gene, GeneInterval, GeneModel};
pub use identifier::{ApprovalId, DatasetId, FamilyId, FormId, ObjectId, Ordinal, ParticipantId, ReleaseId, SiteId, SpecimenId};
pub use interpretation::{
    AlleleInterpretation, CaseProgress, FindingKind, FindingStatus, Pathogenicity, Reportable, ReportedName, SpelledAllele, StatedDisease,
};
pub use linkage::{Linkage, LinkageUnavailable, SiteNumber};
pub use object::{DataKind, DataObject, FileFormat, IndexFormat};
pub use ontology::{OntologyRelease, OntologyTerm};
pub use organisation::{Organisation, OrganisationKind};
pub use partial_date::PartialDate;
pub use participant::{Participant, Sex};
pub use provenance::Provenance;
pub use release::{Release, ReleasedObject};
pub use specimen::{SpecimenStatement, SpecimenStep, SpecimenStepKind};
pub use stated_merge::{StatedMerge, StatedMergeOutcome};
