//! Makes the handovers of a result set: links to the files that its records come from.

use std::collections::BTreeSet;

use ga4gh_beacon::{EntryType, Handover, OntologyTerm};
use gemj_access::{DatasetGrant, Granularity};
use gemj_catalogue::{OwnedSpecimen, RecordedFile};
use gemj_model::{DataKind, DatasetId, Delivery, FileFormat, ObjectId, Origin};
use roaring::RoaringBitmap;

use super::answer_context::{AnswerContext, Places};
use super::own_files::OwnFiles;
use super::records::Thing;
use crate::service_error::ServiceError;

/// The largest number of files in the handovers of one result set. `/runs` and `/analyses` list all files.
const MOST_FILES: usize = 100;

/// The source from which the files of a result set's handovers are selected.
pub(super) enum LeadsTo<'a> {
    /// Records of participants, specimens or files. For individuals, all of their files are selected. For specimens, the files made from
    /// them. For runs and analyses, the files themselves.
    Things(&'a [Thing]),
    /// Variants from the carrier index. The germline variant files of these participants, in whom the page's variants were found, are
    /// selected.
    Carriers(&'a RoaringBitmap),
    /// Variants from participants' own files. The files of these participants from which the variants were read are selected.
    Files(&'a RoaringBitmap, &'a OwnFiles),
}

impl<'a> LeadsTo<'a> {
    /// The source of files for a page of variants with these carriers. `own` contains the files that were read; it is absent if the
    /// variants come from the carrier index.
    pub(super) fn of_carriers(people: &'a RoaringBitmap, own: Option<&'a OwnFiles>) -> Self {
        match own {
            Some(own) => Self::Files(people, own),
            None => Self::Carriers(people),
        }
    }

    /// The ids of the files that may belong to the records, before the properties of the files are read.
    async fn files(&self, asking: &AnswerContext<'_>, dataset: &DatasetId) -> Result<BTreeSet<ObjectId>, ServiceError> {
        let things = match self {
            Self::Files(people, own) => return Ok(own.files(dataset, people)),
            Self::Carriers(people) => return of_people(asking, dataset, &[DataKind::Variants], people, |_| true).await,
            Self::Things(things) => *things,
        };
        let mut files: BTreeSet<ObjectId> = things.iter().filter_map(Thing::file).cloned().collect();
        let specimens: BTreeSet<&OwnedSpecimen> = things.iter().filter_map(Thing::specimen).collect();
        let people = things.iter().filter_map(Thing::person).map(|person| person.0).collect();
        let kinds = [DataKind::Variants, DataKind::Reads];
        files.extend(
            of_people(asking, dataset, &kinds, &people, |specimen| {
                asking.request.entry == EntryType::Individual || specimens.contains(specimen)
            })
            .await?,
        );
        Ok(files)
    }

    /// Whether a candidate file belongs to the records. For carriers, only germline files belong to them.
    fn has(&self, file: &RecordedFile) -> bool {
        match self {
            Self::Carriers(_) => file.origin == Origin::Germline,
            Self::Things(_) | Self::Files(..) => true,
        }
    }
}

/// The files of these kinds that contain data of these participants, from a specimen for which `counts` is true.
async fn of_people(
    asking: &AnswerContext<'_>,
    dataset: &DatasetId,
    kinds: &[DataKind],
    people: &RoaringBitmap,
    counts: impl Fn(&OwnedSpecimen) -> bool,
) -> Result<BTreeSet<ObjectId>, ServiceError> {
    let mut files = BTreeSet::new();
    if people.is_empty() {
        return Ok(files);
    }
    for kind in kinds {
        let owners = asking.stores.catalogue.file_owners(asking.grant, dataset, *kind, people).await?;
        files.extend(owners.into_iter().filter_map(|owner| {
            let specimen = OwnedSpecimen {
                ordinal: owner.ordinal,
                specimen: owner.specimen,
            };
            counts(&specimen).then_some(owner.object)
        }));
    }
    Ok(files)
}

/// The handovers of a page: links to the files that the records come from. Empty below record granularity.
/// * htsget handovers are added if the caller may view regions of the files.
/// * DRS handovers are added if the caller may download files of the whole genome.
/// * A record does not state whether a whole file may be downloaded, because that depends on relatives and on the other participants in the
///   file. DRS states the access methods of each file.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn of(asking: &AnswerContext<'_>, dataset: &DatasetGrant, leads_to: &LeadsTo<'_>) -> Result<Vec<Handover>, ServiceError> {
    let (Some(places), Granularity::Record, Some(delivery)) = (asking.places, asking.granularity(), dataset.delivery()) else {
        return Ok(Vec::new());
    };
    if delivery < Delivery::RegionView {
        return Ok(Vec::new());
    }
    let (catalogue, grant) = (&asking.stores.catalogue, asking.grant);
    let files = leads_to.files(asking, dataset.dataset()).await?;
    let files: Vec<&ObjectId> = files.iter().collect();
    let mut handovers = Vec::new();
    let mut left = MOST_FILES;
    for some in files.chunks(MOST_FILES) {
        let files = catalogue.recorded_files(grant, dataset.dataset(), some).await?;
        for file in files.into_iter().filter(|file| leads_to.has(file)).take(left) {
            left -= 1;
            handovers.extend(slices(places, &file.id, file.format));
            if delivery == Delivery::Download && dataset.regions().is_none() {
                handovers.extend(described(places, &file.id, file.format));
            }
        }
        if left == 0 {
            break;
        }
    }
    Ok(handovers)
}

fn slices(places: Places<'_>, id: &ObjectId, format: FileFormat) -> Option<Handover> {
    let kind = match format.data_kind() {
        DataKind::Reads => "reads",
        DataKind::Variants => "variants",
    };
    let url = format!("{}/{kind}/{id}?format={}", places.htsget_url, format.as_str());
    noted(format, &url, "htsget: slices of a file that these records come from")
}

fn described(places: Places<'_>, id: &ObjectId, format: FileFormat) -> Option<Handover> {
    let url = format!("{}/{id}", places.drs_url);
    noted(format, &url, "DRS: a file that these records come from")
}

fn noted(format: FileFormat, url: &str, note: &str) -> Option<Handover> {
    // The EDAM term and the label of each file format.
    let (term, label) = match format {
        FileFormat::Bam => ("EDAM:format_2572", "BAM"),
        FileFormat::Cram => ("EDAM:format_3462", "CRAM"),
        FileFormat::Vcf => ("EDAM:format_3016", "VCF"),
        FileFormat::Bcf => ("EDAM:format_3020", "BCF"),
    };
    let mut handover = Handover::try_new(OntologyTerm::parse(term, Some(label))?, url)?;
    handover.note = Some(note.to_owned());
    Some(handover)
}
