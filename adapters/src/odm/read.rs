//! Reads all files of a call: orders them, collects the places of their subjects, and gives the state of each subject.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use super::MAX_RECODED_BYTES;
use super::definitions::Library;
use super::document::{Scan, Shared, scan};
use super::element::Version;
use super::fault::Fault;
use super::fold::Folder;
use super::header::Header;
use super::index::{Added, Index};
use super::occurrence::{Occurrence, Staged};
use super::references::References;
use super::scopes::Scopes;
use super::series::{Place, SeriesFile, ordered};
use super::source;
use super::study::Studies;
use super::undeclared;
use crate::hl7v2::shown_name;
use crate::unit::{Identity, LeftOutRule, Met, Undecodable};

type Give<'g> = dyn FnMut(Met) -> ControlFlow<()> + 'g;

/// Reads ODM files. They are read together: transactional files are applied to the snapshots among the files, and each subject gives one unit with
/// its last state. `study` is the StudyOID whose subjects are read. If it is `None`, all files must be of one study.
///
/// A fault that stops the reading of a file is reported as one [`Met::Undecodable`]. Of a snapshot, the subjects before the fault are given. Of a
/// transactional file, nothing is given.
pub fn read(files: &[PathBuf], study: Option<&str>, give: &mut Give<'_>) -> ControlFlow<()> {
    read_named(files, study, &|_| true, give)
}

/// Reads ODM files as [`read`] does. An OID can contain a person's name, so only the OIDs that the metadata of the files declares or that `is_named` accepts
/// become names of records and fields. Any other item is reported as [`Met::Ignored`] under a fixed word.
pub(crate) fn read_named(files: &[PathBuf], study: Option<&str>, is_named: &dyn Fn(&str) -> bool, give: &mut Give<'_>) -> ControlFlow<()> {
    let mut opened = Vec::new();
    let mut kept_bytes = 0;
    let mut is_unknown_file = false;
    for path in files {
        let name = shown_name(path);
        let file = source::open(path).and_then(|file| {
            kept_bytes += file.kept_bytes();
            if kept_bytes > MAX_RECODED_BYTES {
                kept_bytes -= file.kept_bytes();
                let detail = "the files that are not UTF-8 must together not be larger than 256 MiB";
                return Err(Fault::new("too-large", detail));
            }
            Header::read(&file).map(|header| (file, header))
        });
        match file {
            Ok((opened_file, header)) => opened.push(SeriesFile {
                name,
                opened: opened_file,
                header,
            }),
            Err(fault) => {
                is_unknown_file |= fault.code != "not-odm";
                give(undecodable(name, fault))?;
            }
        }
    }
    let mut run = Run {
        shared: Shared {
            library: Library::default(),
            scopes: Scopes::default(),
            studies: Studies::new(study),
            referenced: 0,
        },
        index: Index::default(),
        chain: Chain::NoSnapshot,
        is_unknown_file,
        files: Vec::new(),
    };
    for (file, place) in ordered(opened) {
        match place {
            Place::Certain => run.file(file, None, give)?,
            Place::Uncertain(fault) => run.file(file, Some(fault), give)?,
            Place::Copy => give(Met::LeftOut(LeftOutRule::SupersededFile, "(a copy of a file)".to_owned()))?,
        }
    }
    run.finish(is_named, give)
}

/// Whether a transactional file can be applied to the files before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chain {
    /// There is no snapshot before it.
    NoSnapshot,
    /// The files before it are complete. The snapshot has this version of ODM.
    Whole(Version),
    /// A file before it was refused, so a change can be missing.
    Cut,
}

struct Run {
    shared: Shared,
    index: Index,
    chain: Chain,
    /// Whether the root element of a file could not be read. The file can then be any file of the series.
    is_unknown_file: bool,
    files: Vec<(SeriesFile, References)>,
}

impl Run {
    /// Reads one file for the first time.
    fn file(&mut self, file: SeriesFile, fault: Option<Fault>, give: &mut Give<'_>) -> ControlFlow<()> {
        for repair in &file.opened.repairs {
            give(Met::Repaired(*repair))?;
        }
        let header = &file.header;
        if let Some(fault) = fault.or_else(|| self.not_applicable(header)) {
            self.chain = match self.chain {
                Chain::NoSnapshot => Chain::NoSnapshot,
                Chain::Whole(_) | Chain::Cut => Chain::Cut,
            };
            return give(undecodable(file.name, fault));
        }
        let number = self.files.len();
        let tap = match file.opened.tap() {
            Ok(tap) => tap,
            Err(fault) => {
                self.chain = Chain::Cut;
                return give(undecodable(file.name, fault));
            }
        };
        let ControlFlow::Continue(mut scanned) = scan(tap, file.opened.begin, (&file.name, number, header), &mut self.shared, give) else {
            return ControlFlow::Break(());
        };
        if !self.index.has_room(scanned.staged.len()) {
            scanned.staged.clear();
            scanned
                .fault
                .get_or_insert_with(|| Fault::new("too-many-subjects", "the files have more subjects than are accepted"));
        }
        if scanned.fault.is_none() && scanned.has_other_study && !scanned.has_clinical_data {
            let detail = "the file has clinical data only of a study that is not the profile's study";
            return give(undecodable(file.name, Fault::new("other-study", detail)));
        }
        let fault = scanned.fault.take();
        let is_snapshot = !header.is_transactional;
        if fault.is_some() && (!is_snapshot || has_divided_subjects(&scanned)) {
            scanned.staged.clear();
        }
        self.chain = match (&fault, is_snapshot) {
            (Some(_), _) => Chain::Cut,
            (None, false) => Chain::Whole(header.version),
            (None, true) => self.after_snapshot(header, &scanned),
        };
        self.index.begin(number_of(number), header, fault.is_none());
        if let Some(fault) = fault {
            let name = &file.name;
            let locator = scanned
                .fault_subject
                .map_or_else(|| name.clone(), |at| format!("{name}#SubjectData[{at}]"));
            give(undecodable(locator, fault))?;
        }
        let name = file.name.clone();
        self.files.push((file, scanned.references));
        self.stage(&name, number, is_snapshot, scanned.staged, give)
    }

