//! The data of one patient for a report of findings: variant files, and the alleles and diseases of case reports.

use gemj_access::{Action, Grant};
use gemj_model::{
    AlleleInterpretation, Assembly, Contig, DataKind, DataObject, DatasetId, FileFormat, OneBased, Ordinal, Origin, SpelledAllele,
    Timestamp, ZeroBased, Zygosity,
};

use crate::catalogue::Catalogue;
use crate::database::{Row, Value, placeholders};
use crate::error::CatalogueError;
use crate::interpretations::{INTERPRETATION_COLUMNS, by_observation};
use crate::objects::{OBJECT_COLUMNS, SAMPLE_COLUMNS, object_of, sample_of};
use crate::origin::{origin, zygosity};

/// An allele of a patient, as stated in a case report, in minimal form (see [`gemj_model::Allele`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedAllele {
    /// The dataset of the case report.
    pub dataset: DatasetId,
    /// The assembly of the allele's coordinates.
    pub assembly: Assembly,
    /// Whether the allele is germline or somatic.
    pub origin: Origin,
    /// The contig's canonical name.
    pub contig: Contig,
    /// The position of the first changed base, 0-based. For an insertion, the position of the base after the insertion.
    pub start_0: ZeroBased,
    /// The reference bases; empty for an insertion.
    pub reference: String,
    /// The alternative bases, or a symbolic allele; empty for a deletion.
    pub alternate: String,
    /// The zygosity; absent if the report does not state it.
    pub zygosity: Option<Zygosity>,
    /// The time at which the case report was ingested.
    pub recorded: Timestamp,
    /// The allele in the report's own spelling; absent if the spelling was not stored.
    pub spelled: Option<SpelledAllele>,
    /// The report's interpretations of the allele.
    pub interpretations: Vec<AlleleInterpretation>,
}

impl Catalogue {
    /// The variant files with a sample of the Grant's patient, in those datasets of the Grant that cover the patient (action
    /// `ReadGenomicFindings`). Files with one sample come before joint files, and newer files before older files.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant of another action or with any other number of patients than one; the database does not answer
    /// or cannot be read.
    pub async fn variant_objects_of_patient(&self, grant: &Grant) -> Result<Vec<DataObject>, CatalogueError> {
        let Some(scope) = Scope::of(grant)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT {OBJECT_COLUMNS} FROM data_object o WHERE o.status = 'served' AND EXISTS \
             (SELECT 1 FROM object_sample s WHERE s.object = o.id AND s.ordinal = $1) AND o.dataset IN ({})",
            scope.datasets(2)
        );
        let mut objects = Vec::new();
        for row in self.database.fetch_all_of(sql, scope.arguments()).await? {
            let mut object = object_of(&row)?;
            if !is_of_variants(object.format) {
                continue;
            }
            // A file and its samples are written in one commit and never change. A second statement therefore reads the matching samples.
            let sql = format!("SELECT {SAMPLE_COLUMNS} FROM object_sample s WHERE s.object = $1 ORDER BY s.position");
            for row in self.database.fetch_all_of(sql, vec![object.id.as_str().into()]).await? {
                object.samples.push(sample_of(&row)?.1);
            }
            objects.push(object);
        }
        objects.sort_by(|a, b| {
            let order = |object: &DataObject| (object.samples.len() > 1, std::cmp::Reverse(object.created));
            order(a).cmp(&order(b)).then_with(|| a.id.as_str().cmp(b.id.as_str()))
        });
        Ok(objects)
    }

    /// The alleles that current case reports state for the Grant's patient, in those datasets of the Grant that cover the patient, in order of
    /// position (action `ReadGenomicFindings`). An allele that two reports state occurs twice.
    ///
    /// # Errors
    /// The errors of [`Catalogue::variant_objects_of_patient`].
    pub async fn reported_alleles(&self, grant: &Grant) -> Result<Vec<ReportedAllele>, CatalogueError> {
        let Some(scope) = Scope::of(grant)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT o.dataset, o.assembly, o.origin, o.contig, o.start_0, o.reference, o.alternate, o.zygosity, s.recorded, \
             o.spelled_position, o.spelled_reference, o.spelled_alternate, o.id \
             FROM observation o JOIN fact_source s ON s.id = o.source \
             WHERE s.retired = FALSE AND o.status <> 'retired' AND o.ordinal = $1 AND o.dataset IN ({})",
            scope.datasets(2)
        );
        let concluded = format!(
            "SELECT i.observation, {INTERPRETATION_COLUMNS} FROM allele_interpretation i \
             JOIN observation o ON o.id = i.observation JOIN fact_source s ON s.id = o.source \
             WHERE s.retired = FALSE AND o.status <> 'retired' AND o.ordinal = $1 AND o.dataset IN ({}) ORDER BY i.observation, i.position",
            scope.datasets(2)
        );
        let mut snapshot = self.database.begin_snapshot().await?;
        let rows = snapshot.fetch_all_of(sql, scope.arguments()).await?;
        let mut concluded = by_observation(&snapshot.fetch_all_of(concluded, scope.arguments()).await?)?;
        let mut alleles = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut allele = reported_of(row)?;
            allele.interpretations = concluded.remove(&row.int(12, "observation id")?).unwrap_or_default();
            alleles.push(allele);
        }
        // The alleles are sorted here, because the two databases sort text differently.
        alleles.sort_by(|a, b| {
            let place = a.assembly.cmp(&b.assembly).then_with(|| a.contig.cmp(&b.contig));
            let place = place.then_with(|| a.start_0.cmp(&b.start_0));
            let bases = |r: &ReportedAllele, s: &ReportedAllele| r.reference.cmp(&s.reference).then_with(|| r.alternate.cmp(&s.alternate));
            place.then_with(|| bases(a, b)).then_with(|| a.recorded.cmp(&b.recorded))
        });
        Ok(alleles)
    }

    /// The diseases that current case reports state as present in the Grant's patient (action `ReadGenomicFindings`). Returns pairs of code and
    /// label in order of code, each pair once.
    ///
    /// # Errors
    /// The errors of [`Catalogue::variant_objects_of_patient`].
    pub async fn patient_diseases(&self, grant: &Grant) -> Result<Vec<(String, String)>, CatalogueError> {
        let Some(scope) = Scope::of(grant)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT DISTINCT f.code, f.label FROM fact f JOIN fact_source s ON s.id = f.source \
             WHERE s.retired = FALSE AND f.kind = 'disease' AND f.status = 'present' AND f.ordinal = $1 AND f.dataset IN ({})",
            scope.datasets(2)
        );
        let rows = self.database.fetch_all_of(sql, scope.arguments()).await?;
        let pair = |row: &Row| Ok((row.text(0, "code")?, row.text(1, "label")?));
        let mut diseases: Vec<(String, String)> = rows.iter().map(pair).collect::<Result<_, CatalogueError>>()?;
        diseases.sort();
        Ok(diseases)
    }
}

