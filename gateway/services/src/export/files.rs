//! Files that get their names when the export is complete.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::ExportFailure;

/// The path of a file while it is written.
pub(super) fn part(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.part"))
}

/// Gives a complete file its name.
pub(super) fn complete(folder: &Path, name: &str) -> Result<(), ExportFailure> {
    Ok(std::fs::rename(part(folder, name), folder.join(name))?)
}

/// The layout of records in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One array in JSON.
    Array,
    /// One record in each line.
    Lines,
}

/// A file of records in JSON. The memory does not depend on the number of records.
pub(super) struct RecordFile {
    folder: PathBuf,
    name: &'static str,
    layout: Layout,
    file: BufWriter<File>,
    count: u64,
}

impl RecordFile {
    pub(super) fn create(folder: &Path, name: &'static str, layout: Layout) -> Result<Self, ExportFailure> {
        let mut file = BufWriter::new(File::create_new(part(folder, name))?);
        if layout == Layout::Array {
            file.write_all(b"[")?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            name,
            layout,
            file,
            count: 0,
        })
    }

    pub(super) fn add(&mut self, record: &impl Serialize) -> Result<(), ExportFailure> {
        let text = serde_json::to_vec(record).map_err(|_| ExportFailure::Damaged)?;
        if self.layout == Layout::Array {
            self.file.write_all(if self.count == 0 { b"\n" } else { b",\n" })?;
        }
        self.file.write_all(&text)?;
        if self.layout == Layout::Lines {
            self.file.write_all(b"\n")?;
        }
        self.count += 1;
        Ok(())
    }

    /// Ends the file and gives it its name. Returns the name and the number of records.
    pub(super) fn finish(mut self) -> Result<(&'static str, u64), ExportFailure> {
        if self.layout == Layout::Array {
            self.file.write_all(b"\n]\n")?;
        }
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        complete(&self.folder, self.name)?;
        Ok((self.name, self.count))
    }
}
