//! `GET /objects/{object_id}`: what a file is and how it may be reached.

use ga4gh_drs::{
    AccessId, AccessLocation, AccessMethod, AccessMethodType, AccessUrl, Checksum, ChecksumType, DrsError, DrsObject, Hostname, NonEmpty,
    ObjectId, hostname_uri,
};
use gemj_access::Grant;
use gemj_model::{DataKind, DataObject, Delivery, FileFormat};

use super::get_access_url::ACCESS_ID;

/// Describes a file, with the ways to it that this caller may take: none where its use is to stay inside. `host` is the public host name; `htsget_url` the address below which htsget serves it.
///
/// Neither name nor alias is given: those of the programme's files carry sample names.
///
/// # Errors
/// A stored id or checksum that DRS cannot write: a fault of ours.
pub fn get_object(grant: &Grant, object: &DataObject, host: &Hostname, htsget_url: &str) -> Result<DrsObject, DrsError> {
    let fault = || DrsError::InternalServerError;
    let id = ObjectId::parse(object.id.as_str()).map_err(|_| fault())?;
    let checksum = Checksum::parse(ChecksumType::Sha256, &object.sha256).map_err(|_| fault())?;
    let self_uri = hostname_uri(host, &id);
    let mut described = DrsObject::blob(id, self_uri, object.size_bytes, object.created.rfc3339(), NonEmpty::one(checksum));
    described.mime_type = Some(mime_type(object.format).to_owned());
    let granted = grant.dataset(&object.dataset);
    let owners = object.samples.iter().map(|sample| sample.participant);
    if granted.is_some_and(|d| d.opens_whole(object.format.data_kind(), owners)) {
        let access_id = AccessId::parse(ACCESS_ID).map_err(|_| fault())?;
        described
            .access_methods
            .push(AccessMethod::new(AccessMethodType::Https, AccessLocation::Id(access_id)));
    }
    if granted.and_then(|d| d.delivery()).is_some_and(|d| d >= Delivery::RegionView) {
        let kind = match object.format.data_kind() {
            DataKind::Reads => "reads",
            DataKind::Variants => "variants",
        };
        let url = AccessUrl::new(format!("{htsget_url}/{kind}/{}?format={}", object.id, object.format.as_str()));
        described
            .access_methods
            .push(AccessMethod::new(AccessMethodType::Htsget, AccessLocation::Url(url)));
    }
    Ok(described)
}

/// Media types as htsget names them.
fn mime_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Bam => ga4gh_htsget::Format::Bam.media_type(),
        FileFormat::Cram => ga4gh_htsget::Format::Cram.media_type(),
        FileFormat::Vcf => ga4gh_htsget::Format::Vcf.media_type(),
        FileFormat::Bcf => ga4gh_htsget::Format::Bcf.media_type(),
    }
}
