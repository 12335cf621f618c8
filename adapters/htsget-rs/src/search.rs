//! Implements the search of htsget-rs over the gateway's object store.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ga4gh_htsget::{DataBlock, Format, HtsgetError};
use gemj_access::Grant;
use gemj_model::{DataObject, FileFormat};
use gemj_objects::{Class, Naming, ObjectStore};
use htsget_config::types::Request;
use htsget_search::{Headers, HtsGet, HtsGetError, Query, Response, Result, Url};

use crate::block_urls::BlockUrls;
use crate::failure::{not_found, object_failure, slice_failure};
use crate::question::{endpoint, file_format, slice_request};

/// The default limit, in bytes, for slices that are contained in the ticket itself. A larger slice gets a URL.
pub const INLINE_BYTES: usize = 64 * 1024;

/// A function that returns the file with an id.
type Files = Arc<dyn Fn(&str) -> Option<Arc<DataObject>> + Send + Sync>;

/// A function that returns the Grant of a request for a file.
type Grants = Arc<dyn Fn(&Request, &DataObject) -> Option<Grant> + Send + Sync>;

/// The gateway's slicer as a search of htsget-rs. A clone is cheap.
#[derive(Clone)]
pub struct GatewaySearch {
    store: ObjectStore,
    files: Files,
    grants: Grants,
    blocks: Arc<dyn BlockUrls>,
    naming: Arc<dyn Fn(&Grant) -> Naming + Send + Sync>,
    inline_bytes: usize,
}

impl std::fmt::Debug for GatewaySearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GatewaySearch")
            .field("inline_bytes", &self.inline_bytes)
            .finish_non_exhaustive()
    }
}

impl GatewaySearch {
    /// Makes a search over an object store.
    ///
    /// * `files` returns the file with an id. htsget-rs passes the id as the client wrote it, without an extension.
    /// * `grants` decides the request: it calls `gemj_access::decide` with the action `SliceReads` or `SliceVariants`, for the caller whom
    ///   the request's headers identify. If the result is absent, the caller gets the same answer as for an unknown id.
    /// * `blocks` makes the URLs of slices that are too large for the ticket.
    pub fn new(
        store: ObjectStore,
        files: impl Fn(&str) -> Option<Arc<DataObject>> + Send + Sync + 'static,
        grants: impl Fn(&Request, &DataObject) -> Option<Grant> + Send + Sync + 'static,
        blocks: impl BlockUrls + 'static,
    ) -> Self {
        Self {
            store,
            files: Arc::new(files),
            grants: Arc::new(grants),
            blocks: Arc::new(blocks),
            naming: Arc::new(|_| Naming::Stored),
            inline_bytes: INLINE_BYTES,
        }
    }

    /// Returns the same search with other sample names in the headers of read slices. By default, the names in the stored file are kept.
    #[must_use]
    pub fn with_naming(mut self, naming: impl Fn(&Grant) -> Naming + Send + Sync + 'static) -> Self {
        self.naming = Arc::new(naming);
        self
    }

    /// Returns the same search with another limit for slices that are contained in the ticket itself. If the limit is 0, no slice is
    /// contained in the ticket.
    #[must_use]
    pub fn with_inline_bytes(mut self, inline_bytes: usize) -> Self {
        self.inline_bytes = inline_bytes;
        self
    }

    async fn ticket(&self, query: &Query) -> Result<Response> {
        let object = (self.files)(query.id()).ok_or_else(not_found)?;
        let asked = file_format(query.format());
        if endpoint(object.format) != endpoint(asked) {
            return Err(not_found());
        }
        let grant = (self.grants)(query.request(), &object).ok_or_else(not_found)?;
        let request = slice_request(query, (self.naming)(&grant))?;
        let slice = self
            .store
            .open_slice(&grant, &object, &request)
            .await
            .map_err(|error| slice_failure(&error))?;
        let small = slice.small(self.inline_bytes).await.map_err(|error| object_failure(&error))?;
        let block = match small {
            Some(bytes) => DataBlock::inline_base64(standard_name(asked), &STANDARD.encode(bytes)),
            None => self
                .blocks
                .mint(&object, &grant, &request)
                .ok_or_else(|| HtsGetError::InternalError(HtsgetError::InternalServerError.to_string()))?,
        };
        let class = match request.class {
            Some(Class::Header) => Some(htsget_search::Class::Header),
            Some(Class::Body) => Some(htsget_search::Class::Body),
            None => None,
        };
        let headers = Headers::new(block.headers().clone().into_iter().collect());
        let url = Url::new(block.url()).with_headers(headers).set_class(class);
        Ok(Response::new(query.format(), vec![url]))
    }
}

#[async_trait]
impl HtsGet for GatewaySearch {
    async fn search(self, query: Query) -> Result<Response> {
        self.ticket(&query).await
    }

    /// Returns true, because the returned reads do not contain the fields that the request leaves out.
    fn are_field_parameters_effective(&self) -> bool {
        true
    }

    /// Returns true, because the returned reads do not contain the tags that the request leaves out.
    fn are_tag_parameters_effective(&self) -> bool {
        true
    }
}

fn standard_name(format: FileFormat) -> Format {
    match format {
        FileFormat::Bam => Format::Bam,
        FileFormat::Cram => Format::Cram,
        FileFormat::Vcf => Format::Vcf,
        FileFormat::Bcf => Format::Bcf,
    }
}
