//! A hand-written REDCap project with two records.

pub(crate) const DICTIONARY: &str = "\
Variable / Field Name,Form Name,Section Header,Field Type,Field Label,\"Choices, Calculations, OR Slider Labels\",Field Note,\
Text Validation Type OR Show Slider Number,Text Validation Min,Text Validation Max,Identifier?,Branching Logic (Show field only if...),\
Required Field?,Custom Alignment,Question Number (surveys only),Matrix Group Name,Matrix Ranking?,Field Annotation
record_id,demographics,,text,Record,,,,,,,,,,,,,
sex,demographics,,radio,Sex,\"1, Male | 2, Female\",,,,,,,,,,,,
birth_date,demographics,,text,Born,,,date_ymd,,,,,,,,,,
patient_name,demographics,,text,Name,,,,,,y,,,,,,,
dx_icd10,diagnosis,,text,ICD-10,,,,,,,,,,,,,
dx_term,diagnosis,,text,Term,,,,,,,,,,,,,
dx_status,diagnosis,,radio,Status,\"1, Confirmed | 2, Suspected\",,,,,,,,,,,,
dx_date,diagnosis,,text,Date,,,date_ymd,,,,,,,,,,
hpo_code,phenotype,,text,HPO,,,,,,,,,,,,,
hpo_term,phenotype,,text,Term,,,,,,,,,,,,,
hpo_present,phenotype,,radio,Present,\"1, Present | 0, Excluded\",,,,,,,,,,,,
lb_jlac10,labs,,text,JLAC10,,,,,,,,,,,,,
lb_test,labs,,text,Test,,,,,,,,,,,,,
lb_result,labs,,text,Result,,,,,,,,,,,,,
lb_unit,labs,,text,Unit,,,,,,,,,,,,,
lb_date,labs,,text,Date,,,date_ymd,,,,,,,,,,
sp_id,specimens,,text,Id,,,,,,,,,,,,,
sp_type,specimens,,radio,Type,\"1, Whole blood | 2, DNA | 3, Tissue (FFPE)\",,,,,,,,,,,,
sp_date,specimens,,text,Date,,,date_ymd,,,,,,,,,,
";

pub(crate) const HEADER: &str = "record_id,redcap_repeat_instrument,redcap_repeat_instance,sex,birth_date,patient_name,demographics_complete,\
dx_icd10,dx_term,dx_status,dx_date,hpo_code,hpo_term,hpo_present,lb_jlac10,lb_test,lb_result,lb_unit,lb_date,sp_id,sp_type,sp_date";

/// The rows of the export. One record is a woman, the other a man.
pub(crate) const ROWS: [&str; 9] = [
    "101,,,2,1984-03-17,\"山田, 花子\",2,,,,,,,,,,,,,,,",
    "101,diagnosis,1,,,,,K297,胃炎,1,2023-05-10,,,,,,,,,,,",
    "101,diagnosis,2,,,,,K25,胃潰瘍の疑い,2,2023-06,,,,,,,,,,,",
    "101,phenotype,1,,,,,,,,,HP:0001250,けいれん,0,,,,,,,,",
    "101,labs,1,,,,,,,,,,,,3A016000002327102,アルブミン,4.10,g/dL,2023-05-10,,,",
    "101,labs,2,,,,,,,,,,,,5C070000002306101,CRP,<0.1,mg/dL,2023-05-10,,,",
    "101,specimens,1,,,,,,,,,,,,,,,,,SP-0001,1,2023-05-11",
    "102,,,1,1990-12,鈴木一郎,2,,,,,,,,,,,,,,,",
    "102,labs,1,,,,,,,,,,,,5C070000002306101,CRP,少量,,2023-05-12,,,",
];

pub(crate) fn export(rows: &[&str]) -> String {
    let mut text = format!("{HEADER}\n");
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}
