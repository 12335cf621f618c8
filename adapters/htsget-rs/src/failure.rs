//! Our failures in htsget-rs's words.
//!
//! `IoError` and `ParseError` are never used: htsget-http answers both with 404, and a store that fails is not a file that is not there.

use ga4gh_htsget::{HtsgetError, Missing};
use gemj_objects::{ObjectError, SliceError};
use htsget_search::HtsGetError;

/// What is unknown, hidden, withdrawn or not covered: one answer for all.
#[must_use]
pub fn not_found() -> HtsGetError {
    HtsGetError::NotFound(Missing::Resource.to_string())
}

/// A request that the standard forbids.
pub(crate) fn invalid(error: &HtsgetError) -> HtsGetError {
    let message = error.to_string();
    match error {
        HtsgetError::NotFound(_) => HtsGetError::NotFound(message),
        HtsgetError::UnsupportedFormat { .. } => HtsGetError::UnsupportedFormat(message),
        HtsgetError::InvalidRange(_) => HtsGetError::InvalidRange(message),
        HtsgetError::InvalidInput(_) | HtsgetError::MethodNotAllowed | HtsgetError::UnsupportedMediaType => {
            HtsGetError::InvalidInput(message)
        }
        // The trait has no word for these; none comes of reading a query.
        HtsgetError::InvalidAuthentication { .. }
        | HtsgetError::PermissionDenied { .. }
        | HtsgetError::PayloadTooLarge { .. }
        | HtsgetError::TooManyRegions { .. }
        | HtsgetError::InternalServerError
        | HtsgetError::ServiceUnavailable => HtsGetError::InternalError(message),
    }
}

/// A slice that is not made.
#[must_use]
pub fn slice_failure(error: &SliceError) -> HtsGetError {
    match error {
        SliceError::UnknownContig | SliceError::NotReads => HtsGetError::NotFound(Missing::Reference.to_string()),
        SliceError::NotCovered => not_found(),
        SliceError::NotConverted | SliceError::ReferenceNeeded => HtsGetError::UnsupportedFormat(error.to_string()),
        SliceError::OutsideRegions => HtsGetError::InvalidRange(error.to_string()),
        SliceError::Object(error) => object_failure(error),
    }
}

/// Bytes that cannot be read. What exactly failed is not for the caller's eyes.
pub(crate) fn object_failure(error: &ObjectError) -> HtsGetError {
    match error {
        ObjectError::NotCovered => not_found(),
        ObjectError::Io { .. } | ObjectError::Remote(_) | ObjectError::Stopped => {
            HtsGetError::InternalError(HtsgetError::ServiceUnavailable.to_string())
        }
        ObjectError::BadUrl
        | ObjectError::BadKey
        | ObjectError::WrongKey
        | ObjectError::RangeNotSatisfiable
        | ObjectError::Damaged { .. }
        | ObjectError::ChangedWhileRead => HtsGetError::InternalError(HtsgetError::InternalServerError.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_store_is_never_what_htsget_http_answers_with_404() {
        let io = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let failures = [
            ObjectError::Io {
                operation: "opening /secret/path",
                source: io(),
            },
            ObjectError::Damaged { what: "an index" },
            ObjectError::ChangedWhileRead,
            ObjectError::Stopped,
            ObjectError::BadKey,
            ObjectError::WrongKey,
        ];
        for failure in failures {
            let HtsGetError::InternalError(message) = slice_failure(&SliceError::Object(failure)) else {
                panic!("another kind");
            };
            assert!(!message.contains("secret"));
        }
    }

    #[test]
    fn what_may_not_be_seen_looks_like_what_is_not_there() {
        for error in [SliceError::NotCovered, SliceError::Object(ObjectError::NotCovered)] {
            assert_eq!(slice_failure(&error), not_found());
        }
    }

    #[test]
    fn each_kind_of_failure_keeps_its_kind() {
        assert!(matches!(slice_failure(&SliceError::UnknownContig), HtsGetError::NotFound(_)));
        assert!(matches!(slice_failure(&SliceError::NotReads), HtsGetError::NotFound(_)));
        assert!(matches!(
            slice_failure(&SliceError::NotConverted),
            HtsGetError::UnsupportedFormat(_)
        ));
        assert!(matches!(
            slice_failure(&SliceError::ReferenceNeeded),
            HtsGetError::UnsupportedFormat(_)
        ));
    }
}
