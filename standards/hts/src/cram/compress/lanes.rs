//! The four interleaved rANS states of an encoder (CRAM codecs 3.1 § 2 and § 3). The encoder processes data from its end to its beginning.

/// Four rANS states. Each writes words of `BITS` bits: 8 for rANS 4x8, 16 for rANS Nx16.
pub(super) struct Lanes<const BITS: u32> {
    states: [u32; 4],
    /// The bytes written so far, in reverse order.
    backwards: Vec<u8>,
}

impl<const BITS: u32> Lanes<BITS> {
    pub(super) fn new() -> Self {
        Self {
            states: [1 << (31 - BITS); 4],
            backwards: Vec::new(),
        }
    }

    /// Encodes one symbol with the state `lane`. The symbol's frequency is `frequency` of `1 << scale`, and its interval begins at `start`.
    pub(super) fn put(&mut self, lane: usize, (frequency, start): (u32, u32), scale: u32) {
        let state = &mut self.states[lane];
        while *state >= frequency << (31 - scale) {
            let word = *state;
            if BITS == 16 {
                self.backwards.push((word >> 8) as u8);
            }
            self.backwards.push(word as u8);
            *state >>= BITS;
        }
        *state = ((*state / frequency) << scale) + *state % frequency + start;
    }

    /// Writes the final states and then the coded bytes.
    pub(super) fn end(self, out: &mut Vec<u8>) {
        for state in self.states {
            out.extend_from_slice(&state.to_le_bytes());
        }
        out.extend(self.backwards.iter().rev());
    }
}

/// For each frequency, the pair of the frequency and the start of its interval.
pub(super) fn intervals(frequencies: &[u32]) -> Vec<(u32, u32)> {
    let mut start = 0;
    frequencies
        .iter()
        .map(|frequency| {
            let interval = (*frequency, start);
            start += frequency;
            interval
        })
        .collect()
}

/// Encodes each symbol without context (order 0). `intervals` has an entry for each byte.
pub(super) fn encode_order_0<const BITS: u32>(data: &[u8], intervals: &[(u32, u32)], out: &mut Vec<u8>) {
    let mut lanes = Lanes::<BITS>::new();
    for (at, byte) in data.iter().enumerate().rev() {
        lanes.put(at % 4, intervals[usize::from(*byte)], 12);
    }
    lanes.end(out);
}

/// Encodes each symbol with the symbol before it as context (order 1). Each state encodes a quarter of the data, and the last state also
/// encodes the remainder. `data` must have at least four bytes. `interval` receives the context and the symbol.
pub(super) fn encode_order_1<const BITS: u32>(data: &[u8], scale: u32, interval: impl Fn(u8, u8) -> (u32, u32), out: &mut Vec<u8>) {
    let mut lanes = Lanes::<BITS>::new();
    let quarter = data.len() / 4;
    for at in (4 * quarter..data.len()).rev() {
        lanes.put(3, interval(data[at - 1], data[at]), scale);
    }
    for at in (0..quarter).rev() {
        for lane in (0..4).rev() {
            let place = lane * quarter + at;
            let context = if at == 0 { 0 } else { data[place - 1] };
            lanes.put(lane, interval(context, data[place]), scale);
        }
    }
    lanes.end(out);
}
