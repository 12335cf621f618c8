//! `GET /`: the console page.

use gemj_tests::oracle::run;
use sha2::{Digest as _, Sha256};

use crate::small::{loaded, small};

/// A script with Python's HTML parser. It reports unclosed elements, and the elements, attributes and text of the page.
const PARSE: &str = r#"
import html.parser, json, sys
VOID = {"meta", "link", "br", "img", "input", "hr"}
class P(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(); self.stack = []; self.names = []; self.attributes = []; self.faults = []; self.text = []; self.style = ""
    def handle_starttag(self, name, attributes):
        self.names.append(name); self.attributes += [[name, k, v] for k, v in attributes]
        if name not in VOID: self.stack.append(name)
    def handle_startendtag(self, name, attributes):
        self.names.append(name); self.attributes += [[name, k, v] for k, v in attributes]
    def handle_endtag(self, name):
        if not self.stack or self.stack.pop() != name: self.faults.append(name)
    def handle_data(self, data):
        if self.stack and self.stack[-1] == "style": self.style += data
        else: self.text.append(data)
p = P(); p.feed(sys.stdin.read()); p.close()
print(json.dumps({"names": p.names, "attributes": p.attributes, "faults": p.faults + p.stack, "text": " ".join(p.text), "style": p.style}))
"#;

fn parsed(page: &[u8]) -> serde_json::Value {
    serde_json::from_slice(&run("python3", ["-c", PARSE], page)).unwrap()
}

#[test]
fn the_console_is_one_well_formed_page_without_scripts_or_external_resources() {
    let reply = small().served.client.get("/", None).expect(200);
    assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    let page = parsed(&reply.body);
    assert_eq!(page["faults"], serde_json::json!([]));
    let names: Vec<&str> = page["names"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    for forbidden in ["script", "link", "img", "iframe", "object", "embed", "form", "base"] {
        assert!(!names.contains(&forbidden), "{forbidden}");
    }
    for needed in ["html", "head", "title", "header", "h1", "main", "section", "table", "th"] {
        assert!(names.contains(&needed), "{needed}");
    }
    for attribute in page["attributes"].as_array().unwrap() {
        let name = attribute[1].as_str().unwrap();
        assert!(
            !name.starts_with("on") && !["src", "style", "srcset"].contains(&name),
            "{attribute}"
        );
    }
    let languages: Vec<&str> = page["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a[1] == "lang")
        .map(|a| a[2].as_str().unwrap())
        .collect();
    assert!(languages.contains(&"ja") && languages.contains(&"en"));
    // The Content-Security-Policy of the page allows only the page's own style, by its digest.
    let style = page["style"].as_str().unwrap();
    assert!(style.contains("prefers-color-scheme") && !style.contains("url(") && !style.contains("@import"));
    let digest = Sha256::digest(style.as_bytes());
    let script = "import base64,sys;print(base64.b64encode(bytes.fromhex(sys.argv[1])).decode(),end='')";
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    let encoded = String::from_utf8(run("python3", ["-c", script, hex.as_str()], b"")).unwrap();
    let policy = reply.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains(&format!("style-src 'sha256-{encoded}'")),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"));
}

#[test]
fn the_console_names_every_service_and_its_links_work() {
    let client = &small().served.client;
    let page = parsed(&client.get("/", None).expect(200).body);
    let text = page["text"].as_str().unwrap();
    let services = client.get("/services", None).expect(200).json();
    for service in services.as_array().unwrap() {
        assert!(text.contains(service["url"].as_str().unwrap()), "{service}");
    }
    let own: Vec<&str> = page["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|a| a[1] == "href" && a[2].as_str().unwrap().starts_with(&client.base))
        .map(|a| a[2].as_str().unwrap())
        .collect();
    assert_eq!(own.len(), services.as_array().unwrap().len());
    for url in own {
        let _ = client.get(url, None).expect(200);
    }
}

#[test]
fn the_console_shows_no_number_that_the_public_beacon_does_not_return() {
    let programme = loaded(gemj_tests::Backend::Embedded);
    let served = programme.serve();
    let shown = || {
        let page = parsed(&served.client.get("/", None).expect(200).body);
        page["text"].as_str().unwrap().to_owned()
    };
    // The explanation of the public tier contains the phrase "at least 10 families" once. Each dataset with at least 10 families contains it once
    // more.
    let told = |text: &str| text.matches("at least 10 families").count() - 1;
    // One dataset has twelve families, and the other dataset has none.
    let text = shown();
    assert!(told(&text) == 1 && text.contains("not shown"), "{text}");
    assert!(text.split(|c: char| !c.is_ascii_alphanumeric()).all(|word| word != "12"), "{text}");
    for number in [1, 2] {
        let _ = programme
            .run(&["consent", "withdraw", &gemj_tests::small_data::person(number)])
            .good();
        assert_eq!(told(&shown()), 1);
    }
    let _ = programme.run(&["consent", "withdraw", &gemj_tests::small_data::person(3)]).good();
    let text = shown();
    assert_eq!(told(&text), 0, "nine families are too few: {text}");
}
