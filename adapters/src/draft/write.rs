//! Writes a draft as YAML. Every text of a description is written as a quoted text with escapes, so that no text of a dictionary becomes YAML by itself.

use super::Origin;
use super::describe::Described;
use super::propose::{Fate, Sketch};

/// How much a draft says about undecided fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The label and the codes too.
    Full,
    /// Only the name and the reason, if the other form is too long for a profile.
    Short,
}

/// The maximum number of characters of a label or a list of codes in a comment.
const MAX_ABOUT: usize = 300;

pub(super) fn text(sketch: &Sketch, origin: &Origin<'_>, form: Form) -> String {
    let coverage = sketch.coverage();
    let all = coverage.mapped + coverage.ignored + coverage.undecided;
    let mut text = format!(
        "# A draft, made from {}. A person must decide about it before it is used.\n",
        sketch.origin
    );
    text += &format!(
        "# coverage: {all} fields: {} read, {} ignored with a reason, {} undecided\n",
        coverage.mapped, coverage.ignored, coverage.undecided
    );
    text += &decisions(&sketch.decisions);
    text += &head(sketch.format, origin);
    for line in &sketch.members {
        text += &format!("{line}\n");
    }
    text += &format!(
        "\nparticipant: {{ record: {}, number: {} }}\n",
        quoted(sketch.number_record),
        quoted(&sketch.number_field)
    );
    for proposal in &sketch.proposals {
        let (member, lines) = match &proposal.fate {
            Fate::Sex(lines) => ("sex", lines),
            Fate::Born(lines) => ("born", lines),
            Fate::Number | Fate::Rule(_) | Fate::Ignored(_) | Fate::Undecided(_) => continue,
        };
        text += &format!("{member}:\n  {}\n", lines.join("\n  "));
    }
    text += "\nrules:\n";
    let rules = sketch.proposals.iter().filter_map(|proposal| match &proposal.fate {
        Fate::Rule(lines) => Some(lines),
        _ => None,
    });
    let mut has_rule = false;
    for lines in rules {
        has_rule = true;
        text += &format!("  - {}\n", lines.join("\n    "));
    }
    if !has_rule {
        text += &placeholder(sketch);
    }
    text += &ignored(sketch);
    for proposal in &sketch.proposals {
        if let Fate::Undecided(reason) = proposal.fate {
            text += &undecided(&proposal.field, reason, form);
        }
    }
    text
}

/// The decisions as comments.
pub(super) fn decisions(decisions: &[String]) -> String {
    let mut text = "# decisions:\n".to_owned();
    for (at, decision) in decisions.iter().enumerate() {
        text += &format!("# {}. {}\n", at + 1, plain(decision));
    }
    text
}

/// The members that every draft has.
pub(super) fn head(format: &str, origin: &Origin<'_>) -> String {
    let site = origin.site.as_str();
    let kept: String = site.chars().take(40).collect();
    format!(
        "profile: {}-{format}\nversion: \"draft\"\nformat: {format}\nsite: {}\nnamespace: {}\n",
        kept.trim_end_matches('-'),
        quoted(site),
        quoted(origin.namespace)
    )
}

/// A rule that reads nothing: a profile must have a rule. Every record has the number, so the rule never makes a fact.
fn placeholder(sketch: &Sketch) -> String {
    format!(
        "  # Replace this rule. It never makes a fact, because every record has the number.\n  - fact: disease\n    record: {}\n    when:\n      - {{ field: \
         {}, present: false }}\n    code: {{ const: \"draft:undecided\" }}\n    status: {{ const: not-understood }}\n",
        quoted(sketch.rule_record),
        quoted(&sketch.number_field)
    )
}

fn ignored(sketch: &Sketch) -> String {
    let proposed = sketch.proposals.iter().filter_map(|proposal| match proposal.fate {
        Fate::Ignored(reason) => Some((proposal.field.ignored_as(), reason)),
        _ => None,
    });
    let all: Vec<(String, &str)> = proposed.chain(sketch.own.iter().cloned()).collect();
    if all.is_empty() {
        return String::new();
    }
    let mut text = "\nignore:\n".to_owned();
    for (name, reason) in all {
        text += &format!("  - {{ field: {}, reason: {} }}\n", quoted(&name), quoted(reason));
    }
    text
}

impl Described {
    /// The name or pattern with which a profile ignores the field. A checkbox has one column for each of its codes.
    fn ignored_as(&self) -> String {
        match self.kind {
            super::describe::Kind::Boxes => format!("{}___*", self.name),
            _ => self.name.clone(),
        }
    }
}

fn undecided(field: &Described, reason: &str, form: Form) -> String {
    let mut text = format!("# undecided: {} - {reason}", quoted(&field.name));
    if form == Form::Full {
        if !field.label.is_empty() {
            text += &format!("; label {}", quoted(&short(&field.label)));
        }
        if !field.choices.is_empty() {
            let all: Vec<String> = field.choices.iter().map(|(code, label)| format!("{code}={label}")).collect();
            text += &format!("; codes {}", quoted(&short(&all.join(" | "))));
        }
    }
    text + "\n"
}

fn short(text: &str) -> String {
    let mut kept: String = text.chars().take(MAX_ABOUT).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// A sentence of a comment: one line of characters that YAML accepts.
fn plain(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) { c } else { '?' }).collect()
}

/// A text as a YAML text in double quotes. Every character that a line of YAML or an editor could take for something else is escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if is_printable(c) => quoted.push(c),
            // YAML has no pairs of surrogates.
            c if u32::from(c) > 0xffff => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
            c => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether a character is written as it is. Controls, line ends, marks of direction, marks without a width and private characters are not.
fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffc}'
            | '\u{fffe}' | '\u{ffff}' | '\u{e000}'..='\u{f8ff}')
        && u32::from(c) < 0xE_0000
        && u32::from(c) & 0xFFFE != 0xFFFE
}
