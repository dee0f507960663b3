//! From an offset in a text to the path of the value there, such as `data[3].price`.

use super::reader::Reader;

/// The paths of the values at these offsets, which must be in order; `.` is the whole text. An
/// offset inside a value leads to that value, or to as near as the text can be read.
///
/// Nothing is tracked while a text is read; this goes over it again, when a path is wanted.
pub(crate) fn paths(text: &str, offsets: &[usize]) -> Vec<String> {
    let mut walk = Walk {
        reader: Reader::new(text),
        path: String::new(),
        open: Vec::new(),
        offsets,
        found: Vec::new(),
    };
    // Where it cannot go on, the path so far is the nearest.
    let _ = walk.run();
    while walk.found.len() < offsets.len() {
        walk.found.push(walk.here());
    }
    walk.found
}

struct Walk<'a> {
    reader: Reader<'a>,
    path: String,
    open: Vec<Open>,
    offsets: &'a [usize],
    found: Vec<String>,
}

/// An array or object that is open.
struct Open {
    /// Length of its own path.
    path: usize,
    /// Index of the present item; `None` in an object.
    index: Option<usize>,
}

impl Walk<'_> {
    fn here(&self) -> String {
        if self.path.is_empty() {
            ".".to_owned()
        } else {
            self.path.clone()
        }
    }

    fn run(&mut self) -> Result<(), super::Stop> {
        loop {
            let first = self.reader.peek();
            while let Some(offset) = self.offsets.get(self.found.len())
                && *offset <= self.reader.at
            {
                self.found.push(self.here());
            }
            if self.found.len() == self.offsets.len() {
                return Ok(());
            }
            let close = if first == b'{' { b'}' } else { b']' };
            if matches!(first, b'{' | b'[') {
                self.reader.at += 1;
                self.open.push(Open {
                    path: self.path.len(),
                    index: (first == b'[').then_some(0),
                });
                if self.reader.peek() != close {
                    self.step()?;
                    continue;
                }
            } else {
                self.reader.any_value()?;
                while let Some(offset) = self.offsets.get(self.found.len())
                    && *offset < self.reader.at
                {
                    self.found.push(self.here());
                }
            }
            self.close()?;
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    /// Leaves what ends here, and goes to the next item or member.
    fn close(&mut self) -> Result<(), super::Stop> {
        while let Some(open) = self.open.last_mut() {
            let close = if open.index.is_some() { b']' } else { b'}' };
            let byte = self.reader.peek();
            self.path.truncate(open.path);
            if byte == b',' {
                self.reader.at += 1;
                open.index = open.index.map(|index| index + 1);
                return self.step();
            }
            if byte != close {
                // It belongs to the value before.
                if self.reader.damaged_value()?.is_empty() {
                    return Err(super::Stop);
                }
                continue;
            }
            self.reader.at += 1;
            self.open.pop();
        }
        Ok(())
    }

    /// Goes to a value in what is open.
    fn step(&mut self) -> Result<(), super::Stop> {
        match self.open.last().and_then(|open| open.index) {
            Some(index) => {
                self.path.push('[');
                super::write_integer(&mut self.path, index);
                self.path.push(']');
            }
            None => {
                let start = self.reader.at;
                let key = match self.reader.key() {
                    Ok(key) => key,
                    Err(_) => self.reader.damaged_key(start)?.into(),
                };
                if !self.path.is_empty() {
                    self.path.push('.');
                }
                self.path.push_str(&key);
            }
        }
        Ok(())
    }
}
