/// The longest attachment name, in bytes.
const MAX_NAME_BYTES: usize = 512;

/// The longest segment of a name, in bytes. File systems have this limit.
const MAX_SEGMENT_BYTES: usize = 255;

/// The maximum number of segments of a name.
const MAX_SEGMENTS: usize = 16;

/// The name of an attached file, exactly as the client sent it. A name is a relative path of plain segments.
///
/// "Filenames may include subdirectories, but must not include references to parent directories with '..'" (WES 1.1.0 § RunWorkflow). A name is
/// accepted unchanged or rejected, because a silently changed name would break relative imports and hide an attack. `#`, `?`, `%` and `:` are
/// rejected, because these characters have a special meaning in the relative URLs that refer to files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachmentName(String);

/// Why the name of an attachment is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AttachmentNameError {
    /// The part of the form has no filename.
    #[error("a filename is required")]
    Missing,
    /// The name is empty.
    #[error("the filename is empty")]
    Empty,
    /// The name, or one of its segments, is too long, or it has too many segments.
    #[error("the filename is too long or too deep")]
    TooLong,
    /// The name starts with `/`.
    #[error("the filename is an absolute path")]
    Absolute,
    /// One segment of the name is `.` or `..`.
    #[error("the filename has a relative segment")]
    DotSegment,
    /// The name contains two adjacent slashes, or ends with a slash.
    #[error("the filename has an empty segment")]
    EmptySegment,
    /// The name contains a backslash, which separates directories on some systems.
    #[error("the filename has a backslash")]
    Backslash,
    /// The name contains a control character.
    #[error("the filename has a control character")]
    ControlCharacter,
    /// The name contains one of `#`, `?`, `%` and `:`.
    #[error("the filename has a character with a meaning in URLs")]
    UrlCharacter,
    /// Another attachment has the same name.
    #[error("the filename occurs more than once")]
    Duplicate,
    /// The name of the attachment is a directory in the name of another attachment.
    #[error("the filename is a directory of another attachment")]
    DirectoryConflict,
}

impl AttachmentName {
    /// Parses the name of an attachment.
    ///
    /// # Errors
    /// [`AttachmentNameError`] states why the name is not valid.
    pub fn parse(name: &str) -> Result<Self, AttachmentNameError> {
        use AttachmentNameError::{Absolute, Backslash, ControlCharacter, DotSegment, Empty, EmptySegment, TooLong, UrlCharacter};
        if name.is_empty() {
            return Err(Empty);
        }
        if name.len() > MAX_NAME_BYTES {
            return Err(TooLong);
        }
        if name.starts_with('/') {
            return Err(Absolute);
        }
        for character in name.chars() {
            match character {
                '\\' => return Err(Backslash),
                '#' | '?' | '%' | ':' => return Err(UrlCharacter),
                _ if character.is_control() => return Err(ControlCharacter),
                _ => {}
            }
        }
        for segment in name.split('/') {
            match segment {
                "" => return Err(EmptySegment),
                "." | ".." => return Err(DotSegment),
                _ if segment.len() > MAX_SEGMENT_BYTES => return Err(TooLong),
                _ => {}
            }
        }
        if name.split('/').count() > MAX_SEGMENTS {
            return Err(TooLong);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name of the attachment as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file sent with a run request. The bytes belong to the caller, so `Debug` shows only their number.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The path of the file below the run's workflow directory.
    pub name: AttachmentName,
    /// The bytes of the file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment")
            .field("size_bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Rejects names that cannot exist together as files in one directory. The index in the error is the index of the rejected attachment.
pub(crate) fn check_together(attachments: &[Attachment]) -> Result<(), (usize, AttachmentNameError)> {
    let mut files = std::collections::BTreeSet::new();
    for (index, attachment) in attachments.iter().enumerate() {
        if !files.insert(attachment.name.as_str()) {
            return Err((index, AttachmentNameError::Duplicate));
        }
    }
    for (index, attachment) in attachments.iter().enumerate() {
        let name = attachment.name.as_str();
        let mut directories = name.match_indices('/').map(|(at, _)| &name[..at]);
        if directories.any(|directory| files.contains(directory)) {
            return Err((index, AttachmentNameError::DirectoryConflict));
        }
    }
    Ok(())
}
