//! Whether a JPEG holds all that its header promises. Decoders fill with grey what a file lacks.
//!
//! The Huffman codes of each scan are read, but no pixel is computed, so that a file that ends early is distinguished from one with
//! anything behind its end: the end must be marked, and each scan before it must have all of its blocks. ITU-T T.81.

/// Coefficients of a block.
const BLOCK: usize = 64;

/// Scans that are read: decoders read as many.
const MAX_SCANS: usize = 100;

/// Bits that are looked up at once.
const LOOKAHEAD: usize = 9;

/// Whether the file has an end, and all blocks of its scans before it.
///
/// What has more than `max_pixels` pixels, more scans than any encoder writes, or no Huffman codes (arithmetic coding), is
/// searched for its end alone. Of progressive pictures, 1/8 byte per value of a pixel is kept.
pub(super) fn is_whole(file: &[u8], max_pixels: u64) -> bool {
    let mut decoder = Decoder::default();
    let mut at = 2;
    let mut scans = 0;
    while let Some((marker, after)) = next_marker(file, at) {
        at = after;
        match marker {
            // the end
            0xd9 => return scans > 0,
            // without content
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let length = file.get(at..at + 2).map(|bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]])));
        let Some(segment) = length.and_then(|length| file.get(at + 2..at + length)) else { return false };
        at += 2 + segment.len();
        match marker {
            0xc0..=0xc2 if decoder.frame.is_none() => {
                decoder.frame = Frame::parse(segment, marker == 0xc2, max_pixels);
            }
            0xc4 => decoder.define_tables(segment),
            0xdd => decoder.interval = segment.first_chunk().map_or(0, |&bytes| usize::from(u16::from_be_bytes(bytes))),
            0xda => {
                scans += 1;
                let mut bits = Bits::new(file, at);
                if scans <= MAX_SCANS && decoder.scan(segment, &mut bits) == Err(Fault::Short) {
                    return false;
                }
                at = bits.at;
            }
            _ => {}
        }
    }
    false
}

/// The next marker and the place behind it. Anything before it is skipped, as decoders do, and so are the codes of a scan.
fn next_marker(file: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += memchr::memchr(0xff, file.get(at..)?)?;
        while *file.get(at)? == 0xff {
            at += 1;
        }
        if file[at] != 0 {
            return Some((file[at], at + 1));
        }
    }
}

/// Why a scan cannot be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It has fewer blocks than the picture.
    Short,
    /// Damaged, or of a form that is not known here: the decoder has the last word.
    Unknown,
}

/// The Huffman codes of a scan up to the next marker.
struct Bits<'a> {
    file: &'a [u8],
    at: usize,
    /// The next bits, in the lowest places.
    buffer: u64,
    count: usize,
}

impl<'a> Bits<'a> {
    fn new(file: &'a [u8], at: usize) -> Self {
        Self { file, at, buffer: 0, count: 0 }
    }

    /// The next 16 bits, with zeros behind the end.
    fn peek(&mut self) -> usize {
        while self.count < 16 {
            let byte = match (self.file.get(self.at), self.file.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.at += 2;
                    0xff
                }
                (Some(0xff) | None, _) => return (self.buffer << (16 - self.count)) as usize & 0xffff,
                (Some(&byte), _) => {
                    self.at += 1;
                    byte
                }
            };
            self.buffer = self.buffer << 8 | u64::from(byte);
            self.count += 8;
        }
        (self.buffer >> (self.count - 16)) as usize & 0xffff
    }

    /// The next `count` bits, at most 16.
    fn take(&mut self, count: usize) -> Result<usize, Fault> {
        let bits = self.peek() >> (16 - count);
        self.count = self.count.checked_sub(count).ok_or(Fault::Short)?;
        Ok(bits)
    }

    fn symbol(&mut self, table: &Table) -> Result<usize, Fault> {
        let bits = self.peek();
        let (length, symbol) = table.find(bits).ok_or(Fault::Unknown)?;
        self.take(length).map(|_| usize::from(symbol))
    }

    /// Moves behind the next restart marker. What an encoder may have left before it is skipped.
    fn restart(&mut self) -> Result<(), Fault> {
        (self.buffer, self.count) = (0, 0);
        match next_marker(self.file, self.at) {
            Some((0xd0..=0xd7, after)) => {
                self.at = after;
                Ok(())
            }
            _ => Err(Fault::Short),
        }
    }
}

