//! `GET /objects/{object_id}`: the description of a file and its access methods.

use ga4gh_drs::{
    AccessId, AccessLocation, AccessMethod, AccessMethodType, Checksum, ChecksumType, DrsError, DrsObject, Hostname, NonEmpty, ObjectId,
    PortableName, hostname_uri,
};
use gemj_access::Grant;
use gemj_model::{DataObject, Delivery, FileFormat};

use super::get_access_url::{Access, get_htsget_url};
use super::name::file_name;

/// Describes a file with the access methods that this caller may use. Under a `tre-only` approval there are none. `host` is the public host
/// name; `htsget_url` is the address below which htsget serves the file.
///
/// The name is made from the id, and the description has no aliases, because the programme's file names contain sample names.
///
/// # Errors
/// [`DrsError::InternalServerError`] for a stored id or checksum that DRS cannot represent, which is a fault of the gateway.
pub fn get_object(grant: &Grant, object: &DataObject, host: &Hostname, htsget_url: &str) -> Result<DrsObject, DrsError> {
    let fault = || DrsError::InternalServerError;
    let id = ObjectId::parse(object.id.as_str()).map_err(|_| fault())?;
    let checksum = Checksum::parse(ChecksumType::Sha256, &object.sha256).map_err(|_| fault())?;
    let self_uri = hostname_uri(host, &id);
    let mut described = DrsObject::blob(id, self_uri, object.size_bytes, object.created.rfc3339(), NonEmpty::one(checksum));
    described.name = Some(PortableName::parse(file_name(&object.id, object.format)).map_err(|_| fault())?);
    described.mime_type = Some(mime_type(object.format).to_owned());
    let granted = grant.dataset(&object.dataset);
    let owners = object.samples.iter().map(|sample| sample.participant);
    if granted.is_some_and(|d| d.opens_whole(&object.id, object.format.data_kind(), owners)) {
        let access_id = AccessId::parse(Access::Https.id()).map_err(|_| fault())?;
        described
            .access_methods
            .push(AccessMethod::new(AccessMethodType::Https, AccessLocation::Id(access_id)));
    }
    if granted.and_then(|d| d.delivery()).is_some_and(|d| d >= Delivery::RegionView) {
        // Some DRS clients follow the URL, and others the access id, so the access method contains both.
        let access_id = AccessId::parse(Access::Htsget.id()).map_err(|_| fault())?;
        let location = AccessLocation::UrlOrId(get_htsget_url(object, htsget_url), access_id);
        described.access_methods.push(AccessMethod::new(AccessMethodType::Htsget, location));
    }
    Ok(described)
}

/// The media type of a file format, as htsget names it.
fn mime_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Bam => ga4gh_htsget::Format::Bam.media_type(),
        FileFormat::Cram => ga4gh_htsget::Format::Cram.media_type(),
        FileFormat::Vcf => ga4gh_htsget::Format::Vcf.media_type(),
        FileFormat::Bcf => ga4gh_htsget::Format::Bcf.media_type(),
    }
}
