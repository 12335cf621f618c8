//! Finds the sites that the subjects of ODM files name (`SiteRef`).

use std::ops::ControlFlow;
use std::path::Path;

use super::events::{Events, Step};
use super::header::Header;
use super::source;

/// Passes the LocationOID of every subject that a run would read to `give`. `None` is a subject of a snapshot that names no site; a change of a
/// subject does not name the site again. A file that cannot be read is skipped, because the reader of the subjects reports its fault.
pub(crate) fn sites(file: &Path, study: Option<&str>, give: &mut dyn FnMut(Option<String>) -> ControlFlow<()>) -> ControlFlow<()> {
    let Ok(opened) = source::open(file) else {
        return ControlFlow::Continue(());
    };
    let (Ok(header), Ok(tap)) = (Header::read(&opened), opened.tap()) else {
        return ControlFlow::Continue(());
    };
    let mut events = Events::new(tap, opened.begin);
    let mut depth = 0_usize;
    let mut is_of_study = false;
    // Whether the current subject names a site; `None` outside of a subject.
    let mut has_site: Option<bool> = None;
    loop {
        let position = events.position();
        events.tap().forget_before(position);
        match events.next() {
            Ok(Step::Start(element)) => {
                depth += 1;
                match (depth, element.name.as_str()) {
                    _ if element.odm != Some(header.version) => {}
                    (2, "ClinicalData") => is_of_study = study.is_none_or(|study| element.attribute("StudyOID") == Some(study)),
                    (3, "SubjectData") if is_of_study => has_site = Some(false),
                    (4, "SiteRef") if has_site.is_some() => {
                        let site = element.attribute("LocationOID").map(str::to_owned);
                        has_site = Some(site.is_some());
                        site.map_or(ControlFlow::Continue(()), |site| give(Some(site)))?;
                    }
                    _ => {}
                }
            }
            Ok(Step::End) => {
                if depth == 3 && has_site.take() == Some(false) && !header.is_transactional {
                    give(None)?;
                }
                depth = depth.saturating_sub(1);
            }
            Ok(Step::Text(_)) => {}
            Ok(Step::Eof) | Err(_) => return ControlFlow::Continue(()),
        }
    }
}
