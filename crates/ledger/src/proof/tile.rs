//! The tree cut into tiles of 256 hashes, as C2SP tlog-tiles serves it.

use tlog_tiles::tile;

/// A tile: up to 256 hashes of the tree that stand side by side. The hashes of level 0 are those of entries, each other
/// is that of a whole tile of the level below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile(tile::Tile);

impl Tile {
    /// A tile has two to this many hashes.
    pub(crate) const HEIGHT: u8 = 8;

    /// A tile of that height.
    pub(crate) fn of(tile: tile::Tile) -> Self {
        Self(tile)
    }

    /// The tiles that the tree of `size` entries has and that of the first `from_size` had not, or not so wide; level
    /// by level, from left to right.
    #[must_use]
    pub fn of_growth(from_size: u64, size: u64) -> Vec<Self> {
        tile::Tile::new_tiles(Self::HEIGHT, from_size, size).into_iter().map(Self).collect()
    }

    /// The tile at a path: its level, and its place as [`Tile::place`] writes it. `None` for any other text, and for a
    /// tile that no tree has, since no tree has more than 2^64 - 1 entries.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        let (level, place) = path.split_once('/')?;
        let level = level.parse::<u8>().ok().filter(|level| u32::from(*level) * u32::from(Self::HEIGHT) < u64::BITS)?;
        let (index, width) = match place.split_once(".p/") {
            Some((index, width)) => {
                (index, width.parse::<u32>().ok().filter(|width| (1..1 << Self::HEIGHT).contains(width))?)
            }
            None => (place, 1 << Self::HEIGHT),
        };
        let index = index.split('/').try_fold(0_u64, |index, part| {
            let part = part.trim_start_matches('x').parse::<u64>().ok()?;
            index.checked_mul(1_000)?.checked_add(part)
        });
        let tile = Self(tile::Tile::new(Self::HEIGHT, level, index?, width, false));
        let hashes = (u128::from(tile.0.level_index()) << Self::HEIGHT) + u128::from(width);
        let is_in_tree = hashes << tile.shift() <= u128::from(u64::MAX);
        // There is one way to write a place.
        (is_in_tree && tile.place() == place && tile.level().to_string() == path.split('/').next()?).then_some(tile)
    }

    /// The level, 0 for the hashes of entries.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.0.level()
    }

    /// Whether it has all of its hashes, and so stays as it is whatever is appended.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.width() == 1 << Self::HEIGHT
    }

    /// The first of the entries that it stands for.
    #[must_use]
    pub fn start(&self) -> u64 {
        (self.0.level_index() << Self::HEIGHT) << self.shift()
    }

    /// The end of the entries that it stands for, exclusive.
    #[must_use]
    pub fn end_exclusive(&self) -> u64 {
        ((self.0.level_index() << Self::HEIGHT) + u64::from(self.0.width())) << self.shift()
    }

    /// The place within its level, as a path: three digits an element, all but the last behind an `x`, and `.p/` and the
    /// width behind what is not full.
    #[must_use]
    pub fn place(&self) -> String {
        // The path of the crate has the height and the level in front, which C2SP writes otherwise.
        self.0.path().splitn(4, '/').nth(3).expect("a path of a tile has four parts").to_owned()
    }

    fn shift(self) -> u32 {
        u32::from(Self::HEIGHT) * u32::from(self.0.level())
    }

    pub(crate) fn inner(&self) -> &tile::Tile {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ReadError;
    use crate::proof::leaf_hash;
    use crate::testing::{at, churn, lines};

    fn places(tiles: &[Tile]) -> Vec<String> {
        tiles.iter().map(|tile| format!("{}/{}", tile.level(), tile.place())).collect()
    }

    #[test]
    fn the_tiles_of_the_specifications_example_are_those_that_it_names() {
        let tiles = Tile::of_growth(0, 70_000);
        let names = places(&tiles);
        let of_level = |level: &str| names.iter().filter(|name| name.starts_with(level)).count();
        assert_eq!((of_level("0/"), of_level("1/"), of_level("2/")), (274, 2, 1));
        for name in ["0/000", "0/272", "0/273.p/112", "1/000", "1/001.p/17", "2/000.p/1"] {
            assert!(names.iter().any(|one| one == name), "{name} is missing");
        }
        assert_eq!(places(&Tile::of_growth(0, 256)), ["0/000", "1/000.p/1"]);
        assert_eq!(places(&Tile::of_growth(300, 600)), ["0/001", "0/002.p/88", "1/000.p/2"]);
        assert!(Tile::of_growth(0, 0).is_empty());
        let far = 1_234_067_u64 << 8;
        assert_eq!(places(&Tile::of_growth(far, far + 5)), ["0/x001/x234/067.p/5"]);
    }

    #[test]
    fn a_tile_is_found_at_its_path_and_at_no_other_text() {
        for size in [1, 256, 257, 70_000, u64::MAX >> 8] {
            for tile in Tile::of_growth(size.saturating_sub(300), size) {
                assert_eq!(Tile::at(&format!("{}/{}", tile.level(), tile.place())), Some(tile));
            }
        }
        for none in [
            "",
            "0",
            "0/",
            "0/0",
            "0/00",
            "0/0000",
            "0/1000",
            "0/x1/067",
            "0/x001",
            "0/001/002",
            "0/x000/001",
            "00/001",
            "0/001.p/0",
            "0/001.p/256",
            "0/001.p/01",
            "0/001.p/",
            "0/001.p",
            "0/001.p/+1",
            "-1/000",
            "data/000",
            "8/000",
            "64/000",
            "255/000",
            "0/../001",
            "0//001",
            "0/%30%30%31",
            "7/256",
            "0/x018/x446/x744/x073/x709/x551/615",
            "0/x018/x446/x744/x073/x709/x551/616",
            "0/001/",
            "0/001.p/1/2",
            " 0/001",
        ] {
            assert_eq!(Tile::at(none), None, "{none}");
        }
    }

    #[test]
    fn a_tile_has_the_hashes_of_its_entries_and_of_the_tiles_below() {
        let (_dir, mut ledger) = crate::testing::ledger();
        let events: Vec<_> = (0..600).map(|n| churn(n, &format!("p{}", n % 7))).collect();
        ledger.append(&events, at(0)).unwrap();
        let reader = ledger.reader();
        let lines = lines(&reader);
        for size in [1, 255, 256, 257, 599, 600] {
            for tile in Tile::of_growth(0, size) {
                let range = usize::try_from(tile.start()).unwrap()..usize::try_from(tile.end_exclusive()).unwrap();
                let hashes = reader.tile(&tile).unwrap();
                let expected: Vec<u8> = match tile.level() {
                    0 => lines[range].iter().flat_map(|line| leaf_hash(line)).collect(),
                    _ => range.step_by(256).flat_map(|start| reader_root(&lines[start..start + 256])).collect(),
                };
                assert_eq!(hashes, expected, "{} of {size}", tile.place());
            }
        }
        let beyond = Tile::of_growth(600, 601);
        assert!(matches!(reader.tile(&beyond[0]), Err(ReadError::OutOfRange { size: 600, .. })));
    }

    /// The root of a ledger of these entries alone.
    fn reader_root(lines: &[String]) -> [u8; 32] {
        let leaves: Vec<_> = (0..).zip(lines.iter().map(|line| leaf_hash(line))).collect();
        crate::proof::root_of_entries(lines.len() as u64, &leaves, &[]).unwrap()
    }
}
