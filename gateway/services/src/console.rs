//! The web page at `/`: the services, their addresses, and how to begin. The page is one document without scripts and without external
//! content.

mod html;
mod projects;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ga4gh_service_info::ExternalService;
use sha2::{Digest as _, Sha256};

use gemj_access::PublicNumber;

use crate::beacon::PublicRule;
use crate::registry::{Description, services};
use html::Html;

pub use projects::{ProjectLine, projects_json, projects_of, projects_page};

/// One dataset on the page, which is open to the public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetLine {
    /// The dataset's id.
    pub id: String,
    /// The dataset's display name.
    pub name: String,
    /// The dataset's description.
    pub description: String,
    /// The number of the dataset's participants, as far as it is public. Absent if a store is unavailable at the moment.
    pub people: Option<PublicNumber>,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--page:#fff;--mark:#f3f5f7;--link:#0b57a4}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--page:#0d1117;--mark:#161b22;--link:#79b8ff}}\
body{margin:0 auto;max-width:62rem;padding:1.5rem;background:var(--page);color:var(--ink);line-height:1.6;\
font-family:system-ui,'Hiragino Sans','Noto Sans CJK JP',sans-serif}\
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}h2 span+span,p span+span{color:var(--soft);margin-left:.6em}\
h2 span+span{font-weight:400}a{color:var(--link)}header p,footer{color:var(--soft)}\
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;\
border-bottom:1px solid var(--line)}th{font-weight:600}code,pre{font-family:ui-monospace,monospace;font-size:.9em}\
pre{background:var(--mark);border:1px solid var(--line);border-radius:6px;padding:.8rem;overflow-x:auto}";

/// The page's `Content-Security-Policy`: it permits only the page's own style, by its digest.
#[must_use]
pub fn content_security_policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
}

/// The web page as HTML. `public_k` is the minimum number of families behind a public "yes".
#[must_use]
pub fn page(about: &Description, datasets: &[DatasetLine], public_k: u32) -> String {
    document(about, "ja", &about.name, |html| {
        served(html, about);
        dataset_table(html, datasets, public_k);
        beginning(html, about);
        documents(html, about);
    })
}

/// A complete HTML document around the main content that `main` writes.
fn document(about: &Description, language: &'static str, title: &str, main: impl FnOnce(&mut Html)) -> String {
    let mut html = Html::new();
    html.open("html", &[("lang", language)]);
    html.open("head", &[]);
    html.void("meta", &[("charset", "utf-8")]);
    html.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
    html.element("title", &[], title);
    html.style(STYLE);
    html.close("head");
    html.open("body", &[]);
    header(&mut html, about);
    html.open("main", &[]);
    main(&mut html);
    html.close("main");
    html.close("body");
    html.close("html");
    html.finish()
}

fn header(html: &mut Html, about: &Description) {
    html.open("header", &[]);
    html.element("h1", &[], &about.name);
    html.open("p", &[]);
    html.text(&about.organization.name);
    html.text(" · gemj-gateway ");
    html.text(&about.version);
    html.close("p");
    html.close("header");
}

fn heading(html: &mut Html, id: &str, ja: &str, en: &str) {
    html.open("h2", &[("id", id)]);
    html.element("span", &[("lang", "ja")], ja);
    html.element("span", &[("lang", "en")], en);
    html.close("h2");
}

fn section(html: &mut Html, id: &str, ja: &str, en: &str, content: impl FnOnce(&mut Html)) {
    html.open("section", &[("aria-labelledby", id)]);
    heading(html, id, ja, en);
    content(html);
    html.close("section");
}

fn table(html: &mut Html, columns: &[(&str, &str)], rows: impl FnOnce(&mut Html)) {
    html.open("div", &[("class", "wide")]);
    html.open("table", &[]);
    html.open("thead", &[]);
    html.open("tr", &[]);
    for (ja, en) in columns {
        html.open("th", &[("scope", "col")]);
        html.element("span", &[("lang", "ja")], ja);
        html.text(" ");
        html.element("span", &[("lang", "en")], en);
        html.close("th");
    }
    html.close("tr");
    html.close("thead");
    html.open("tbody", &[]);
    rows(html);
    html.close("tbody");
    html.close("table");
    html.close("div");
}

fn served(html: &mut Html, about: &Description) {
    section(html, "served", "提供している規格", "What is served", |html| {
        let columns = [
            ("規格", "Standard"),
            ("版", "Version"),
            ("アドレス", "Address"),
            ("説明", "Description"),
        ];
        table(html, &columns, |html| {
            for service in services(about) {
                service_line(html, &service);
            }
        });
    });
}

fn service_line(html: &mut Html, service: &ExternalService) {
    let described = service.service();
    html.open("tr", &[]);
    html.open("td", &[]);
    html.text(&described.name);
    html.close("td");
    html.open("td", &[]);
    let kind = &described.service_type;
    html.text(&format!("{} {}", kind.artifact, kind.version));
    html.close("td");
    html.open("td", &[]);
    html.element("code", &[], service.url());
    html.close("td");
    html.open("td", &[]);
    html.link(&info_url(service), "service-info");
    html.close("td");
    html.close("tr");
}

