//! Evaluates the branching logic of a variable: the condition under which a form shows the variable.
//!
//! REDCap exports values that were entered before the condition ceased to hold. The form no longer shows these values to the persons who
//! maintain the record. Only conditions of comparisons, `and`, `or` and brackets are understood. Every other condition has no result.

/// The maximum length of a condition, in bytes.
const MAX_LOGIC_BYTES: usize = 16 << 10;
/// The maximum depth of brackets.
const MAX_DEPTH: usize = 32;

/// A condition; `None` if it is not understood.
pub(super) struct Logic(Option<Node>);

#[derive(Debug, PartialEq)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Compare(Operand, Operator, Operand),
}

#[derive(Debug, PartialEq)]
enum Operand {
    /// A variable, and the code of a checkbox.
    Field(String, Option<String>),
    Text(String),
    /// A number without quotation marks.
    Number(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Logic {
    pub(super) fn parse(text: &str) -> Self {
        if text.len() > MAX_LOGIC_BYTES {
            return Self(None);
        }
        let mut parser = Parser { rest: text };
        let node = parser.either(0);
        parser.skip_space();
        Self(node.filter(|_| parser.rest.is_empty()))
    }

    /// Whether the condition holds. `value` returns the value of a variable, or of the box of a checkbox; `None` if the export does not show it.
    /// `None` if the result is not certain.
    pub(super) fn holds(&self, value: &dyn Fn(&str, Option<&str>) -> Option<String>) -> Option<bool> {
        self.0.as_ref()?.holds(value)
    }
}

impl Node {
    fn holds(&self, value: &dyn Fn(&str, Option<&str>) -> Option<String>) -> Option<bool> {
        match self {
            Self::And(list) => all(list.iter().map(|node| node.holds(value))),
            Self::Or(list) => all(list.iter().map(|node| node.holds(value).map(|holds| !holds))).map(|none| !none),
            Self::Compare(left, operator, right) => {
                let has_bare_number = [left, right].into_iter().any(|operand| matches!(operand, Operand::Number(_)));
                compare(&left.value(value)?, *operator, &right.value(value)?, has_bare_number)
            }
        }
    }
}

/// Whether all results are true: false if one is false, and not certain if one is not certain and none is false.
fn all(results: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for result in results {
        match result {
            Some(false) => return Some(false),
            None => all = None,
            Some(true) => {}
        }
    }
    all
}

impl Operand {
    fn value(&self, value: &dyn Fn(&str, Option<&str>) -> Option<String>) -> Option<String> {
        match self {
            Self::Field(name, code) => value(name, code.as_deref()),
            Self::Text(text) | Self::Number(text) => Some(text.clone()),
        }
    }
}

/// Compares two values: as numbers if both are numbers, otherwise as texts. `None` where REDCap's versions compare differently: an order of
/// texts, and an empty value beside a number without quotation marks.
fn compare(left: &str, operator: Operator, right: &str, has_bare_number: bool) -> Option<bool> {
    use std::cmp::Ordering;
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let order = match (number(left), number(right)) {
        (Some(left), Some(right)) => left.partial_cmp(&right)?,
        _ if has_bare_number && (left.is_empty() || right.is_empty()) => return None,
        _ => {
            return match operator {
                Operator::Equal => Some(left == right),
                Operator::NotEqual => Some(left != right),
                Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => None,
            };
        }
    };
    Some(match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
    })
}

struct Parser<'t> {
    rest: &'t str,
}

