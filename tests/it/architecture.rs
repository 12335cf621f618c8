//! The dependency rules of the architecture, checked against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use gemj_tests::binary::workspace;
use serde_json::Value;

/// The folders of our crates, and the folders that each crate may depend on (normal and build edges; dev edges are free). A `*` stands for
/// one folder. A folder with `!` is excluded from the other entries of its list.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("standards/service-info", &[]),
    ("standards/fhir", &["standards/service-info", "standards/fhir-typed"]),
    ("standards/hts", &[]),
    ("standards/*", &["standards/service-info"]),
    ("gateway/model", &[]),
    // Values for the tests of other crates. No table entry allows this crate, so no product crate can use it.
    ("tests/fixtures", &["gateway/model"]),
    ("gateway/access", &["gateway/model", "standards/passport"]),
    ("gateway/authenticate", &["gateway/model", "gateway/access", "standards/passport"]),
    ("gateway/stores/catalogue", &["gateway/model", "gateway/access"]),
    (
        "gateway/stores/objects",
        &["gateway/model", "gateway/access", "gateway/stores/catalogue", "standards/hts"],
    ),
    (
        "gateway/stores/variants",
        &[
            "gateway/model",
            "gateway/access",
            "gateway/stores/catalogue",
            "gateway/stores/objects",
            "standards/hts",
        ],
    ),
    ("gateway/engines", &["gateway/model", "standards/wes"]),
    ("adapters", &["gateway/model", "standards/*", "!standards/hts"]),
    (
        "gateway/services",
        &[
            "gateway/model",
            "gateway/access",
            "gateway/stores/*",
            "gateway/engines",
            "adapters",
            "standards/*",
            "!standards/hts",
        ],
    ),
    (
        "gateway/demo",
        &[
            "gateway/model",
            "gateway/access",
            "gateway/stores/*",
            "adapters",
            "standards/passport",
            "standards/hts",
        ],
    ),
    ("gateway/server", &["gateway/*", "gateway/stores/*", "adapters", "standards/*"]),
    (
        "adapters/htsget-rs",
        &[
            "standards/htsget",
            "standards/hts",
            "gateway/stores/objects",
            "gateway/model",
            "gateway/access",
        ],
    ),
    ("conformance", &[]),
    ("tests", &["*", "gateway/*", "gateway/stores/*", "standards/*", "adapters/*"]),
];

/// Heavy crates (a name, or a prefix of names that ends in `*`), and the only folders besides `tests` that may depend on them.
const LIVES_IN: &[(&str, &[&str])] = &[
    ("actix-*", &["gateway/server"]),
    ("sqlx*", &["gateway/stores/catalogue"]),
    ("noodles*", &["standards/hts", "gateway/stores/variants"]),
    ("openidconnect", &["gateway/authenticate"]),
    ("fhir-model", &["standards/fhir-typed"]),
    ("jsonschema", &["adapters", "gateway/services", "conformance"]),
    ("htsget-*", &["adapters/htsget-rs"]),
];

/// Crates that the binary must not contain.
const ABSENT: &[&str] = &["ring", "openssl", "openssl-sys", "native-tls", "s3s-fs"];

/// Names that only `access` may use for decisions, and the other files that may use each name too. These files configure, show or pass on the values,
/// but compare nothing.
const DECIDED_IN_ACCESS: &[(&str, &[&str])] = &[
    ("Tier::", &[]),
    (
        "RoleKind::",
        &["gateway/authenticate/src/config/check.rs", "gateway/demo/src/personas.rs"],
    ),
    (
        "public_k()",
        &[
            "gateway/server/src/http/console.rs",
            "gateway/server/src/http/beacon/informational.rs",
        ],
    ),
    ("least_families()", &["gateway/server/src/http/console.rs"]),
    (".roles.iter()", &["gateway/authenticate/src/config/check.rs"]),
    // An answer without data does not wait for its audit row: a URL, a capability, or a repeated check of a stream whose decision was recorded.
    (
        ".without_data()",
        &[
            "gateway/server/src/http/airlock.rs",
            "gateway/server/src/http/drs.rs",
            "gateway/server/src/http/htsget.rs",
            "gateway/server/src/http/wes/run_workflow.rs",
        ],
    ),
];