/// The address of a registered service's `service-info`. The registered URL of a DRS or WES may end before the standardised path, which is
/// then added.
fn info_url(service: &ExternalService) -> String {
    let base = service.url().trim_end_matches('/');
    let kind = &service.service().service_type;
    let standardised = match (kind.group.as_str(), kind.artifact.as_str()) {
        ("org.ga4gh", "drs") if !base.ends_with("/ga4gh/drs/v1") => "/ga4gh/drs/v1",
        ("org.ga4gh", "wes") if !base.ends_with("/ga4gh/wes/v1") => "/ga4gh/wes/v1",
        _ => "",
    };
    format!("{base}{standardised}/service-info")
}

fn dataset_table(html: &mut Html, datasets: &[DatasetLine], public_k: u32) {
    section(html, "datasets", "公開データセット", "Datasets open to the public", |html| {
        let columns = [("データセット", "Dataset"), ("説明", "Description"), ("参加者", "Participants")];
        table(html, &columns, |html| {
            for dataset in datasets {
                html.open("tr", &[]);
                html.open("td", &[]);
                html.text(&dataset.name);
                html.text(" ");
                html.element("code", &[], &dataset.id);
                html.close("td");
                html.element("td", &[], &dataset.description);
                html.open("td", &[]);
                let (ja, en) = match dataset.people {
                    Some(PublicNumber::Families(k)) => (format!("{k}家族以上"), format!("at least {k} families")),
                    Some(PublicNumber::AtLeast(count)) => (format!("{count}人以上"), format!("at least {count} people")),
                    Some(PublicNumber::NotShown) => ("非表示".to_owned(), "not shown".to_owned()),
                    None => ("現在回答できません".to_owned(), "cannot be answered at the moment".to_owned()),
                };
                html.element("span", &[("lang", "ja")], &ja);
                html.text(" / ");
                html.element("span", &[("lang", "en")], &en);
                html.close("td");
                html.close("tr");
            }
        });
        html.open("p", &[]);
        html.element("span", &[("lang", "ja")], "表示は、公開Beaconが誰にでも答える範囲に限ります。");
        html.element(
            "span",
            &[("lang", "en")],
            "This page shows only numbers that the public Beacon returns to every caller.",
        );
        html.close("p");
        html.open("p", &[]);
        html.element("span", &[("lang", "ja")], &PublicRule(public_k).ja());
        html.element("span", &[("lang", "en")], &PublicRule(public_k).en());
        html.close("p");
    });
}

fn beginning(html: &mut Html, about: &Description) {
    section(html, "start", "はじめかた", "How to begin", |html| {
        let base = &about.base_url;
        let lines = format!(
            "curl -s '{base}/services'\n\
             curl -s '{base}/beacon/g_variants?assemblyId=GRCh38&referenceName=chr17&start=43044294&referenceBases=G&alternateBases=A'\n\
             curl -s -H \"Authorization: Bearer $TOKEN\" '{base}/ga4gh/drs/v1/objects/ID'\n\
             curl -s -H \"Authorization: Bearer $TOKEN\" '{base}/htsget/variants/ID?referenceName=chr17&start=43044294&end=43125483'"
        );
        html.open("pre", &[]);
        html.element("code", &[], &lines);
        html.close("pre");
        html.open("p", &[]);
        html.element(
            "span",
            &[("lang", "ja")],
            "TOKENはGA4GHパスポートのアクセストークン、IDはオブジェクトIDです。",
        );
        html.element(
            "span",
            &[("lang", "en")],
            "TOKEN is an access token with a GA4GH passport, ID the id of an object.",
        );
        html.close("p");
    });
}

fn documents(html: &mut Html, about: &Description) {
    section(html, "documents", "文書", "Documents", |html| {
        html.open("ul", &[]);
        for (url, name) in [
            ("https://samtools.github.io/hts-specs/htsget.html", "htsget"),
            ("https://docs.genomebeacons.org/", "Beacon v2"),
            ("https://ga4gh.github.io/data-repository-service-schemas/", "DRS"),
            ("https://hl7.org/fhir/R4/", "HL7 FHIR R4"),
            (about.organization.url.as_str(), about.organization.name.as_str()),
        ] {
            html.open("li", &[]);
            html.link(url, name);
            html.close("li");
        }
        html.open("li", &[]);
        html.element("span", &[("lang", "ja")], "承認された研究課題");
        html.text(" ");
        html.element("span", &[("lang", "en")], "Approved projects");
        html.text(" ");
        html.element("code", &[], &format!("{}/projects", about.base_url));
        html.close("li");
        if let Some(contact) = &about.contact_url {
            html.open("li", &[]);
            html.element("span", &[("lang", "ja")], "お問い合わせ");
            html.text(" ");
            html.link(contact, contact);
            html.close("li");
        }
        html.close("ul");
    });
}
