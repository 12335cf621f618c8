//! The storage behind the object store: a local folder or an S3 bucket.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use hts_formats::error::{FormatError, FormatResult};
use object_store::ObjectStoreExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as RemotePath;
use tokio::runtime::Handle;
use url::Url;

use super::blocking;
use super::list::HALF;
use crate::error::ObjectError;
use crate::settings::ObjectSettings;
use crate::source::{RemoteSource, Source};

/// The place where the object store keeps its bytes.
pub(crate) enum Backend {
    /// A local folder.
    Local { root: PathBuf },
    /// An S3 bucket, and the prefix that all keys of the store have in the bucket.
    Remote { store: Arc<AmazonS3>, prefix: String },
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The S3 client is not printed, because it contains credentials.
        match self {
            Self::Local { root } => f.debug_struct("Local").field("root", root).finish(),
            Self::Remote { prefix, .. } => f.debug_struct("Remote").field("prefix", prefix).finish_non_exhaustive(),
        }
    }
}

impl Backend {
    pub(crate) fn open(settings: &ObjectSettings) -> Result<Self, ObjectError> {
        let url = Url::parse(&settings.url).map_err(|_| ObjectError::BadUrl)?;
        match url.scheme() {
            "file" if settings.url.starts_with("file:///") => {
                let root = url.to_file_path().map_err(|()| ObjectError::BadUrl)?;
                private_folder(&root)
                    .and_then(|()| close_to_others(&root))
                    .map_err(ObjectError::io("making the object store's folder"))?;
                Ok(Self::Local { root })
            }
            "s3" => {
                let bucket = url.host_str().filter(|b| !b.is_empty()).ok_or(ObjectError::BadUrl)?;
                let mut builder = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .with_allow_http(settings.allow_http);
                if let Some(region) = &settings.region {
                    builder = builder.with_region(region);
                }
                if let Some(endpoint) = &settings.endpoint {
                    builder = builder.with_endpoint(endpoint);
                }
                if let (Some(id), Some(secret)) = (&settings.access_key_id, &settings.secret_access_key) {
                    builder = builder.with_access_key_id(id).with_secret_access_key(secret);
                }
                Ok(Self::Remote {
                    store: Arc::new(builder.build()?),
                    prefix: url.path().trim_matches('/').to_owned(),
                })
            }
            _ => Err(ObjectError::BadUrl),
        }
    }

    /// The path of the file for a key in the local folder.
    pub(crate) fn local_path(root: &Path, key: &str) -> Result<PathBuf, ObjectError> {
        check_key(key)?;
        Ok(root.join(key))
    }

    /// The path of the object for a key in the bucket.
    pub(crate) fn remote_path(prefix: &str, key: &str) -> Result<RemotePath, ObjectError> {
        check_key(key)?;
        if prefix.is_empty() {
            Ok(RemotePath::from(key))
        } else {
            Ok(RemotePath::from(format!("{prefix}/{key}")))
        }
    }

    /// Opens a blocking reader of a stored file. For a bucket, the reader is only for threads where blocking is allowed.
    pub(crate) fn source(&self, key: &str, size: u64, runtime: Handle) -> FormatResult<Source> {
        let bad_key = |_| std::io::Error::from(std::io::ErrorKind::InvalidInput);
        match self {
            Self::Local { root } => {
                let file = File::open(Self::local_path(root, key).map_err(bad_key)?)?;
                // A parser might accept the end of a truncated file as the end of the data, so the size is checked here.
                let found = file.metadata()?.len();
                if found != size {
                    return Err(FormatError::Truncated { at_byte: found });
                }
                Ok(Source::Local(file))
            }
            Self::Remote { store, prefix } => Ok(Source::Remote(RemoteSource::new(
                Arc::clone(store),
                Self::remote_path(prefix, key).map_err(bad_key)?,
                runtime,
                size,
            ))),
        }
    }

    /// Reads all bytes of a stored file. This is for small files.
    pub(crate) async fn read_all(&self, key: &str) -> Result<Bytes, ObjectError> {
        match self {
            Self::Local { root } => {
                let path = Self::local_path(root, key)?;
                blocking(move || {
                    std::fs::read(path)
                        .map(Bytes::from)
                        .map_err(ObjectError::io("reading a stored file"))
                })
                .await
            }
            Self::Remote { store, prefix } => Ok(store.get(&Self::remote_path(prefix, key)?).await?.bytes().await?),
        }
    }

    /// Reads a byte range completely. A range that is not inside the file is an error.
    pub(crate) async fn read_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, ObjectError> {
        if range.start >= range.end {
            return if range.start == range.end {
                Ok(Bytes::new())
            } else {
                Err(ObjectError::RangeNotSatisfiable)
            };
        }
        let wanted = range.end - range.start;
        let bytes = match self {
            Self::Local { root } => {
                let path = Self::local_path(root, key)?;
                blocking(move || {
                    let failed = ObjectError::io("reading a stored file");
                    let mut file = File::open(path).map_err(&failed)?;
                    file.seek(SeekFrom::Start(range.start)).map_err(&failed)?;
                    let mut bytes = Vec::new();
                    file.take(wanted).read_to_end(&mut bytes).map_err(&failed)?;
                    Ok(Bytes::from(bytes))
                })
                .await?
            }
            Self::Remote { store, prefix } => store.get_range(&Self::remote_path(prefix, key)?, range).await?,
        };
        if bytes.len() as u64 == wanted {
            Ok(bytes)
        } else {
            Err(ObjectError::RangeNotSatisfiable)
        }
    }

    /// Removes a stored file. If the file does not exist, this is not an error.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), ObjectError> {
        match self {
            Self::Local { root } => {
                // The key can be the temporary name of a partial file that an interrupted load left.
                check_key(key.strip_suffix(HALF).unwrap_or(key))?;
                let path = root.join(key);
                blocking(move || match std::fs::remove_file(path) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(ObjectError::Io {
                        operation: "removing a stored file",
                        source: e,
                    }),
                    _ => Ok(()),
                })
                .await
            }
            Self::Remote { store, prefix } => match store.delete(&Self::remote_path(prefix, key)?).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(e) => Err(e.into()),
            },
        }
    }
}

/// Creates a folder that only its owner can enter. Missing parent folders are created too.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// Removes the access of other users to an existing folder. Files in the folder may have wider modes, and this protects them.
fn close_to_others(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder)?.permissions().mode();
        if mode & 0o077 != 0 {
            std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode & 0o7700))?;
        }
    }
    Ok(())
}

/// Checks that a key has at most 255 bytes and consists of words of letters, digits, `-` and `_`, joined by single slashes. The path of a
/// valid key cannot leave the root of the store.
pub(crate) fn check_key(key: &str) -> Result<(), ObjectError> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if key.len() <= 255 && key.split('/').all(is_word) {
        Ok(())
    } else {
        Err(ObjectError::BadKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_leaves_the_root_is_rejected() {
        for key in ["", "/etc/passwd", "a/../b", "..", "a//b", "a/", "a.b", "a\0b", "a b"] {
            assert!(check_key(key).is_err(), "{key:?}");
        }
        assert!(check_key("objects/0a/ff-1_x").is_ok());
    }
}
