//! Measures queries to the carrier index, and the same queries to SQLite with one blob for each variant. Both stores contain the same
//! synthetic participants. `scripts/bench-beacon` runs this program. Every line of output is a name, a tab and a value; times are in
//! nanoseconds.
//!
//! * `carrier_bench people FOLDER PEOPLE VARIANTS`: writes the participants as `people.vcf`, the genotypes as `rows.csv`, the participants with
//!   consent as `consented.txt`, and the queries as `questions.tsv`.
//! * `carrier_bench answer FOLDER PEOPLE`: reads `people.bcf` into a segment, runs `questions.tsv` against both stores and prints every answer.
//! * `carrier_bench large FOLDER PEOPLE VARIANTS`: builds a segment and a database without a VCF and measures queries to both.
//! * `carrier_bench ingest FILE PEOPLE`: reads a VCF or BCF into a segment.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

mod answer;
mod files;
mod large;
mod population;
mod programme;
mod segment_file;
mod sqlite_blobs;
mod times;

use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments[at].parse::<u64>().unwrap();
    let folder = || Path::new(&arguments[1]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    match arguments.first().map(String::as_str) {
        Some("people") => files::write(folder(), u32::try_from(number(2)).unwrap(), number(3)),
        Some("answer") => runtime.block_on(answer::answer(folder(), u32::try_from(number(2)).unwrap())),
        Some("large") => runtime.block_on(large::measure(folder(), u32::try_from(number(2)).unwrap(), number(3))),
        Some("ingest") => {
            segment_file::ingest(folder(), u32::try_from(number(2)).unwrap());
        }
        _ => eprintln!("carrier_bench people|answer|large|ingest …: see the first lines of its source"),
    }
}