/// A Huffman table.
#[derive(Clone)]
struct Table {
    /// Length and symbol of the code that begins with these bits, if it is that short.
    short: Vec<(u8, u8)>,
    /// For each length from 1 to 16: the first code behind those of this length, moved to 16 bits.
    ends: [usize; 17],
    /// For each length: the place of its first symbol, less its first code.
    offsets: [isize; 17],
    symbols: Vec<u8>,
}

impl Table {
    /// From the number of codes of each length, 1 to 16, and the symbols.
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Self {
        let mut table =
            Self { short: vec![(0, 0); 1 << LOOKAHEAD], ends: [0; 17], offsets: [0; 17], symbols: symbols.to_vec() };
        let (mut code, mut place) = (0, 0);
        for (length, &count) in (1..).zip(counts) {
            table.offsets[length] = place as isize - code as isize;
            for &symbol in symbols.iter().skip(place).take(usize::from(count)) {
                if length <= LOOKAHEAD {
                    let (first, width) = (code << (LOOKAHEAD - length), 1 << (LOOKAHEAD - length));
                    let covered = table.short.iter_mut().skip(first).take(width);
                    covered.for_each(|entry| *entry = (length as u8, symbol));
                }
                code += 1;
                place += 1;
            }
            table.ends[length] = code << (16 - length);
            code <<= 1;
        }
        table
    }

    /// The length and symbol of the code that begins these 16 bits.
    fn find(&self, bits: usize) -> Option<(usize, u8)> {
        let (length, symbol) = self.short[bits >> (16 - LOOKAHEAD)];
        if length > 0 {
            return Some((usize::from(length), symbol));
        }
        let length = (LOOKAHEAD + 1..=16).find(|&length| bits < self.ends[length])?;
        let place = (bits >> (16 - length)) as isize + self.offsets[length];
        Some((length, *self.symbols.get(usize::try_from(place).ok()?)?))
    }
}

/// A component of the picture, such as luma.
struct Component {
    id: u8,
    /// Blocks of an interleaved unit.
    horizontal: usize,
    vertical: usize,
    /// Blocks across and down, without padding.
    across: usize,
    down: usize,
    /// Blocks from row to row, with padding.
    stride: usize,
    /// Of each block, which coefficients are not zero; of progressive pictures.
    set: Vec<u64>,
}

struct Frame {
    components: Vec<Component>,
    /// Interleaved units.
    units: [usize; 2],
    progressive: bool,
}

impl Frame {
    fn parse(segment: &[u8], progressive: bool, max_pixels: u64) -> Option<Self> {
        let (&[_, y0, y1, x0, x1, count], rest) = segment.split_first_chunk()?;
        let (height, width) = (usize::from(u16::from_be_bytes([y0, y1])), usize::from(u16::from_be_bytes([x0, x1])));
        let (described, _) = rest.as_chunks::<3>();
        let described = described.get(..usize::from(count)).filter(|all| (1..=4).contains(&all.len()))?;
        let sampling = |[_, both, _]: &[u8; 3]| [usize::from(both >> 4), usize::from(both & 15)];
        let fits = (1..=max_pixels).contains(&(width as u64 * height as u64));
        if !fits || described.iter().flat_map(sampling).any(|factor| !(1..=4).contains(&factor)) {
            return None;
        }
        let most = |axis: usize| described.iter().map(|one| sampling(one)[axis]).max().unwrap_or(1);
        let units = [width.div_ceil(8 * most(0)), height.div_ceil(8 * most(1))];
        let component = |one: &[u8; 3]| {
            let [horizontal, vertical] = sampling(one);
            let stride = units[0] * horizontal;
            Component {
                id: one[0],
                horizontal,
                vertical,
                across: (width * horizontal).div_ceil(8 * most(0)),
                down: (height * vertical).div_ceil(8 * most(1)),
                stride,
                set: if progressive { vec![0; stride * units[1] * vertical] } else { Vec::new() },
            }
        };
        Some(Self { components: described.iter().map(component).collect(), units, progressive })
    }
}

