//! The few codes that the institution feeds use, chosen for the demo. ICD-10 codes and their labels should match. Exchange keys (except
//! that of gastritis) and JLAC10 codes have the right form but were not looked up in a master.

use gemj_model::fact::Comparator;

/// A disease with its ICD-10 code, its Japanese label and its MEDIS exchange key.
pub(super) struct DiseaseName {
    pub(super) icd10: &'static str,
    pub(super) label: &'static str,
    pub(super) exchange_key: &'static str,
}

const fn disease(icd10: &'static str, label: &'static str, exchange_key: &'static str) -> DiseaseName {
    DiseaseName {
        icd10,
        label,
        exchange_key,
    }
}

/// The diseases for the programme's own diagnoses, by the CURIE of the diagnosis.
static OF_PROGRAMME: [(&str, DiseaseName); 9] = [
    ("OMIM:607208", disease("G40.4", "ドラベ症候群", "20990001")),
    ("OMIM:312750", disease("F84.2", "レット症候群", "20990002")),
    ("OMIM:310200", disease("G71.0", "デュシェンヌ型筋ジストロフィー", "20990003")),
    ("MONDO:0005453", disease("Q24.9", "先天性心疾患", "20990004")),
    ("MONDO:0007254", disease("C50.9", "乳癌", "20990005")),
    ("MONDO:0005233", disease("C34.9", "非小細胞肺癌", "20990006")),
    ("MONDO:0005575", disease("C18.9", "大腸癌", "20990007")),
    ("MONDO:0001056", disease("C16.9", "胃癌", "20990008")),
    ("MONDO:0008315", disease("C61", "前立腺癌", "20990009")),
];

/// Common diseases that adults of the feeds can have in addition.
pub(super) static OF_ADULTS: [DiseaseName; 6] = [
    disease("K29.7", "胃炎", "20054174"),
    disease("I10", "高血圧症", "20990021"),
    disease("E11.9", "２型糖尿病", "20990022"),
    disease("E78.5", "脂質異常症", "20990023"),
    disease("J45.9", "気管支喘息", "20990024"),
    disease("D50.9", "鉄欠乏性貧血", "20990025"),
];

/// Common diseases that children of the feeds can have in addition.
pub(super) static OF_CHILDREN: [DiseaseName; 4] = [
    disease("J45.9", "気管支喘息", "20990024"),
    disease("L20.9", "アトピー性皮膚炎", "20990026"),
    disease("J30.4", "アレルギー性鼻炎", "20990027"),
    disease("K59.0", "便秘症", "20990028"),
];

/// The disease for a diagnosis of the programme; absent for an unknown CURIE.
pub(super) fn of_programme(curie: &str) -> Option<&'static DiseaseName> {
    OF_PROGRAMME.iter().find(|(id, _)| *id == curie).map(|(_, name)| name)
}

/// A laboratory test with its JLAC10 code.
pub(super) struct LabTest {
    pub(super) jlac10: &'static str,
    pub(super) label: &'static str,
    pub(super) unit: &'static str,
    /// The number of decimals of the test's results.
    pub(super) decimals: usize,
    /// The smallest and the largest result, in units of the last decimal.
    pub(super) range: (u64, u64),
    /// A bound (`<0.1`) that is sometimes reported instead of a number.
    pub(super) bound: Option<(Comparator, &'static str)>,
}

const fn test(jlac10: &'static str, label: &'static str, unit: &'static str, decimals: usize, range: (u64, u64)) -> LabTest {
    LabTest {
        jlac10,
        label,
        unit,
        decimals,
        range,
        bound: None,
    }
}

const fn bounded(test: LabTest, comparator: Comparator, number: &'static str) -> LabTest {
    LabTest {
        bound: Some((comparator, number)),
        ..test
    }
}

/// The laboratory tests that the feeds can contain.
pub(super) static LAB_TESTS: [LabTest; 9] = [
    test("2A010000001930101", "白血球数", ".10*2/uL", 0, (35, 95)),
    test("2A030000001930101", "ヘモグロビン", "g/dL", 1, (105, 160)),
    test("2A050000001930101", "血小板数", ".10*4/uL", 1, (150, 350)),
    test("3B035000002327201", "AST(GOT)", "U/L", 0, (12, 40)),
    bounded(
        test("3B010000002327201", "クレアチンキナーゼ", "U/L", 0, (40, 250)),
        Comparator::More,
        "10000",
    ),
    test("3C015000002327101", "クレアチニン", "mg/dL", 2, (40, 110)),
    bounded(test("5C070000002306201", "CRP", "mg/dL", 2, (12, 300)), Comparator::Less, "0.1"),
    bounded(test("4Z271000002205101", "BNP", "pg/mL", 1, (60, 400)), Comparator::Less, "5.8"),
    test("5C095000002305101", "フェリチン", "ng/mL", 1, (50, 2000)),
];

/// The Japanese name of a JLAC10 material; empty for an unknown material.
pub(super) fn material_label(material: &str) -> &'static str {
    match material {
        "019" => "全血",
        "022" => "血漿",
        "023" => "血清",
        _ => "",
    }
}

/// Family names that do not exist, each in kanji and kana.
pub(super) const FAMILY_NAMES: [(&str, &str); 7] = [
    ("見本川", "ミホンガワ"),
    ("架空田", "カクウダ"),
    ("仮名山", "カナヤマ"),
    ("例示野", "レイジノ"),
    ("模擬沢", "モギサワ"),
    ("試供島", "シキョウジマ"),
    ("練習橋", "レンシュウバシ"),
];

/// Given names for females: each in kanji and kana.
pub(super) const FEMALE_NAMES: [(&str, &str); 5] = [
    ("花子", "ハナコ"),
    ("桜子", "サクラコ"),
    ("葵", "アオイ"),
    ("美咲", "ミサキ"),
    ("陽菜", "ヒナ"),
];

/// Given names for males: each in kanji and kana.
pub(super) const MALE_NAMES: [(&str, &str); 5] = [
    ("太郎", "タロウ"),
    ("一郎", "イチロウ"),
    ("健二", "ケンジ"),
    ("大翔", "ヒロト"),
    ("蓮", "レン"),
];
