//! The parts of a file's header that a slice contains, and the parts that it must not contain.

/// Compares the header of a slice of reads, as SAM text, with the header of the file (both as samtools prints them).
///
/// References and read groups must equal those of the file. Sample names must be pseudonyms. Command lines and comments, which could name a
/// participant, must be absent.
///
/// # Errors
/// The first difference or forbidden part.
pub(crate) fn slice_header_is_right(served: &str, original: &str) -> Result<(), String> {
    let of = |text: &str, kinds: &[&str]| -> Vec<String> {
        text.lines().filter(|line| kinds.contains(&&line[..3])).map(str::to_owned).collect()
    };
    let kinds = ["@HD", "@SQ"];
    // The location of a reference sequence (`UR`) is a path at the institution, so a slice must not contain it.
    let without_place = |line: &String| {
        line.split('\t')
            .filter(|field| !field.starts_with("UR:"))
            .collect::<Vec<_>>()
            .join("\t")
    };
    let wanted: Vec<String> = of(original, &kinds).iter().map(without_place).collect();
    if of(served, &kinds) != wanted {
        return Err(format!("other @HD or @SQ lines: {served}"));
    }
    let groups = |text: &str| -> Vec<Option<String>> { of(text, &["@RG"]).iter().map(|line| field(line, "ID")).collect() };
    if groups(served) != groups(original) {
        return Err(format!("other read groups: {served}"));
    }
    for line in of(served, &["@RG"]) {
        if field(&line, "SM").is_some_and(|name| !is_pseudonym(&name)) {
            return Err(format!("a sample is named: {line}"));
        }
    }
    if of(served, &["@PG"]).iter().any(|line| field(line, "CL").is_some()) {
        return Err(format!("a command line is shown: {served}"));
    }
    if !of(served, &["@CO"]).is_empty() {
        return Err(format!("a comment is shown: {served}"));
    }
    let names = of(original, &["@RG"]);
    let named = names
        .iter()
        .filter_map(|line| field(line, "SM"))
        .find(|name| served.contains(name.as_str()));
    match named {
        Some(_) => Err("the header contains a sample's name".to_owned()),
        None => Ok(()),
    }
}

/// The value of a tag in a header line.
fn field(line: &str, tag: &str) -> Option<String> {
    let mut fields = line.split('\t').skip(1);
    fields.find_map(|field| field.strip_prefix(tag)?.strip_prefix(':').map(str::to_owned))
}

fn is_pseudonym(name: &str) -> bool {
    let digits = name.strip_prefix("P-");
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}
