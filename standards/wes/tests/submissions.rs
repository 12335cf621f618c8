//! Tests of RunWorkflow forms (valid and hostile), of pages and of ids.
#![allow(clippy::unwrap_used)]

use std::num::NonZeroU32;

use ga4gh_wes::{
    AttachmentName, AttachmentNameError, BadRequest, FormPart, PageRequest, PageSizes, RunId, RunSubmission, SubmissionLimits, TaskId,
    WesError, WorkflowSource, WorkflowSourceError, parse_run_workflow,
};
use proptest::prelude::*;

fn part(name: &str, text: impl AsRef<[u8]>) -> FormPart {
    FormPart {
        name: name.to_owned(),
        filename: None,
        content_type: None,
        bytes: text.as_ref().to_vec(),
    }
}

fn file(name: &str) -> FormPart {
    FormPart {
        filename: Some(name.to_owned()),
        content_type: Some("application/octet-stream".to_owned()),
        ..part("workflow_attachment", "cwlVersion: v1.2")
    }
}

fn minimal() -> Vec<FormPart> {
    vec![
        part("workflow_type", "CWL"),
        part("workflow_type_version", "v1.2"),
        part("workflow_url", "wf.cwl"),
        file("wf.cwl"),
    ]
}

fn parse(parts: Vec<FormPart>) -> Result<RunSubmission, WesError> {
    parse_run_workflow(parts, &SubmissionLimits::default())
}

fn parse_with(more: impl IntoIterator<Item = FormPart>) -> Result<RunSubmission, WesError> {
    parse(minimal().into_iter().chain(more).collect())
}

fn with_url(url: &str, files: &[&str]) -> Result<WorkflowSource, WesError> {
    let mut parts = vec![
        part("workflow_type", "CWL"),
        part("workflow_type_version", "v1.2"),
        part("workflow_url", url),
    ];
    parts.extend(files.iter().map(|name| file(name)));
    parse(parts).map(|submission| submission.source)
}