#[derive(Default)]
struct Decoder {
    frame: Option<Frame>,
    /// For the first coefficients, and for the others.
    tables: [[Option<Table>; 4]; 2],
    /// Units between restart markers, or 0.
    interval: usize,
}

/// A component's part in a scan.
struct Part<'a> {
    component: usize,
    tables: [Option<&'a Table>; 2],
}

/// Which coefficients, and which of their bits, a scan holds.
struct Pass {
    progressive: bool,
    first: usize,
    last: usize,
    /// Whether it adds one bit to what earlier scans hold.
    refines: bool,
}

impl Decoder {
    fn define_tables(&mut self, mut segment: &[u8]) {
        while let Some((&[which], rest)) = segment.split_first_chunk::<1>()
            && let Some((counts, rest)) = rest.split_first_chunk::<16>()
        {
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let Some((symbols, rest)) = rest.split_at_checked(total) else { return };
            if let Some(table) =
                self.tables.get_mut(usize::from(which >> 4)).and_then(|kind| kind.get_mut(usize::from(which & 15)))
            {
                *table = Some(Table::new(counts, symbols));
            }
            segment = rest;
        }
    }

    /// Reads the codes of a scan.
    fn scan(&mut self, header: &[u8], bits: &mut Bits) -> Result<(), Fault> {
        let Self { frame: Some(frame), tables, interval } = self else { return Err(Fault::Unknown) };
        let (tables, interval) = (&*tables, *interval);
        let (&count, rest) = header.split_first().ok_or(Fault::Unknown)?;
        let (parts, rest) = rest.split_at_checked(2 * usize::from(count)).ok_or(Fault::Unknown)?;
        let &[first, last, bit] = rest.first_chunk().ok_or(Fault::Unknown)?;
        let pass = if frame.progressive {
            let (first, last) = (usize::from(first), usize::from(last));
            Pass { progressive: true, first, last: last.min(BLOCK - 1), refines: bit >> 4 > 0 }
        } else {
            Pass { progressive: false, first: 0, last: BLOCK - 1, refines: false }
        };
        let part = |&[id, which]: &[u8; 2]| {
            let component = frame.components.iter().position(|component| component.id == id)?;
            let table = |kind: usize, number: u8| tables[kind].get(usize::from(number)).and_then(Option::as_ref);
            Some(Part { component, tables: [table(0, which >> 4), table(1, which & 15)] })
        };
        let parts: Option<Vec<Part>> = parts.as_chunks().0.iter().map(part).collect();
        let parts = parts.ok_or(Fault::Unknown)?;
        let alone = match &parts[..] {
            [] => return Err(Fault::Unknown),
            [one] => Some(&frame.components[one.component]),
            _ if pass.progressive && pass.first > 0 => return Err(Fault::Unknown),
            _ => None,
        };
        let [across, down] = alone.map_or(frame.units, |component| [component.across, component.down]);
        let mut run = 0;
        for unit in 0..across * down {
            if interval > 0 && unit > 0 && unit % interval == 0 {
                bits.restart()?;
                run = 0;
            }
            let (column, row) = (unit % across, unit / across);
            for part in &parts {
                let component = &mut frame.components[part.component];
                let [wide, high] = if parts.len() == 1 { [1, 1] } else { [component.horizontal, component.vertical] };
                for block in 0..wide * high {
                    let place = (row * high + block / wide) * component.stride + column * wide + block % wide;
                    pass.block(bits, part.tables, component.set.get_mut(place), &mut run)?;
                }
            }
        }
        Ok(())
    }
}

