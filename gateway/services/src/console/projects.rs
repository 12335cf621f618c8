//! The web page of approved projects: the purposes, organisations and ends of the uses of the programme's data. The page contains no
//! personal data: no applicants, users or participants.

use gemj_access::{ConsentView, Language, Policy};
use gemj_model::{Approval, Purpose, Timestamp};
use serde_json::{Value, json};

use super::document;
use super::html::Html;
use crate::approvals::ApprovalState;
use crate::registry::Description;

/// The public part of one approval, as one row of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectLine {
    /// The project's title.
    pub title: String,
    /// The domain of the project's organisation.
    pub organisation: String,
    /// The country of use, ISO 3166-1 alpha-2; absent if unknown.
    pub country: Option<String>,
    /// The ids of the datasets that are open to the public. Other datasets are not listed, because their existence is not public.
    pub datasets: Vec<String>,
    /// The id of the release that the approval is limited to; absent for the live datasets.
    pub release: Option<String>,
    /// The approved purposes.
    pub purposes: Vec<Purpose>,
    /// Whether the use is by or for a company, or has a commercial aim.
    pub commercial: bool,
    /// The time at which the approval ends (`not_after`).
    pub until: Timestamp,
    /// The state of the approval now.
    pub state: ApprovalState,
}

/// The public rows of all approvals at an instant, in order of title.
#[must_use]
pub fn projects_of(view: &ConsentView, policy: &Policy, now: Timestamp) -> Vec<ProjectLine> {
    let mut lines: Vec<ProjectLine> = view.approvals().map(|approval| line(approval, policy, now)).collect();
    lines.sort_by(|a, b| (&a.title, &a.organisation, a.until).cmp(&(&b.title, &b.organisation, b.until)));
    lines
}

fn line(approval: &Approval, policy: &Policy, now: Timestamp) -> ProjectLine {
    let organisation = policy.organisation(&approval.organisation);
    let configured = (!organisation.domain.is_empty()).then(|| organisation.country.clone());
    let is_public = |id: &&gemj_model::DatasetId| policy.dataset(id).is_some_and(|dataset| dataset.public_boolean);
    ProjectLine {
        title: approval.project.clone(),
        organisation: approval.organisation.clone(),
        country: approval.country.clone().or(configured),
        datasets: approval
            .datasets
            .iter()
            .filter(is_public)
            .map(|id| id.as_str().to_owned())
            .collect(),
        release: approval.release.as_ref().map(|id| id.as_str().to_owned()),
        purposes: approval.purposes.clone(),
        commercial: approval.commercial,
        until: approval.not_after,
        state: ApprovalState::of(approval, now),
    }
}

/// The list of approved projects as JSON.
#[must_use]
pub fn projects_json(lines: &[ProjectLine]) -> Value {
    let told = |line: &ProjectLine| {
        json!({
            "title": line.title,
            "organisation": line.organisation,
            "country": line.country,
            "datasets": line.datasets,
            "release": line.release,
            "purposes": line.purposes.iter().map(|p| p.as_str()).collect::<Vec<_>>(),
            "commercial": line.commercial,
            "until": line.until.rfc3339(),
            "state": line.state.as_str(),
        })
    };
    json!({"projects": lines.iter().map(told).collect::<Vec<_>>()})
}

/// The page of approved projects as HTML, in one language.
#[must_use]
pub fn projects_page(about: &Description, lines: &[ProjectLine], language: Language) -> String {
    let tag = language.of("ja", "en");
    let heading = language.of("承認された研究課題", "Approved projects");
    document(about, tag, &format!("{heading} – {}", about.name), |html| {
        html.open("section", &[("aria-labelledby", "projects")]);
        html.element("h2", &[("id", "projects")], heading);
        html.element(
            "p",
            &[],
            language.of(
                "利活用審査委員会が承認した研究課題の一覧です。参加者と利用者個人の情報は含みません。",
                "Projects that the access committee approved. Nothing here is about participants or individual users.",
            ),
        );
        table(html, lines, language);
        html.close("section");
    })
}

fn table(html: &mut Html, lines: &[ProjectLine], language: Language) {
    html.open("div", &[("class", "wide")]);
    html.open("table", &[]);
    html.open("thead", &[]);
    html.open("tr", &[]);
    for (ja, en) in [
        ("課題名", "Project"),
        ("機関", "Organisation"),
        ("国", "Country"),
        ("データセット", "Datasets"),
        ("目的", "Purposes"),
        ("期限", "Until"),
        ("状態", "State"),
    ] {
        html.element("th", &[("scope", "col")], language.of(ja, en));
    }
    html.close("tr");
    html.close("thead");
    html.open("tbody", &[]);
    for line in lines {
        row(html, line, language);
    }
    html.close("tbody");
    html.close("table");
    html.close("div");
}

fn row(html: &mut Html, line: &ProjectLine, language: Language) {
    let mut purposes: Vec<&str> = line.purposes.iter().map(|p| purpose(*p, language)).collect();
    if line.commercial {
        purposes.push(language.of("営利目的", "commercial aim"));
    }
    let datasets = match &line.release {
        Some(release) => format!("{} ({release})", line.datasets.join(", ")),
        None => line.datasets.join(", "),
    };
    html.open("tr", &[]);
    for text in [
        line.title.as_str(),
        &line.organisation,
        line.country.as_deref().unwrap_or(language.of("不明", "unknown")),
        &datasets,
        &purposes.join(language.of("、", ", ")),
        line.until.rfc3339().split('T').next().unwrap_or_default(),
        state(line.state, language),
    ] {
        html.element("td", &[], text);
    }
    html.close("tr");
}

fn state(state: ApprovalState, language: Language) -> &'static str {
    match state {
        ApprovalState::Valid => language.of("有効", "valid"),
        ApprovalState::NotYet => language.of("開始前", "not yet begun"),
        ApprovalState::Ended => language.of("終了", "ended"),
        ApprovalState::Revoked => language.of("取消", "revoked"),
    }
}

fn purpose(purpose: Purpose, language: Language) -> &'static str {
    let ja = match purpose {
        Purpose::GeneralResearch => "研究一般",
        Purpose::BiomedicalResearch => "医学・生命科学研究",
        Purpose::DiseaseResearch => "特定の疾患の研究",
        Purpose::AncestryResearch => "集団・祖先の研究",
        Purpose::MethodsDevelopment => "手法の開発",
        Purpose::ClinicalCare => "診療",
        Purpose::Insurance => "保険",
        Purpose::Employment => "雇用",
        Purpose::LawEnforcement => "捜査",
        Purpose::ReIdentification => "再識別",
    };
    language.of(ja, purpose.as_str())
}
