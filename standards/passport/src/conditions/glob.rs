//! Patterns with `?` and `*`, as the conditions of visas use them.

/// A compiled pattern. `?` matches one Unicode scalar, `*` matches any run of scalars including none, and every other character matches
/// itself. The pattern must match the whole text (`Passport 1.2.1 § Pattern Matching`; there is no escape).
///
/// The matcher follows all partial matches at the same time, with one bit for each position in the pattern (Shift-And). Each character of a
/// text therefore costs the same small number of operations on 64-bit words. The cost depends only on the length of the pattern.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    /// For each distinct literal character of the pattern: the positions of this character, as a bit set. Ordered by character.
    positions: Vec<(char, Vec<u64>)>,
    /// The positions of `?` in the pattern, as a bit set.
    any: Vec<u64>,
    /// The positions directly after a `*`, as a bit set. At these positions the matcher may consume any character and stay at the position.
    stay: Vec<u64>,
    /// The number of characters that the pattern must consume (all except `*`). A text matches if this position is reached at its end.
    len: usize,
}

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        let len = pattern.chars().filter(|c| *c != '*').count();
        let words = len / 64 + 1;
        let mut glob = Self {
            positions: Vec::new(),
            any: vec![0; words],
            stay: vec![0; words],
            len,
        };
        let mut position = 0;
        for c in pattern.chars() {
            match c {
                '*' => set(&mut glob.stay, position),
                '?' => set(&mut glob.any, position),
                _ => {
                    let found = glob.positions.binary_search_by_key(&c, |(other, _)| *other);
                    let index = found.unwrap_or_else(|index| {
                        glob.positions.insert(index, (c, vec![0; words]));
                        index
                    });
                    if let Some((_, positions)) = glob.positions.get_mut(index) {
                        set(positions, position);
                    }
                }
            }
            position += usize::from(c != '*');
        }
        glob
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.matches_within(text).0
    }

    /// Returns whether `text` matches, and the number of 64-bit words processed. This number is at most one word for each character of the text
    /// and each 64 characters of the pattern.
    fn matches_within(&self, text: &str) -> (bool, usize) {
        let mut work = 0;
        // Bit i of `ways` is set if the text so far can match the first i characters of the pattern.
        let mut ways = vec![0; self.any.len()];
        set(&mut ways, 0);
        for c in text.chars() {
            let here = self.positions.binary_search_by_key(&c, |(other, _)| *other).ok();
            let here = here
                .and_then(|index| self.positions.get(index))
                .map(|(_, positions)| positions.as_slice());
            let (mut carried, mut alive) = (0, 0);
            for (index, way) in ways.iter_mut().enumerate() {
                let word = |words: &[u64]| words.get(index).copied().unwrap_or(0);
                let taken = *way & (word(&self.any) | here.map_or(0, word));
                *way = (taken << 1) | carried | (*way & word(&self.stay));
                carried = taken >> 63;
                alive |= *way;
                work += 1;
            }
            if alive == 0 {
                return (false, work);
            }
        }
        let end = ways.get(self.len / 64).is_some_and(|word| word >> (self.len % 64) & 1 == 1);
        (end, work)
    }
}

fn set(words: &mut [u64], position: usize) {
    if let Some(word) = words.get_mut(position / 64) {
        *word |= 1 << (position % 64);
    }
}

/// Whether the whole `text` matches `pattern`. The time is linear in the length of the text.
#[must_use]
pub fn linear_glob(pattern: &str, text: &str) -> bool {
    Glob::new(pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of a match, implemented directly, with exponential time. The test uses it as the independent check.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| by_definition(rest, &text[n..])),
            Some(('?', rest)) => text.split_first().is_some_and(|(_, t)| by_definition(rest, t)),
            Some((c, rest)) => text.split_first().is_some_and(|(d, t)| c == d && by_definition(rest, t)),
        }
    }

    #[test]
    fn the_matcher_agrees_with_the_definition_on_all_short_strings() {
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
    fn patterns_longer_than_a_word_match_across_word_bounds() {
        for len in [62, 63, 64, 65, 127, 128, 129, 200, 255] {
            let text: String = ('a'..='z').cycle().take(len).collect();
            let holes: String = text
                .char_indices()
                .map(|(at, c)| if at % 3 == 0 && at + 1 < len { '?' } else { c })
                .collect();
            let stars: String = text.chars().flat_map(|c| ['*', c]).chain(['*']).collect();
            for pattern in [&text, &holes, &stars] {
                assert!(linear_glob(pattern, &text), "{pattern}");
                assert!(!linear_glob(pattern, &text[1..]), "{pattern}");
                assert!(!linear_glob(pattern, &format!("{}0", &text[..len - 1])), "{pattern}");
            }
            assert!(!linear_glob(&text, &format!("{text}a")));
            assert!(linear_glob(&stars, &format!("{text}a")));
        }
    }

    #[test]
    fn the_work_of_any_pattern_is_linear_in_the_length_of_the_text() {
        let long = 16 * 1024;
        for pattern in [
            "*a".repeat(127),
            "a*".repeat(127),
            format!("{}b", "*a".repeat(127)),
            "*?".repeat(127),
            "*".repeat(255),
            format!("*{}b", "a".repeat(253)),
            format!("*{}b", "?".repeat(253)),
        ] {
            let words = pattern.chars().filter(|c| *c != '*').count() / 64 + 1;
            assert!(words <= 4);
            for text in ["a".repeat(long), "b".repeat(long), format!("{}c", "a".repeat(long - 1))] {
                let (_, work) = Glob::new(&pattern).matches_within(&text);
                assert!(work <= words * long, "{pattern}: {work} words of work for {long} characters");
            }
        }
    }
}
