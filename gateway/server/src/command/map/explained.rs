//! The explanation of a unit as text.

use gemj_adapters::feed::{Explained, ExplainedField, Fate, Statement};

pub(super) fn text(explained: &Explained) -> String {
    let mut text = format!("{}\n", explained.locator);
    if let Some(fault) = &explained.fault {
        return text + &format!("could not be decoded: {} ({})\n", fault.detail, fault.reason_code);
    }
    let mut record = None;
    for field in &explained.fields {
        if record != Some(field.record) {
            record = Some(field.record);
            text += &head(field);
            for made in explained.statements.iter().filter(|made| made.record == field.record) {
                let rule = if made.rule.is_empty() { "no rule" } else { &made.rule };
                text += &format!("    {rule}: {}\n", result(&made.result));
            }
        }
        text += &format!("    {:<24} {}\n", field.name, fate(&field.fate));
    }
    for (name, of) in &explained.outside {
        text += &format!("beside the records: {name}: {}\n", fate(of));
    }
    for (rule, names) in &explained.account.left_out {
        for (name, count) in names {
            text += &format!("left out: {} {name}: {count}\n", rule.as_str());
        }
    }
    for (repair, count) in &explained.account.repairs {
        text += &format!("repairs: {}: {count}\n", repair.as_str());
    }
    text
}

fn head(field: &ExplainedField) -> String {
    let offset = field.offset.map(|offset| format!(" at byte {offset}")).unwrap_or_default();
    format!("record {}, {}{offset}\n", field.record, field.kind)
}

fn result(statement: &Statement) -> String {
    match statement {
        Statement::Fact(kind, status) => format!("a {}, {}", kind.as_str(), status.as_str()),
        Statement::Specimen => "a specimen".to_owned(),
        Statement::Nothing => "no statement, because there is no value".to_owned(),
        Statement::Refused(code, detail) => format!("refused: {detail} ({code})"),
    }
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Read(by) => format!("read by {}", by.join(", ")),
        Fate::Modifier => "decides the status".to_owned(),
        Fate::ConditionNotMet(by) => format!("not read: a condition of {} did not hold", by.join(", ")),
        Fate::Ignored(reason) => format!("ignored: {reason}"),
        Fate::NotMapped => "not mentioned in the profile".to_owned(),
        Fate::LeftOut(rule) => format!("left out: {}", rule.as_str()),
    }
}