impl Pass {
    /// Reads the codes of a block. `set` are its coefficients that are not zero, `run` counts the blocks that have no
    /// further codes.
    fn block(
        &self,
        bits: &mut Bits,
        [dc, ac]: [Option<&Table>; 2],
        set: Option<&mut u64>,
        run: &mut usize,
    ) -> Result<(), Fault> {
        let table = |table: Option<_>| table.ok_or(Fault::Unknown);
        let mut next = self.first;
        if next == 0 {
            let length = if self.refines { 1 } else { bits.symbol(table(dc)?)? };
            // a length of 16 occurs in lossless pictures alone
            if length > 16 {
                return Err(Fault::Unknown);
            }
            bits.take(length)?;
            if self.progressive {
                return Ok(());
            }
            next = 1;
        }
        let ac = table(ac)?;
        let mut nothing = 0;
        let set = set.unwrap_or(&mut nothing);
        if *run == 0 {
            while next <= self.last {
                let symbol = bits.symbol(ac)?;
                let (mut zeros, length) = (symbol >> 4, symbol & 15);
                if length == 0 && zeros < 15 {
                    // the end of this block and of some after it, which only progressive pictures count
                    *run = (1 << zeros) + bits.take(zeros)?;
                    break;
                }
                if self.refines {
                    // the sign of the new coefficient
                    bits.take(length.min(1))?;
                    while next <= self.last {
                        if *set >> next & 1 == 1 {
                            bits.take(1)?;
                        } else if zeros == 0 {
                            break;
                        } else {
                            zeros -= 1;
                        }
                        next += 1;
                    }
                } else {
                    next += zeros;
                    bits.take(length)?;
                }
                if length > 0 && self.progressive && next <= self.last {
                    *set |= 1 << next;
                }
                next += 1;
            }
        }
        if *run > 0 {
            if self.refines {
                for place in next..=self.last {
                    bits.take((*set >> place & 1) as usize)?;
                }
            }
            *run = if self.progressive { *run - 1 } else { 0 };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! fixture {
        ($name:literal) => {
            ($name, include_bytes!(concat!("../../../../../tests/fixtures/pictures/", $name)) as &[u8])
        };
    }

    fn whole(file: &[u8]) -> bool {
        is_whole(file, 1 << 24)
    }

    const FILES: [(&str, &[u8]); 9] = [
        fixture!("baseline.jpg"),
        fixture!("subsampled.jpg"),
        fixture!("restarts.jpg"),
        fixture!("progressive.jpg"),
        fixture!("grey.jpg"),
        fixture!("grey-progressive.jpg"),
        fixture!("cmyk.jpg"),
        fixture!("noise.jpg"),
        fixture!("noise-progressive.jpg"),
    ];

    /// The places of the markers outside of segments and codes.
    fn markers(file: &[u8]) -> Vec<(u8, usize)> {
        let (mut markers, mut at) = (Vec::new(), 2);
        while let Some((marker, after)) = next_marker(file, at) {
            markers.push((marker, after - 2));
            at = after;
            if !matches!(marker, 1 | 0xd0..=0xd9) {
                at += usize::from(u16::from_be_bytes([file[at], file[at + 1]]));
            }
        }
        markers
    }

    #[test]
    fn a_file_is_whole_up_to_its_end_and_beyond() {
        for (name, file) in FILES {
            assert!(whole(file), "{name}");
            assert!(whole(&[file, b"trailer"].concat()) && whole(&[file, file].concat()), "{name}");
        }
        assert!(whole(include_bytes!("../../../../../tests/fixtures/astronaut.jpg")));
    }

    #[test]
    fn a_file_that_was_cut_off_anywhere_is_not_whole() {
        for (name, file) in FILES {
            for length in 0..file.len() {
                let cut = &file[..length];
                assert!(!whole(cut), "{name} of {length} bytes");
                let mut zeros = cut.to_vec();
                zeros.resize(file.len(), 0);
                assert!(!whole(&zeros), "{name} with zeros from {length}");
            }
        }
    }

    #[test]
    fn an_end_does_not_make_up_for_lost_codes() {
        for (name, file) in FILES {
            let markers = markers(file);
            for (index, &(marker, start)) in markers.iter().enumerate() {
                if marker == 0xda {
                    let codes = start + 2 + usize::from(u16::from_be_bytes([file[start + 2], file[start + 3]]));
                    let next = markers[index + 1..].iter().find(|(marker, _)| !matches!(marker, 0xd0..=0xd7));
                    for length in codes..next.unwrap().1 {
                        assert!(!whole(&[&file[..length], b"\xff\xd9"].concat()), "{name} of {length} bytes");
                    }
                }
            }
        }
    }

    #[test]
    fn anything_may_be_damaged() {
        for (_, file) in FILES {
            for at in 0..file.len() {
                for value in [0, 0x7f, 0xff, file[at] ^ 0x10] {
                    let mut damaged = file.to_vec();
                    damaged[at] = value;
                    whole(&damaged);
                }
            }
        }
    }
}
