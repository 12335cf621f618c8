//! `init --for biobank`: the mapping profile of a biobank's MIABIS feed, a linkage sheet, and a self-test for the biobank.

use anyhow::Context as _;
use gemj_model::{DatasetId, SiteId};

use super::addition::{Addition, Existing, NewFile, PRIVATE, SCRIPT, comment, filled, shell};
use super::{InitOptions, Questions};

use crate::command_error::CommandError;

const PROFILE: &str = include_str!("../../../../../schemas/mapping-profiles/miabis.yaml");
const SELF_TEST: &str = include_str!("templates/biobank-self-test.sh");
const ACCEPTANCE: &str = include_str!("templates/biobank-acceptance.md");

pub(super) fn addition(existing: &Existing, name: String, options: &InitOptions, questions: &mut Questions) -> anyhow::Result<Addition> {
    let datasets = &existing.configuration.datasets;
    let only = match datasets.as_slice() {
        [one] => Some(one.id.as_str()),
        _ => None,
    };
    let dataset = questions.answer("--dataset", "Dataset of its specimens", options.dataset.as_deref(), only);
    questions.complete()?;
    SiteId::parse(&name).with_context(|| format!("nothing was changed: '{name}' cannot be the name of a biobank"))?;
    let configured = DatasetId::parse(&dataset).is_ok_and(|id| datasets.iter().any(|known| known.id == id));
    anyhow::ensure!(
        configured,
        CommandError::DatasetNotConfigured {
            dataset,
            datasets: datasets.iter().map(|known| known.id.as_str()).collect::<Vec<_>>().join(", "),
        }
    );
    let profile = existing.folder.join("profiles").join(format!("{name}.yaml"));
    let text = PROFILE.replacen("profile: miabis", &format!("profile: {name}"), 1).replacen(
        "format: miabis",
        &format!("format: miabis\nsite: {name}\nnamespace: {name}"),
        1,
    );
    // The reader of profiles checks the result, so that a changed template cannot make an unusable file.
    gemj_adapters::profile::Profile::parse(&text).context("the profile of MIABIS")?;
    let out = existing.out(options.out.as_deref(), &name);
    let base = existing.configuration.public_base();
    let script = filled(SELF_TEST, &[("name_comment", &comment(&name)), ("base", &shell(&base))]);
    let shown = profile.display().to_string();
    let form = filled(
        ACCEPTANCE,
        &[("name", &name), ("base", &base), ("dataset", &dataset), ("profile", &shown)],
    );
    let file = |path: std::path::PathBuf, text: String, mode| NewFile { path, text, mode };
    let linkage = existing.folder.join("profiles").join(format!("{name}-linkage.csv"));
    let next = vec![
        format!(
            "write the bank's donor numbers to {}, then `gemj-gateway link {0}`",
            linkage.display()
        ),
        format!("gemj-gateway ingest --dataset {dataset} --profile {shown} SPECIMENS.json"),
        format!("give {} to the biobank", out.display()),
    ];
    let is_declared = existing.configuration.sites.iter().any(|site| site.id.as_str() == name);
    let declared = if is_declared {
        String::new()
    } else {
        format!("[[sites]]\nid = \"{name}\"\n\n")
    };
    Ok(Addition {
        entries: format!(
            "{declared}# The biobank {name}: its feed is read with the profile profiles/{name}.yaml (docs/feeds.md), into the dataset {dataset}.\n\
             # Its staff get a role when the issuer of their tokens is configured (`gemj-gateway init --for broker`):\n\
             # [[authentication.role]]\n# issuer = \"https://login.example\"\n# subject = \"…\"\n# role = \"biobank\"\n# scope = \"{name}\"\n\
             # expires = \"2030-04-01\"\n"
        ),
        files: vec![
            file(profile, text, PRIVATE),
            file(linkage, "site,namespace,number,participant\n".to_owned(), PRIVATE),
            file(out.join("self-test.sh"), script, SCRIPT),
            file(out.join("acceptance.md"), form, PRIVATE),
        ],
        next,
    })
}