/// The functions that make keys for work that no caller requested. Only edge code (commands, workers, requests) may call them; services receive the
/// keys.
const MAKE_KEYS: &[&str] = &[
    "Upkeep::of(",
    "Mandate::operator(",
    "Mandate::supervisor(",
    "OperatorRead::new(",
    "OperatorListing::new(",
];

struct Metadata(Value);

impl Metadata {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args([
                "metadata",
                "--format-version",
                "1",
                "--locked",
                "--offline",
                "--filter-platform",
                "x86_64-unknown-linux-gnu",
            ])
            .current_dir(workspace())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self(serde_json::from_slice(&output.stdout).unwrap())
    }

    fn packages(&self) -> BTreeMap<&str, &Value> {
        self.0["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| (p["id"].as_str().unwrap(), p))
            .collect()
    }

    /// The folder of each crate of the workspace, relative to the workspace, by package id.
    fn members(&self) -> BTreeMap<&str, String> {
        let root = workspace().canonicalize().unwrap();
        let packages = self.packages();
        self.0["workspace_members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| {
                let id = id.as_str().unwrap();
                let manifest = std::path::Path::new(packages[id]["manifest_path"].as_str().unwrap());
                (
                    id,
                    manifest
                        .parent()
                        .unwrap()
                        .canonicalize()
                        .unwrap()
                        .strip_prefix(&root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                )
            })
            .collect()
    }

    /// The normal and build dependencies of each package, by package id. Dependencies that are only dev dependencies are left out.
    fn shipped_edges(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let nodes = self.0["resolve"]["nodes"].as_array().unwrap();
        let shipped = |dependency: &&Value| dependency["dep_kinds"].as_array().unwrap().iter().any(|k| k["kind"] != "dev");
        nodes
            .iter()
            .map(|node| {
                let on = node["deps"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(shipped)
                    .map(|d| d["pkg"].as_str().unwrap())
                    .collect();
                (node["id"].as_str().unwrap(), on)
            })
            .collect()
    }
}

/// The names and versions of all crates that are built into the binary. `cargo metadata` also lists unused crates of weak features, so `cargo tree`
/// is used.
fn built_from(package: &str) -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "-p",
            package,
            "-e",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let split = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    };
    text.lines().filter_map(split).collect()
}

fn fits(pattern: &str, text: &str, separator: char) -> bool {
    match pattern.strip_suffix('*') {
        Some(front) => text.strip_prefix(front).is_some_and(|rest| !rest.contains(separator)),
        None => pattern == text,
    }
}