#[test]
fn a_form_parses_with_its_parts_in_any_order() {
    let mut parts = minimal();
    // Python's requests library sends a filename with every part, also with text fields.
    parts.push(FormPart {
        filename: Some("workflow_params".to_owned()),
        ..part("workflow_params", r#"{"a": 1}"#)
    });
    parts.push(part("tags", r#"{"k": "v"}"#));
    parts.push(file("lib/tool.cwl"));
    let forward = parse(parts.clone()).unwrap();
    parts.reverse();
    let mut backward = parse(parts).unwrap();
    backward.attachments.reverse();
    assert_eq!(forward, backward);
    assert_eq!(forward.request.workflow_type, "CWL");
    assert_eq!(forward.request.workflow_params["a"], 1);
    assert_eq!(forward.request.tags["k"], "v");
    assert_eq!(forward.attachments[1].name.as_str(), "lib/tool.cwl");
    assert_eq!(forward.attachments[1].bytes, b"cwlVersion: v1.2");
    assert!(parse(minimal()).unwrap().request.workflow_params.is_empty());
}

#[test]
fn hostile_attachment_names_are_rejected_and_never_renamed() {
    use AttachmentNameError::{
        Absolute, Backslash, ControlCharacter, DirectoryConflict, DotSegment, Duplicate, Empty, EmptySegment, Missing, TooLong,
        UrlCharacter,
    };
    let deep = vec!["d"; 17].join("/");
    let long_segment = "x".repeat(256);
    let long = vec!["x".repeat(200); 3].join("/");
    for (name, reason) in [
        ("", Empty),
        ("/", Absolute),
        ("/etc/passwd", Absolute),
        ("//wf.cwl", Absolute),
        ("..", DotSegment),
        (".", DotSegment),
        ("../../../../evil.txt", DotSegment),
        ("a/../b", DotSegment),
        ("a/..", DotSegment),
        ("./wf2.cwl", DotSegment),
        ("a//b", EmptySegment),
        ("a/", EmptySegment),
        ("..\\evil", Backslash),
        ("C:\\evil", UrlCharacter),
        ("a\\b", Backslash),
        ("a\0b", ControlCharacter),
        ("a\nb", ControlCharacter),
        ("a\u{85}b", ControlCharacter),
        ("\u{7f}", ControlCharacter),
        ("%2e%2e/x", UrlCharacter),
        ("file:x", UrlCharacter),
        ("a#b", UrlCharacter),
        ("a?b", UrlCharacter),
        ("wf.cwl", Duplicate),
        ("wf.cwl/x", DirectoryConflict),
        (&deep, TooLong),
        (&long_segment, TooLong),
        (&long, TooLong),
    ] {
        let index = 1;
        assert_eq!(
            parse_with([file(name)]),
            Err(BadRequest::Attachment { index, reason }.into()),
            "{name:?}"
        );
    }
    assert_eq!(
        parse_with([part("workflow_attachment", "x")]),
        Err(BadRequest::Attachment { index: 1, reason: Missing }.into())
    );
    assert_eq!(
        parse_with([file("d/e/f"), file("d")]),
        Err(BadRequest::Attachment {
            index: 1,
            reason: DirectoryConflict
        }
        .into())
    );
    for good in [
        "a",
        "a/b",
        ".hidden",
        "...",
        "..a",
        "-x",
        "検体/一覧.txt",
        "a b",
        "wf.cwl2",
        "WF.CWL",
    ] {
        assert_eq!(parse_with([file(good)]).unwrap().attachments[1].name.as_str(), good);
    }
}

#[test]
fn absent_required_fields_and_repeated_fields_are_rejected() {
    for (index, field) in ["workflow_type", "workflow_type_version", "workflow_url"].into_iter().enumerate() {
        let mut parts = minimal();
        parts.remove(index);
        assert_eq!(parse(parts), Err(BadRequest::MissingField { field }.into()));
        let mut parts = minimal();
        parts[index].bytes.clear();
        assert_eq!(parse(parts), Err(BadRequest::EmptyField { field }.into()));
        assert_eq!(parse_with([part(field, "x")]), Err(BadRequest::RepeatedField { field }.into()));
        let mut parts = minimal();
        parts[index].bytes = b"a\nb".to_vec();
        assert_eq!(parse(parts), Err(BadRequest::NotText { field }.into()));
        let mut parts = minimal();
        parts[index].bytes = vec![0xff];
        assert_eq!(parse(parts), Err(BadRequest::NotText { field }.into()));
    }
    let again = || part("workflow_params", "{}");
    assert_eq!(
        parse_with([again(), again()]),
        Err(BadRequest::RepeatedField { field: "workflow_params" }.into())
    );
    for name in ["workflow_parms", "", "Workflow_Type", "workflow_attachments", "workflow_descriptor"] {
        assert_eq!(
            parse_with([part(name, "x")]),
            Err(BadRequest::UnknownField { index: 4 }.into()),
            "{name}"
        );
    }
}

#[test]
fn an_engine_version_requires_the_engine() {
    let version = || part("workflow_engine_version", "3");
    assert_eq!(parse_with([version()]), Err(BadRequest::EngineVersionWithoutEngine.into()));
    let both = parse_with([version(), part("workflow_engine", "cwltool")]).unwrap().request;
    assert_eq!(
        (both.workflow_engine.as_deref(), both.workflow_engine_version.as_deref()),
        (Some("cwltool"), Some("3"))
    );
    assert!(parse_with([part("workflow_engine", "cwltool")]).is_ok());
}

#[test]
fn json_fields_must_be_objects_and_maps_must_contain_strings() {
    for field in ["workflow_params", "tags", "workflow_engine_parameters"] {
        for other in ["null", "[]", "1", "\"x\"", "true"] {
            assert_eq!(parse_with([part(field, other)]), Err(BadRequest::NotAnObject { field }.into()));
        }
        for broken in ["", "{", "{}{}", "{'a': 1}", "{\"a\": NaN}"] {
            let outcome = parse_with([part(field, broken)]);
            assert!(
                matches!(outcome, Err(WesError::BadRequest(BadRequest::NotJson { .. }))),
                "{broken}: {outcome:?}"
            );
        }
        let nested = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        assert!(parse_with([part(field, nested)]).is_err(), "too deep");
    }
    for field in ["tags", "workflow_engine_parameters"] {
        for other in ["{\"a\": 1}", "{\"a\": null}", "{\"a\": [\"x\"]}", "{\"a\": {}}"] {
            assert_eq!(parse_with([part(field, other)]), Err(BadRequest::NotStrings { field }.into()));
        }
    }
}

#[test]
fn a_request_above_a_limit_is_rejected_with_the_limit() {
    let limits = SubmissionLimits {
        attachments: 2,
        attachment_bytes: 20,
        total_bytes: 100,
        field_bytes: 30,
        map_entries: 2,
        map_text_bytes: 3,
    };
    let parse_with = |more: Vec<FormPart>| parse_run_workflow(minimal().into_iter().chain(more).collect(), &limits);
    let too_large = |limit, unit| Err(WesError::RequestTooLarge { limit, unit });
    let sized = |count: usize| FormPart {
        bytes: vec![b'x'; count],
        ..file("x")
    };
    assert!(parse_with(vec![sized(20)]).is_ok());
    assert_eq!(parse_with(vec![sized(21)]), too_large(20, "bytes"));
    assert_eq!(parse_with(vec![sized(90)]), too_large(100, "bytes"));
    assert_eq!(parse_with(vec![sized(1), sized(1)]), too_large(2, "attachments"));
    let field = "tags";
    let refused = |limit, unit| Err(BadRequest::FieldTooLarge { field, limit, unit }.into());
    assert_eq!(parse_with(vec![part(field, vec![b' '; 31])]), refused(30, "bytes"));
    assert_eq!(parse_with(vec![part(field, r#"{"a":"","b":"","c":""}"#)]), refused(2, "entries"));
    assert_eq!(parse_with(vec![part(field, r#"{"a":"1234"}"#)]), refused(3, "bytes"));
    assert_eq!(parse_with(vec![part(field, r#"{"1234":"a"}"#)]), refused(3, "bytes"));
    assert!(parse_with(vec![part(field, r#"{"a":"123","b":""}"#)]).is_ok());
}

#[test]
fn a_workflow_is_an_attached_file_or_an_https_or_trs_url() {
    let attached = |name: &str, fragment: Option<&str>| {
        Ok(WorkflowSource::Attachment {
            name: AttachmentName::parse(name).unwrap(),
            fragment: fragment.map(str::to_owned),
        })
    };
    assert_eq!(with_url("wf.cwl", &["x", "wf.cwl"]), attached("wf.cwl", None));
    assert_eq!(with_url("a/wf.cwl#main", &["a/wf.cwl"]), attached("a/wf.cwl", Some("main")));
    assert_eq!(with_url("a%20b.cwl", &["a b.cwl"]), attached("a b.cwl", None));
    assert_eq!(with_url("a b.cwl", &["a b.cwl"]), attached("a b.cwl", None));
    assert_eq!(with_url("%E6%A4%9C.cwl", &["検.cwl"]), attached("検.cwl", None));
    for url in ["https://example.org/wf.cwl", "HTTPS://example.org:8443/a?b#c"] {
        assert_eq!(with_url(url, &[]), Ok(WorkflowSource::Https { url: url.to_owned() }));
    }
    assert_eq!(
        with_url("trs://TRS.example.org/%23workflow%2Fx/1.0", &[]),
        Ok(WorkflowSource::Trs {
            server: "trs.example.org".to_owned(),
            id: "#workflow/x".to_owned(),
            version: "1.0".to_owned(),
        })
    );
}

#[test]
fn other_workflow_urls_are_rejected_with_the_reason() {
    use WorkflowSourceError::{Character, Https, LeadingHyphen, NotAttached, Scheme, TooLong, Trs};
    let long = format!("https://h.example/{}", "x".repeat(2031));
    for (url, reason) in [
        ("--version", LeadingHyphen),
        ("-", LeadingHyphen),
        ("%2d-version", LeadingHyphen),
        ("file:///etc/passwd", Scheme),
        ("FILE:/etc/passwd", Scheme),
        ("http://example.org/wf.cwl", Scheme),
        ("s3://b/k", Scheme),
        ("drs://h/x", Scheme),
        ("data:text/plain,x", Scheme),
        ("javascript:x", Scheme),
        ("/etc/passwd", NotAttached),
        ("../wf.cwl", NotAttached),
        ("./wf.cwl", NotAttached),
        ("WF.cwl", NotAttached),
        ("wf.cwl?x", NotAttached),
        ("wf.cwl/", NotAttached),
        ("%ff", NotAttached),
        ("//example.org/wf.cwl", NotAttached),
        ("#main", NotAttached),
        ("wf.cwl#", Character),
        ("wf.cwl#a b", Character),
        ("..\\wf.cwl", Character),
        ("https:example.org/x", Https),
        ("https:///x", Https),
        ("https://user:pw@example.org/x", Https),
        ("https://:443/x", Https),
        ("https://example.org/a b", Character),
        ("trs://", Trs),
        ("trs://h/x", Trs),
        ("trs://h/x/1/more", Trs),
        ("trs://h//1", Trs),
        ("trs://h/../1", Trs),
        ("trs://h/x/%00", Trs),
        ("trs://u@h/x/1", Trs),
        (&long, TooLong),
    ] {
        let expected = if url == long {
            // The length limit of the field applies before the URL is parsed.
            Err(BadRequest::NotText { field: "workflow_url" }.into())
        } else {
            Err(BadRequest::WorkflowUrl(reason).into())
        };
        assert_eq!(with_url(url, &["wf.cwl", "-"]), expected, "{url}");
    }
}

#[test]
fn errors_repeat_no_part_of_the_form() {
    for outcome in [
        parse_with([part("SECRET", "SECRET")]),
        parse_with([part("workflow_params", "SECRET")]),
        parse_with([file("../SECRET")]),
        with_url("file:SECRET", &[]).map(|_| unreachable!()),
    ] {
        let error = outcome.unwrap_err();
        assert!(!error.to_string().contains("SECRET") && !format!("{error:?}").contains("SECRET"));
    }
    assert!(!format!("{:?}", part("SECRET", "SECRET")).contains("SECRET"));
    let shown = format!(
        "{:?}",
        parse_with([file("SECRET"), part("tags", r#"{"SECRET": "SECRET"}"#)]).unwrap()
    );
    assert!(!shown.contains("SECRET"), "{shown}");
}

fn page(pairs: &[(&str, &str)]) -> Result<(u32, Option<String>), BadRequest> {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let sizes = PageSizes {
        default: NonZeroU32::new(10).unwrap(),
        max: NonZeroU32::new(100).unwrap(),
    };
    let page = PageRequest::from_query(&pairs, sizes)?;
    Ok((page.size.get(), page.token.map(|token| token.as_str().to_owned())))
}

#[test]
fn a_page_request_parses_size_and_token() {
    assert_eq!(page(&[]), Ok((10, None)));
    assert_eq!(
        page(&[("page_size", "3"), ("page_token", "abc"), ("other", "x")]),
        Ok((3, Some("abc".to_owned())))
    );
    assert_eq!(page(&[("page_size", "101")]), Ok((100, None)), "a server may return fewer");
    assert_eq!(page(&[("page_size", "9223372036854775807")]), Ok((100, None)), "the largest int64");
    assert_eq!(
        page(&[("page_token", "")]),
        Ok((10, None)),
        "the token of the last page requests the first page"
    );
    for size in ["", "0", "-1", "+1", "1.0", " 1", "1e1", "x", "9223372036854775808"] {
        assert_eq!(page(&[("page_size", size)]), Err(BadRequest::PageSize), "{size:?}");
    }
    for token in ["a b", "a\n", "é", &"x".repeat(513)] {
        assert_eq!(page(&[("page_token", token)]), Err(BadRequest::PageToken));
    }
    for parameter in ["page_size", "page_token"] {
        assert_eq!(
            page(&[(parameter, "1"), (parameter, "1")]),
            Err(BadRequest::ParameterRepeated { parameter })
        );
    }
}

#[test]
fn an_id_is_safe_in_a_path_and_a_file_name() {
    for good in ["a", "0192-aBc_.~", "..."] {
        assert_eq!(RunId::parse(good).unwrap().as_str(), good);
        assert_eq!(TaskId::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", ".", "..", "a/b", "a b", "é", "a%2f", "a\0", &"x".repeat(129)] {
        assert_eq!(RunId::parse(bad), None);
        assert_eq!(TaskId::parse(bad), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn any_name_is_rejected_or_stays_below_its_directory(name in r"[a./\\: \x00é%-]{0,12}|\PC*") {
        if let Ok(parsed) = AttachmentName::parse(&name) {
            prop_assert_eq!(parsed.as_str(), &name);
            // The independent check is the standard library's own parser of paths.
            let path = std::path::Path::new(&name);
            prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
            prop_assert_eq!(path.components().count(), name.split('/').count());
        }
    }

    #[test]
    fn mutated_forms_are_rejected_or_well_formed(
        which in 0usize..8, at in 0usize..200, byte in any::<u8>(), cut in any::<bool>(), in_name in any::<bool>()
    ) {
        let mut parts = minimal();
        parts.extend([
            part("workflow_params", r#"{"reads": {"class": "File", "location": "drs://drs.example/x"}}"#),
            part("tags", r#"{"a": "b"}"#),
            part("workflow_engine", "cwltool"),
            part("workflow_engine_version", "3.3"),
        ]);
        let target = &mut parts[which];
        let mut bytes = if in_name { target.filename.clone().unwrap_or_default().into_bytes() } else { target.bytes.clone() };
        if cut {
            bytes.truncate(at);
        } else if at < bytes.len() {
            bytes[at] = byte;
        } else {
            bytes.push(byte);
        }
        if in_name {
            target.filename = Some(String::from_utf8_lossy(&bytes).into_owned());
        } else {
            target.bytes = bytes;
        }
        if let Ok(submission) = parse(parts) {
            prop_assert!(!submission.request.workflow_url.starts_with('-'));
            prop_assert!(!submission.request.workflow_type.is_empty());
            if let WorkflowSource::Attachment { name, .. } = submission.source {
                prop_assert!(submission.attachments.iter().any(|attachment| attachment.name == name));
            }
        }
    }
}
