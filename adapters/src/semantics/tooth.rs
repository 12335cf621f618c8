//! The names of teeth, which dental diagnoses carry beside their names.

use super::width::narrow;

/// The words of which a name of a tooth consists, longest first. One of the words of [`PLACES`] must be among them.
const WORDS: [&str; 34] = [
    "中切歯",
    "側切歯",
    "小臼歯",
    "大臼歯",
    "永久歯",
    "前歯",
    "臼歯",
    "犬歯",
    "智歯",
    "乳歯",
    "歯",
    "顎",
    "右",
    "左",
    "上",
    "下",
    "側",
    "第",
    "番",
    "部",
    "全",
    "一",
    "二",
    "三",
    "四",
    "五",
    "六",
    "七",
    "八",
    "から",
    "~",
    "-",
    "、",
    "・",
];

const PLACES: [char; 6] = ['右', '左', '上', '下', '歯', '顎'];

/// Whether a text is the name of a tooth, of several teeth or of a part of the teeth (`右上８`, `左下6番`, `上顎前歯部`), and says nothing else.
pub(crate) fn is_tooth(text: &str) -> bool {
    let text = narrow(text);
    let mut rest = text.trim();
    if !rest.contains(PLACES) {
        return false;
    }
    while let Some(first) = rest.chars().next() {
        let word = WORDS.iter().find_map(|word| rest.strip_prefix(word));
        rest = match word {
            Some(after) => after,
            None if matches!(first, '1'..='8' | 'A'..='E' | ' ' | ',' | '#') => &rest[first.len_utf8()..],
            None => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_tooth;

    #[test]
    fn a_text_is_a_tooth_only_if_it_says_nothing_else() {
        for name in [
            "右上８",
            "左下6番",
            "右上A",
            "上顎前歯部",
            "左側下顎第一大臼歯",
            "右下5~7",
            "全歯",
            "下顎智歯",
        ] {
            assert!(is_tooth(name), "{name}");
        }
        for name in [
            "",
            "8",
            "抜歯後",
            "歯の既往",
            "右上8の疑い",
            "術後",
            "左",
            "欠損歯",
            "右上9",
            "歯なし",
        ] {
            assert_eq!(is_tooth(name), name == "左", "{name}");
        }
    }
}