#[test]
fn our_crates_have_only_the_dependencies_of_the_table() {
    let metadata = Metadata::read();
    let members = metadata.members();
    let edges = metadata.shipped_edges();
    let mut faults = Vec::new();
    for (id, folder) in &members {
        let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(pattern, _)| fits(pattern, folder, '/')) else {
            faults.push(format!("{folder} is not in the table"));
            continue;
        };
        for on in edges[id].iter().filter_map(|on| members.get(on)) {
            let excluded = allowed.iter().any(|pattern| pattern.strip_prefix('!') == Some(on));
            if excluded || !allowed.iter().any(|pattern| fits(pattern, on, '/')) {
                faults.push(format!("{folder} may not depend on {on}"));
            }
        }
    }
    assert!(members.len() > 10);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn heavy_crates_are_used_only_in_their_folders() {
    let metadata = Metadata::read();
    let (packages, edges) = (metadata.packages(), metadata.shipped_edges());
    let mut faults = Vec::new();
    for (id, folder) in metadata.members() {
        for on in &edges[id] {
            let name = packages[on]["name"].as_str().unwrap();
            let home = LIVES_IN.iter().find(|(pattern, _)| fits(pattern, name, '/'));
            if home.is_some_and(|(_, homes)| !homes.contains(&folder.as_str())) && folder != "tests" {
                faults.push(format!("{folder} may not depend on {name}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The source texts of the product outside `access`, without unit tests, by path relative to the workspace.
fn sources_outside_access() -> BTreeMap<String, String> {
    let root = workspace();
    let listed = Command::new("git")
        .args(["ls-files", "-co", "--exclude-standard", "gateway/*.rs", "adapters/*.rs"])
        .current_dir(&root)
        .output()
        .unwrap();
    let paths = String::from_utf8(listed.stdout).unwrap();
    let is_product = |path: &&str| {
        path.contains("/src/")
            && !path.starts_with("gateway/access/")
            && !path.contains("/tests/")
            && !path.ends_with("tests.rs")
            && !path.ends_with("_fixture.rs")
    };
    let without_tests = |path: &str| {
        let text = std::fs::read_to_string(root.join(path)).ok()?;
        Some((
            path.to_owned(),
            text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned(),
        ))
    };
    paths.lines().filter(is_product).filter_map(without_tests).collect()
}

/// The files outside `access` that use one of the names that only `access` may use for decisions.
fn decided_outside_access(sources: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in sources {
        let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in code {
            for (name, allowed) in DECIDED_IN_ACCESS {
                if line.contains(name) && !allowed.contains(&path.as_str()) {
                    faults.push(format!("{path}:{}: {name} outside access", number + 1));
                }
            }
        }
    }
    faults
}

#[test]
fn no_code_outside_access_compares_a_tier_a_role_or_a_threshold() {
    let mut sources = sources_outside_access();
    assert!(sources.len() > 300, "{} files", sources.len());
    assert_eq!(decided_outside_access(&sources), Vec::<String>::new());
    // The check itself is tested: it must find each name in a file that contains it.
    for (name, _) in DECIDED_IN_ACCESS {
        let path = "gateway/services/src/example.rs".to_owned();
        sources.insert(path.clone(), format!("fn f() {{\n    {name}\n}}\n"));
        assert_eq!(decided_outside_access(&sources), [format!("{path}:2: {name} outside access")]);
        sources.remove(&path);
    }
}

#[test]
fn services_and_adapters_make_no_keys_themselves() {
    let sources = sources_outside_access();
    let mut made_elsewhere = 0;
    for (path, text) in &sources {
        for name in MAKE_KEYS {
            let makes = text.contains(name);
            assert!(
                !makes || !(path.starts_with("gateway/services/") || path.starts_with("adapters/")),
                "{path}: {name}"
            );
            made_elsewhere += usize::from(makes);
        }
    }
    assert!(
        made_elsewhere > 20,
        "the search finds {made_elsewhere} places in commands and workers"
    );
}

#[test]
fn the_binary_has_one_tls_provider_and_no_old_http_client() {
    let mut names = BTreeSet::new();
    for (name, version) in built_from("gemj-gateway") {
        assert!(!ABSENT.contains(&name.as_str()), "{name} {version}");
        assert!(name != "reqwest" || !version.starts_with("0.12"), "{name} {version}");
        names.insert(name);
    }
    assert!(
        names.contains("aws-lc-rs") && names.contains("actix-web"),
        "the dependency graph is incomplete"
    );
}

#[test]
fn numbers_keep_their_type_in_serde_json() {
    let metadata = Metadata::read();
    let packages = metadata.packages();
    let nodes = metadata.0["resolve"]["nodes"].as_array().unwrap();
    let mut seen = 0;
    for node in nodes.iter().filter(|n| packages[n["id"].as_str().unwrap()]["name"] == "serde_json") {
        let features = node["features"].as_array().unwrap();
        assert!(
            !features.iter().any(|f| f == "arbitrary_precision"),
            "serde_json/arbitrary_precision is on for the whole workspace"
        );
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn features_are_those_of_the_build_rules() {
    let metadata = Metadata::read();
    let packages = metadata.packages();
    let nodes = metadata.0["resolve"]["nodes"].as_array().unwrap();
    let features = |name: &str| -> BTreeSet<&str> {
        let of = nodes.iter().filter(|n| packages[n["id"].as_str().unwrap()]["name"] == name);
        of.flat_map(|n| n["features"].as_array().unwrap())
            .map(|f| f.as_str().unwrap())
            .collect()
    };
    let sqlx = features("sqlx");
    for wanted in ["sqlite", "postgres", "migrate"] {
        assert!(sqlx.contains(wanted), "sqlx/{wanted}: {sqlx:?}");
    }
    for unwanted in ["macros", "derive"] {
        assert!(!sqlx.contains(unwanted), "sqlx/{unwanted}");
    }
    for (name, unwanted) in [
        ("jsonschema", "resolve-http"),
        ("openidconnect", "reqwest"),
        ("jsonwebtoken", "rust_crypto"),
        ("rustls", "ring"),
    ] {
        assert!(!features(name).contains(unwanted), "{name}/{unwanted}");
    }
}