impl<'t> Parser<'t> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        let found = self.rest.strip_prefix(token);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    /// Takes a word without regard to case. The word must not be a part of a longer word.
    fn take_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let Some((head, tail)) = self.rest.split_at_checked(word.len()) else {
            return false;
        };
        let is_found = head.eq_ignore_ascii_case(word) && !tail.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if is_found {
            self.rest = tail;
        }
        is_found
    }

    fn either(&mut self, depth: usize) -> Option<Node> {
        let mut list = vec![self.both(depth)?];
        while self.take_word("or") || self.take("||") {
            list.push(self.both(depth)?);
        }
        Some(Node::Or(list))
    }

    fn both(&mut self, depth: usize) -> Option<Node> {
        let mut list = vec![self.term(depth)?];
        while self.take_word("and") || self.take("&&") {
            list.push(self.term(depth)?);
        }
        Some(Node::And(list))
    }

    fn term(&mut self, depth: usize) -> Option<Node> {
        if self.take("(") {
            let inner = (depth < MAX_DEPTH).then(|| self.either(depth + 1)).flatten()?;
            return self.take(")").then_some(inner);
        }
        let left = self.operand()?;
        let operators = [
            ("<>", Operator::NotEqual),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("==", Operator::Equal),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let (_, operator) = operators.into_iter().find(|(token, _)| self.take(token))?;
        Some(Node::Compare(left, operator, self.operand()?))
    }

    fn operand(&mut self) -> Option<Operand> {
        self.skip_space();
        for mark in ['\'', '"'] {
            if let Some(rest) = self.rest.strip_prefix(mark) {
                let (text, rest) = rest.split_once(mark)?;
                self.rest = rest;
                return Some(Operand::Text(text.to_owned()));
            }
        }
        if let Some(rest) = self.rest.strip_prefix('[') {
            let (field, rest) = rest.split_once(']')?;
            self.rest = rest;
            // `[event][field]` names another event, and `[field][2]` another instance.
            self.skip_space();
            return if self.rest.starts_with('[') { None } else { field_of(field.trim()) };
        }
        let end = self.rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')));
        let (number, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        number.parse::<f64>().ok()?;
        self.rest = rest;
        Some(Operand::Number(number.to_owned()))
    }
}

/// `symptoms(3)` is the box of a checkbox. A name with other signs is a smart variable of REDCap and is not understood.
fn field_of(text: &str) -> Option<Operand> {
    let (name, code) = match text.split_once('(') {
        Some((name, code)) => (name, Some(code.strip_suffix(')')?.trim().to_owned())),
        None => (text, None),
    };
    let is_name = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    (is_name && !name.is_empty()).then(|| Operand::Field(name.to_owned(), code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(logic: &str) -> Option<bool> {
        Logic::parse(logic).holds(&|name, code| match (name, code) {
            ("sex", None) => Some("2".to_owned()),
            ("age", None) => Some("41".to_owned()),
            ("blank", None) => Some(String::new()),
            ("box", Some("1")) => Some("1".to_owned()),
            ("box", Some(_)) => Some("0".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn comparisons_and_brackets_are_evaluated() {
        for (logic, expected) in [
            ("[sex]='2'", true),
            ("[sex] = \"1\"", false),
            ("[sex]=2 and [age] >= 41", true),
            ("[sex]=1 OR ([age] > 40 and [blank] = '')", true),
            ("[box(1)]='1' and [box(2)] <> '1'", true),
            ("[blank] <> \"\"", false),
            ("[age] < 41 || [sex] != 2", false),
            ("[blank]='0'", false),
            ("[unknown]='1' and [sex]='1'", false),
            ("[unknown]='1' or [sex]='2'", true),
        ] {
            assert_eq!(holds(logic), Some(expected), "{logic}");
        }
    }

    #[test]
    fn a_condition_that_is_not_understood_has_no_result() {
        for logic in [
            "[unknown]='1'",
            "[visit_1][sex]='1'",
            "[sex][2]='1'",
            "[event-name]='visit_1'",
            "datediff([a],[b],'d')>3",
            "[sex]",
            "[sex]='1",
            "[sex]='1' and",
            "not [sex]='1'",
            "[blank]=0",
            "[sex]>'a'",
            "",
            "([sex]='1'",
            "[sex]='1' andx",
        ] {
            assert_eq!(holds(logic), None, "{logic}");
        }
        assert_eq!(holds(&format!("{}[sex]=2{}", "(".repeat(9000), ")".repeat(7000))), None);
    }
}
