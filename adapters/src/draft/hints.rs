//! What the words of a field's name and label suggest. A hint against a field (it can identify the person, or is about a relative) counts more than a hint for
//! a meaning. A hint never makes a fact that states a presence.

/// What a name and a label suggest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// The field can identify the person.
    Identity,
    /// The field can be about a relative.
    Relative,
    /// The value can be a number of the person, or a name.
    Reference,
    Sex,
    Birth,
    Icd10,
    Hpo,
    None,
}

const IDENTITY: [&str; 31] = [
    "surname",
    "firstname",
    "lastname",
    "forename",
    "fname",
    "lname",
    "fullname",
    "initials",
    "address",
    "street",
    "zip",
    "zipcode",
    "postcode",
    "postal",
    "phone",
    "telephone",
    "tel",
    "mobile",
    "fax",
    "email",
    "mail",
    "mrn",
    "ssn",
    "passport",
    "insurance",
    "kana",
    "furigana",
    "contact",
    "mynumber",
    "photo",
    "signature",
];
/// Words in front of `name` that make it the name of a person.
const NAMED: [&str; 8] = ["first", "last", "family", "given", "full", "patient", "maiden", "middle"];
const RELATIVE: [&str; 24] = [
    "family",
    "father",
    "mother",
    "sibling",
    "siblings",
    "brother",
    "sister",
    "parent",
    "parents",
    "maternal",
    "paternal",
    "relative",
    "relatives",
    "husband",
    "wife",
    "spouse",
    "partner",
    "child",
    "children",
    "son",
    "daughter",
    "proband",
    "grandmother",
    "grandfather",
];
const REFERENCE: [&str; 8] = ["id", "number", "no", "name", "nr", "code", "num", "identifier"];
const IDENTITY_JA: [&str; 13] = [
    "氏名",
    "名前",
    "姓名",
    "フリガナ",
    "ふりがな",
    "カナ",
    "住所",
    "電話",
    "メール",
    "郵便",
    "保険",
    "患者番号",
    "連絡先",
];
const RELATIVE_JA: [&str; 12] = ["家族", "父", "母", "兄", "弟", "姉", "妹", "祖", "血縁", "配偶者", "夫", "妻"];

/// Words in the name of a field that contains words and no code.
const WORDS: [&str; 8] = ["term", "name", "label", "text", "desc", "description", "title", "comment"];

pub(super) fn hint(name: &str, label: &str) -> Hint {
    let both = format!("{name} {label}");
    let lower = both.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let contains = |list: &[&str]| list.iter().any(|part| both.contains(part));
    let is_named = has(&["name"]) && has(&NAMED);
    // A word of Japanese has no spaces around it, so ASCII parts beside Japanese characters are found by their text.
    if has(&IDENTITY) || contains(&IDENTITY_JA) || is_named {
        return Hint::Identity;
    }
    if has(&RELATIVE) || contains(&RELATIVE_JA) {
        return Hint::Relative;
    }
    if has(&["sex", "gender"]) || contains(&["性別"]) {
        return Hint::Sex;
    }
    let born = ["birth", "birthday", "birthdate", "dob", "born", "birthdt", "brthdat", "brthdtc"];
    if has(&born) || contains(&["生年月日", "誕生日"]) {
        return Hint::Birth;
    }
    // The name of a code is no code, and would refuse the whole person.
    let own = name.to_lowercase();
    let is_of_words = own.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word));
    let icd = words.iter().any(|word| matches!(*word, "icd10" | "icd")) || lower.contains("icd-10");
    if icd && !is_of_words {
        return Hint::Icd10;
    }
    if has(&["hpo"]) && has(&["code", "id"]) && !is_of_words {
        return Hint::Hpo;
    }
    match has(&REFERENCE) {
        true => Hint::Reference,
        false => Hint::None,
    }
}
