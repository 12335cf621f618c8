//! Tests that columns and tags of CRAM records that are not requested are absent from slices. All other data must equal the output of
//! samtools.

use gemj_model::{Assembly, FileFormat};
use gemj_objects::{ReadColumn, ReadFields, SliceRequest};

use crate::cram::{encode, material};
use crate::cram_to_bam::by_tag;
use crate::kit::*;

/// The lines of a SAM text with only the requested columns and tags.
fn expected(text: &str, fields: &ReadFields) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let mapped = columns[1].parse::<u16>().unwrap() & 4 == 0;
        let mut drop = |column, at: usize, value: &str| {
            if !fields.keeps(column) {
                columns[at] = value.to_owned();
            }
        };
        drop(ReadColumn::Qname, 0, "*");
        if mapped {
            drop(ReadColumn::Mapq, 4, "255");
        }
        drop(ReadColumn::Rnext, 6, "*");
        drop(ReadColumn::Pnext, 7, "0");
        drop(ReadColumn::Tlen, 8, "0");
        drop(ReadColumn::Seq, 9, "*");
        drop(ReadColumn::Qual, 10, "*");
        let mut at = 0;
        columns.retain(|column| {
            at += 1;
            at <= 11 || fields.keeps_tag([column.as_bytes()[0], column.as_bytes()[1]])
        });
        out.push_str(&columns.join("\t"));
        out.push('\n');
    }
    by_tag(&out)
}

fn tags(names: &[&[u8; 2]]) -> std::collections::BTreeSet<[u8; 2]> {
    names.iter().map(|name| **name).collect()
}

#[tokio::test]
async fn columns_and_tags_that_are_not_requested_are_removed() {
    let scratch = Bench::new().await;
    let material = material(&scratch, 700, 41);
    let bench = Bench::with_reference(Some(material.fasta.clone())).await;
    let columns = |list: &[ReadColumn]| Some(list.iter().copied().collect());
    use ReadColumn::*;
    let questions = [
        ReadFields {
            columns: columns(&[Qname, Flag, Rname, Pos, Cigar]),
            tags: Some(tags(&[])),
            ..ReadFields::default()
        },
        ReadFields {
            columns: columns(&[Flag, Seq, Qual]),
            ..ReadFields::default()
        },
        ReadFields {
            columns: columns(&[Seq, Tlen, Mapq]),
            tags: Some(tags(&[b"NM", b"RG"])),
            ..ReadFields::default()
        },
        ReadFields {
            columns: columns(&[Pos, Rnext]),
            without_tags: tags(&[b"MD", b"NM", b"BX"]),
            ..ReadFields::default()
        },
        ReadFields {
            columns: columns(&[Pos, Pnext]),
            ..ReadFields::default()
        },
        ReadFields {
            without_tags: tags(&[b"MD"]),
            ..ReadFields::default()
        },
        ReadFields {
            tags: Some(tags(&[b"MD", b"ZZ"])),
            ..ReadFields::default()
        },
    ];
    let layouts: [(&str, &[&str]); 4] = [
        ("plain", &["seqs_per_slice=100"]),
        ("mixed", &["multi_seq_per_slice=1", "seqs_per_slice=400"]),
        ("none", &["no_ref=1"]),
        ("stored", &["store_md=1", "store_nm=1", "embed_ref=1"]),
    ];
    for (name, options) in layouts {
        let cram = encode(&bench, &material, name, options);
        let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
        let grant = full_grant(&object);
        run("samtools", &["index", cram.to_str().unwrap()]);
        let reference = material.fasta.to_str().unwrap();
        for (number, fields) in questions.iter().enumerate() {
            for (regions, words) in [
                (vec![region("chrA", 2_000, Some(20_000))], Some("chrA:2001-20000")),
                (Vec::new(), None),
            ] {
                for output in [FileFormat::Cram, FileFormat::Bam] {
                    let request = SliceRequest {
                        regions: regions.clone(),
                        output: Some(output),
                        fields: fields.clone(),
                        ..SliceRequest::default()
                    };
                    let slice = bench.file("fields", &bench.slice(&grant, &object, &request).await.unwrap());
                    let slice = slice.to_str().unwrap();
                    run("samtools", &["quickcheck", slice]);
                    let mut ours = by_tag(&run("samtools", &["view", "-T", reference, slice]));
                    let mut all = vec!["view", "-T", reference, cram.to_str().unwrap()];
                    all.extend(words);
                    // A reader of a CRAM file generates MD and NM from the bases. If MD or NM is requested, CRAM slices therefore keep the
                    // bases.
                    let makes_up = name != "none" && (fields.keeps_tag(*b"MD") || fields.keeps_tag(*b"NM"));
                    if makes_up && output == FileFormat::Cram {
                        ours = expected(&ours, fields);
                    }
                    let theirs = expected(&run("samtools", &all), fields);
                    assert!(
                        ours == theirs,
                        "{name} {number} {output:?}: {}",
                        crate::bam::difference(&ours, &theirs)
                    );
                    if !fields.keeps(Seq) && !makes_up && output == FileFormat::Cram {
                        // A CRAM slice without bases needs no reference.
                        assert_eq!(by_tag(&run("samtools", &["view", slice])), theirs);
                    }
                }
            }
        }
    }
}