    /// Why a transactional file cannot be applied to the files before it; `None` for a snapshot, and if the file can be applied.
    fn not_applicable(&self, header: &Header) -> Option<Fault> {
        if !header.is_transactional {
            return None;
        }
        match self.chain {
            Chain::Whole(version) if version == header.version && !self.is_unknown_file => None,
            Chain::Whole(version) if version != header.version => {
                let detail = "the file has another version of ODM than the snapshot before it";
                Some(Fault::new("odm-version", detail))
            }
            Chain::NoSnapshot if header.is_whole_history && !self.is_unknown_file => None,
            Chain::NoSnapshot => {
                let detail = "the file contains only changes since a snapshot; give the last snapshot and all files after it together";
                Some(Fault::new("no-snapshot", detail))
            }
            Chain::Whole(_) | Chain::Cut => {
                let detail = "an earlier file was refused, so changes before this file can be missing";
                Some(Fault::new("prior-file-refused", detail))
            }
        }
    }

    fn after_snapshot(&self, header: &Header, scan: &Scan) -> Chain {
        let has_subjects = !header.has_no_subjects && (scan.has_clinical_data || header.has_all_subjects);
        match self.chain {
            Chain::NoSnapshot | Chain::Whole(_) if has_subjects => Chain::Whole(header.version),
            // After a gap, only a snapshot of all subjects restores every state.
            Chain::Cut if has_subjects && header.has_all_subjects => Chain::Whole(header.version),
            chain => chain,
        }
    }

    /// Adds the subjects of a file to the index.
    fn stage(&mut self, name: &str, number: usize, is_snapshot: bool, staged: Vec<Staged>, give: &mut Give<'_>) -> ControlFlow<()> {
        for staged in staged {
            let at = staged.number;
            let added = match is_snapshot {
                true => self.index.snapshot(number_of(number), staged),
                false => self.index.transaction(number_of(number), staged),
            };
            match added {
                Added::Taken => {}
                Added::Replaced(count) => {
                    for _ in 0..count {
                        give(Met::LeftOut(LeftOutRule::SupersededFile, "SubjectData".to_owned()))?;
                    }
                }
                Added::Refused(occurrence, fault) => {
                    let folder = Folder {
                        files: &self.files,
                        scopes: &self.shared.scopes,
                    };
                    refused(&folder, &[occurrence], (format!("{name}#SubjectData[{at}]"), fault), give)?;
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Gives the state of each subject.
    fn finish(self, is_named: &dyn Fn(&str) -> bool, give: &mut Give<'_>) -> ControlFlow<()> {
        if self.shared.studies.has_several {
            for (file, _) in self.files {
                let detail = "the files have clinical data of several studies; state one of them as `study` in the profile";
                give(undecodable(file.name, Fault::new("several-studies", detail)))?;
            }
            return ControlFlow::Continue(());
        }
        let folder = Folder {
            files: &self.files,
            scopes: &self.shared.scopes,
        };
        let library = self.shared.library;
        let is_shown = |oid: &str| library.declares(oid) || is_named(oid);
        for occurrences in self.index.contributing().chunk_by(|a, b| a.subject == b.subject) {
            match folder.unit(occurrences) {
                Ok(mut unit) => {
                    for undeclared in undeclared::taken_out(&mut unit, &is_shown) {
                        give(Met::Ignored(undeclared))?;
                    }
                    give(Met::Unit(unit))?;
                }
                Err((occurrence, fault)) => refused(&folder, occurrences, (folder.locator(&occurrence), fault), give)?,
            }
        }
        ControlFlow::Continue(())
    }
}

/// Gives a subject that is refused, after what can be read of it.
fn refused(folder: &Folder<'_>, occurrences: &[Occurrence], (locator, fault): (String, Fault), give: &mut Give<'_>) -> ControlFlow<()> {
    if let Some(unit) = folder.remains(occurrences) {
        give(Met::Remains(Box::new(unit)))?;
    }
    give(undecodable(locator, fault))
}

/// Whether a file has several elements for one subject. The rest of a file that was not read to its end can then contain further parts of every
/// subject.
fn has_divided_subjects(scan: &Scan) -> bool {
    let mut seen = HashSet::new();
    scan.staged.iter().any(|staged| !seen.insert(staged.subject))
}

/// The number of a file. A call has far fewer files than numbers.
fn number_of(file: usize) -> u32 {
    u32::try_from(file).unwrap_or(u32::MAX)
}

fn undecodable(locator: String, fault: Fault) -> Met {
    Met::Undecodable(Undecodable {
        locator,
        reason_code: fault.code,
        detail: fault.detail,
        identity: Identity::Place,
    })
}
