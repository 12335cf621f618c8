//! The programme's catalogue in SQL: participants, objects, facts, ontologies, the consent and approval ledgers, the manifest of the carrier
//! index and the audit trail. The database is SQLite (embedded) or PostgreSQL (production). One set of SQL statements serves both.
//!
//! Reads of protected rows require a [`gemj_access::Grant`], writes a [`gemj_access::Mandate`], maintenance an [`gemj_access::Upkeep`].

mod alarms;
mod allele_names;
mod approvals;
pub mod audit;
mod beacon_records;
mod catalogue;
mod code_tables;
mod consent_forms_signed;
mod consent_ledger;
mod consent_receipts;
mod copied;
mod database;
mod database_time;
mod disclosures;
mod error;
mod evidence;
mod facts;
mod feed_consents;
mod feed_pulls;
mod feeds;
mod fhir_patients;
mod fhir_resources;
mod filter_changes;
mod filtering_terms;
mod gene_model;
mod ingest_runs;
mod interpretations;
mod inventory;
mod kept_packets;
mod ledger_tail;
mod linked_numbers;
mod merges;
mod monitoring;
mod new_object;
mod object_index;
mod object_provenance;
mod objects;
mod observations;
mod ontology;
mod operator_reads;
mod origin;
mod participants;
mod patient_variants;
mod people;
mod policy_changes;
mod policy_watch;
mod programme_state;
mod purge;
mod query_budget;
mod recontact;
mod region_budget;
mod region_budget_used;
mod releases;
mod resumable_downloads;
mod runs;
mod seal;
mod segment_lease;
mod segments;
mod sent_case;
mod sink;
mod site_reports;
mod specimens;
mod used_assertions;
mod vault;
mod withdrawal_notices;
mod write;

pub use alarms::{Alarm, NewAlarm};
pub use allele_names::{MAX_NAMED_ALLELE_BYTES, NameQuestion, NamingFile, PART_NAMES};
pub use approvals::{ApprovalRegister, ApprovalStep, RecordedApproval, SeenExport};
pub use beacon_records::{
    DatasetRelease, FileOwner, IndexedReport, InterpretedAllele, NamedByReports, OwnedSpecimen, RecordedFile, RecordedPerson,
    RecordedSpecimen, ReportedNameQuestion, TermInUse,
};
pub use catalogue::Catalogue;
pub use code_tables::{CodeTablePart, CodeTableState, LoadedAs, StoredCodeTable, StoredLabel, StoredMapping, UnmappedCode, WhyUnmapped};
pub use consent_forms_signed::SignedForm;
pub use consent_ledger::{ConsentStatement, NewConsent, UnknownParticipant};
pub use consent_receipts::{BegunReceipt, IntakeOutcome, NewReceipt, NewReceiptItem, ReceiptItem, StoredReceipt};
pub use copied::{StoredKey, StoredKeys};
pub use database::{SchemaState, SchemaStep, restore_marker, schema_state};
pub use disclosures::{ApprovedProject, Disclosure, DisclosureLine, Holder};
pub use error::CatalogueError;
pub use evidence::{FindingKind, HeldObject, NewFinding, NewFingerprint, SampleEvidence, SampleFinding, StoredFingerprint};
pub use feed_consents::NewFeedConsent;
pub use feed_pulls::{LastPull, PullResult, PullScope};
pub use feeds::FeedCounts;
pub use fhir_patients::PatientKey;
pub use fhir_resources::{FhirType, NewFhirResource, StoredFhirResource};
pub use filtering_terms::{ReckonedAge, Split, StatedValue, StoredTerm, TermKind, TermsView, TermsWanted};
pub use gene_model::{GeneLocus, GeneLookup, LoadedGeneModel};
pub use ingest_runs::{IngestCount, IngestResult, IngestRun, IngestStart, IngestState, MessageWrite, QuarantinedUnit};
pub use inventory::InventoryItem;
pub use ledger_tail::{
    Divergence, LedgerTail, LostEvents, Replayed, TailApproval, TailConsent, TailFault, TailFile, TailMerge, TailSeal, WriteHash, read_tail,
};
pub use linked_numbers::{LinkedNumbers, LinksState, NumberLink, Unlinked};
pub use merges::{MergeCase, MergeEvent, MergeEventKind, MergeSource, NewMerge, OpenedMerge, ReviewedMerge};
pub use monitoring::{FeedTotals, Monitored};
pub use new_object::{NewObject, NewSample, Registered};
pub use object_index::{IndexedFile, ReindexedFiles};
pub use objects::{BlockedFile, Collection, FilesOfObject, LocatedFile, ObjectStatus, StatusNote, TakenBack};
pub use observations::PendingObservation;
pub use ontology::{LoadedOntologies, LoadedRelease, LoadedTable, TermExpansion};
pub use participants::{LinkedNamespace, ListedParticipant, NewParticipant, Registration};
pub use patient_variants::ReportedAllele;
pub use policy_changes::{ChangedParticipant, PolicyChanges};
pub use policy_watch::{Current, PolicyWatch};
pub use programme_state::ProgrammeState;
pub use purge::{NewPurge, PurgeGround, PurgePerson, PurgedSources, RecordedPurge};
pub use query_budget::{QueryBudget, QueryBudgetError, QuestionDigest};
pub use recontact::{
    NewRecontact, RecontactAnswer, RecontactOutcome, RecontactReason, RecontactRequest, RecontactRequestState, RecontactTask,
    RecontactTaskState, RecontactVerdict,
};
pub use region_budget::{BudgetRegion, RegionBudgetError, RegionPlan, Spent};
pub use releases::{RecordedRelease, ReleaseEntry, ReleaseSummary};
pub use resumable_downloads::DownloadMark;
pub use runs::{
    LocatedOutput, MAX_QUEUED_RUNS, MAX_QUEUED_RUNS_OF_ONE_OWNER, NewRunOutput, NewRunRow, NewRunTask, OutputState, OutputVerdict, Run,
    RunAdvance, RunOutput, RunState, RunTask, StoredInput,
};
pub use seal::Seal;
pub use segment_lease::{MergedSegment, SegmentLease, SegmentScope, lease_holder};
pub use segments::{Manifest, SegmentRow};
pub use sent_case::SentCase;
pub use sink::{CatalogueSink, sink_error};
pub use site_reports::{Coverage, SilentSite, SiteReport};
pub use vault::{KeptNumber, NewVaultEntry, VaultKeyState, VaultSummary};
pub use withdrawal_notices::{NoticedThing, WithdrawalNotice};
