//! `fields`, `tags` and `notags` select the columns and tags of reads in a slice.

use gemj_tests::oracle::{sam_records, samtools};
use serde_json::json;

use super::ticket_requests::{TicketRequests, path_of, refused};

/// The columns of SAM text, and the tags of each line.
fn columns_and_tags(text: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let split = |line: &str| {
        let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let tags = columns.split_off(11);
        (columns, tags)
    };
    text.lines().map(split).collect()
}

/// The values of the SAM columns that mean "no information" (SAM specification § 1.4).
const NOTHING: [&str; 11] = ["*", "0", "*", "0", "255", "*", "*", "0", "0", "*", "*"];

const COLUMNS: [&str; 11] = [
    "QNAME", "FLAG", "RNAME", "POS", "MAPQ", "CIGAR", "RNEXT", "PNEXT", "TLEN", "SEQ", "QUAL",
];

#[test]
fn fields_keep_the_named_columns_and_blank_the_others() {
    for (name, output) in [("spliced", "BAM"), ("multi-slice", "CRAM"), ("multi-slice", "BAM")] {
        let (asking, path) = (TicketRequests::reads(name), path_of(name));
        let region = "referenceName=synth1&start=100000&end=400000";
        let original = columns_and_tags(&samtools(["view", &path, "synth1:100001-400000"]));
        assert!(original.len() > 50);
        for fields in [
            "QNAME",
            "QNAME,FLAG,RNAME,POS",
            "RNAME,POS,MAPQ,CIGAR",
            "SEQ,QUAL",
            "SEQ",
            "QUAL",
            "TLEN,RNEXT,PNEXT",
        ] {
            let served = columns_and_tags(&sam_records(&asking.bytes(&format!("format={output}&{region}&fields={fields}"))));
            assert_eq!(served.len(), original.len(), "{name} {output} {fields}");
            let wanted: Vec<&str> = fields.split(',').collect();
            for ((columns, tags), (whole, whole_tags)) in served.iter().zip(&original) {
                for (at, column) in COLUMNS.into_iter().enumerate() {
                    // If RNAME is not requested, RNEXT contains the name of the reference instead of "=".
                    let kept = columns[at] == whole[at] || (column == "RNEXT" && whole[at] == "=" && columns[at] == whole[2]);
                    // A column that was not requested either has its original value or the value for "no information".
                    let nothing =
                        columns[at] == NOTHING[at] || (column == "FLAG" && whole[at].parse::<u16>().is_ok()) || columns[at] == "0";
                    assert!(
                        kept || (!wanted.contains(&column) && nothing),
                        "{name} {output} {fields}: {column} is {}",
                        columns[at]
                    );
                }
                assert!(
                    columns[9] != "*" || columns[10] == "*",
                    "{name} {fields}: qualities are present without bases"
                );
                assert_eq!(tags.len(), whole_tags.len(), "{name} {output} {fields}: tags are not columns");
            }
            if !wanted.contains(&"SEQ") && !wanted.contains(&"QUAL") {
                assert!(
                    served.iter().all(|(columns, _)| columns[9] == "*" && columns[10] == "*"),
                    "{name} {output} {fields}: bases are not left out"
                );
            }
        }
        refused(&asking.get(&format!("format={output}&fields=QNAME,NOPE")), 400, "InvalidInput");
    }
}

#[test]
fn tags_and_notags_select_the_tags() {
    for (name, output) in [("spliced", "BAM"), ("multi-slice", "CRAM"), ("multi-slice", "BAM")] {
        let (asking, path) = (TicketRequests::reads(name), path_of(name));
        let region = "referenceName=synth1&start=100000&end=400000";
        let original = columns_and_tags(&samtools(["view", &path, "synth1:100001-400000"]));
        let keeps = |query: &str, wanted: &[&str]| {
            let served = columns_and_tags(&sam_records(&asking.bytes(&format!("format={output}&{region}&{query}"))));
            assert_eq!(served.len(), original.len(), "{name} {output} {query}");
            for ((columns, tags), (whole, whole_tags)) in served.iter().zip(&original) {
                assert_eq!(columns, whole, "{name} {output} {query}");
                let mut left: Vec<&String> = whole_tags.iter().filter(|tag| wanted.contains(&&tag[..2])).collect();
                let mut tags: Vec<&String> = tags.iter().collect();
                left.sort();
                tags.sort();
                assert_eq!(tags, left, "{name} {output} {query}");
            }
        };
        keeps("tags=", &[]);
        keeps("tags=RG", &["RG"]);
        keeps("tags=NM,XS", &["NM", "XS"]);
        keeps("tags=ZZ", &[]);
        keeps("notags=", &["RG", "NM", "XS"]);
        keeps("notags=NM", &["RG", "XS"]);
        keeps("notags=RG,XS", &["NM"]);
        keeps("tags=NM,RG&notags=XS", &["NM", "RG"]);
        keeps("tags=&notags=XS", &[]);
        let none = asking
            .posted(&json!({"format": output, "tags": [], "regions": [{"referenceName": "synth1", "start": 100_000, "end": 400_000}]}));
        assert!(
            columns_and_tags(&sam_records(&none)).iter().all(|(_, tags)| tags.is_empty()),
            "{name}: tags: []"
        );
        refused(&asking.get(&format!("format={output}&tags=NM&notags=NM")), 400, "InvalidInput");
        refused(
            &asking.post(&json!({"format": output, "tags": ["NM"], "notags": ["XS", "NM"]})),
            400,
            "InvalidInput",
        );
    }
}
