//! Where the files are that a set's records come from.

use std::collections::BTreeSet;

use ga4gh_beacon::{EntryType, Handover, OntologyTerm};
use gemj_access::{DatasetGrant, Granularity};
use gemj_model::{DataKind, Delivery, FileFormat, ObjectId};
use roaring::RoaringBitmap;

use super::asking::{Asking, Places};
use crate::service_error::ServiceError;

/// The most files that one set leads to. All of them are at `/runs` and `/analyses`.
const MOST_FILES: usize = 100;

/// The files of these people in a dataset, at htsget where their regions may be viewed and at DRS where whole files may be fetched; none below record
/// granularity. Variants lead to files of variants, runs to files of reads, analyses to files of variants, and people and specimens to both.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn of(asking: &Asking<'_>, dataset: &DatasetGrant, people: &RoaringBitmap) -> Result<Vec<Handover>, ServiceError> {
    let (Some(places), Granularity::Record, Some(delivery)) = (asking.places, asking.granularity(), dataset.delivery()) else {
        return Ok(Vec::new());
    };
    if people.is_empty() || delivery < Delivery::RegionView {
        return Ok(Vec::new());
    }
    let kinds: &[DataKind] = match asking.request.entry {
        EntryType::GenomicVariant | EntryType::Analysis => &[DataKind::Variants],
        EntryType::Run => &[DataKind::Reads],
        EntryType::Individual | EntryType::Biosample => &[DataKind::Variants, DataKind::Reads],
        EntryType::Dataset | EntryType::Cohort => &[],
    };
    let catalogue = &asking.stores.catalogue;
    let mut handovers = Vec::new();
    for kind in kinds {
        let owners = catalogue.file_owners(asking.grant, dataset.dataset(), *kind, people).await?;
        let ids: BTreeSet<ObjectId> = owners.into_iter().map(|owner| owner.object).collect();
        let ids: Vec<&ObjectId> = ids.iter().take(MOST_FILES).collect();
        for file in catalogue.recorded_files(asking.grant, dataset.dataset(), &ids).await? {
            handovers.extend(slices(places, *kind, &file.id, file.format));
            // Limited to regions, an approval opens no whole file.
            if delivery == Delivery::Download && dataset.regions().is_none() {
                handovers.extend(described(places, &file.id, file.format));
            }
        }
    }
    Ok(handovers)
}

fn slices(places: Places<'_>, kind: DataKind, id: &ObjectId, format: FileFormat) -> Option<Handover> {
    let kind = match kind {
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
    // EDAM's terms of the formats.
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
