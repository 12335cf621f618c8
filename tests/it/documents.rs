//! The documents: every link leads to a file and a heading that exist, and the book has every page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use gemj_tests::binary::workspace;

/// The Markdown files of the repository that a reader opens: those in the root folder and in `docs`.
fn pages() -> BTreeMap<PathBuf, String> {
    fn collect(folder: &Path, root: &Path, deep: bool, found: &mut BTreeMap<PathBuf, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && deep {
                collect(&path, root, true, found);
            } else if path.extension().is_some_and(|end| end == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(root).unwrap().to_owned(), text);
            }
        }
    }
    let (root, mut found) = (workspace(), BTreeMap::new());
    collect(&root, &root, false, &mut found);
    collect(&root.join("docs"), &root, true, &mut found);
    found
}

/// The text outside blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The anchors of the headings of a page, as GitHub and mdBook make them: lower case, hyphens for spaces, without other punctuation.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for heading in prose(text).filter(|line| line.starts_with('#')) {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let name: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = (1..).map(|count| format!("{name}-{count}"));
        let free = std::iter::once(name.clone()).chain(again).find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}

/// The targets of the links of a page, without code spans.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(text) {
        // A link's text may be a code span; its target never is.
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, after)) = after.split_once(')') else { break };
            links.push(target.to_owned());
            rest = after;
        }
    }
    links
}

/// The path of a link, relative to the repository, from the page that contains the link.
fn resolved(page: &Path, target: &str) -> PathBuf {
    let mut path = page.parent().unwrap().to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let pages = pages();
    let (mut faults, mut checked) = (Vec::new(), 0);
    for (page, text) in &pages {
        for link in links(text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            checked += 1;
            let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let path = if target.is_empty() { page.clone() } else { resolved(page, target) };
            if !workspace().join(&path).exists() {
                faults.push(format!("{}: {link}: no such file", page.display()));
            } else if !anchor.is_empty() && !pages.get(&path).is_some_and(|text| anchors(text).contains(anchor)) {
                faults.push(format!("{}: {link}: no such heading", page.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(checked > 400, "{checked} links");
}

#[test]
fn the_book_has_every_page_once() {
    let pages = pages();
    let summary = &pages[Path::new("docs/SUMMARY.md")];
    let listed = links(summary);
    let unique: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(listed.len(), unique.len(), "a page is in docs/SUMMARY.md twice");
    let in_docs = pages.keys().filter_map(|page| page.strip_prefix("docs").ok());
    // `scripts/docs` adds the decision records and the reports itself.
    let is_added = |page: &Path| page.starts_with("reports") || (page.starts_with("decisions") && !page.ends_with("README.md"));
    let absent: Vec<_> = in_docs
        .filter(|page| *page != Path::new("SUMMARY.md") && !is_added(page) && !listed.iter().any(|link| Path::new(link) == *page))
        .collect();
    assert!(absent.is_empty(), "not in docs/SUMMARY.md: {absent:?}");
}

#[test]
fn the_readme_in_both_languages_and_the_index_name_every_start_page() {
    let pages = pages();
    for (page, folder) in [
        ("README.md", "docs/start/"),
        ("README.ja.md", "docs/start/"),
        ("docs/README.md", "start/"),
    ] {
        let links = links(&pages[Path::new(page)]);
        for start in pages.keys().filter_map(|path| path.strip_prefix("docs/start").ok()) {
            let wanted = format!("{folder}{}", start.display());
            assert!(links.contains(&wanted), "{page} does not name {wanted}");
        }
    }
}

#[test]
fn links_and_anchors_are_found_in_text_and_not_in_code() {
    let text = "# A *b*: `c`\n[x](y.md#z) and [`u`](v.md)\n```sh\n[no](no.md)\n# No\n```\n## A b c\n";
    assert_eq!(links(text), ["y.md#z", "v.md"]);
    assert_eq!(anchors(text).into_iter().collect::<Vec<_>>(), ["a-b-c", "a-b-c-1"]);
}
