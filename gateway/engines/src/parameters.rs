use std::path::{Component, Path};

use serde_json::{Map, Value};

/// Makes the relative `path` and `location` of every CWL File and Directory in the parameters absolute, as paths below `workflow`. Without this step,
/// cwltool would resolve them relative to the file of the parameters. Absent if any of these paths is not an existing file or folder below `workflow`.
pub(crate) fn resolve_relative(params: &Map<String, Value>, workflow: &Path) -> Option<Map<String, Value>> {
    let mut resolved = params.clone();
    resolved.values_mut().try_for_each(|value| resolve(value, workflow))?;
    Some(resolved)
}

fn resolve(value: &mut Value, workflow: &Path) -> Option<()> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(()),
        Value::Array(items) => items.iter_mut().try_for_each(|item| resolve(item, workflow)),
        Value::Object(members) => {
            if matches!(members.get("class").and_then(Value::as_str), Some("File" | "Directory")) {
                for member in ["path", "location"] {
                    resolve_member(members, member, workflow)?;
                }
            }
            members.values_mut().try_for_each(|member| resolve(member, workflow))
        }
    }
}

fn resolve_member(members: &mut Map<String, Value>, member: &str, workflow: &Path) -> Option<()> {
    let Some(Value::String(text)) = members.get(member) else {
        return Some(());
    };
    if text.starts_with('/') {
        return Some(());
    }
    let relative = Path::new(text);
    if text.is_empty() || !relative.components().all(|part| matches!(part, Component::Normal(_))) || text.contains(['%', ':', '#', '?']) {
        return None;
    }
    let path = workflow.join(relative);
    if !path.exists() {
        return None;
    }
    let path = Value::String(path.to_str()?.to_owned());
    members.remove(member);
    members.insert("path".to_owned(), path);
    Some(())
}