/// The one patient of a Grant, and the datasets in which the Grant covers the patient.
struct Scope<'a> {
    patient: Ordinal,
    datasets: Vec<&'a DatasetId>,
}

impl<'a> Scope<'a> {
    /// The scope of a Grant. Absent if the Grant covers the patient in no dataset.
    fn of(grant: &'a Grant) -> Result<Option<Self>, CatalogueError> {
        let patients = grant.patients();
        let one = patients.min().filter(|_| patients.len() == 1);
        let (Action::ReadGenomicFindings, Some(patient)) = (grant.action(), one) else {
            return Err(CatalogueError::WrongKey);
        };
        let own = grant.datasets().iter().filter(|dataset| dataset.participants().contains(patient));
        let datasets: Vec<&DatasetId> = own.map(gemj_access::DatasetGrant::dataset).collect();
        let patient = Ordinal(patient);
        Ok((!datasets.is_empty()).then_some(Self { patient, datasets }))
    }

    /// The SQL placeholders for the datasets, beginning at `$first`.
    fn datasets(&self, first: usize) -> String {
        placeholders(first, self.datasets.len())
    }

    /// The SQL arguments: the patient's ordinal, then the datasets.
    fn arguments(&self) -> Vec<Value> {
        let datasets = self.datasets.iter().map(|dataset| dataset.as_str().into());
        std::iter::once(self.patient.0.into()).chain(datasets).collect()
    }
}

fn is_of_variants(format: FileFormat) -> bool {
    format.data_kind() == DataKind::Variants
}

fn reported_of(row: &Row) -> Result<ReportedAllele, CatalogueError> {
    Ok(ReportedAllele {
        dataset: row.parsed(0, "dataset", DatasetId::parse)?,
        assembly: row.parsed(1, "assembly", Assembly::parse)?,
        origin: row.parsed(2, "origin", origin)?,
        contig: Contig(row.text(3, "contig")?),
        start_0: ZeroBased(row.count(4, "position")?),
        reference: row.text(5, "reference")?,
        alternate: row.text(6, "alternate")?,
        zygosity: row.parsed(7, "zygosity", zygosity)?,
        recorded: row.time(8, "recorded")?,
        spelled: spelled_of(row)?,
        interpretations: Vec::new(),
    })
}

fn spelled_of(row: &Row) -> Result<Option<SpelledAllele>, CatalogueError> {
    let position = row.maybe_int(9, "position")?;
    let (reference, alternate) = (row.maybe_text(10, "reference")?, row.maybe_text(11, "alternate")?);
    let (Some(position), Some(reference), Some(alternate)) = (position, reference, alternate) else {
        return Ok(None);
    };
    let position = u64::try_from(position).map_err(|_| CatalogueError::Corrupt { what: "position" })?;
    Ok(Some(SpelledAllele {
        position: OneBased(position),
        reference,
        alternate,
    }))
}
