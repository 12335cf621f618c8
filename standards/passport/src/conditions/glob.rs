//! Patterns with `?` and `*`.

/// Whether `text` as a whole matches `pattern`: `?` is one Unicode scalar, `*` any run including none, everything else itself
/// (`Passport 1.2.1 § Pattern Matching`; there is no escape). Time is at most the product of the lengths: only the last star is
/// ever retried, so no pattern is exponential.
#[must_use]
pub fn linear_glob(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                last_star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            Some(_) | None => match last_star {
                Some((star, taken)) => {
                    last_star = Some((star, taken + 1));
                    p = star + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition itself, exponential: the oracle.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| by_definition(rest, &text[n..])),
            Some(('?', rest)) => text.split_first().is_some_and(|(_, t)| by_definition(rest, t)),
            Some((c, rest)) => text.split_first().is_some_and(|(d, t)| c == d && by_definition(rest, t)),
        }
    }

    #[test]
    fn it_agrees_with_the_definition_on_all_short_strings() {
        let all = |alphabet: &[char], max: usize| {
            let mut words = vec![vec![]];
            let mut last = words.clone();
            for _ in 0..max {
                last = last
                    .iter()
                    .flat_map(|word: &Vec<char>| alphabet.iter().map(move |c| [word.as_slice(), &[*c]].concat()))
                    .collect();
                words.extend(last.clone());
            }
            words
        };
        for pattern in all(&['a', 'é', '?', '*'], 5) {
            for text in all(&['a', 'é'], 5) {
                let (p, t): (String, String) = (pattern.iter().collect(), text.iter().collect());
                assert_eq!(linear_glob(&p, &t), by_definition(&pattern, &text), "{p} {t}");
            }
        }
    }

    #[test]
    fn stars_do_not_explode() {
        let started = std::time::Instant::now();
        assert!(!linear_glob(&"*a".repeat(127), &"a".repeat(120).replace('a', "b")));
        assert!(!linear_glob(&format!("{}b", "a*".repeat(120)), &"a".repeat(255)));
        assert!(started.elapsed().as_secs() < 2);
    }
}
