//! The name under which a client stores a downloaded file.

use gemj_model::{FileFormat, ObjectId};

/// The file's id with the extension of its format. The programme's own file names contain sample names and are never shown; the id is already
/// a pseudonym.
#[must_use]
pub fn file_name(id: &ObjectId, format: FileFormat) -> String {
    let extension = match format {
        FileFormat::Bam => "bam",
        FileFormat::Cram => "cram",
        FileFormat::Vcf => "vcf.gz",
        FileFormat::Bcf => "bcf",
    };
    let portable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let stem: String = id.as_str().chars().map(|c| if portable(c) { c } else { '_' }).collect();
    format!("{stem}.{extension}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_is_the_id_with_the_extension_that_tools_expect() {
        let id = ObjectId::parse("gemj.0a").unwrap();
        let names = [FileFormat::Bam, FileFormat::Cram, FileFormat::Vcf, FileFormat::Bcf].map(|format| file_name(&id, format));
        assert_eq!(names, ["gemj.0a.bam", "gemj.0a.cram", "gemj.0a.vcf.gz", "gemj.0a.bcf"]);
    }
}
