//! The definitions of the study in ODM: event, forms, item groups, items, code lists (ODM 1.3.2 § 3.1.1).

use std::fmt::Write;

/// The OID of the definitions (`MetaDataVersion`).
pub(super) const METADATA_VERSION: &str = "MDV.1";

/// The OID of the study's only event.
pub(super) const EVENT: &str = "SE.REGISTRATION";

/// The definition of an item: OID, name, data type, length if the type has one, and code list.
struct Item {
    oid: &'static str,
    name: &'static str,
    data_type: &'static str,
    length: Option<u8>,
    code_list: Option<&'static str>,
}

/// The definition of an item group: OID, name, whether the group repeats, and items. Each item group has its own form.
struct ItemGroup {
    oid: &'static str,
    name: &'static str,
    repeating: bool,
    items: &'static [Item],
}

/// The definition of a code list: OID, data type, and codes with their meanings.
struct CodeList {
    oid: &'static str,
    data_type: &'static str,
    codes: &'static [(&'static str, &'static str)],
}

const fn text(oid: &'static str, name: &'static str, length: u8) -> Item {
    Item {
        oid,
        name,
        data_type: "text",
        length: Some(length),
        code_list: None,
    }
}

const fn date(oid: &'static str, name: &'static str) -> Item {
    Item {
        oid,
        name,
        data_type: "date",
        length: None,
        code_list: None,
    }
}

const fn coded(item: Item, data_type: &'static str, code_list: &'static str) -> Item {
    Item {
        data_type,
        code_list: Some(code_list),
        ..item
    }
}

const GROUPS: [ItemGroup; 5] = [
    ItemGroup {
        oid: "IG.DM",
        name: "Demographics",
        repeating: false,
        items: &[
            coded(text("IT.SEX", "Sex", 1), "integer", "CL.SEX"),
            date("IT.BRTHDAT", "Date of birth"),
        ],
    },
    ItemGroup {
        oid: "IG.DX",
        name: "Diagnosis",
        repeating: true,
        items: &[
            text("IT.DX.ICD10", "ICD-10 code", 6),
            text("IT.DX.TERM", "Diagnosis", 100),
            coded(text("IT.DX.STATUS", "Status", 9), "text", "CL.STATUS"),
            date("IT.DX.DATE", "Date of diagnosis"),
        ],
    },
    ItemGroup {
        oid: "IG.HPO",
        name: "Phenotype",
        repeating: true,
        items: &[
            text("IT.HPO.CODE", "HPO term", 10),
            text("IT.HPO.TERM", "Label", 200),
            coded(text("IT.HPO.PRESENT", "Present", 1), "text", "CL.YN"),
        ],
    },
    ItemGroup {
        oid: "IG.LB",
        name: "Laboratory",
        repeating: true,
        items: &[
            text("IT.LB.JLAC10", "JLAC10 code", 17),
            text("IT.LB.TEST", "Test", 100),
            text("IT.LB.RESULT", "Result", 50),
            text("IT.LB.UNIT", "Unit", 20),
            date("IT.LB.DATE", "Date of sampling"),
        ],
    },
    ItemGroup {
        oid: "IG.SP",
        name: "Specimens",
        repeating: true,
        items: &[
            text("IT.SP.ID", "Specimen id", 40),
            text("IT.SP.TYPE", "Specimen type", 40),
            date("IT.SP.DATE", "Date of collection"),
        ],
    },
];

const CODE_LISTS: [CodeList; 3] = [
    CodeList {
        oid: "CL.SEX",
        data_type: "integer",
        codes: &[("1", "male"), ("2", "female")],
    },
    CodeList {
        oid: "CL.STATUS",
        data_type: "text",
        codes: &[("CONFIRMED", "Confirmed"), ("SUSPECTED", "Suspected")],
    },
    CodeList {
        oid: "CL.YN",
        data_type: "text",
        codes: &[("Y", "Yes"), ("N", "No")],
    },
];

/// The OID of the form of an item group.
pub(super) fn form_oid(group: &str) -> String {
    group.replacen("IG.", "F.", 1)
}

/// The `Study` element of the ODM file. No text in this element needs escaping.
pub(super) fn encode(study: &str) -> String {
    let mut xml = format!(
        "  <Study OID=\"{study}\">\n    <GlobalVariables>\n      <StudyName>{study}</StudyName>\n      \
         <StudyDescription>Invented cases</StudyDescription>\n      <ProtocolName>{study}</ProtocolName>\n    </GlobalVariables>\n    \
         <MetaDataVersion OID=\"{METADATA_VERSION}\" Name=\"Version 1\">\n      <Protocol>\n        \
         <StudyEventRef StudyEventOID=\"{EVENT}\" OrderNumber=\"1\" Mandatory=\"Yes\"/>\n      </Protocol>\n      \
         <StudyEventDef OID=\"{EVENT}\" Name=\"Registration\" Repeating=\"No\" Type=\"Scheduled\">\n"
    );
    for group in &GROUPS {
        let _ = writeln!(xml, "        <FormRef FormOID=\"{}\" Mandatory=\"No\"/>", form_oid(group.oid));
    }
    xml.push_str("      </StudyEventDef>\n");
    for group in &GROUPS {
        let _ = writeln!(
            xml,
            "      <FormDef OID=\"{}\" Name=\"{}\" Repeating=\"No\">\n        <ItemGroupRef ItemGroupOID=\"{}\" Mandatory=\"No\"/>\n      \
             </FormDef>",
            form_oid(group.oid),
            group.name,
            group.oid
        );
    }
    for group in &GROUPS {
        let repeating = if group.repeating { "Yes" } else { "No" };
        let _ = writeln!(
            xml,
            "      <ItemGroupDef OID=\"{}\" Name=\"{}\" Repeating=\"{repeating}\">",
            group.oid, group.name
        );
        for item in group.items {
            let _ = writeln!(xml, "        <ItemRef ItemOID=\"{}\" Mandatory=\"No\"/>", item.oid);
        }
        xml.push_str("      </ItemGroupDef>\n");
    }
    for item in GROUPS.iter().flat_map(|group| group.items) {
        item_definition(item, &mut xml);
    }
    for list in &CODE_LISTS {
        let _ = writeln!(
            xml,
            "      <CodeList OID=\"{0}\" Name=\"{0}\" DataType=\"{1}\">",
            list.oid, list.data_type
        );
        for (code, meaning) in list.codes {
            let _ = writeln!(
                xml,
                "        <CodeListItem CodedValue=\"{code}\"><Decode><TranslatedText xml:lang=\"en\">{meaning}</TranslatedText></Decode>\
                 </CodeListItem>"
            );
        }
        xml.push_str("      </CodeList>\n");
    }
    xml.push_str("    </MetaDataVersion>\n  </Study>\n");
    xml
}

fn item_definition(item: &Item, xml: &mut String) {
    let length = item.length.map(|l| format!(" Length=\"{l}\"")).unwrap_or_default();
    let _ = write!(
        xml,
        "      <ItemDef OID=\"{}\" Name=\"{}\" DataType=\"{}\"{length}",
        item.oid, item.name, item.data_type
    );
    match item.code_list {
        Some(list) => {
            let _ = writeln!(xml, ">\n        <CodeListRef CodeListOID=\"{list}\"/>\n      </ItemDef>");
        }
        None => xml.push_str("/>\n"),
    }
}
