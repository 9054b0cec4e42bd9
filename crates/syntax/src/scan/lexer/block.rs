//! The bytes of a body at which something can begin or end, found many at a time.

/// How many bytes are looked at together: as many as a mask has bits.
const WIDTH: usize = 64;

/// Where such bytes are in the part of the text that was looked at last. In code every tenth byte or so is one: a loop
/// over the bytes spends most of its time on wrong guesses of where it will stop. This is compiled to comparisons of
/// whole vectors, and several times as fast.
#[derive(Default)]
pub(super) struct Block {
    begin: usize,
    end: usize,
    mask: u64,
}

impl Block {
    /// The next such byte from `at` on; or, towards the end, where too little is left for this. Answers stay right for
    /// as long as the bytes are the same.
    pub(super) fn next(&mut self, bytes: &[u8], mut at: usize) -> usize {
        loop {
            if (self.begin..self.end).contains(&at) {
                let mask = self.mask >> (at - self.begin);
                if mask != 0 {
                    return at + mask.trailing_zeros() as usize;
                }
                at = self.end;
            }
            let Some((block, _)) = bytes.get(at..).and_then(<[u8]>::split_first_chunk::<WIDTH>) else {
                return at;
            };
            *self = Self { begin: at, end: at + WIDTH, mask: mask(block) };
        }
    }
}

fn mask(block: &[u8; WIDTH]) -> u64 {
    let marks = block.map(|byte| u8::from(is_special(byte)));
    let (words, _) = marks.as_chunks::<8>();
    words.iter().enumerate().fold(0, |mask, (index, word)| {
        // Gathers the lowest bits of eight bytes in the highest byte, in order.
        let bits = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask | bits << (8 * index)
    })
}

/// Without jumps, or it would not become vectors.
#[inline(always)]
const fn is_special(byte: u8) -> bool {
    (byte == b'\n')
        | (byte == b'\r')
        | (byte == b'"')
        | (byte == b'\'')
        | (byte == b'#')
        | (byte == b'(')
        | (byte == b')')
        | (byte == b'[')
        | (byte == b']')
        | (byte == b'{')
        | (byte == b'}')
        | (byte == b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_table() {
        for byte in 0..=255u8 {
            assert_eq!(
                is_special(byte),
                super::super::BODY[usize::from(byte)] != super::super::Class::Nothing
            );
        }
    }

    #[test]
    fn finds_what_a_loop_finds() {
        let text = "ab'c\n(d)e\\ fffffffffffff\r# [x]{}\"é".repeat(20);
        let bytes = text.as_bytes();
        let mut block = Block::default();
        for at in [0, 1, 5, 70, 3, 300, 130, 131, 132, 640, bytes.len(), bytes.len() + 1] {
            let found = block.next(bytes, at);
            let loop_finds = (at..bytes.len()).find(|at| is_special(bytes[*at]));
            let too_little = found >= bytes.len().saturating_sub(WIDTH) && Some(found) <= loop_finds;
            assert!(Some(found) == loop_finds || too_little || loop_finds.is_none(), "{at}: {found}");
        }
    }
}
