//! Suggestions for a misspelt name: the known names that are nearly equal to it. Only commands of the operator print them.

/// Maximum number of names in a suggestion.
const MOST: usize = 3;

/// The nearest known names: at most three, and only names at the smallest distance from the name.
pub(crate) fn near_names<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let typed = folded(name);
    // A short name is near to almost every other short name, so it may differ in one place only.
    let most = if typed.len() < 5 { 1 } else { 2 };
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .map(|known| (known, folded(known)))
        .filter(|(_, other)| typed.len().abs_diff(other.len()) <= most)
        .map(|(known, other)| (distance(&typed, &other), known))
        .filter(|(distance, _)| *distance <= most)
        .collect();
    found.sort_unstable();
    found.dedup();
    let Some(&(least, _)) = found.first() else { return Vec::new() };
    let nearest = found.into_iter().take_while(|(distance, _)| *distance == least);
    nearest.map(|(_, known)| known.to_owned()).take(MOST).collect()
}

fn folded(name: &str) -> Vec<char> {
    name.to_lowercase().chars().collect()
}

/// The number of inserted, removed, changed and swapped characters between two names (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_suggested_and_other_names_are_not() {
        let known = ["HG00102", "HG00096", "HG00351", "hospital-a", "hospital-b", "pass", "fail"];
        for (typed, near) in [
            ("HG0002", &["HG00102"][..]),
            ("hg00102", &["HG00102"]),
            ("HG01002", &["HG00102"]),
            ("hospitla-a", &["hospital-a"]),
            ("hospital-c", &["hospital-a", "hospital-b"]),
            ("pas", &["pass"]),
            ("GEMJ-7", &[]),
            ("", &[]),
        ] {
            assert_eq!(near_names(typed, known), near, "{typed}");
        }
    }
}
