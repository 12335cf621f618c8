//! Converts the errors of the gateway to the errors of htsget-rs.
//!
//! The errors `IoError` and `ParseError` of htsget-rs are never used. htsget-http answers both with status 404, although a failed store
//! does not mean that the file is missing.

use ga4gh_htsget::{HtsgetError, Missing};
use gemj_objects::{ObjectError, SliceError};
use htsget_search::HtsGetError;

/// The error for a file that is unknown, hidden, withdrawn or not covered by the Grant. The error is the same in all four cases.
#[must_use]
pub fn not_found() -> HtsGetError {
    HtsGetError::NotFound(Missing::Resource.to_string())
}

/// The error for a request that the htsget standard forbids.
pub(crate) fn invalid(error: &HtsgetError) -> HtsGetError {
    let message = error.to_string();
    match error {
        HtsgetError::NotFound(_) => HtsGetError::NotFound(message),
        HtsgetError::UnsupportedFormat { .. } => HtsGetError::UnsupportedFormat(message),
        HtsgetError::InvalidRange(_) => HtsGetError::InvalidRange(message),
        HtsgetError::InvalidInput(_) | HtsgetError::MethodNotAllowed | HtsgetError::UnsupportedMediaType => {
            HtsGetError::InvalidInput(message)
        }
        // Reading a query never causes these errors, and the trait of htsget-rs has no error for them.
        HtsgetError::InvalidAuthentication { .. }
        | HtsgetError::PermissionDenied { .. }
        | HtsgetError::PayloadTooLarge { .. }
        | HtsgetError::TooManyRegions { .. }
        | HtsgetError::InternalServerError
        | HtsgetError::ServiceUnavailable => HtsGetError::InternalError(message),
    }
}

/// The error for a slice that cannot be made.
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

/// The error for a stored file that cannot be read. The exact cause is not shown to the caller.
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
    fn a_store_failure_never_becomes_an_error_that_htsget_http_answers_with_404() {
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
    fn a_file_that_is_not_covered_gets_the_answer_for_an_unknown_file() {
        for error in [SliceError::NotCovered, SliceError::Object(ObjectError::NotCovered)] {
            assert_eq!(slice_failure(&error), not_found());
        }
    }

    #[test]
    fn each_slice_error_becomes_the_htsget_rs_error_of_the_same_kind() {
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
