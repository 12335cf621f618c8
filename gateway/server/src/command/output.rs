//! Printing of the output of commands: text, JSON and tables.

/// Prints text. A closed pipe is not an error, because a reader such as `| head` may stop early.
///
/// # Errors
/// Standard output cannot be written for another reason.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    Ok(crate::output::write(format_args!("{text}"))?)
}

/// Prints JSON over several lines.
///
/// # Errors
/// The errors of [`print`].
pub(crate) fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    print(&(serde_json::to_string_pretty(value)? + "\n"))
}

/// A text table: a header row, then the other rows. Each column is as wide as its widest cell, with two spaces between columns.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(column, name)| {
            let widest = cells(column).map(|cell| cell.chars().count()).max().unwrap_or(0);
            widest.max(name.chars().count())
        })
        .collect();
    let line = |row: &[&str]| {
        let padded: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(head);
    for row in rows {
        let row: Vec<&str> = row.iter().map(String::as_str).collect();
        text += &line(&row);
    }
    text
}
